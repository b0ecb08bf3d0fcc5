// Anybody can quote a victim's identity hash with an AK of his own. That never blocks, retires, revokes, suspends or
// otherwise touches the victim's certified key (protocol §2).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Hex } from "viem";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { operatorMessage } from "../../../sdk/evidence/message.ts";
import { alice, aliceLong, bob, carol, chainId, withRecords } from "./records.ts";
import { akIdFor, keyOf, signWith } from "./stub-evidence.ts";
import type { Key } from "./stub-evidence.ts";

const [owner, squatter] = [1, 7];
const spellings = [alice, aliceLong] as const;
const unproven = { ak: squatter, certification: "none" } as const;

describe("a squatter on a certified key", () => {
  const records = withRecords();
  const { act, attest, get, read, reattest, refused, refusedRenewal, revoke, self, setTtl, stub } = records;

  /** The key is the victim's, and the victim may do with it what it may do with any key. */
  async function holds(key: Key): Promise<void> {
    const record = await get(key);
    assert.deepEqual([record.registered, record.suspended, record.teeTTL], [true, false, 30 * 86_400]);
    assert.equal(record.akKey, BigInt(akIdFor(owner)) >> 96n);
    assert.equal(await read("identityOf", akIdFor(owner)), key.hash);
    assert.equal(BigInt(await read<Hex>("operatorOf", key.hash)), 0n);
    assert.equal(await read("checkTPMValidity", key.hash), true);
  }

  for (const squatted of spellings)
    for (const key of spellings)
      for (const isAnchored of [true, false]) {
        const form = isAnchored ? "anchored" : "un-anchored";
        const spelling = squatted.hash === key.hash ? "this" : "the other";
        const length = key.identity.data.length;
        const squat = async () =>
          attest({ key: squatted, ...unproven, ...(isAnchored ? {} : { anchorBlock: null }) });

        it(`does not keep ${length} bytes of it from their owner by ${form} evidence of ${spelling} spelling`, async () => {
          await squat();
          await attest({ key, ak: owner, certification: "tpm" });
          await holds(key);
          for (const other of spellings)
            assert.equal(await refused({ key: other, ...unproven }), "AKRevoked");
        });

        it(`does not take ${length} bytes of it away by ${form} evidence of ${spelling} spelling`, async () => {
          await attest({ key, ak: owner, certification: "tpm" });
          const anchor = isAnchored ? {} : { anchorBlock: null };
          assert.equal(await refused({ key: squatted, ...unproven, ...anchor }), "IdentityTaken");
          await holds(key);
        });
      }

  it("does not keep it from an owner who supersedes or rotates to it", async () => {
    for (const [at, move] of [attest, reattest].entries()) {
      const [key, ak, own] = [keyOf(40 + at), 3 + at, keyOf(50 + at)];
      await attest({ key: own, ak });
      await attest({ key: keyOf(40 + at, true), ak: 8 + at, certification: "none", anchorBlock: null });
      await move({ key, current: own, ak, certification: "tpm" } as never);
      assert.equal(await read("identityOf", akIdFor(ak)), key.hash);
      assert.equal((await get(key)).registered, true);
    }
  });

  it("does not retire it by moving on to a key of his own, nor by rotating, which only the key may", async () => {
    await attest({ key: alice, ...unproven });
    assert.equal(
      await refusedRenewal({ current: alice, key: bob, ak: squatter, signer: bob }),
      "ActionSignatureWrong",
    );
    await attest({ key: bob, ...unproven });
    for (const key of spellings) assert.equal(await read("isRetired", key.hash), false);
    await attest({ key: alice, ak: owner });
    await holds(alice);
  });

  for (const squatted of spellings)
    it(`hands its owner no suspension, TTL or operator by ${squatted.identity.data.length} bytes`, async () => {
      await attest({ key: squatted, ...unproven });
      await act("suspend", [[squatted.hash]], 1);
      // Signed by the owner itself, and taken from the pool.
      await setTtl(squatted, 3600n, 3600n);
      await records.setOperator(squatted, stub().chain.addressOf(5));
      await attest({ key: alice, ak: owner, certification: "tpm" });
      await holds(alice);
      assert.equal(await stub().chain.refusal(stub().registry, "revokeCvm", [alice.hash], 5), "NotOperator");
    });

  it("does not lose it to its owner by having the role revoke what he registered", async () => {
    await attest({ key: alice, ...unproven });
    const { chain, registry } = stub();
    assert.equal(await chain.refusal(registry, "revokeCvmByRole", [alice.hash], 0), "CVMUnproven");
    await act("revokeAk", [akIdFor(squatter)], 1);
    assert.equal(await refused({ key: alice, ak: owner }), null);
  });

  it("is not reached by what the guardian does to the squatter afterwards", async () => {
    await attest({ key: alice, ...unproven });
    await attest({ key: alice, ak: owner });
    for (const name of ["revokeAk", "restoreAk", "revokeAk"])
      await act(name, [akIdFor(squatter)], name === "revokeAk" ? 1 : 0);
    await act("restoreAk", [akIdFor(squatter)], 0);
    for (const key of spellings) {
      assert.equal(await refused({ key, ...unproven }), "IdentityTaken");
      assert.equal(await refused({ key, ak: squatter, certification: "tpm" }), "IdentityTaken");
    }
    await attest({ key: bob, ak: squatter });
    await holds(alice);
  });

  it("leaves a key that its owner revoked revoked", async () => {
    await attest({ key: alice, ak: owner });
    await revoke(alice);
    for (const key of spellings)
      for (const anchorBlock of [null, await stub().anchorAt()])
        assert.equal(await refused({ key, ...unproven, anchorBlock }), "IdentityRetired");
  });

  it("needs the key itself for every signed action", async () => {
    await attest({ key: alice, ...unproven });
    const operator = stub().chain.addressOf(5);
    const forged = signWith(bob, operatorMessage(chainId, self(), 0n, fromHex(operator)));
    const args = [alice.hash, operator, forged];
    assert.equal(await stub().chain.refusal(stub().registry, "setOperator", args), "ActionSignatureWrong");
    assert.equal(await stub().chain.refusal(stub().registry, "revokeCvm", [alice.hash], 0), "NotOperator");
  });

  const step = fc.record({
    kind: fc.constantFrom("attest", "revokeAk", "restoreAk", "suspend", "resume", "renew"),
    key: fc.constantFrom(alice, aliceLong, alice, aliceLong, bob, carol),
    ak: fc.constantFrom(squatter, squatter + 1),
    certification: fc.constantFrom("none" as const, "none" as const, "tpm" as const),
    isAnchored: fc.boolean(),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** A squatter certifies keys of his own only: a TPM does not certify what it does not hold. */
  async function perform(
    { kind, key, ak, certification, isAnchored }: Step,
    isOwned: boolean,
  ): Promise<void> {
    const { chain, registry } = stub();
    const isVictims = key === alice || key === aliceLong;
    const options = { key, ak, certification: isVictims ? ("none" as const) : certification };
    const anchor = isAnchored ? {} : { anchorBlock: null };
    if (kind === "attest") {
      if ((await refused({ ...options, ...anchor })) === null) await attest({ ...options, ...anchor });
    } else if (kind === "renew") {
      assert.notEqual(await refusedRenewal({ current: key, ak, signer: keyOf(60) }), null);
    } else if (kind === "revokeAk" || kind === "restoreAk") {
      await act(kind, [akIdFor(ak)], kind === "revokeAk" ? 1 : 0);
    } else if (kind === "resume") {
      const args = [[akIdFor(ak)]];
      const refusal = await chain.refusal(registry, kind, args, 0);
      assert.ok(refusal === null || refusal === "AKUnknown");
      if (refusal === null) await act(kind, args, 0);
    } else if (!isOwned) {
      // Afterwards the id is the owner's, and so would the suspension be.
      await act(kind, [[key.hash]], 1);
    }
  }

  it("achieves nothing in any of 25 random orders", async () => {
    const order = fc.tuple(
      fc.array(step, { maxLength: 10 }),
      fc.constantFrom(...spellings),
      fc.array(step, { maxLength: 10 }),
    );
    const property = fc.asyncProperty(order, async ([before, key, after]) => {
      const start = await stub().chain.request("evm_snapshot");
      try {
        for (const each of before) await perform(each, false);
        await attest({ key, ak: owner, certification: "tpm" });
        const record = await get(key);
        for (const each of after) await perform(each, true);
        assert.deepEqual(await get(key), record);
        await holds(key);
      } finally {
        await stub().chain.request("evm_revert", start);
      }
    });
    await fc.assert(property, { seed: 4, numRuns: 25, endOnFailure: true });
  });
});
