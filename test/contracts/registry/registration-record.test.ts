// What is recorded of a registration, and what is emitted.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeEventLog, padHex } from "viem";
import type { Hex } from "viem";

import { toHex } from "../../../sdk/evidence/bytes.ts";
import { word, withRegistrations } from "./registrations.ts";
import { akIdFor, calldataOf, evidence, quoteSha256 } from "./stub-evidence.ts";
import type { Evidence } from "./stub-evidence.ts";

describe("registration", () => {
  const { at, record, refusal, stub } = withRegistrations();

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

    it("holds no verdict of the platform that overflows its bits: a verifier that gives one is broken", async () => {
      for (const claims of [{ tcbStatus: 16 }, { keyType: 4 }, { product: 8 }])
        assert.equal(await refusal({ claims }), "Panic");
      assert.equal(await refusal({ claims: { tcbStatus: 15, keyType: 3, product: 7 } }), null);
    });

    it("is not fresh without an anchor, and dated now", async () => {
      const { record: r, receipt } = await record({ anchorBlock: null });
      const block = await stub().chain.publicClient.getBlock({ blockNumber: receipt.blockNumber });
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
      const event = decodeEventLog({ abi: stub().registry.abi, ...log });
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
        anchorBlock: at().blockNumber,
        recordedBlock: receipt.blockNumber,
      });
    });

    it("writes seven slots, and two at an unchanged renewal", async () => {
      const { key: k, ak, receipt } = await record({});
      const changed = async (hash: Hex) => {
        const trace = (await stub().chain.request("debug_traceTransaction", hash, {
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
      await stub().chain.request("hardhat_mine", "0x5");
      const again = evidence({ key: k, ak, anchorBlock: await stub().anchorAt() });
      const renewal = await stub().chain.sendData(stub().registry.address, calldataOf(again));
      const second = await changed(renewal.transactionHash);
      const rewritten = [...second].filter(
        ([slot, value]) => BigInt(first.get(slot) ?? -1) !== BigInt(value),
      );
      // The stub's evidence names another time and block each renewal: status and order slot.
      assert.equal(rewritten.map(([slot]) => slot).filter((slot) => slot !== undefined).length, 2);
    });
  });
});
