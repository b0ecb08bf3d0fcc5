// Re-attestation with another identity (protocol §9): the record passes to another key of the same TPM.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseEventLogs } from "viem";
import type { Hex, TransactionReceipt } from "viem";
import { alice, aliceLong, bob, carol, withRecords } from "./records.ts";
import { akIdFor, keyOf } from "./stub-evidence.ts";

const bobLong = keyOf(12, true);
const day = 86_400;

describe("rotation of the identity key", () => {
  const records = withRecords();
  const { attest, get, nonceOf, read, reattest, refused, refusedRenewal } = records;
  const { setOperator, setTtl, stub } = records;
  const eventsOf = ({ logs }: TransactionReceipt) =>
    parseEventLogs({ abi: stub().registry.abi, logs }).map((log) => {
      const { eventName, args } = log as unknown as { eventName: string; args: Record<string, unknown> };
      return [eventName, args] as const;
    });
  const operator = () => stub().chain.addressOf(5);

  it("retires the old key for ever under both spellings, and the AK serves the new one", async () => {
    await attest({ key: alice });
    await reattest({ current: alice, key: bob, certification: "tpmPcrBound" });
    assert.deepEqual(
      [await read("isRetired", alice.hash), await read("hasRegistered", bob.hash)],
      [true, true],
    );
    assert.equal(await read("identityOf", akIdFor(1)), bob.hash);
    for (const key of [alice, aliceLong]) {
      assert.equal(await refused({ key }), "IdentityRetired");
      assert.equal(await refused({ key, ak: 2 }), "IdentityRetired");
      assert.equal(await refusedRenewal({ current: bob, key }), "IdentityRetired");
    }
  });

  it("retires an unproven key too, since it signed", async () => {
    await attest({ key: alice, certification: "none" });
    await reattest({ current: alice, key: bob });
    assert.equal(await read("isRetired", alice.hash), true);
    assert.equal(await refused({ key: alice, ak: 2 }), "IdentityRetired");
  });

  it("hands on the TEE half and the TTLs, and dates the TPM half anew", async () => {
    await attest({ key: alice });
    await setTtl(alice, 3600n, 7200n);
    const before = await get(alice);
    await reattest({ current: alice, key: bob, certification: "tpmPcrBound" });
    const after = await get(bob);
    assert.ok(after.tpmTime > before.tpmTime && after.recordedBlock > before.recordedBlock);
    const { tpmTime, recordedBlock, keyX, keyY } = after;
    assert.deepEqual(after, { ...before, tpmTime, recordedBlock, keyX, keyY, nonce: 0 });
    assert.deepEqual([after.teeTTL, after.tpmTTL], [3600, 7200]);
  });

  it("rates the new key by what certifies it", async () => {
    for (const [key, next, certification, held] of [
      [alice, bob, "none", 0],
      [bob, carol, "tpm", 1],
      [carol, keyOf(14), "tpmPcrBound", 2],
    ] as const) {
      if (key === alice) await attest({ key });
      await reattest({ current: key, key: next, certification });
      assert.equal((await get(next)).assurance["keyProtection"], held);
    }
  });

  it("passes the operator on to a key held in the TPM, and to no other", async () => {
    await attest({ key: alice });
    await setOperator(alice, operator());
    await reattest({ current: alice, key: bob, certification: "tpm" });
    assert.equal(await read("operatorOf", bob.hash), operator());
    await reattest({ current: bob, key: carol });
    assert.equal(BigInt(await read<Hex>("operatorOf", carol.hash)), 0n);
    const { chain, registry } = stub();
    assert.equal(await chain.refusal(registry, "revokeCvmByRole", [carol.hash], 0), "CVMUnproven");
  });

  it("says nothing of an operator where there was none", async () => {
    await attest({ key: alice });
    const receipt = await reattest({ current: alice, key: bob, certification: "tpm" });
    assert.deepEqual(
      eventsOf(receipt).map(([name]) => name),
      ["CVMSuperseded", "CVMAttested"],
    );
  });

  it("leaves the operator of a retired key nothing to revoke", async () => {
    await attest({ key: alice });
    await setOperator(alice, operator());
    await reattest({ current: alice, key: bob });
    for (const { hash } of [alice, bob]) {
      const expected = hash === alice.hash ? "CVMNotRegistered" : "NotOperator";
      assert.equal(await stub().chain.refusal(stub().registry, "revokeCvm", [hash], 5), expected);
    }
  });

  it("counts no nonce: the key that signed is retired, the other's goes on", async () => {
    await attest({ key: alice });
    await reattest({ current: alice, key: bob, certification: "tpm" });
    assert.deepEqual([await nonceOf(alice), await nonceOf(bob)], [0n, 0n]);
  });

  it("emits what it does, in order", async () => {
    await attest({ key: alice });
    await setOperator(alice, operator());
    const events = eventsOf(await reattest({ current: alice, key: bob, certification: "tpm" }));
    assert.deepEqual(events.slice(0, 2), [
      ["CVMOperatorUpdated", { cvmIdentityHash: bob.hash, operator: operator() }],
      [
        "CVMSuperseded",
        {
          oldIdentityHash: alice.hash,
          newIdentityHash: bob.hash,
          akId: akIdFor(1),
          oldRetired: true,
        },
      ],
    ]);
    assert.deepEqual(
      events.slice(2).map(([name, args]) => [name, args["cvmIdentityHash"]]),
      [["CVMAttested", bob.hash]],
    );
  });

  it("takes the new key in its long spelling, and never a key's own other spelling", async () => {
    await attest({ key: alice });
    assert.equal(await refusedRenewal({ current: alice, key: aliceLong }), "IdentityTaken");
    await reattest({ current: alice, key: bobLong, certification: "tpm" });
    assert.equal((await read<{ data: Hex }>("getCvmIdentity", bobLong.hash)).data.length, 2 + 2 * 65);
    assert.equal(await refusedRenewal({ current: bobLong, key: bob }), "IdentityTaken");
    await reattest({ current: bobLong, key: carol, certification: "tpm" });
    for (const key of [bob, bobLong]) assert.equal(await refused({ key, ak: 2 }), "IdentityRetired");
  });

  it("refuses a key that another AK's record holds", async () => {
    await attest({ key: alice });
    await attest({ key: bob, ak: 2 });
    for (const key of [bob, bobLong])
      assert.equal(await refusedRenewal({ current: alice, key, certification: "tpm" }), "IdentityTaken");
  });

  it("replaces a squatter on the new key in the course of it, by either spelling", async () => {
    for (const [ak, squatter, key, squatted] of [
      [1, 7, bob, bob],
      [2, 8, carol, keyOf(13, true)],
    ] as const) {
      const current = keyOf(30 + ak);
      await attest({ key: current, ak });
      await setTtl(current, 3600n, 7200n);
      await attest({ key: squatted, ak: squatter, certification: "none", anchorBlock: null });
      assert.equal(await refusedRenewal({ current, key, ak }), "IdentityTaken");
      const events = eventsOf(await reattest({ current, key, ak, certification: "tpm" }));
      assert.deepEqual(
        events.map(([name]) => name),
        ["UnprovenReplaced", "AttestationKeyRevoked", "CVMSuperseded", "CVMAttested"],
      );
      assert.equal(await read("akRevoked", akIdFor(squatter)), true);
      const record = await get(key);
      assert.deepEqual([record.registered, record.teeTTL, record.suspended], [true, 3600, false]);
      if (squatted !== key) assert.equal(await read("hasRegistered", squatted.hash), false);
    }
  });

  it("leaves the new record to its AK's full evidence", async () => {
    await attest({ key: alice });
    await reattest({ current: alice, key: bob, certification: "tpm" });
    await attest({ key: bob });
    const record = await get(bob);
    assert.deepEqual([record.assurance["keyProtection"], record.teeTTL], [2, 30 * day]);
    await attest({ key: carol });
    assert.equal(await read("isRetired", bob.hash), true);
  });
});
