// The verdict on an SVSM's vTPM. Evidence is SIMULATED (test/support/svsm-evidence.ts) but for one real SNP report and,
// where swtpm is installed, the public area of a real TPM's EK.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPrimary } from "../../agent/tpm/commands.ts";
import { hierarchies } from "../../agent/tpm/structures.ts";
import { connectSwtpm, isSwtpmInstalled } from "../../agent/tpm/swtpm.ts";
import { checks, type CheckId } from "../../sdk/checks.ts";
import { concat, isEqual, sha256, sha512, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readServices, readVtpmManifest, servicesGuid, vtpmGuid } from "../../sdk/evidence/svsm-manifest.ts";
import { judgeSvsmManifest, svsmScopeOf, verifySvsmManifest } from "../../sdk/verify/svsm.ts";
import type { SvsmEvidence } from "../../sdk/verify/svsm.ts";
import { capturedSnpReport } from "../support/captured-snp.ts";
import { seededP384 } from "../support/nitro-document.ts";
import { flipBit, mutateBytes, seededRandom } from "../support/mutations.ts";
import {
  allServices,
  ekTemplate,
  inblob,
  servicesTable,
  snpReport,
  svsmEvidence,
  svsmExpectation,
  vtpmManifest,
} from "../support/svsm-evidence.ts";

const hasSwtpm = await isSwtpmInstalled();
const accepted = "accepted";
const forms = ["single-service", "all-services"] as const;
const verdictOf = (evidence: SvsmEvidence, expected = svsmExpectation()): string => {
  const verdict = judgeSvsmManifest(evidence, expected);
  return isRefusal(verdict) ? verdict.check : accepted;
};
const zero = new Uint8Array(1);
/** One byte of the report is another, and signed. */
const edited = (at: number, byte: number) =>
  svsmEvidence("single-service", vtpmManifest, [[at, uint(byte, 1)]]);

