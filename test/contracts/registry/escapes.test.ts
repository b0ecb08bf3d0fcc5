// No order of supersession, rotation, revocation, replacement and restored AKs frees a suspended machine (protocol
// §9): what its AK serves stays suspended until the delayed role resumes it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "viem";
import { alice, aliceLong, bob, carol, withRecords } from "./records.ts";
import { akIdFor, keyOf } from "./stub-evidence.ts";

const [machine, accomplice] = [1, 2];
const ak = akIdFor(machine);

describe("a suspended machine", () => {
  const { act, attest, get, read, refused, refusedRenewal, revoke, setOperator, setTtl, stub } =
    withRecords();
  const suspend = (key = alice) => act("suspend", [[key.hash]], 1);

  /** Whether what the machine's AK serves now counts: the one thing that must not come back. */
  async function counts(): Promise<boolean> {
    const served = await read<Hex>("identityOf", ak);
    const record = await get({ ...alice, hash: served });
    const isItsOwn = record.akKey === BigInt(ak) >> 96n;
    return (
      isItsOwn &&
      ((await read<boolean>("checkTEEValidity", served)) || (await read<boolean>("checkTPMValidity", served)))
    );
  }
  const staysDown = async (): Promise<void> => assert.equal(await counts(), false);

  for (const certification of ["tpmPcrBound", "none"] as const) {
    const how = certification === "none" ? "an unproven key" : "a proven key";
    const start = () => attest({ key: alice, certification });

    it(`with ${how} stays so through renewal and supersession of any kind`, async () => {
      await start();
      await suspend();
      await attest({ key: alice });
      await staysDown();
      await attest({ key: bob, certification: "none" });
      await staysDown();
      await attest({ key: carol, tee: 2 });
      await staysDown();
      await attest({ key: keyOf(14, true), namesAk: false });
      await staysDown();
      await act("resume", [[ak]], 0);
      assert.equal(await counts(), true);
    });

    it(`with ${how} cannot rotate, and stays so when it revokes itself`, async () => {
      await start();
      await suspend();
      for (const key of [alice, bob])
        assert.equal(
          await refusedRenewal({ current: alice, key, certification: "tpm" }),
          "ReattestationSuspended",
        );
      await revoke(alice);
      await attest({ key: bob });
      await staysDown();
      assert.equal((await get(bob)).suspended, true);
    });

    it(`with ${how} stays so when its operator or the role revokes it`, async () => {
      await start();
      await setOperator(alice, stub().chain.addressOf(5));
      await suspend();
      await act("revokeCvm", [alice.hash], 5);
      await attest({ key: bob });
      await staysDown();
      await act("revokeCvmByRole", [bob.hash], 0);
      await attest({ key: carol });
      await staysDown();
    });

    it(`with ${how} stays so when it is suspended after its revocation`, async () => {
      await start();
      await revoke(alice);
      await suspend();
      await attest({ key: bob });
      await staysDown();
    });

    it(`with ${how} stays so through its own signed actions and a re-opened class`, async () => {
      await start();
      await suspend();
      await setTtl(alice, 7_776_000n, 7_776_000n);
      await act("bumpEpoch", [1, 1, 1], 1);
      await attest({ key: alice });
      await staysDown();
    });

    it(`with ${how} and a revoked AK attests nothing, and is still suspended when the AK is restored`, async () => {
      await start();
      await act("revokeAk", [ak], 1);
      for (const key of [alice, aliceLong, bob])
        for (const anchorBlock of [null, await stub().anchorAt()])
          assert.equal(await refused({ key, anchorBlock }), "AKRevoked");
      await act("restoreAk", [ak], 0);
      await staysDown();
      await attest({ key: bob });
      await staysDown();
      await act("resume", [[ak]], 0);
      assert.equal(await counts(), true);
    });

    it(`with ${how} whose AK is revoked after its key stays so`, async () => {
      await start();
      await revoke(alice);
      await act("revokeAk", [ak], 1);
      await act("restoreAk", [ak], 0);
      await attest({ key: bob });
      await staysDown();
    });
  }

  it("is met by a suspension that comes after its supersession or rotation", async () => {
    await attest({ key: alice });
    await attest({ key: bob });
    await suspend(alice);
    await staysDown();
    await act("resume", [[ak]], 0);
    await attest({ key: carol, certification: "none" });
    await attest({ key: keyOf(14) });
    await suspend(carol);
    await staysDown();
  });

  it("is not freed by an accomplice who takes its unproven key over: its AK is revoked", async () => {
    for (const [at, key] of [alice, aliceLong].entries()) {
      const own = keyOf(11 + 20 * at);
      const taken = key === alice ? own : keyOf(11 + 20 * at, true);
      const number = machine + 4 * at;
      await attest({ key: own, ak: number, certification: "none" });
      await suspend(own);
      await attest({ key: taken, ak: accomplice + 4 * at });
      assert.equal(await read("akRevoked", akIdFor(number)), true);
      assert.equal(await refused({ key: keyOf(50 + at), ak: number }), "AKRevoked");
    }
  });

  it("is still suspended when its AK, revoked by an accomplice's replacement, is restored", async () => {
    await attest({ key: alice, certification: "none" });
    await suspend();
    await attest({ key: alice, ak: accomplice });
    await act("restoreAk", [ak], 0);
    await attest({ key: bob });
    await staysDown();
  });

  // docs/threat-model.md, "Unproven machines": its AK is what to name.
  it("dodges a suspension of the unproven key it left to an accomplice", async () => {
    await attest({ key: alice, certification: "none" });
    await attest({ key: bob });
    await attest({ key: alice, ak: accomplice, certification: "none", anchorBlock: null });
    await suspend(alice);
    assert.equal((await get(alice)).suspended, true);
    assert.equal((await get(bob)).suspended, false);
  });

  it("does not dodge the revocation of its AK that way", async () => {
    await attest({ key: alice, certification: "none" });
    await attest({ key: bob });
    await attest({ key: alice, ak: accomplice, certification: "none", anchorBlock: null });
    await act("revokeAk", [ak], 1);
    await staysDown();
    assert.equal((await get(bob)).suspended, true);
  });
});
