// How the halves of a registration name each other: reportId and PCR 15, RTMR3, names in the evidence.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { measurementHash } from "../../../sdk/evidence/binding.ts";
import { concat, sha256, sha384, toHex } from "../../../sdk/evidence/bytes.ts";
import { word, withRegistrations } from "./registrations.ts";
import { extendFromZero, gcpPcrs } from "./stub-evidence.ts";

describe("registration", () => {
  const { record, refusal } = withRegistrations();

  describe("of reportId", () => {
    const uuid = new Uint8Array(16).fill(7);
    const rtmr3 = toHex(sha384(concat(new Uint8Array(48), sha384(uuid))));
    const pcr15 = extendFromZero(sha256(uuid));
    const legacy = { anchorBlock: null, namesAk: false, claims: { legacyRegister: rtmr3 } };

    it("must be empty in anchored evidence and outside GCP", async () => {
      assert.equal(await refusal({ reportId: uuid }), "ReportIdUnexpected");
      assert.equal(await refusal({ ...legacy, cloud: 3, reportId: uuid }), "ReportIdUnexpected");
    });

    it("binds un-anchored TDX evidence of GCP by PCR 15 and RTMR3", async () => {
      const { record: r } = await record({ ...legacy, reportId: uuid, pcr15 });
      assert.equal(r.assurance["pcrReportId"], true);
      assert.equal(r.assurance["quoteNamesTee"], false);
    });

    it("reads RTMR3 as zero in the measurement only when it is the sole flag", async () => {
      const expected = (teeMeasurement: number) =>
        toHex(
          measurementHash({
            cloud: 1,
            tee: 1,
            pcrTrust: 1,
            teeMeasurement: word(teeMeasurement),
            pcrMeasurement: word(0x57),
          }),
        );
      const sole = await record({ ...legacy, reportId: uuid, pcr15 });
      assert.equal(sole.record.measurementHash, expected(0x55));
      const named = await record({ ...legacy, namesAk: true, reportId: uuid, pcr15 });
      assert.equal(named.record.measurementHash, expected(0x54));
    });

    it("refuses a UUID that PCR 15 or RTMR3 does not hold, or that is not 16 bytes", async () => {
      assert.equal(await refusal({ ...legacy, reportId: uuid }), "ReportIdPCR15Mismatch");
      assert.equal(await refusal({ ...legacy, reportId: uuid, pcr15: word(0) }), "ReportIdPCR15Mismatch");
      const other = { legacyRegister: toHex(new Uint8Array(48)) };
      assert.equal(
        await refusal({ ...legacy, claims: other, reportId: uuid, pcr15 }),
        "ReportIdRTMR3Mismatch",
      );
      assert.equal(await refusal({ ...legacy, reportId: word(7), pcr15 }), "ReportIdUnexpected");
    });

    it("binds un-anchored SNP evidence of GCP by PCR 15 alone, with or without reportId", async () => {
      const id = word(0x33);
      const snp = { ...legacy, tee: 2, claims: { legacyRegister: toHex(id), product: 2 } };
      const quoted = { ...snp, pcr15: extendFromZero(id) };
      assert.equal((await record(quoted)).record.assurance["pcrReportId"], true);
      assert.equal((await record({ ...quoted, reportId: id })).record.assurance["pcrReportId"], true);
      assert.equal(await refusal({ ...quoted, reportId: word(1) }), "ReportIdUnexpected");
      assert.equal(await refusal({ ...snp, pcr15: word(0) }), "BindingMissing");
      const short = id.subarray(1);
      const claims = { ...snp.claims, legacyRegister: toHex(short) };
      const alike = { ...snp, claims, pcr15: extendFromZero(short), reportId: short };
      assert.equal(await refusal(alike), "ReportIdUnexpected");
    });
  });

  describe("of the binding", () => {
    it("refuses evidence whose halves do not name each other", async () => {
      assert.equal(await refusal({ anchorBlock: null, namesAk: false }), "BindingMissing");
    });

    it("refuses GCP evidence that does not measure PCR 0 by value", async () => {
      assert.equal(await refusal({ measuredPcrs: gcpPcrs & ~1 }), "PCR0NotMeasured");
    });
  });
});
