import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Hex } from "viem";
import { operatorMessage, revokeMessage, ttlMessage } from "../../../sdk/evidence/message.ts";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { startChain } from "./chain.ts";
import { akIdFor, calldataOf, evidence, keyOf, signWith, stubbedRegistry } from "./stub-evidence.ts";
import type { Evidence, Key, StubbedRegistry } from "./stub-evidence.ts";
import type { RecordView } from "./record-view.ts";

const [alice, bob, carol] = [keyOf(11), keyOf(12), keyOf(13)] as [Key, Key, Key];
const aliceLong = keyOf(11, true);

describe("life cycle of a record", () => {
  let stub: StubbedRegistry;
  beforeEach(async () => {
    stub = await stubbedRegistry(await startChain());
  });

  type Options = Partial<Evidence> & { key: Key };
  const build = async (options: Options) =>
    calldataOf(evidence({ anchorBlock: await stub.anchorAt(), ...options }));
  const attest = async (options: Options) => {
    const receipt = await stub.chain.sendData(stub.registry.address, await build(options));
    assert.equal(receipt.status, "success");
    await stub.chain.request("hardhat_mine", "0x2", "0x3c");
    return receipt;
  };
  const refused = async (options: Options) => stub.chain.refusalOf(stub.registry, await build(options));
  const get = (key: Key) => stub.chain.read<RecordView>(stub.registry, "getCvm", key.hash);
  const read = <T>(name: string, ...args: unknown[]) => stub.chain.read<T>(stub.registry, name, ...args);
  const act = async (name: string, args: unknown[], from: number) => {
    const receipt = await stub.chain.send(stub.registry, name, args, from);
    assert.equal(receipt.status, "success");
  };
  const chainId = 31337n;
  const self = () => fromHex(stub.registry.address);

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
      await stub.chain.sendData(stub.registry.address, data);
      assert.equal(await stub.chain.refusalOf(stub.registry, data), "EvidenceNotNewer");
    });

    it("takes evidence anchored exactly at the recorded head", async () => {
      const receipt = await stub.chain.sendData(stub.registry.address, await build({ key: alice }));
      const at = await stub.anchorAt();
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
      await attest({ key: alice, anchorBlock: await stub.anchorAt(66) });
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
      await setOperator(alice, stub.chain.addressOf(5));
      await act("suspend", [[alice.hash]], 1);
      await attest({ key: bob });
      const record = await get(bob);
      assert.deepEqual([record.suspended, record.teeTTL, record.tpmTTL], [true, 3600, 7200]);
      assert.equal(await read("operatorOf", bob.hash), stub.chain.addressOf(5));
    });

    it("does not hand the operator to a successor that proves nothing", async () => {
      await attest({ key: alice });
      await setOperator(alice, stub.chain.addressOf(5));
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

    it("does not let the guardian reach the owner's record through the squatter's AK", async () => {
      await attest({ key: alice, ak: 7, certification: "none" });
      await attest({ key: alice, ak: 8 });
      await act("revokeAk", [akIdFor(7)], 1);
      assert.equal((await get(alice)).suspended, false);
    });
  });

  async function nonceOf(key: Key): Promise<bigint> {
    return read<bigint>("nonces", key.hash);
  }
  async function setTtl(key: Key, tee: bigint, tpm: bigint) {
    const signature = signWith(key, ttlMessage(chainId, self(), await nonceOf(key), tee, tpm));
    await act("setCollateralTTL", [key.hash, tee, tpm, signature], 0);
  }
  async function setOperator(key: Key, operator: Hex) {
    const signature = signWith(key, operatorMessage(chainId, self(), await nonceOf(key), fromHex(operator)));
    await act("setOperator", [key.hash, operator, signature], 0);
  }

  describe("key-signed actions", () => {
    it("counts each signature once", async () => {
      await attest({ key: alice });
      const signature = signWith(alice, ttlMessage(chainId, self(), 0n, 3600n, 3600n));
      const args = [alice.hash, 3600n, 3600n, signature];
      await act("setCollateralTTL", args, 3);
      assert.equal(await stub.chain.refusal(stub.registry, "setCollateralTTL", args), "ActionSignatureWrong");
      assert.equal(await nonceOf(alice), 1n);
    });

    it("refuses another key's signature, another value and unknown identities", async () => {
      await attest({ key: alice });
      const message = ttlMessage(chainId, self(), 0n, 3600n, 3600n);
      const call = (key: Key, tee: bigint, signature: Hex) =>
        stub.chain.refusal(stub.registry, "setCollateralTTL", [key.hash, tee, 3600n, signature]);
      assert.equal(await call(alice, 3600n, signWith(bob, message)), "ActionSignatureWrong");
      assert.equal(await call(alice, 3601n, signWith(alice, message)), "ActionSignatureWrong");
      assert.equal(await call(alice, 3600n, "0x"), "ActionSignatureWrong");
      assert.equal(await call(bob, 3600n, signWith(bob, message)), "CVMNotRegistered");
    });

    it("keeps TTLs between one hour and ninety days", async () => {
      await attest({ key: alice });
      for (const seconds of [0n, 3599n, 7_776_001n, 2n ** 64n - 1n]) {
        const args = [alice.hash, 3600n, seconds, "0x"];
        assert.equal(await stub.chain.refusal(stub.registry, "setCollateralTTL", args), "TTLOutOfRange");
      }
      await setTtl(alice, 3600n, 7_776_000n);
      assert.equal((await get(alice)).tpmTTL, 7_776_000);
    });

    it("revokes for ever by key or operator, never by a stranger", async () => {
      await attest({ key: alice });
      await setOperator(alice, stub.chain.addressOf(5));
      assert.equal(await stub.chain.refusal(stub.registry, "revokeCvm", [alice.hash], 4), "NotOperator");
      await act("revokeCvm", [alice.hash], 5);
      assert.equal(await read("hasRegistered", alice.hash), false);
      assert.equal(await refused({ key: alice }), "IdentityRetired");

      await attest({ key: bob, ak: 2 });
      const signature = signWith(bob, revokeMessage(chainId, self(), 0n));
      await act("revokeCvm", [bob.hash, signature], 4);
      for (const key of [bob, keyOf(12, true)])
        assert.equal(await refused({ key, ak: 3 }), "IdentityRetired");
    });

    it("lets the AK of a revoked identity attest a new key with newer anchored evidence", async () => {
      await attest({ key: alice });
      await act("revokeCvm", [alice.hash, signWith(alice, revokeMessage(chainId, self(), 0n))], 0);
      assert.equal(await refused({ key: bob, anchorBlock: null }), "UnanchoredForRecordedAK");
      await attest({ key: bob });
      assert.equal(await read("identityOf", akIdFor(1)), bob.hash);
    });

    it("never resets the nonce of an identity", async () => {
      await attest({ key: alice, ak: 7, certification: "none" });
      await setTtl(alice, 3600n, 3600n);
      await attest({ key: alice, ak: 8 });
      assert.equal(await nonceOf(alice), 1n);
    });
  });

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
        ["resume", [alice.hash]],
        ["restoreAk", akIdFor(1)],
        ["restorePlatform", platform],
        ["revokeCvmByRole", alice.hash],
        ["setVerifier", 1, 1, alice.hash.slice(0, 42), false],
      ] as [string, ...unknown[]][])
        assert.equal(await stub.chain.refusal(stub.registry, name, args, 1), "AccessManagedUnauthorized");
      await act("resume", [[alice.hash]], 0);
      assert.deepEqual(await validity(alice), [true, true]);
    });

    it("refuses everybody else", async () => {
      for (const [name, ...args] of [
        ["suspend", []],
        ["revokeAk", akIdFor(1)],
        ["revokePlatform", alice.hash],
        ["bumpEpoch", 1, 1, 1],
      ] as [string, ...unknown[]][])
        assert.equal(await stub.chain.refusal(stub.registry, name, args, 4), "AccessManagedUnauthorized");
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
      assert.equal(await stub.chain.refusal(stub.registry, "revokePlatform", none, 1), "PlatformUnknown");
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
      const verifier = await stub.chain.deploy("StubTEEVerifier");
      await act("setVerifier", [1, 1, verifier.address, true], 0);
      assert.deepEqual(await validity(alice), [false, false]);
    });
  });

  describe("validity", () => {
    const pass = (seconds: number) => stub.chain.request("hardhat_mine", "0x2", `0x${seconds.toString(16)}`);

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
      const { timestamp } = await stub.chain.publicClient.getBlock();
      await attest({ key: alice, claims: { validUntil: Number(timestamp) + 1000 } });
      assert.equal(await read("checkTEEValidity", alice.hash), true);
      await pass(1000);
      assert.equal(await read("checkTEEValidity", alice.hash), false);
      assert.equal(await read("checkTPMValidity", alice.hash), true);
    });

    it("is false for an unknown identity, whose getters refuse", async () => {
      assert.equal(await read("checkTEEValidity", carol.hash), false);
      for (const name of ["getMeasurementHash", "getCvmIdentity"])
        assert.equal(await stub.chain.refusal(stub.registry, name, [carol.hash]), "CVMNotRegistered");
    });

    it("shows the identity as it was spelled", async () => {
      await attest({ key: aliceLong });
      const identity = await read<{ data: Hex }>("getCvmIdentity", aliceLong.hash);
      assert.equal(identity.data.length, 2 + 2 * 65);
    });
  });
});
