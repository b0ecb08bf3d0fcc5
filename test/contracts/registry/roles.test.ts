// What guardian and governance may do to records, and until when a record counts.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "viem";
import { alice, aliceLong, bob, carol, withRecords } from "./records.ts";
import { akIdFor } from "./stub-evidence.ts";
import type { Key } from "./stub-evidence.ts";

describe("life cycle of a record", () => {
  const { act, attest, get, read, refused, setTtl, stub } = withRecords();

  describe("roles", () => {
    const validity = async (key: Key) => [
      await read("checkTEEValidity", key.hash),
      await read("checkTPMValidity", key.hash),
    ];

    it("lets the guardian take trust away and not give it back", async () => {
      await attest({ key: alice });
      const platform = (await get(alice)).platformId;
      await act("suspend", [[alice.hash, bob.hash]], 1);
      assert.deepEqual(await validity(alice), [false, false]);
      for (const [name, ...args] of [
        ["resume", [akIdFor(1)]],
        ["restoreAk", akIdFor(1)],
        ["restorePlatform", platform],
        ["revokeCvmByRole", alice.hash],
        ["setVerifier", 1, 1, alice.hash.slice(0, 42), false],
      ] as [string, ...unknown[]][])
        assert.equal(await stub().chain.refusal(stub().registry, name, args, 1), "AccessManagedUnauthorized");
      await act("resume", [[akIdFor(1)]], 0);
      assert.deepEqual(await validity(alice), [true, true]);
    });

    it("resumes the machine that it was decided for, whoever has its identity by then", async () => {
      await attest({ key: alice, certification: "none" });
      await attest({ key: carol, ak: 2 });
      await act("suspend", [[alice.hash, carol.hash]], 1);
      // Days pass between decision and act: the first machine moves on, the second takes its identity.
      await attest({ key: bob, certification: "none" });
      await attest({ key: alice, ak: 2 });
      await act("resume", [[akIdFor(1)]], 0);
      assert.deepEqual([(await get(bob)).suspended, (await get(alice)).suspended], [false, true]);
    });

    it("resumes no AK that was never recorded, and no other in the same call", async () => {
      await attest({ key: alice });
      await act("suspend", [[alice.hash]], 1);
      for (const unknown of [akIdFor(2), alice.hash]) {
        const args = [[akIdFor(1), unknown]];
        assert.equal(await stub().chain.refusal(stub().registry, "resume", args, 0), "AKUnknown");
      }
      assert.equal((await get(alice)).suspended, true);
    });

    it("refuses everybody else", async () => {
      for (const [name, ...args] of [
        ["suspend", []],
        ["revokeAk", akIdFor(1)],
        ["revokePlatform", alice.hash],
        ["bumpEpoch", 1, 1, 1],
      ] as [string, ...unknown[]][])
        assert.equal(await stub().chain.refusal(stub().registry, name, args, 4), "AccessManagedUnauthorized");
    });

    it("suspends the identity that the AK serves now", async () => {
      await attest({ key: alice });
      await attest({ key: bob });
      await act("suspend", [[alice.hash]], 1);
      assert.deepEqual([(await get(alice)).suspended, (await get(bob)).suspended], [false, true]);
    });

    it("suspends with the AK, refuses its evidence, and takes it again when restored", async () => {
      await attest({ key: alice });
      await act("revokeAk", [akIdFor(1)], 1);
      assert.equal((await get(alice)).suspended, true);
      assert.equal(await refused({ key: alice }), "AKRevoked");
      await act("restoreAk", [akIdFor(1)], 0);
      assert.equal(await refused({ key: alice }), null);
    });

    it("revokes a platform with all its records, never platform 0", async () => {
      await attest({ key: alice });
      const platform = (await get(alice)).platformId;
      await act("revokePlatform", [platform], 1);
      assert.deepEqual(await validity(alice), [false, false]);
      await act("restorePlatform", [platform], 0);
      assert.deepEqual(await validity(alice), [true, true]);
      const none = [`0x${"00".repeat(32)}`];
      assert.equal(await stub().chain.refusal(stub().registry, "revokePlatform", none, 1), "PlatformUnknown");
    });

    it("re-opens a class until its records attest again", async () => {
      await attest({ key: alice });
      await act("bumpEpoch", [1, 1, 1], 1);
      assert.deepEqual(await validity(alice), [false, false]);
      await attest({ key: alice });
      assert.deepEqual(await validity(alice), [true, true]);
    });

    it("re-opens every cloud's class when a verifier's verdicts no longer stand", async () => {
      await attest({ key: alice });
      const verifier = await stub().chain.deploy("StubTEEVerifier");
      await act("setVerifier", [1, 1, verifier.address, true], 0);
      assert.deepEqual(await validity(alice), [false, false]);
    });
  });

  describe("validity", () => {
    const pass = (seconds: number) =>
      stub().chain.request("hardhat_mine", "0x2", `0x${seconds.toString(16)}`);

    it("ends for the TEE half after its TTL and for the TPM half after its own", async () => {
      await attest({ key: alice });
      await setTtl(alice, 3600n, 7200n);
      assert.equal(await read("checkTEEValidity", alice.hash), true);
      await pass(3600);
      assert.equal(await read("checkTEEValidity", alice.hash), false);
      assert.equal(await read("checkTPMValidity", alice.hash), true);
      await pass(3600);
      assert.equal(await read("checkTPMValidity", alice.hash), false);
    });

    it("ends for the TEE half with what its verdict rests on", async () => {
      const { timestamp } = await stub().chain.publicClient.getBlock();
      await attest({ key: alice, claims: { validUntil: Number(timestamp) + 1000 } });
      assert.equal(await read("checkTEEValidity", alice.hash), true);
      await pass(1000);
      assert.equal(await read("checkTEEValidity", alice.hash), false);
      assert.equal(await read("checkTPMValidity", alice.hash), true);
    });

    it("is false for an unknown identity, whose getters refuse", async () => {
      assert.equal(await read("checkTEEValidity", carol.hash), false);
      for (const name of ["getMeasurementHash", "getCvmIdentity"])
        assert.equal(await stub().chain.refusal(stub().registry, name, [carol.hash]), "CVMNotRegistered");
    });

    it("shows the identity as it was spelled", async () => {
      await attest({ key: aliceLong });
      const identity = await read<{ data: Hex }>("getCvmIdentity", aliceLong.hash);
      assert.equal(identity.data.length, 2 + 2 * 65);
    });
  });
});
