// The field of P-256 in floating-point numbers, which every JavaScript engine computes with at full speed: eleven limbs
// of 24 bits, balanced around zero, in Montgomery form with R = 2^264. Products of limbs have at most 46 bits, so a
// column of eleven stays an exact integer below 2^53 as long as the operands' units (below) multiply to at most 11.
// Only public values are computed with: nothing here runs in constant time.

/**
 * An element, not reduced: the limbs spell a number that is congruent to it. "n units" says that no limb but the
 * last exceeds n · 2^23; results of multiply, square and settle have one unit, sums the sum of theirs.
 */
export type Element = Float64Array;

/** SEC 2 v2 §2.4.2: 2^256 − 2^224 + 2^192 + 2^96 − 1. */
export const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;

const limbs = 11;
const limbBits = 24n;
const radix = 1n << 264n;
// Adding and subtracting 1.5 · 2^76 rounds a smaller number to a multiple of 2^24: the spacing of doubles there.
const rounder = 3 * 2 ** 75;
const perLimb = 2 ** -24;

export const newElement = (): Element => new Float64Array(limbs);
/** Room for the columns of one product. */
export const newColumns = (): Float64Array => new Float64Array(2 * limbs);

/** Carries every limb but the last into its neighbour: one unit. */
export function settle(a: Element): void {
  let carry = 0;
  for (let i = 0; i < limbs - 1; i++) {
    const limb = a[i]! + carry;
    const high = limb + rounder - rounder;
    a[i] = limb - high;
    carry = high * perLimb;
  }
  a[limbs - 1]! += carry;
}

/** Montgomery reduction: the columns times 2^-264. The prime is −1 modulo 2^24, so each step's factor is a limb. */
function reduce(out: Element, c: Float64Array): void {
  for (let i = 0; i < limbs; i++) {
    const column = c[i]!;
    const high = column + rounder - rounder;
    const factor = column - high;
    c[i + 1]! += high * perLimb;
    c[i + 4]! += factor; // 2^96
    c[i + 8]! += factor; // 2^192
    c[i + 9]! -= factor * 0x100; // 2^224
    c[i + 10]! += factor * 0x10000; // 2^256
  }
  let carry = 0;
  for (let i = 0; i < limbs - 1; i++) {
    const limb = c[i + limbs]! + carry;
    const high = limb + rounder - rounder;
    out[i] = limb - high;
    carry = high * perLimb;
  }
  out[limbs - 1] = carry;
}

/** out = a · b; `out` may be one of them. */
export function multiply(out: Element, a: Element, b: Element, c: Float64Array): void {
  const a0 = a[0]!,
    a1 = a[1]!,
    a2 = a[2]!,
    a3 = a[3]!,
    a4 = a[4]!,
    a5 = a[5]!;
  const a6 = a[6]!,
    a7 = a[7]!,
    a8 = a[8]!,
    a9 = a[9]!,
    a10 = a[10]!;
  const b0 = b[0]!,
    b1 = b[1]!,
    b2 = b[2]!,
    b3 = b[3]!,
    b4 = b[4]!,
    b5 = b[5]!;
  const b6 = b[6]!,
    b7 = b[7]!,
    b8 = b[8]!,
    b9 = b[9]!,
    b10 = b[10]!;
  c[0] = a0 * b0;
  c[1] = a0 * b1 + a1 * b0;
  c[2] = a0 * b2 + a1 * b1 + a2 * b0;
  c[3] = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  c[4] = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  c[5] = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
  c[6] = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
  c[7] = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
  c[8] = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0;
  c[9] = a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
  c[10] =
    a0 * b10 +
    a1 * b9 +
    a2 * b8 +
    a3 * b7 +
    a4 * b6 +
    a5 * b5 +
    a6 * b4 +
    a7 * b3 +
    a8 * b2 +
    a9 * b1 +
    a10 * b0;
  c[11] = a1 * b10 + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + a10 * b1;
  c[12] = a2 * b10 + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + a10 * b2;
  c[13] = a3 * b10 + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + a10 * b3;
  c[14] = a4 * b10 + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + a10 * b4;
  c[15] = a5 * b10 + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + a10 * b5;
  c[16] = a6 * b10 + a7 * b9 + a8 * b8 + a9 * b7 + a10 * b6;
  c[17] = a7 * b10 + a8 * b9 + a9 * b8 + a10 * b7;
  c[18] = a8 * b10 + a9 * b9 + a10 * b8;
  c[19] = a9 * b10 + a10 * b9;
  c[20] = a10 * b10;
  c[21] = 0;
  reduce(out, c);
}

