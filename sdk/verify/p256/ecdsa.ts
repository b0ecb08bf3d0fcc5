// ECDSA verification over P-256 (SEC 1 v2 §4.1.4). Pure and synchronous: it runs wherever JavaScript does.
import { toBigInt } from "../../evidence/bytes.ts";
import { addScaled, isZero, multiply, newElement, prime, square, toElement } from "./field.ts";
import { affinePoint, digitsOf, newWorkspace, oddMultiples, sumOf } from "./point.ts";
import type { Point } from "./point.ts";

// SEC 2 v2 §2.4.2, secp256r1.
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const curveB = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const generator = affinePoint(
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
);

// Wider digits need fewer additions and more multiples: worth it only where the multiples are made once.
const generatorWidth = 8;
const keyWidth = 5;
const generatorMultiples = oddMultiples(generator, 1 << (generatorWidth - 2), newWorkspace());

/** Whether x‖y is a point of the curve, coordinates reduced. The point at infinity has no such form. */
export function isOnCurve(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 64) return false;
  const x = toBigInt(publicKey.subarray(0, 32));
  const y = toBigInt(publicKey.subarray(32));
  if (x >= prime || y >= prime) return false;
  return (y * y - (x * x - 3n) * x - curveB) % prime === 0n;
}

/** The inverse modulo the order of a number from 1 below it (extended Euclid). */
function invert(value: bigint): bigint {
  let [a, b, u, v] = [value, order, 1n, 0n];
  while (a !== 1n) {
    const quotient = b / a;
    [a, b] = [b - quotient * a, a];
    [u, v] = [v - quotient * u, u];
  }
  return u < 0n ? u + order : u;
}

/** Whether the point's affine x is `r` modulo the order. */
function hasX({ x, z }: Point, r: bigint): boolean {
  const z2 = newElement();
  square(z2, z);
  for (let candidate = r; candidate < prime; candidate += order) {
    const difference = newElement();
    multiply(difference, toElement(candidate), z2);
    addScaled(difference, difference, x, -1);
    if (isZero(difference)) return true;
  }
  return false;
}

/** ECDSA over a 32-byte digest: r‖s and x‖y, 64 bytes each. */
export function verifyEcdsa(digest: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (digest.length !== 32 || signature.length !== 64 || !isOnCurve(publicKey)) return false;
  const r = toBigInt(signature.subarray(0, 32));
  const s = toBigInt(signature.subarray(32));
  if (r === 0n || r >= order || s === 0n || s >= order) return false;
  const inverse = invert(s);
  const ofGenerator = (toBigInt(digest) * inverse) % order;
  const ofKey = (r * inverse) % order;
  const key = affinePoint(toBigInt(publicKey.subarray(0, 32)), toBigInt(publicKey.subarray(32)));
  const workspace = newWorkspace();
  const sum = sumOf(
    [
      { digits: digitsOf(ofGenerator, generatorWidth), multiples: generatorMultiples },
      { digits: digitsOf(ofKey, keyWidth), multiples: oddMultiples(key, 1 << (keyWidth - 2), workspace) },
    ],
    workspace,
  );
  return !sum.isInfinity && hasX(sum, r);
}
