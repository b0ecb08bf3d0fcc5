// A key has two identities, by its two spellings, and one life. Un-anchored evidence whose quote names no identity can be
// spelled by whoever brings it, so a spelling that it chose binds neither the machine nor its key.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../../sdk/evidence/bytes.ts";
import { ttlMessage } from "../../../sdk/evidence/message.ts";
import { alice, aliceLong, bob, chainId, withRecords } from "./records.ts";
import { word } from "./registrations.ts";
import { akIdFor, extendFromZero, signWith } from "./stub-evidence.ts";

describe("a record in the other spelling of its key", () => {
  const { act, attest, get, nonceOf, read, refused, refusedRenewal, self, setOperator, setTtl, stub } =
    withRecords();

  const reportId = new Uint8Array(32).fill(0x77);
  /** As the captured machines made it (protocol §12, rows 1.5): the certification names the key, nothing its spelling. */
  const unanchored = {
    tee: 2,
    namesAk: false,
    anchorBlock: null,
    extra: new Uint8Array(0),
    certification: "tpm" as const,
    claims: { legacyRegister: toHex(reportId) },
    pcr15: extendFromZero(reportId),
  };
  const respelled = () => attest({ key: aliceLong, ...unanchored });
  const state = async (key: typeof alice) => {
    const { registered, assurance } = await get(key);
    return [registered, assurance.tpmFresh, await read("isRetired", key.hash)];
  };

  for (const certification of ["tpmPcrBound", "none"] as const)
    it(`gives way to anchored evidence of its AK, ${certification === "none" ? "unproven" : "proven"}`, async () => {
      await respelled();
      assert.deepEqual(await state(aliceLong), [true, false, false]);
      await attest({ key: alice, certification });
      assert.deepEqual(await state(alice), [true, true, false]);
      assert.deepEqual(await state(aliceLong), [false, false, false]);
      assert.equal(await read("identityOf", akIdFor(1)), alice.hash);
      assert.equal(await read("akRevoked", akIdFor(1)), false);
      // The key has one life still: it ends under both spellings, and goes on under this one alone.
      assert.equal(await refused({ key: aliceLong }), "IdentityTaken");
      await attest({ key: alice });
      await attest({ key: bob });
      for (const key of [alice, aliceLong]) assert.equal(await refused({ key }), "IdentityRetired");
    });

  it("leaves its marks, TTLs and nonce to the spelling that the evidence names, and its operator to a proven one", async () => {
    await respelled();
    const signature = signWith(alice, ttlMessage(chainId, self(), 0n, 7200n, 7200n));
    await setTtl(aliceLong, 7200n, 7200n);
    const operator = stub().chain.addressOf(5);
    await setOperator(aliceLong, operator);
    await act("suspend", [[aliceLong.hash]], 1);
    await attest({ key: alice });
    const { suspended, teeTTL, tpmTTL } = await get(alice);
    assert.deepEqual([suspended, teeTTL, tpmTTL], [true, 7200, 7200]);
    assert.deepEqual(
      [await read("operatorOf", alice.hash), await read("operatorOf", aliceLong.hash)],
      [operator, `0x${"00".repeat(20)}`],
    );
    assert.deepEqual([await nonceOf(alice), await nonceOf(aliceLong)], [2n, 2n]);
    const again = [alice.hash, 7200n, 7200n, signature];
    assert.equal(
      await stub().chain.refusal(stub().registry, "setCollateralTTL", again),
      "ActionSignatureWrong",
    );
  });

  it("record.taken: stays where its evidence is anchored", async () => {
    await attest({ key: aliceLong });
    assert.equal(await refused({ key: alice }), "IdentityTaken");
    assert.deepEqual(await state(aliceLong), [true, true, false]);
  });

  it("record.taken: stays against un-anchored evidence and another AK", async () => {
    await respelled();
    assert.equal(await refused({ key: alice, ...unanchored }), "IdentityTaken");
    assert.equal(await refused({ key: alice, ak: 2 }), "IdentityTaken");
    assert.deepEqual(await state(aliceLong), [true, false, false]);
  });

  it("record.taken: stays where its key would be retired with it: in a rotation", async () => {
    await respelled();
    const reportData = { pcr15: unanchored.pcr15, reportId: word(0x55) };
    const renewal = { current: aliceLong, key: alice, tee: 2, ...reportData };
    assert.equal(await refusedRenewal(renewal), "IdentityTaken");
    assert.equal(await refusedRenewal({ ...renewal, key: bob }), null);
  });

  it("ends for ever when it was revoked, whoever spelled it", async () => {
    await respelled();
    await act("revokeCvmByRole", [aliceLong.hash], 0);
    assert.equal(await refused({ key: alice }), "IdentityRetired");
  });
});
