// What the key of a record signs: TTLs, operator, revocation.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "viem";
import { revokeMessage, ttlMessage } from "../../../sdk/evidence/message.ts";
import { alice, bob, chainId, withRecords } from "./records.ts";
import { akIdFor, keyOf, signWith } from "./stub-evidence.ts";
import type { Key } from "./stub-evidence.ts";

describe("life cycle of a record", () => {
  const { act, attest, get, nonceOf, read, refused, self, setOperator, setTtl, stub } = withRecords();

  describe("key-signed actions", () => {
    it("counts each signature once", async () => {
      await attest({ key: alice });
      const signature = signWith(alice, ttlMessage(chainId, self(), 0n, 3600n, 3600n));
      const args = [alice.hash, 3600n, 3600n, signature];
      await act("setCollateralTTL", args, 3);
      assert.equal(
        await stub().chain.refusal(stub().registry, "setCollateralTTL", args),
        "ActionSignatureWrong",
      );
      assert.equal(await nonceOf(alice), 1n);
    });

    it("refuses another key's signature, another value and unknown identities", async () => {
      await attest({ key: alice });
      const message = ttlMessage(chainId, self(), 0n, 3600n, 3600n);
      const call = (key: Key, tee: bigint, signature: Hex) =>
        stub().chain.refusal(stub().registry, "setCollateralTTL", [key.hash, tee, 3600n, signature]);
      assert.equal(await call(alice, 3600n, signWith(bob, message)), "ActionSignatureWrong");
      assert.equal(await call(alice, 3601n, signWith(alice, message)), "ActionSignatureWrong");
      assert.equal(await call(alice, 3600n, "0x"), "ActionSignatureWrong");
      assert.equal(await call(bob, 3600n, signWith(bob, message)), "CVMNotRegistered");
    });

    it("keeps TTLs between one hour and ninety days", async () => {
      await attest({ key: alice });
      for (const seconds of [0n, 3599n, 7_776_001n, 2n ** 64n - 1n]) {
        const args = [alice.hash, 3600n, seconds, "0x"];
        assert.equal(await stub().chain.refusal(stub().registry, "setCollateralTTL", args), "TTLOutOfRange");
      }
      await setTtl(alice, 3600n, 7_776_000n);
      assert.equal((await get(alice)).tpmTTL, 7_776_000);
    });

    it("revokes for ever by key or operator, never by a stranger", async () => {
      await attest({ key: alice });
      await setOperator(alice, stub().chain.addressOf(5));
      assert.equal(await stub().chain.refusal(stub().registry, "revokeCvm", [alice.hash], 4), "NotOperator");
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
});
