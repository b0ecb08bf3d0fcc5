// What becomes of a record when evidence comes again: renewal, supersession, keys that are taken.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "viem";
import { alice, aliceLong, bob, carol, withRecords } from "./records.ts";
import { akIdFor, keyOf } from "./stub-evidence.ts";

describe("life cycle of a record", () => {
  const { act, attest, build, get, read, refused, setOperator, setTtl, stub } = withRecords();

  describe("renewal", () => {
    it("takes newer anchored evidence of the same AK and identity from anybody", async () => {
      await attest({ key: alice });
      const before = await get(alice);
      await attest({ key: alice, certification: "tpm" });
      const after = await get(alice);
      assert.ok(after.teeTime > before.teeTime && after.tpmTime > before.tpmTime);
      assert.ok(after.recordedBlock > before.recordedBlock);
      assert.equal(after.assurance["keyProtection"], 1);
    });

    it("refuses the same evidence again and any anchored below the recorded head", async () => {
      const data = await build({ key: alice });
      await stub().chain.sendData(stub().registry.address, data);
      assert.equal(await stub().chain.refusalOf(stub().registry, data), "EvidenceNotNewer");
    });

    it("takes evidence anchored exactly at the recorded head", async () => {
      const receipt = await stub().chain.sendData(stub().registry.address, await build({ key: alice }));
      const at = await stub().anchorAt();
      assert.equal(at.blockNumber, receipt.blockNumber);
      assert.equal(await refused({ key: alice, anchorBlock: at }), null);
    });

    it("refuses un-anchored evidence of a recorded AK", async () => {
      await attest({ key: alice });
      assert.equal(await refused({ key: alice, anchorBlock: null }), "UnanchoredForRecordedAK");
      assert.equal(await refused({ key: bob, anchorBlock: null }), "UnanchoredForRecordedAK");
    });

    it("renews an un-anchored record by anchored evidence", async () => {
      await attest({ key: alice, anchorBlock: null });
      assert.equal((await get(alice)).recordedBlock, 0);
      await attest({ key: alice });
      assert.equal((await get(alice)).assurance["teeFresh"], true);
    });

    it("never moves the TEE time by evidence that is not fresh", async () => {
      await attest({ key: alice });
      const before = await get(alice);
      await attest({ key: alice, namesAk: false });
      const after = await get(alice);
      assert.equal(after.teeTime, before.teeTime);
      assert.ok(after.tpmTime > before.tpmTime);
      assert.equal(after.assurance["teeFresh"], false);
    });

    it("never lowers a recorded time", async () => {
      await attest({ key: alice, anchorBlock: null });
      const before = await get(alice);
      await attest({ key: alice, anchorBlock: await stub().anchorAt(66) });
      const after = await get(alice);
      assert.deepEqual([after.teeTime, after.tpmTime], [before.teeTime, before.tpmTime]);
    });

    it("keeps TTLs and suspension", async () => {
      await attest({ key: alice });
      await act("suspend", [[alice.hash]], 1);
      await attest({ key: alice });
      assert.equal((await get(alice)).suspended, true);
    });
  });

  describe("supersession", () => {
    it("retires the old identity for ever under both spellings", async () => {
      await attest({ key: alice });
      await attest({ key: bob });
      assert.deepEqual(
        [await read("hasRegistered", alice.hash), await read("hasRegistered", bob.hash)],
        [false, true],
      );
      assert.equal(await read("identityOf", akIdFor(1)), bob.hash);
      for (const key of [alice, aliceLong]) assert.equal(await refused({ key, ak: 2 }), "IdentityRetired");
      assert.equal(await refused({ key: alice }), "IdentityRetired");
    });

    it("hands on TTLs, suspension and operator", async () => {
      await attest({ key: alice });
      await setTtl(alice, 3600n, 7200n);
      await setOperator(alice, stub().chain.addressOf(5));
      await act("suspend", [[alice.hash]], 1);
      await attest({ key: bob });
      const record = await get(bob);
      assert.deepEqual([record.suspended, record.teeTTL, record.tpmTTL], [true, 3600, 7200]);
      assert.equal(await read("operatorOf", bob.hash), stub().chain.addressOf(5));
    });

    it("does not hand the operator to a successor that proves nothing", async () => {
      await attest({ key: alice });
      await setOperator(alice, stub().chain.addressOf(5));
      await attest({ key: bob, certification: "none" });
      assert.equal(BigInt(await read<Hex>("operatorOf", bob.hash)), 0n);
    });

    it("keeps the TEE time of the old record when the successor is not fresh", async () => {
      await attest({ key: alice });
      const before = await get(alice);
      await attest({ key: bob, namesAk: false });
      assert.equal((await get(bob)).teeTime, before.teeTime);
    });

    it("deletes an unproven record without retiring its key", async () => {
      await attest({ key: alice, certification: "none" });
      await attest({ key: bob });
      assert.equal(await read("isRetired", alice.hash), false);
      assert.equal((await get(alice)).measurementHash, `0x${"00".repeat(32)}`);
      assert.equal(await refused({ key: alice, ak: 2 }), null);
    });
  });

  describe("taken keys", () => {
    it("refuses a key that is live under another AK, in either spelling", async () => {
      await attest({ key: alice });
      for (const key of [alice, aliceLong]) assert.equal(await refused({ key, ak: 2 }), "IdentityTaken");
    });

    it("refuses the other spelling of a key under its own AK", async () => {
      await attest({ key: alice });
      assert.equal(await refused({ key: aliceLong }), "IdentityTaken");
    });

    it("lets proven anchored evidence replace an unproven squatter, whose AK is revoked", async () => {
      for (const [key, squatted] of [
        [alice, alice],
        [keyOf(14), keyOf(14, true)],
      ] as const) {
        const [squatter, owner] = key === alice ? [7, 8] : [9, 10];
        await attest({ key: squatted, ak: squatter, certification: "none", anchorBlock: null });
        assert.equal(await refused({ key, ak: owner, certification: "none" }), "IdentityTaken");
        assert.equal(await refused({ key, ak: owner, anchorBlock: null }), "IdentityTaken");
        await attest({ key, ak: owner, certification: "tpm" });
        assert.equal(await read("identityOf", akIdFor(owner)), key.hash);
        assert.equal(await read("akRevoked", akIdFor(squatter)), true);
        assert.equal(await refused({ key: carol, ak: squatter }), "AKRevoked");
        if (squatted !== key) assert.equal(await read("hasRegistered", squatted.hash), false);
      }
    });

    it("lets the replacing record inherit nothing", async () => {
      await attest({ key: alice, ak: 7, certification: "none" });
      await act("suspend", [[alice.hash]], 1);
      await attest({ key: alice, ak: 8 });
      const record = await get(alice);
      assert.deepEqual([record.suspended, record.teeTTL], [false, 30 * 86_400]);
    });

    it("keeps a restored squatter away from the owner's record", async () => {
      for (const [key, squatted, squatter, owner, next] of [
        [alice, alice, 7, 8, bob],
        [keyOf(14), keyOf(14, true), 9, 10, carol],
      ] as const) {
        await attest({ key: squatted, ak: squatter, certification: "none" });
        await attest({ key, ak: owner });
        const before = await get(key);
        await act("revokeAk", [akIdFor(squatter)], 1);
        await act("restoreAk", [akIdFor(squatter)], 0);
        assert.equal(
          await refused({ key: next, ak: squatter, anchorBlock: null }),
          "UnanchoredForRecordedAK",
        );
        await attest({ key: next, ak: squatter });
        assert.deepEqual(await get(key), before);
        const record = await get(next);
        assert.deepEqual([record.suspended, record.teeTTL], [false, 30 * 86_400]);
      }
    });

    it("does not let the guardian reach the owner's record through the squatter's AK", async () => {
      await attest({ key: alice, ak: 7, certification: "none" });
      await attest({ key: alice, ak: 8 });
      await act("revokeAk", [akIdFor(7)], 1);
      assert.equal((await get(alice)).suspended, false);
    });
  });
});
