// CVMs as ERC-7913 signers, asked directly and by OpenZeppelin's own multi-signer.
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { encodeAbiParameters, keccak256, toFunctionSelector } from "viem";
import type { Hex } from "viem";
import { concat, fromHex, toHex, uint } from "../../../sdk/evidence/bytes.ts";
import { envelopeMessage } from "../../../sdk/evidence/message.ts";
import type { Contract } from "../registry/chain.ts";
import { keyOf, signWith } from "../registry/stub-evidence.ts";
import type { Key } from "../registry/stub-evidence.ts";
import { startSigners } from "./admitted.ts";
import type { Signers } from "./admitted.ts";

const valid = toFunctionSelector("verify(bytes,bytes32,bytes)");
const invalid: Hex = "0xffffffff";
const [validErc1271, hash, otherHash] = ["0x1626ba7e", keccak256("0x01"), keccak256("0x02")] as const;

describe("CVMs as ERC-7913 signers", () => {
  let s: Signers;
  let account: Contract;
  let snapshot: unknown;
  let key: Key;
  const signerOf = (of: Key): Hex => toHex(concat(fromHex(s.verifier.address), s.keyBytes(of)));
  before(async () => {
    s = await startSigners();
    key = s.keys[0]!;
    account = await s.chain.deploy("MultiSignerAccount", [s.keys.map(signerOf), 2n]);
    snapshot = await s.chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await s.chain.request("evm_revert", snapshot);
    snapshot = await s.chain.request("evm_snapshot");
  });

  const asked = (signature: Hex, of = s.keyBytes(key), about: Hex = hash) => s.verify(of, about, signature);

  it("take what an admitted identity signed", async () => {
    assert.equal(await asked(s.sign(key, hash)), valid);
  });

  it("refuse another hash, identity, application, verifier, chain, and bare or enveloped hashes", async () => {
    const other = await s.chain.deploy("AttestedOracle", [s.registry.address, s.chain.addressOf(1)]);
    await s.chain.send(other, "addGoldenMeasurement", [s.measurement], 1);
    const good = s.sign(key, hash);
    assert.equal(await asked(good, s.keyBytes(key), otherHash), invalid);
    assert.equal(await asked(good, s.keyBytes(s.keys[1]!)), invalid);
    // The other application admits the identity as well; it is not the one that was signed for.
    assert.equal(await asked(good, s.keyBytes(key, other)), invalid);
    assert.equal(await asked(s.sign(key, hash, { application: other }), s.keyBytes(key, other)), valid);
    assert.equal(await asked(s.sign(key, hash, { application: other })), invalid);
    assert.equal(await asked(s.sign(key, hash, { verifier: s.factory })), invalid);
    assert.equal(await asked(s.sign(key, hash, { chainId: 1n })), invalid);
    assert.equal(await asked(signWith(key, fromHex(hash))), invalid);
    const enveloped = envelopeMessage(31337n, fromHex(s.app.address), fromHex(hash));
    assert.equal(await asked(signWith(key, enveloped)), invalid);
  });

  it("refuse on another chain what was signed for this one, at the same addresses", async () => {
    const there = await startSigners(31338);
    assert.deepEqual([there.verifier.address, there.app.address], [s.verifier.address, s.app.address]);
    assert.equal(await there.verify(s.keyBytes(key), hash, s.sign(key, hash)), invalid);
    assert.equal(await there.verify(s.keyBytes(key), hash, there.sign(key, hash)), valid);
  });

  it("ask the application at the time of the call", async () => {
    const good = s.sign(key, hash);
    await s.chain.send(s.app, "removeGoldenMeasurement", [s.measurement]);
    assert.equal(await asked(good), invalid);
    await s.chain.send(s.app, "addGoldenMeasurement", [s.measurement]);
    assert.equal(await asked(good), valid);
    await s.chain.send(s.registry, "suspend", [[key.hash]], 1);
    assert.equal(await asked(good), invalid);
  });

  it("refuse keys and signatures of another length, and identities that nobody registered", async () => {
    const good = s.sign(key, hash);
    const bytes = s.keyBytes(key);
    for (const of of [
      new Uint8Array(0),
      bytes.subarray(0, 20),
      bytes.subarray(0, 51),
      concat(bytes, uint(0, 1)),
    ])
      assert.equal(await asked(good, of), invalid);
    for (const signature of ["0x", good.slice(0, -2), `${good}00`, `${good}1b`] as Hex[])
      assert.equal(await asked(signature), invalid);
    const unknown = keyOf(59);
    assert.equal(await asked(s.sign(unknown, hash), s.keyBytes(unknown)), invalid);
  });

  it("never revert, whatever stands where key and application should", async () => {
    const point = toHex(key.point);
    const judged = async (answer: Hex, reverts = false) => {
      const application = await s.chain.deploy("StubAnswer", [answer, reverts]);
      return asked(s.sign(key, hash, { application }), s.keyBytes(key, application));
    };
    assert.equal(await judged(point), valid);
    assert.equal(await judged(point, true), invalid);
    const zeros: Hex = `0x${"00".repeat(64)}`;
    for (const answer of ["0x", "0x01", point.slice(0, -2), `${point}00`, zeros, toHex(uint(1, 64))] as Hex[])
      assert.equal(await judged(answer), invalid, answer);
    const addresses = [s.registry.address, s.chain.addressOf(9)];
    for (let precompile = 0; precompile <= 17; precompile++) addresses.push(toHex(uint(precompile, 20)));
    for (const address of addresses) {
      const application = { ...s.app, address };
      const signature = s.sign(key, hash, { application });
      assert.equal(await asked(signature, s.keyBytes(key, application)), invalid, address);
    }
    const junk = fc.uint8Array({ maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(junk, junk, async (of, signature) => {
        assert.equal(await asked(toHex(signature), of), invalid);
      }),
      { seed: 7913, numRuns: 100 },
    );
  });

  describe("of an account, two of three", () => {
    /** OpenZeppelin's encoding: signers in the order of their ids. */
    const joint = (by: readonly Key[], about: Hex = hash, claimed = by): Hex => {
      const pairs = by.map((each, at) => [signerOf(claimed[at]!), s.sign(each, about)] as const);
      const sorted = pairs.toSorted(([a], [b]) => (keccak256(a) < keccak256(b) ? -1 : 1));
      const [signers, signatures] = [0, 1].map((at) => sorted.map((pair) => pair[at]!));
      return encodeAbiParameters([{ type: "bytes[]" }, { type: "bytes[]" }], [signers!, signatures!]);
    };
    const answer = (signature: Hex, about: Hex = hash): Promise<Hex> =>
      s.chain.read(account, "isValidSignature", about, signature);

    it("sign together by any two, and by all three", async () => {
      const [a, b, c] = s.keys as [Key, Key, Key];
      for (const by of [
        [a, b],
        [b, c],
        [a, c],
        [a, b, c],
      ])
        assert.equal(await answer(joint(by)), validErc1271);
    });

    it("do not sign by one, by one twice, by a stranger, or for another account's hash", async () => {
      const [a, b] = s.keys as [Key, Key];
      assert.equal(await answer(joint([a])), invalid);
      assert.equal(await answer(joint([a, a])), invalid);
      assert.equal(await answer(joint([a, keyOf(59)])), invalid);
      assert.equal(await answer(joint([a, keyOf(59)], hash, [a, b])), invalid);
      assert.equal(await answer(joint([a, b], otherHash)), invalid);
    });

    it("lose their part with suspension and with a retired measurement", async () => {
      const [a, b, c] = s.keys as [Key, Key, Key];
      await s.chain.send(s.registry, "suspend", [[b.hash]], 1);
      assert.equal(await answer(joint([a, b])), invalid);
      assert.equal(await answer(joint([a, c])), validErc1271);
      await s.chain.send(s.app, "removeGoldenMeasurement", [s.measurement]);
      assert.equal(await answer(joint([a, c])), invalid);
    });
  });
});
