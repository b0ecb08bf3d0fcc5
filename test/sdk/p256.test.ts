// Our own P-256 against Wycheproof, against another implementation, and where additions of points have no formula.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import { concat, toBigInt, uint } from "../../sdk/evidence/bytes.ts";
import { isOnCurve, verifyEcdsa } from "../../sdk/verify/p256/ecdsa.ts";
import {
  addScaled,
  isZero,
  multiply,
  newElement,
  prime,
  settle,
  square,
  toElement,
} from "../../sdk/verify/p256/field.ts";
import type { Element } from "../../sdk/verify/p256/field.ts";
import { fixtureText } from "./fixtures.ts";

const order = p256.Point.Fn.ORDER;
const bytesOf = (seed: string): Uint8Array => createHash("sha256").update(seed).digest();
const digestOf = (message: Uint8Array): Uint8Array => createHash("sha256").update(message).digest();

interface Suite {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly { tcId: number; comment: string; msg: string; sig: string; result: string }[];
  }[];
}

/** A key and its signature of a digest. */
function signed(secret: bigint, digest: Uint8Array) {
  const secretKey = uint(secret, 32);
  const publicKey = p256.getPublicKey(secretKey, false).subarray(1);
  return { publicKey, signature: p256.sign(digest, secretKey, { prehash: false, lowS: false }) };
}

describe("ECDSA over P-256", () => {
  it("agrees with every Wycheproof case", () => {
    const text = fixtureText("vendor/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json");
    const { testGroups } = JSON.parse(text) as Suite;
    for (const { publicKey, tests } of testGroups)
      for (const { tcId, comment, msg, sig, result } of tests) {
        const key = Buffer.from(publicKey.uncompressed, "hex").subarray(1);
        const verdict = verifyEcdsa(digestOf(Buffer.from(msg, "hex")), Buffer.from(sig, "hex"), key);
        assert.equal(verdict, result === "valid", `test ${tcId}: ${comment}`);
      }
  });

  it("agrees with another implementation on keys of every size, and refuses what is near", () => {
    for (let i = 0; i < 60; i++) {
      const secret = (toBigInt(bytesOf(`key ${i}`)) >> BigInt(4 * i)) + 1n;
      const digest = bytesOf(`message ${i}`);
      const { publicKey, signature } = signed(secret, digest);
      assert.equal(verifyEcdsa(digest, signature, publicKey), true, `secret ${secret}`);
      for (const bytes of [digest, signature, publicKey]) {
        bytes[i % 32]! ^= 1;
        assert.equal(verifyEcdsa(digest, signature, publicKey), false);
        bytes[i % 32]! ^= 1;
      }
    }
  });

  // Keys that are small multiples of the generator meet its table: equal points to add, and opposite ones.
  for (const secret of [1n, 2n, 3n, 5n, 63n, 127n, order - 1n, order - 2n, order - 3n, (order + 1n) / 2n])
    it(`takes the key with the secret ${secret} as any other`, () => {
      for (const digest of [bytesOf("a"), bytesOf("b"), uint(0n, 32), uint(1n, 32), uint(order, 32)]) {
        const { publicKey, signature } = signed(secret, digest);
        assert.equal(verifyEcdsa(digest, signature, publicKey), true);
        assert.equal(verifyEcdsa(bytesOf("c"), signature, publicKey), false);
      }
    });

  // With e = r = s the sum is G + Q.
  const sumWithGenerator = (secret: bigint, r: Uint8Array) =>
    verifyEcdsa(r, concat(r, r), signed(secret, bytesOf("a")).publicKey);
  const xOf = (multiple: bigint) => uint(p256.Point.BASE.multiply(multiple).x % order, 32);

  it("doubles where both points are the same", () => {
    assert.equal(sumWithGenerator(1n, xOf(2n)), true);
    assert.equal(sumWithGenerator(1n, xOf(1n)), false);
  });

  it("refuses a sum at infinity, whatever r is", () => {
    for (const multiple of [1n, 2n, 3n]) assert.equal(sumWithGenerator(order - 1n, xOf(multiple)), false);
  });

  it("refuses r and s out of range and inputs of other lengths", () => {
    const digest = bytesOf("a");
    const { publicKey, signature } = signed(7n, digest);
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
    const zero = new Uint8Array(32);
    for (const wrong of [
      concat(zero, s),
      concat(r, zero),
      concat(uint(order, 32), s),
      concat(r, uint(order, 32)),
      concat(r, new Uint8Array(32).fill(0xff)),
      concat(signature, zero.subarray(0, 1)),
      signature.subarray(1),
    ])
      assert.equal(verifyEcdsa(digest, wrong, publicKey), false);
    assert.equal(verifyEcdsa(digest.subarray(1), signature, publicKey), false);
    assert.equal(verifyEcdsa(digest, signature, publicKey.subarray(1)), false);
    assert.equal(verifyEcdsa(digest, concat(r, uint(order - toBigInt(s), 32)), publicKey), true);
  });

  it("knows the points of the curve, spelled with reduced coordinates", () => {
    // x = 5 has a point; x + p still fits 32 bytes and names the same one in a second spelling.
    const y5 = 0x459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbccn;
    const point = (x: bigint, y: bigint) => concat(uint(x, 32), uint(y, 32));
    assert.equal(isOnCurve(point(5n, y5)), true);
    assert.equal(isOnCurve(point(5n, prime - y5)), true);
    assert.equal(isOnCurve(point(5n + prime, y5)), false);
    assert.equal(isOnCurve(point(5n, y5 + 1n)), false);
    assert.equal(isOnCurve(point(0n, 0n)), false);
    assert.equal(isOnCurve(point(y5, 5n)), false);
    assert.equal(isOnCurve(point(5n, y5).subarray(1)), false);
  });
});

