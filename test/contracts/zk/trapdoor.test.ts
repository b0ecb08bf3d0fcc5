// A key whose secrets are known, so that anything can be proven under it: what no real proof shows, because nobody has a
// program whose name is 0, or a proof of v6 with a nonce.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { bn254 } from "@noble/curves/bn254.js";
import { concatHex, hexToBigInt, sha256 } from "viem";
import type { Hex } from "viem";
import { toNegatedKey, toPoint2 } from "../../../deployments/proof-releases.ts";
import type { G1, G2 } from "../../../sdk/verify/zk/keys.ts";
import type { Target } from "../../support/intel-chain.ts";
import { r, startZk, wordOf } from "./proofs.ts";
import type { Zk } from "./proofs.ts";

function g1(scalar: bigint): G1 {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return [x, y];
}
function g2(scalar: bigint): G2 {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return [x.c0, x.c1, y.c0, y.c1];
}
const mod = (value: bigint) => ((value % r) + r) % r;

const [alpha, beta, gamma, delta] = [3n, 5n, 7n, 11n] as const;
const ic = [13n, 17n, 19n, 23n, 29n, 31n];
const keyOf = (inputs: number) =>
  toNegatedKey({
    alpha: g1(alpha),
    beta: g2(beta),
    gamma: g2(gamma),
    delta: g2(delta),
    ic: ic.slice(0, inputs + 1).map(g1),
  });

/** A, B and C of these public inputs: a · b = α · β + sum · γ + c · δ, with a and b of choice. */
function prove(inputs: readonly bigint[]): Hex {
  const sum = inputs.reduce((total, input, i) => total + input * ic[i + 1]!, ic[0]!);
  const [a, b] = [1234n, 5678n];
  const c = mod((a * b - alpha * beta - sum * gamma) * bn254.fields.Fr.inv(delta));
  return concatHex([...g1(a), ...toPoint2(g2(b)), ...g1(c)].map(wordOf));
}

const output: Hex = "0x0102";
const digest = hexToBigInt(sha256(output)) & (2n ** 253n - 1n);
const hash = wordOf(0x01020304n << 224n);
const root = wordOf(99n);

describe("public inputs under a key with known secrets", () => {
  let zk: Zk;
  let v5: Target;
  let v6: Target;
  before(async () => {
    zk = await startZk();
    v5 = await zk.deploy("SP1Groth16", keyOf(2), hash, wordOf(0n));
    v6 = await zk.deploy("SP1Groth16", keyOf(5), hash, root);
  });
  after(() => zk.connection.close());

  const judge = (verifier: Target, program: bigint, proof: Hex) =>
    zk.judge(verifier, { system: "SP1", program: wordOf(program), output, proof });
  const proofV5 = (program: bigint) => concatHex(["0x01020304", prove([program, digest])]);
  const proofV6 = (program: bigint, nonce: bigint, stated = nonce) =>
    concatHex([
      ...(["0x01020304", wordOf(0n), root, wordOf(stated)] as const),
      prove([program, digest, 0n, BigInt(root), nonce]),
    ]);

  it("are taken as they are proven, up to the last below the group order", async () => {
    for (const program of [0n, 1n, r - 1n]) {
      assert.equal(await judge(v5, program, proofV5(program)), null);
      for (const nonce of [0n, 7n, r - 1n])
        assert.equal(await judge(v6, program, proofV6(program, nonce)), null);
    }
  });

  it("proof.seal: from the group order on, a program is no other name of program 0 or of any", async () => {
    for (const [proven, named] of [
      [0n, r],
      [0n, 2n ** 256n - 1n],
      [1n, r + 1n],
    ] as const) {
      assert.equal(await judge(v5, named, proofV5(proven)), "ProofInvalid()");
      assert.equal(await judge(v6, named, proofV6(proven, 0n)), "ProofInvalid()");
    }
  });

  it("proof.seal: a nonce is the proven one", async () => {
    for (const [proven, stated] of [
      [7n, 8n],
      [7n, 0n],
      [7n, r + 7n],
      [0n, r],
    ] as const)
      assert.equal(await judge(v6, 1n, proofV6(1n, proven, stated)), "ProofInvalid()");
  });

  it("proof.seal: exit code and root enter the equation", async () => {
    for (const inputs of [
      [1n, digest, 1n, BigInt(root), 0n],
      [1n, digest, 0n, BigInt(root) + 1n, 0n],
    ]) {
      const proof = concatHex(["0x01020304", wordOf(0n), root, wordOf(0n), prove(inputs)]);
      assert.equal(await judge(v6, 1n, proof), "ProofInvalid()");
    }
  });
});
