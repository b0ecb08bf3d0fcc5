import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { decodeEventLog, padHex } from "viem";
import type { Hex } from "viem";
import { anchor, extraData, measurementHash, requestHash } from "../../../sdk/evidence/binding.ts";
import { concat, fromHex, sha256, sha384, toHex } from "../../../sdk/evidence/bytes.ts";
import type { AnchorBlock } from "../../../sdk/evidence/registration.ts";
import { startChain } from "./chain.ts";
import type { RecordView } from "./record-view.ts";
import {
  akIdFor,
  calldataOf,
  evidence,
  extendFromZero,
  gcpPcrs,
  keyOf,
  quoteSha256,
  stubbedRegistry,
} from "./stub-evidence.ts";
import type { Evidence, StubbedRegistry } from "./stub-evidence.ts";

const word = (fill: number) => new Uint8Array(32).fill(fill);

describe("registration", () => {
  let stub: StubbedRegistry;
  let at: AnchorBlock;
  let seed = 1;
  const key = keyOf(9);
  before(async () => {
    stub = await stubbedRegistry(await startChain());
    at = await stub.anchorAt();
  });
  const refusal = (options: Partial<Evidence>) =>
    stub.chain.refusalOf(stub.registry, calldataOf(evidence({ key, anchorBlock: at, ...options })));
  const record = async (options: Partial<Evidence>) => {
    const fresh = keyOf(20 + ++seed);
    const registration = evidence({ key: fresh, ak: seed, anchorBlock: at, ...options });
    const receipt = await stub.chain.sendData(stub.registry.address, calldataOf(registration));
    assert.equal(receipt.status, "success");
    const record = await stub.chain.read<RecordView>(stub.registry, "getCvm", fresh.hash);
    return { record, receipt, registration, key: fresh, ak: seed };
  };

  describe("of calldata", () => {
    it("refuses an unknown selector by name", async () => {
      for (const data of ["0x", "0x12345678", "0x4a231d6f00"] as Hex[])
        assert.equal(await stub.chain.refusalOf(stub.registry, data), "UnknownSelector");
    });

    it("accepts both of its own selectors", async () => {
      assert.equal(calldataOf(evidence({ key, anchorBlock: at })).slice(0, 10), "0x2b19318e");
      const plain = evidence({ key, anchorBlock: at, certification: "none" });
      assert.equal(calldataOf(plain).slice(0, 10), "0xdf42b054");
      assert.equal(await refusal({}), null);
      assert.equal(await refusal({ certification: "none" }), null);
    });

    it("refuses a trailing byte, dirty padding and a stretched offset", async () => {
      const data = calldataOf(evidence({ key, anchorBlock: at }));
      assert.equal(await stub.chain.refusalOf(stub.registry, `${data}00`), "CalldataNotCanonical");
      // The last word of the calldata is the padded one-byte signature of the certification.
      const dirty = `${data.slice(0, -1)}1` as Hex;
      assert.equal(await stub.chain.refusalOf(stub.registry, dirty), "CalldataNotCanonical");
      const truncated = await stub.chain.refusalOf(stub.registry, data.slice(0, -64) as Hex);
      assert.ok(truncated === "" || truncated === "CalldataNotCanonical");
      const dirtyCloud = `${data.slice(0, 10)}01${data.slice(12)}` as Hex;
      assert.equal(await stub.chain.refusalOf(stub.registry, dirtyCloud), "");
    });
  });

  describe("of types", () => {
    it("refuses what the enumerations do not hold", async () => {
      for (const cloud of [0, 5, 255]) assert.equal(await refusal({ cloud }), "CloudUnknown");
      for (const tee of [0, 3, 255]) assert.equal(await refusal({ tee }), "TEEUnknown");
      for (const reportType of [0, 4]) assert.equal(await refusal({ reportType }), "ReportTypeUnknown");
    });

    it("refuses a report type without a verifier", async () => {
      assert.equal(await refusal({ reportType: 2 }), "ReportTypeUnsupported");
    });
  });

  describe("of the AK", () => {
    it("refuses akPub beside certificates outside Azure", async () => {
      assert.equal(await refusal({ akPub: keyOf(3).point }), "AKPublicUnexpected");
    });

    it("refuses keys of other lengths and off the curve", async () => {
      const plain = { isCertified: false };
      assert.equal(await refusal({ ...plain, akPub: word(1) }), "AKPublicUnsupported");
      assert.equal(await refusal({ ...plain, akPub: new Uint8Array(64) }), "AKNotOnCurve");
      assert.equal(await refusal({ ...plain, akPub: new Uint8Array(256).fill(1) }), "AKKeyTypeForCloud");
    });

    it("refuses claims of unknown layout on Azure", async () => {
      assert.equal(await refusal({ cloud: 2, akPub: word(1) }), "AzureClaimsLayoutUnknown");
    });
  });

  it("refuses a certification of another key", async () => {
    assert.equal(await refusal({ certifiedKey: keyOf(4) }), "CertifyKeyMismatch");
  });

  describe("of extraData", () => {
    it("takes 0 bytes with a certification, else 33 or 50", async () => {
      const empty = { extra: new Uint8Array(0), anchorBlock: null };
      assert.equal(await refusal({ ...empty }), null);
      assert.equal(await refusal({ ...empty, certification: "none" }), "ExtraDataLength");
      for (const length of [1, 32, 34, 49, 51])
        assert.equal(await refusal({ extra: new Uint8Array(length).fill(0xff) }), "ExtraDataLength");
    });

    it("refuses another first byte and another identity", async () => {
      const extra = extraData(fromHex(key.hash), null);
      assert.equal(await refusal({ extra: Uint8Array.of(0xfe, ...extra.subarray(1)) }), "ExtraDataPrefix");
      assert.equal(await refusal({ extra: extraData(word(1), null) }), "QuoteIdentityMismatch");
    });
  });

  describe("of the anchor", () => {
    it("refuses a block that is not past or beyond the window", async () => {
      const future = { ...at, blockNumber: at.blockNumber + 1000n };
      assert.equal(await refusal({ anchorBlock: future }), "AnchorBlockNotPast");
      await stub.chain.request("hardhat_mine", "0x101");
      assert.equal(await refusal({}), "AnchorTooOld");
      at = await stub.anchorAt();
    });

    it("refuses another chain, registry or block hash", async () => {
      for (const other of [{ chainId: 1n }, { registry: new Uint8Array(20) }, { blockHash: word(1) }])
        assert.equal(await refusal({ anchorBlock: { ...at, ...other } }), "AnchorMismatch");
    });

    it("names a wrong guess of akCertified", async () => {
      assert.equal(await refusal({ anchoredAkCertified: false }), "AnchorAKCertifiedMismatch");
      assert.equal(
        await refusal({ isCertified: false, anchoredAkCertified: true }),
        "AnchorAKCertifiedMismatch",
      );
    });

    it("refuses a statement, selection or certification put in place of the anchored one", async () => {
      const name = word(0x53);
      const honest = { cloud: 1, tee: 1, reportType: 1, selectionHash: word(0x52), certifiedName: name };
      const anchored = (change: object, statement = word(0x51)) =>
        extraData(
          fromHex(key.hash),
          anchor(at, requestHash({ ...honest, akCertified: true, ...change }), statement),
        );
      assert.equal(await refusal({ extra: anchored({}) }), null);
      for (const change of [
        { cloud: 2 },
        { tee: 2 },
        { reportType: 2 },
        { selectionHash: word(1) },
        { certifiedName: word(0) },
      ])
        assert.equal(await refusal({ extra: anchored(change) }), "AnchorMismatch");
      assert.equal(await refusal({ extra: anchored({}, word(1)) }), "AnchorMismatch");
    });
  });

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

  describe("as recorded", () => {
    it("is fresh and bound when anchored by a certified AK", async () => {
      const { record: r } = await record({});
      assert.deepEqual(r.assurance, {
        teeFresh: true,
        tpmFresh: true,
        teeNamesAk: true,
        quoteNamesTee: true,
        runtimeClaims: false,
        pcrReportId: false,
        pcrTrust: 1,
        keyProtection: 2,
        akCertified: true,
        tcbStatus: 1,
        keyType: 0,
        product: 0,
      });
    });

    it("rates key and PCRs by what vouches for them", async () => {
      const rated = async (options: Partial<Evidence>) => {
        const { assurance } = (await record(options)).record;
        return [assurance["pcrTrust"], assurance["keyProtection"]];
      };
      assert.deepEqual(await rated({ certification: "tpm" }), [1, 1]);
      assert.deepEqual(await rated({ certification: "none" }), [1, 0]);
      assert.deepEqual(await rated({ isTrusted: false }), [0, 0]);
      assert.deepEqual(await rated({ isCertified: false }), [0, 0]);
      assert.deepEqual(await rated({ cloud: 3 }), [0, 0]);
      assert.deepEqual(await rated({ cloud: 4 }), [1, 2]);
      assert.deepEqual(await rated({ cloud: 4, isCertified: false }), [0, 0]);
    });

    it("is not fresh without an anchor, and dated now", async () => {
      const { record: r, receipt } = await record({ anchorBlock: null });
      const block = await stub.chain.publicClient.getBlock({ blockNumber: receipt.blockNumber });
      assert.deepEqual(
        [r.assurance["teeFresh"], r.assurance["tpmFresh"], r.assurance["teeNamesAk"], r.recordedBlock],
        [false, false, true, 0],
      );
      assert.equal(BigInt(r.teeTime), block.timestamp);
    });

    it("ends with the earliest of verdict and AK certificate", async () => {
      assert.equal((await record({ akNotAfter: 3_000_000_000 })).record.validUntil, 3_000_000_000);
      assert.equal(
        (await record({ claims: { validUntil: 2_900_000_000 } })).record.validUntil,
        2_900_000_000,
      );
    });

    it("emits everything the record condenses", async () => {
      const { receipt, registration, key: k, ak, record: r } = await record({});
      const log = receipt.logs.at(-1)!;
      const event = decodeEventLog({ abi: stub.registry.abi, ...log });
      assert.equal(event.eventName, "CVMAttested");
      const args = event.args as unknown as Record<string, unknown> & {
        attestation: Record<string, unknown>;
      };
      assert.deepEqual(
        [args["cvmIdentityHash"], args["akId"], args["measurementHash"]],
        [k.hash, akIdFor(ak), r.measurementHash],
      );
      const { status, ...rest } = args.attestation;
      assert.equal(typeof status, "bigint");
      assert.deepEqual(rest, {
        keyX: toHex(k.point.subarray(0, 32)),
        keyY: toHex(k.point.subarray(32)),
        platformId: r.platformId,
        quoteSha256: quoteSha256(registration),
        statementId: toHex(word(0x51)),
        teeMeasurement: toHex(word(0x54)),
        pcrMeasurement: toHex(word(0x57)),
        selectionHash: toHex(word(0x52)),
        certifiedName: toHex(word(0x53)),
        anchorBlock: at.blockNumber,
        recordedBlock: receipt.blockNumber,
      });
    });

    it("writes seven slots, and two at an unchanged renewal", async () => {
      const { key: k, ak, receipt } = await record({});
      const changed = async (hash: Hex) => {
        const trace = (await stub.chain.request("debug_traceTransaction", hash, {
          disableMemory: true,
        })) as { structLogs: { op: string; depth: number; stack: string[] }[] };
        const before = new Map<string, string>();
        const after = new Map<string, string>();
        for (const { op, depth, stack } of trace.structLogs) {
          if (op !== "SSTORE" || depth !== 1) continue;
          after.set(padHex(`0x${stack.at(-1)!.replace("0x", "")}`), stack.at(-2)!);
          before.set(padHex(`0x${stack.at(-1)!.replace("0x", "")}`), "");
        }
        return after;
      };
      const first = await changed(receipt.transactionHash);
      assert.equal(first.size, 7);
      await stub.chain.request("hardhat_mine", "0x5");
      const again = evidence({ key: k, ak, anchorBlock: await stub.anchorAt() });
      const renewal = await stub.chain.sendData(stub.registry.address, calldataOf(again));
      const second = await changed(renewal.transactionHash);
      const rewritten = [...second].filter(
        ([slot, value]) => BigInt(first.get(slot) ?? -1) !== BigInt(value),
      );
      // The stub's evidence names another time and block each renewal: status and order slot.
      assert.equal(rewritten.map(([slot]) => slot).filter((slot) => slot !== undefined).length, 2);
    });
  });
});