/** The integer an element stands for. */
function valueOf(a: Element): bigint {
  let value = 0n;
  for (let i = 10; i >= 0; i--) value = (value << 24n) + BigInt(a[i]!);
  const unit = toBigInt(bytesOfRadixInverse);
  return (((value * unit) % prime) + prime) % prime;
}
// 2^-264 modulo the prime, as Fermat has it.
const bytesOfRadixInverse = (() => {
  let [result, base, power] = [1n, (1n << 264n) % prime, prime - 2n];
  for (; power > 0n; power >>= 1n) {
    if (power & 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return uint(result, 32);
})();

describe("the field of P-256", () => {
  const edges = [
    0n,
    1n,
    2n,
    (1n << 24n) - 1n,
    1n << 23n,
    prime - 1n,
    prime - 2n,
    (prime - 1n) / 2n,
    1n << 255n,
  ];
  const values = [...edges, ...Array.from({ length: 60 }, (_, i) => toBigInt(bytesOf(`field ${i}`)) % prime)];

  it("multiplies, squares and adds like integers", () => {
    for (const [i, a] of values.entries()) {
      const b = values[(7 * i + 3) % values.length]!;
      const [x, y, out] = [toElement(a), toElement(b), newElement()];
      multiply(out, x, y);
      assert.equal(valueOf(out), (a * b) % prime);
      square(out, x);
      assert.equal(valueOf(out), (a * a) % prime);
      addScaled(out, x, y, -8);
      settle(out);
      assert.equal(valueOf(out), (((a - 8n * b) % prime) + prime) % prime);
    }
  });

  it("stays exact at the widest operands that points give it", () => {
    // Every limb at its bound: three units squared, as in the slope of a doubling.
    for (const sign of [1, -1]) {
      const wide = newElement().fill(sign * 3 * (2 ** 23 + 2 ** 5));
      wide[10] = sign * 2 ** 20;
      const [value, out] = [valueOf(wide), newElement()];
      square(out, wide);
      assert.equal(valueOf(out), (value * value) % prime);
      multiply(out, wide, wide);
      assert.equal(valueOf(out), (value * value) % prime);
      assert.ok(out.every((limb) => Math.abs(limb) <= 2 ** 23 + 2 ** 5));
    }
  });

  it("knows zero in each of its spellings", () => {
    const one = toElement(1n);
    for (const multiple of [0, 1, -1, 9, -9]) {
      const zero = newElement();
      const limbs = toElementRaw(prime * BigInt(multiple));
      addScaled(zero, zero, limbs, 1);
      assert.equal(isZero(zero), true, `${multiple} primes`);
      addScaled(zero, zero, one, 1);
      assert.equal(isZero(zero), false);
    }
  });
});

/** Limbs of an integer as it is, not in Montgomery form. */
function toElementRaw(value: bigint): Element {
  const out = newElement();
  let rest = value;
  for (let i = 0; i < 10; i++) {
    const limb = BigInt.asIntN(24, rest);
    out[i] = Number(limb);
    rest = (rest - limb) >> 24n;
  }
  out[10] = Number(rest);
  return out;
}
