// Re-attestation of a record's TPM half by the current key (protocol §9): what moves and what stays.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sha384 } from "@noble/hashes/sha2.js";
import { parseEventLogs } from "viem";
import { measurementHash } from "../../../sdk/evidence/binding.ts";
import { concat, sha256, toHex } from "../../../sdk/evidence/bytes.ts";
import { alice, bob, withRecords } from "./records.ts";
import { akIdFor, extendFromZero, teeMeasurement } from "./stub-evidence.ts";

const word = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
/** Of the stubbed measurements, under each trust. */
const measured = (pcrTrust: number) =>
  toHex(measurementHash({ cloud: 1, tee: 1, pcrTrust, teeMeasurement, pcrMeasurement: word(0x57) }));

describe("re-attestation of the TPM half", () => {
  const { attest, get, nonceOf, pass, read, reattest, buildRenewal, refused, setTtl, stub } = withRecords();

  describe("refresh by the same key", () => {
    it("moves TPM time, recorded block and nonce, and nothing else", async () => {
      await attest({ key: alice });
      const before = await get(alice);
      const receipt = await reattest({ current: alice });
      const after = await get(alice);
      assert.ok(after.tpmTime > before.tpmTime);
      assert.equal(BigInt(after.recordedBlock), receipt.blockNumber);
      const { tpmTime, recordedBlock } = after;
      assert.deepEqual(after, { ...before, tpmTime, recordedBlock, nonce: 1 });
    });

    it("is sent by anybody", async () => {
      await attest({ key: alice });
      const receipt = await stub().chain.sendData(
        stub().registry.address,
        await buildRenewal({ current: alice }),
        7,
      );
      assert.equal(receipt.status, "success");
    });

    it("dates the TPM half by the anchor, and never back", async () => {
      await attest({ key: alice, anchorBlock: null });
      const before = await get(alice);
      await reattest({ current: alice, anchorBlock: await stub().anchorAt(66) });
      assert.equal((await get(alice)).tpmTime, before.tpmTime);
    });

    it("keeps a TPM half alive past its TTL while the TEE half is valid", async () => {
      await attest({ key: alice });
      await setTtl(alice, 7_776_000n, 3600n);
      await pass(3600);
      assert.equal(await read("checkTPMValidity", alice.hash), false);
      await reattest({ current: alice });
      assert.equal(await read("checkTPMValidity", alice.hash), true);
    });

    it("gives an un-anchored record a fresh TPM half beside its stale TEE half", async () => {
      await attest({ key: alice, anchorBlock: null });
      const before = await get(alice);
      await reattest({ current: alice });
      const after = await get(alice);
      assert.deepEqual([before.recordedBlock, after.recordedBlock > 0], [0, true]);
      assert.deepEqual(after.assurance, { ...before.assurance, teeFresh: false, tpmFresh: true });
      assert.equal(after.teeTime, before.teeTime);
      assert.equal(await refused({ key: bob, anchorBlock: null }), "UnanchoredForRecordedAK");
    });

    it("measures a record of the walkthrough's binding as it was measured", async () => {
      const reportId = word(7).subarray(0, 16);
      const rtmr3 = sha384(concat(new Uint8Array(48), sha384(reportId)));
      const pcr15 = extendFromZero(sha256(reportId));
      const claims = { legacyRegister: toHex(rtmr3) };
      await attest({ key: alice, anchorBlock: null, namesAk: false, reportId, pcr15, claims });
      const before = await get(alice);
      await reattest({ current: alice, reportId: word(0x55) });
      assert.equal((await get(alice)).measurementHash, before.measurementHash);
      assert.equal((await get(alice)).assurance["pcrReportId"], true);
    });

    it("says in its event what it was made of", async () => {
      await attest({ key: alice });
      const receipt = await reattest({ current: alice });
      const logs = parseEventLogs({ abi: stub().registry.abi, logs: receipt.logs });
      assert.deepEqual(
        logs.map((log) => (log as unknown as { eventName: string }).eventName),
        ["CVMAttested"],
      );
      const { attestation } = (logs[0] as unknown as { args: { attestation: Record<string, unknown> } }).args;
      assert.equal(attestation["statementId"], toHex(word(0)));
      assert.equal(attestation["teeMeasurement"], toHex(teeMeasurement));
      assert.equal(attestation["recordedBlock"], receipt.blockNumber);
    });
  });

  describe("rates the TPM half anew", () => {
    const rating = async () => {
      const { assurance, measurementHash: hash } = await get(alice);
      return [assurance["akCertified"], assurance["pcrTrust"], assurance["keyProtection"], hash];
    };

    it("keeps how the same key is held when no certification comes", async () => {
      for (const [certification, held] of [
        ["tpmPcrBound", 2],
        ["tpm", 1],
        ["none", 0],
      ] as const) {
        await attest({ key: alice, certification });
        await reattest({ current: alice });
        assert.deepEqual(await rating(), [true, 1, held, measured(1)]);
      }
    });

    it("takes a certification's word on how the key is held", async () => {
      await attest({ key: alice });
      await reattest({ current: alice, certification: "tpm" });
      assert.deepEqual(await rating(), [true, 1, 1, measured(1)]);
      await reattest({ current: alice, certification: "tpmPcrBound" });
      assert.deepEqual(await rating(), [true, 1, 2, measured(1)]);
    });

    it("holds the key for unproven, and changes the measurement, when nobody vouches for the AK any more", async () => {
      await attest({ key: alice });
      await reattest({ current: alice, isTrusted: false });
      assert.deepEqual(await rating(), [false, 0, 0, measured(0)]);
      await reattest({ current: alice, certification: "tpm", isTrusted: false });
      assert.deepEqual(await rating(), [false, 0, 0, measured(0)]);
      // Trust that comes back says nothing of the key.
      await reattest({ current: alice });
      assert.deepEqual(await rating(), [true, 1, 0, measured(1)]);
      await reattest({ current: alice, certification: "tpmPcrBound" });
      assert.deepEqual(await rating(), [true, 1, 2, measured(1)]);
    });

    it("finds the AK's certificate where it was left", async () => {
      await attest({ key: alice });
      await reattest({ current: alice, isCertified: false, anchoredAkCertified: true });
      assert.deepEqual((await rating()).slice(0, 3), [true, 1, 2]);
    });

    it("ends with the AK's certificate when that ends first, and never later than before", async () => {
      await attest({ key: alice, claims: { validUntil: 3_000_000_000 } });
      await reattest({ current: alice, akNotAfter: 2_900_000_000 });
      assert.equal((await get(alice)).validUntil, 2_900_000_000);
      await reattest({ current: alice });
      assert.equal((await get(alice)).validUntil, 2_900_000_000);
      // An AK that nobody certifies ends nothing.
      await reattest({ current: alice, isTrusted: false, akNotAfter: 2_800_000_000 });
      assert.equal((await get(alice)).validUntil, 2_800_000_000);
    });

    it("keeps the AK of the record", async () => {
      await attest({ key: alice });
      await reattest({ current: alice });
      assert.equal(await read("identityOf", akIdFor(1)), alice.hash);
      assert.equal(await nonceOf(alice), 1n);
    });
  });
});