/** out = a²; `out` may be `a`. */
export function square(out: Element, a: Element, c: Float64Array): void {
  const a0 = a[0]!,
    a1 = a[1]!,
    a2 = a[2]!,
    a3 = a[3]!,
    a4 = a[4]!,
    a5 = a[5]!;
  const a6 = a[6]!,
    a7 = a[7]!,
    a8 = a[8]!,
    a9 = a[9]!,
    a10 = a[10]!;
  c[0] = a0 * a0;
  c[1] = 2 * a0 * a1;
  c[2] = 2 * a0 * a2 + a1 * a1;
  c[3] = 2 * (a0 * a3 + a1 * a2);
  c[4] = 2 * (a0 * a4 + a1 * a3) + a2 * a2;
  c[5] = 2 * (a0 * a5 + a1 * a4 + a2 * a3);
  c[6] = 2 * (a0 * a6 + a1 * a5 + a2 * a4) + a3 * a3;
  c[7] = 2 * (a0 * a7 + a1 * a6 + a2 * a5 + a3 * a4);
  c[8] = 2 * (a0 * a8 + a1 * a7 + a2 * a6 + a3 * a5) + a4 * a4;
  c[9] = 2 * (a0 * a9 + a1 * a8 + a2 * a7 + a3 * a6 + a4 * a5);
  c[10] = 2 * (a0 * a10 + a1 * a9 + a2 * a8 + a3 * a7 + a4 * a6) + a5 * a5;
  c[11] = 2 * (a1 * a10 + a2 * a9 + a3 * a8 + a4 * a7 + a5 * a6);
  c[12] = 2 * (a2 * a10 + a3 * a9 + a4 * a8 + a5 * a7) + a6 * a6;
  c[13] = 2 * (a3 * a10 + a4 * a9 + a5 * a8 + a6 * a7);
  c[14] = 2 * (a4 * a10 + a5 * a9 + a6 * a8) + a7 * a7;
  c[15] = 2 * (a5 * a10 + a6 * a9 + a7 * a8);
  c[16] = 2 * (a6 * a10 + a7 * a9) + a8 * a8;
  c[17] = 2 * (a7 * a10 + a8 * a9);
  c[18] = 2 * a8 * a10 + a9 * a9;
  c[19] = 2 * a9 * a10;
  c[20] = a10 * a10;
  c[21] = 0;
  reduce(out, c);
}

/** out = a + b · factor. */
export function addScaled(out: Element, a: Element, b: Element, factor: number): void {
  for (let i = 0; i < limbs; i++) out[i] = a[i]! + b[i]! * factor;
}

/** The element of an integer from 0 to the prime. */
export function toElement(value: bigint): Element {
  const out = newElement();
  let rest = (value * radix) % prime;
  for (let i = 0; i < limbs - 1; i++) {
    const limb = BigInt.asIntN(Number(limbBits), rest);
    out[i] = Number(limb);
    rest = (rest - limb) >> limbBits;
  }
  out[limbs - 1] = Number(rest);
  return out;
}

/** Whether the element is zero. */
export function isZero(a: Element): boolean {
  // Values stay within 128 primes of zero, and k primes end in the limb −k: few others get past this.
  const low = a[0]! - (a[0]! + rounder - rounder);
  if (Math.abs(low) > 128) return false;
  let value = 0n;
  for (let i = limbs - 1; i >= 0; i--) value = (value << limbBits) + BigInt(a[i]!);
  return value % prime === 0n;
}