describe("SVSM vTPM (simulated)", () => {
  for (const form of forms)
    it(`is accepted with its EK and measurement as claims: ${form}`, () => {
      const report = verifySvsmManifest(svsmEvidence(form), svsmExpectation());
      assert.equal(report.verdict, accepted);
      assert.deepEqual(
        report.checks.map(({ id, status }) => [id, status]),
        svsmScopeOf(form).map((id) => [id, "pass"]),
      );
      const { name, modulus } = report.claims!.endorsementKey;
      assert.equal(toHex(name), toHex(concat(uint(0x000b, 2), sha256(vtpmManifest))));
      assert.equal(toHex(modulus), toHex(vtpmManifest.subarray(ekTemplate.length)));
    });

  it("is judged by every svsm.* check of the catalogue, in its order", () => {
    const mine = checks.map(({ id }) => id).filter((id) => id.startsWith("svsm."));
    assert.deepEqual(svsmScopeOf("all-services"), mine);
  });

  it("svsm.report: another length, version, algorithm or padding", () => {
    const { report, ...rest } = svsmEvidence();
    for (const bytes of [report.subarray(1), concat(report, zero), new Uint8Array(0)])
      assert.equal(verdictOf({ ...rest, report: bytes }), "svsm.report");
    for (const version of [0, 1, 6]) assert.equal(verdictOf(edited(0, version)), "svsm.report");
    for (const version of [2, 3, 4, 5]) assert.equal(verdictOf(edited(0, version)), accepted);
    for (const algorithm of [0, 2]) assert.equal(verdictOf(edited(0x34, algorithm)), "svsm.report");
    for (const at of [0x2a0 + 48, 0x2a0 + 71, 0x2a0 + 120, 0x2a0 + 144, 1183])
      assert.equal(verdictOf({ ...rest, report: flipBit(report, 8 * at) }), "svsm.report", `${at}`);
  });

  it("svsm.ek: any other public area than an RSA-2048 EK of template L-1", () => {
    const cases = [
      vtpmManifest.subarray(1),
      vtpmManifest.subarray(0, -1),
      concat(vtpmManifest, zero),
      concat(uint(vtpmManifest.length, 2), vtpmManifest), // TPM2B_PUBLIC
      concat(ekTemplate, new Uint8Array(256)), // the template itself
      flipBit(vtpmManifest, 8 * ekTemplate.length + 7), // modulus of fewer bits
      flipBit(vtpmManifest, 8 * (vtpmManifest.length - 1)), // even modulus
      new Uint8Array(0),
    ];
    for (const [at, manifest] of cases.entries())
      for (const form of forms) {
        const table = form === "single-service" ? manifest : servicesTable([[vtpmGuid, manifest]]);
        assert.equal(verdictOf(svsmEvidence(form, table)), "svsm.ek", `case ${at}, ${form}`);
      }
    for (let at = 0; at < ekTemplate.length; at++)
      assert.equal(verdictOf(svsmEvidence("single-service", flipBit(vtpmManifest, 8 * at))), "svsm.ek");
  });

  it("svsm.services: a table that is not strict, or holds no vTPM", () => {
    const other = Uint8Array.from(vtpmGuid).reverse();
    const entry = (offset: number, length: number) => [offset, length].map((n) => uint(n, 4).reverse());
    const table = (length: number, count: number, ...parts: Uint8Array[]) =>
      concat(servicesGuid, ...entry(length, count), ...parts);
    const data = new Uint8Array(4);
    const cases = [
      new Uint8Array(0),
      allServices.subarray(0, 23),
      allServices.subarray(0, -1),
      concat(allServices, zero),
      flipBit(allServices, 0), // another GUID
      flipBit(allServices, 8 * 16), // another length
      vtpmManifest,
      servicesTable([]),
      servicesTable([[other, vtpmManifest]]),
      servicesTable([
        [vtpmGuid, vtpmManifest],
        [vtpmGuid, vtpmManifest],
      ]),
      table(52, 1, vtpmGuid, ...entry(49, 3), data), // a gap
      table(52, 1, vtpmGuid, ...entry(48, 3), data), // a byte nobody owns
      table(52, 1, vtpmGuid, ...entry(48, 5), data), // past the end
      table(52, 1, vtpmGuid, ...entry(0, 52), data), // over the header
      table(52, 1, vtpmGuid, ...entry(44, 4), data), // over its own entry
      table(52, 1, vtpmGuid, ...entry(48, 0xffffffff), data),
      table(24, 0xffffffff),
      table(72, 2, vtpmGuid, ...entry(72, 0), other, ...entry(48, 24)),
    ];
    for (const [at, manifest] of cases.entries())
      assert.equal(verdictOf(svsmEvidence("all-services", manifest)), "svsm.services", `case ${at}`);
    const crowded = readServices(table(24, 0xffffffff));
    assert.ok(isRefusal(crowded) && crowded.detail.includes("no room for 4294967295 entries"));
    const empty = readServices(table(48, 1, vtpmGuid, ...entry(48, 0)));
    assert.ok(!isRefusal(empty) && empty.size === 1);
  });

  it("svsm.report-signature: by another key", () => {
    const reportKey = seededP384("another chip").publicKey;
    assert.equal(verdictOf(svsmEvidence(), svsmExpectation({ reportKey })), "svsm.report-signature");
  });

  it("svsm.report-data: other inblob, manifest, order, form or hash", () => {
    const over = (reportData: Uint8Array) => ({ ...svsmEvidence(), report: snpReport(reportData) });
    const due = verdictOf(svsmEvidence(), svsmExpectation({ inblob: flipBit(inblob, 0) }));
    assert.equal(due, "svsm.report-data");
    assert.equal(verdictOf(over(concat(sha256(inblob), sha256(vtpmManifest)))), "svsm.report-data");
    assert.equal(verdictOf(over(inblob)), "svsm.report-data");
    assert.equal(verdictOf(over(new Uint8Array(64))), "svsm.report-data");
    // The report of the whole table does not stand for the vTPM's manifest alone, nor the other way round.
    const [single, all] = [svsmEvidence("single-service"), svsmEvidence("all-services")];
    assert.equal(verdictOf({ ...single, report: all.report }), "svsm.report-data");
    assert.equal(verdictOf({ ...all, report: single.report }), "svsm.report-data");
    // inblob ‖ manifest split elsewhere gives the same hash.
    const short = svsmExpectation({ inblob: inblob.subarray(0, 63) });
    assert.equal(verdictOf(svsmEvidence(), short), "svsm.report-data");
    assert.equal(
      verdictOf(svsmEvidence(), svsmExpectation({ inblob: concat(inblob, zero) })),
      "svsm.report-data",
    );
  });

  it("svsm.report-data: an inblob of other than 64 bytes, though report_data fits", () => {
    const nothing = new Uint8Array(0);
    const evidence = { ...svsmEvidence(), report: snpReport(sha512(vtpmManifest)) };
    assert.equal(verdictOf(evidence, svsmExpectation({ inblob: nothing })), "svsm.report-data");
  });

  it("svsm.vmpl: a report that the guest itself may have asked for", () => {
    for (const vmpl of [1, 2, 3, 0xff]) assert.equal(verdictOf(edited(0x30, vmpl)), "svsm.vmpl");
    assert.equal(verdictOf(edited(0x33, 1)), "svsm.vmpl");
  });

  it("svsm.policy: debug, migration agent, bit 17 clear, reserved bits", () => {
    const policy = (value: bigint) =>
      verdictOf(svsmEvidence("single-service", vtpmManifest, [[0x08, uint(value, 8).reverse()]]));
    for (const value of [0xb0000n, 0x70000n, 0x10000n, 0x30000n | (1n << 26n), 0x30000n | (1n << 63n)])
      assert.equal(policy(value), "svsm.policy", value.toString(16));
    for (const value of [0x30000n, 0x3001fn, 0x130000n]) assert.equal(policy(value), accepted);
    assert.equal(verdictOf(edited(0x160, 0)), "svsm.policy");
    assert.equal(verdictOf(edited(0x17f, 0)), "svsm.policy");
  });

  it("svsm.measurement: an SVSM that is not admitted, or none that is", () => {
    assert.equal(verdictOf(edited(0x90, 0)), "svsm.measurement");
    assert.equal(verdictOf(svsmEvidence(), svsmExpectation({ measurements: [] })), "svsm.measurement");
  });
});

