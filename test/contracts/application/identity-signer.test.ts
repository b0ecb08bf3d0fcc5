// One CVM identity as an ERC-1271 contract: for its hashes alone, at its address alone, on its chain alone.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { concatHex, encodeAbiParameters, keccak256, stringToHex } from "viem";
import type { Address, Hex } from "viem";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { erc1271Hash } from "../../../sdk/evidence/message.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import type { Key } from "../registry/stub-evidence.ts";
import { startSigners } from "./admitted.ts";
import type { Signers } from "./admitted.ts";

const [valid, invalid] = ["0x1626ba7e", "0xffffffff"];
const hash = keccak256("0x01");
/** The bound hash of `hash` on Sepolia at 0x22…22, computed by a Keccak written for this in Python. */
const vector = "0x12ea6acdb4860b776d0df40a3190306de863a4f206d328b275383c5078cda523";

describe("a CVM identity as an ERC-1271 contract", () => {
  let s: Signers;
  let key: Key;
  const contracts: Address[] = [];
  before(async () => {
    s = await startSigners();
    key = s.keys[0]!;
    for (const { hash: id } of s.keys.slice(0, 2)) {
      contracts.push(await s.chain.read<Address>(s.factory, "signerOf", s.app.address, id));
      assert.equal((await s.chain.send(s.factory, "create", [s.app.address, id], 7)).status, "success");
    }
  });
  const at = (address: Address) => ({ address, abi: readArtifact("CVMIdentitySigner").abi });
  const bound = (contract: Address, about: Hex = hash, chainId = 31337n) =>
    toHex(erc1271Hash(chainId, fromHex(contract), fromHex(about)));
  const answer = (signature: Hex, contract = contracts[0]!, about: Hex = hash): Promise<Hex> =>
    s.chain.read(at(contract), "isValidSignature", about, signature);

  it("answers for what its identity signed for it", async () => {
    assert.equal(await answer(s.sign(key, bound(contracts[0]!))), valid);
  });

  it("answers for no other contract, hash or chain, nor for what the bare verifier takes", async () => {
    const [mine, other] = contracts as [Address, Address];
    const good = s.sign(key, bound(mine));
    assert.equal(await answer(good, other), invalid);
    assert.equal(await answer(s.sign(key, bound(other))), invalid);
    assert.equal(await answer(s.sign(s.keys[1]!, bound(mine))), invalid);
    assert.equal(await answer(good, mine, keccak256("0x02")), invalid);
    assert.equal(await answer(s.sign(key, bound(mine, hash, 1n))), invalid);
    assert.equal(await answer(s.sign(key, hash)), invalid);
    assert.equal(await s.verify(s.keyBytes(key), hash, good), invalid);
    for (const junk of ["0x", "0x00", `${good}00`] as Hex[]) assert.equal(await answer(junk), invalid);
  });

  it("loses its voice with the identity", async () => {
    const good = s.sign(key, bound(contracts[0]!));
    await s.chain.send(s.app, "removeGoldenMeasurement", [s.measurement]);
    assert.equal(await answer(good), invalid);
    await s.chain.send(s.app, "addGoldenMeasurement", [s.measurement]);
    assert.equal(await answer(good), valid);
  });

  it("stands at the address that follows from application and identity, made once by whom it may", async () => {
    assert.equal(await s.chain.read(at(contracts[0]!), "signerKey"), toHex(s.keyBytes(key)));
    const again = await s.chain.send(s.factory, "create", [s.app.address, key.hash], 3);
    assert.deepEqual([again.status, again.logs.length], ["success", 0]);
    const elsewhere = await s.chain.read(s.factory, "signerOf", s.registry.address, key.hash);
    assert.notEqual(elsewhere, contracts[0]);
  });

  it("is nobody's as implementation: no key, so no signature", async () => {
    const implementation = await s.chain.read<Address>(s.factory, "implementation");
    assert.equal(await answer(s.sign(key, bound(implementation)), implementation), invalid);
  });

  it("binds hashes as the specification says", () => {
    // keccak256(abi.encode(keccak256("cvm-registry.erc1271.v1"), chainId, contract, hash)), by viem and not by the SDK.
    const contract: Address = "0x2222222222222222222222222222222222222222";
    const words = encodeAbiParameters(
      [{ type: "bytes32" }, { type: "uint256" }, { type: "address" }, { type: "bytes32" }],
      [keccak256(stringToHex("cvm-registry.erc1271.v1")), 11155111n, contract, hash],
    );
    assert.equal(bound(contract, hash, 11155111n), keccak256(concatHex([words])));
    assert.equal(bound(contract, hash, 11155111n), vector);
  });
});