describe("a changed SVSM evidence (simulated)", () => {
  const regions: readonly [string, "report" | "manifest", number, number, ...CheckId[]][] = [
    ["version", "report", 0x000, 4, "svsm.report", "svsm.report-signature"],
    ["signed fields", "report", 0x004, 0x30, "svsm.report-signature"],
    ["signature algorithm", "report", 0x034, 4, "svsm.report"],
    ["report_data", "report", 0x050, 64, "svsm.report-signature"],
    ["measurement to the end of what is signed", "report", 0x090, 0x210, "svsm.report-signature"],
    ["r", "report", 0x2a0, 48, "svsm.report-signature"],
    ["padding of r", "report", 0x2d0, 24, "svsm.report"],
    ["s", "report", 0x2e8, 48, "svsm.report-signature"],
    ["padding of s and the rest", "report", 0x318, 392, "svsm.report"],
    ["header and entries", "manifest", 0, 72, "svsm.services", "svsm.report-data"],
    ["EK template", "manifest", 72, ekTemplate.length, "svsm.ek"],
    ["EK modulus", "manifest", 72 + ekTemplate.length, 256, "svsm.ek", "svsm.report-data"],
  ];
  for (const [name, part, at, length, ...ids] of regions)
    it(`is refused by ${ids.join(", ")} where ${name} is changed`, () => {
      const random = seededRandom(at);
      const evidence = svsmEvidence("all-services");
      for (let i = 0; i < Math.min(length, 24); i++) {
        const byte = at + (length <= 24 ? i : random(length));
        const check = verdictOf({ ...evidence, [part]: flipBit(evidence[part], 8 * byte + random(8)) });
        assert.ok((ids as string[]).includes(check), `byte ${byte} ends in ${check}`);
      }
    });

  it("ends 2,000 seeded mutations in a check of the scope", () => {
    const random = seededRandom(58019);
    const whole = forms.map((form) => svsmEvidence(form));
    for (let i = 0; i < 2_000; i++) {
      const evidence = whole[random(2)]!;
      const part = (["report", "manifest"] as const)[random(2)]!;
      const [name, bytes] = mutateBytes(evidence[part], random);
      const check = verdictOf({ ...evidence, [part]: bytes });
      assert.ok(
        (svsmScopeOf(evidence.form) as string[]).includes(check),
        `${i}: ${part} ${name} ends in ${check}`,
      );
      assert.ok(!isEqual(bytes, evidence[part]));
    }
  });
});

describe("SVSM vTPM: what is real", () => {
  it("svsm.report-data: a real report of VMPL 0 is read and its signature verifies; it is of no SVSM", () => {
    const { bytes: report, key: reportKey } = capturedSnpReport();
    const evidence = { ...svsmEvidence(), report };
    assert.equal(verdictOf(evidence), "svsm.report-signature");
    assert.equal(verdictOf(evidence, svsmExpectation({ reportKey })), "svsm.report-data");
  });

  it("reads the EK of a TPM made from template L-1", { skip: !hasSwtpm }, async () => {
    const transport = await connectSwtpm();
    try {
      const template = concat(ekTemplate, new Uint8Array(256));
      const { tpmtPublic } = await createPrimary(transport, hierarchies.endorsement, template);
      const ek = readVtpmManifest(tpmtPublic);
      assert.ok(!isRefusal(ek));
      assert.equal(toHex(ek.modulus), toHex(tpmtPublic.subarray(-256)));
      assert.equal(verdictOf(svsmEvidence("single-service", tpmtPublic)), accepted);
    } finally {
      await transport.close();
    }
  });
});
