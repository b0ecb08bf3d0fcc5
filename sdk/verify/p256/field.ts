// The field of P-256 in floating-point numbers, which every JavaScript engine computes with at full speed: eleven limbs
// of 24 bits, balanced around zero, in Montgomery form with R = 2^264. Products of limbs have at most 46 bits, so a
// column of eleven stays an exact integer below 2^53 as long as the operands' units (below) multiply to at most 11.
// Only public values are computed with: nothing here runs in constant time.

/**
 * An element, not reduced: the limbs spell a number that is congruent to it. "n units" says that no limb but the
 * last exceeds n · (2^23 + 2^5); results of multiply, square and settle have one unit, sums the sum of theirs.
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

/** Carries what exceeds 24 bits of each limb but the last into its neighbour; each carry is of the limb as it was. */
export function settle(a: Element): void {
  let carry = 0;
  for (let i = 0; i < limbs - 1; i++) {
    const limb = a[i]!;
    const high = limb + rounder - rounder;
    a[i] = limb - high + carry;
    carry = high * perLimb;
  }
  a[limbs - 1]! += carry;
}

// Products are written out, since a loop over columns in memory takes half as long again. c are the columns of
// the product; t adds to them what the reduction carries up (h) and adds (m times the prime, which is −1 modulo
// 2^24, so that each step's factor m is the limb to be cleared): limbs 4, 8, 9 and 10 above hold its 2^96, 2^192,
// 2^224 and 2^256. A column may hold 29 bits too many, hence two passes at the end.

/** out = a · b; `out` may be one of them. */
export function multiply(out: Element, a: Element, b: Element): void {
  const a0 = a[0]!;
  const a1 = a[1]!;
  const a2 = a[2]!;
  const a3 = a[3]!;
  const a4 = a[4]!;
  const a5 = a[5]!;
  const a6 = a[6]!;
  const a7 = a[7]!;
  const a8 = a[8]!;
  const a9 = a[9]!;
  const a10 = a[10]!;
  const b0 = b[0]!;
  const b1 = b[1]!;
  const b2 = b[2]!;
  const b3 = b[3]!;
  const b4 = b[4]!;
  const b5 = b[5]!;
  const b6 = b[6]!;
  const b7 = b[7]!;
  const b8 = b[8]!;
  const b9 = b[9]!;
  const b10 = b[10]!;
  const c0 = a0 * b0;
  const c1 = a0 * b1 + a1 * b0;
  const c2 = a0 * b2 + a1 * b1 + a2 * b0;
  const c3 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0;
  const c4 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0;
  const c5 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0;
  const c6 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0;
  const c7 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0;
  const c8 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0;
  const c9 =
    a0 * b9 + a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + a9 * b0;
  const c10 =
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
  const c11 =
    a1 * b10 + a2 * b9 + a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + a9 * b2 + a10 * b1;
  const c12 = a2 * b10 + a3 * b9 + a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + a9 * b3 + a10 * b2;
  const c13 = a3 * b10 + a4 * b9 + a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + a9 * b4 + a10 * b3;
  const c14 = a4 * b10 + a5 * b9 + a6 * b8 + a7 * b7 + a8 * b6 + a9 * b5 + a10 * b4;
  const c15 = a5 * b10 + a6 * b9 + a7 * b8 + a8 * b7 + a9 * b6 + a10 * b5;
  const c16 = a6 * b10 + a7 * b9 + a8 * b8 + a9 * b7 + a10 * b6;
  const c17 = a7 * b10 + a8 * b9 + a9 * b8 + a10 * b7;
  const c18 = a8 * b10 + a9 * b9 + a10 * b8;
  const c19 = a9 * b10 + a10 * b9;
  const c20 = a10 * b10;
  const h0 = c0 + rounder - rounder;
  const m0 = c0 - h0;
  const t1 = c1 + h0 * perLimb;
  const h1 = t1 + rounder - rounder;
  const m1 = t1 - h1;
  const t2 = c2 + h1 * perLimb;
  const h2 = t2 + rounder - rounder;
  const m2 = t2 - h2;
  const t3 = c3 + h2 * perLimb;
  const h3 = t3 + rounder - rounder;
  const m3 = t3 - h3;
  const t4 = c4 + h3 * perLimb + m0;
  const h4 = t4 + rounder - rounder;
  const m4 = t4 - h4;
  const t5 = c5 + h4 * perLimb + m1;
  const h5 = t5 + rounder - rounder;
  const m5 = t5 - h5;
  const t6 = c6 + h5 * perLimb + m2;
  const h6 = t6 + rounder - rounder;
  const m6 = t6 - h6;
  const t7 = c7 + h6 * perLimb + m3;
  const h7 = t7 + rounder - rounder;
  const m7 = t7 - h7;
  const t8 = c8 + h7 * perLimb + m4 + m0;
  const h8 = t8 + rounder - rounder;
  const m8 = t8 - h8;
  const t9 = c9 + h8 * perLimb + m5 + m1 - m0 * 0x100;
  const h9 = t9 + rounder - rounder;
  const m9 = t9 - h9;
  const t10 = c10 + h9 * perLimb + m6 + m2 - m1 * 0x100 + m0 * 0x10000;
  const h10 = t10 + rounder - rounder;
  const m10 = t10 - h10;
  out[0] = c11 + h10 * perLimb + m7 + m3 - m2 * 0x100 + m1 * 0x10000;
  out[1] = c12 + m8 + m4 - m3 * 0x100 + m2 * 0x10000;
  out[2] = c13 + m9 + m5 - m4 * 0x100 + m3 * 0x10000;
  out[3] = c14 + m10 + m6 - m5 * 0x100 + m4 * 0x10000;
  out[4] = c15 + m7 - m6 * 0x100 + m5 * 0x10000;
  out[5] = c16 + m8 - m7 * 0x100 + m6 * 0x10000;
  out[6] = c17 + m9 - m8 * 0x100 + m7 * 0x10000;
  out[7] = c18 + m10 - m9 * 0x100 + m8 * 0x10000;
  out[8] = c19 - m10 * 0x100 + m9 * 0x10000;
  out[9] = c20 + m10 * 0x10000;
  out[10] = 0;
  settle(out);
  settle(out);
}

/** out = a²; `out` may be `a`. */
export function square(out: Element, a: Element): void {
  const a0 = a[0]!;
  const a1 = a[1]!;
  const a2 = a[2]!;
  const a3 = a[3]!;
  const a4 = a[4]!;
  const a5 = a[5]!;
  const a6 = a[6]!;
  const a7 = a[7]!;
  const a8 = a[8]!;
  const a9 = a[9]!;
  const a10 = a[10]!;
  const c0 = a0 * a0;
  const c1 = 2 * a0 * a1;
  const c2 = 2 * a0 * a2 + a1 * a1;
  const c3 = 2 * (a0 * a3 + a1 * a2);
  const c4 = 2 * (a0 * a4 + a1 * a3) + a2 * a2;
  const c5 = 2 * (a0 * a5 + a1 * a4 + a2 * a3);
  const c6 = 2 * (a0 * a6 + a1 * a5 + a2 * a4) + a3 * a3;
  const c7 = 2 * (a0 * a7 + a1 * a6 + a2 * a5 + a3 * a4);
  const c8 = 2 * (a0 * a8 + a1 * a7 + a2 * a6 + a3 * a5) + a4 * a4;
  const c9 = 2 * (a0 * a9 + a1 * a8 + a2 * a7 + a3 * a6 + a4 * a5);
  const c10 = 2 * (a0 * a10 + a1 * a9 + a2 * a8 + a3 * a7 + a4 * a6) + a5 * a5;
  const c11 = 2 * (a1 * a10 + a2 * a9 + a3 * a8 + a4 * a7 + a5 * a6);
  const c12 = 2 * (a2 * a10 + a3 * a9 + a4 * a8 + a5 * a7) + a6 * a6;
  const c13 = 2 * (a3 * a10 + a4 * a9 + a5 * a8 + a6 * a7);
  const c14 = 2 * (a4 * a10 + a5 * a9 + a6 * a8) + a7 * a7;
  const c15 = 2 * (a5 * a10 + a6 * a9 + a7 * a8);
  const c16 = 2 * (a6 * a10 + a7 * a9) + a8 * a8;
  const c17 = 2 * (a7 * a10 + a8 * a9);
  const c18 = 2 * a8 * a10 + a9 * a9;
  const c19 = 2 * a9 * a10;
  const c20 = a10 * a10;
  const h0 = c0 + rounder - rounder;
  const m0 = c0 - h0;
  const t1 = c1 + h0 * perLimb;
  const h1 = t1 + rounder - rounder;
  const m1 = t1 - h1;
  const t2 = c2 + h1 * perLimb;
  const h2 = t2 + rounder - rounder;
  const m2 = t2 - h2;
  const t3 = c3 + h2 * perLimb;
  const h3 = t3 + rounder - rounder;
  const m3 = t3 - h3;
  const t4 = c4 + h3 * perLimb + m0;
  const h4 = t4 + rounder - rounder;
  const m4 = t4 - h4;
  const t5 = c5 + h4 * perLimb + m1;
  const h5 = t5 + rounder - rounder;
  const m5 = t5 - h5;
  const t6 = c6 + h5 * perLimb + m2;
  const h6 = t6 + rounder - rounder;
  const m6 = t6 - h6;
  const t7 = c7 + h6 * perLimb + m3;
  const h7 = t7 + rounder - rounder;
  const m7 = t7 - h7;
  const t8 = c8 + h7 * perLimb + m4 + m0;
  const h8 = t8 + rounder - rounder;
  const m8 = t8 - h8;
  const t9 = c9 + h8 * perLimb + m5 + m1 - m0 * 0x100;
  const h9 = t9 + rounder - rounder;
  const m9 = t9 - h9;
  const t10 = c10 + h9 * perLimb + m6 + m2 - m1 * 0x100 + m0 * 0x10000;
  const h10 = t10 + rounder - rounder;
  const m10 = t10 - h10;
  out[0] = c11 + h10 * perLimb + m7 + m3 - m2 * 0x100 + m1 * 0x10000;
  out[1] = c12 + m8 + m4 - m3 * 0x100 + m2 * 0x10000;
  out[2] = c13 + m9 + m5 - m4 * 0x100 + m3 * 0x10000;
  out[3] = c14 + m10 + m6 - m5 * 0x100 + m4 * 0x10000;
  out[4] = c15 + m7 - m6 * 0x100 + m5 * 0x10000;
  out[5] = c16 + m8 - m7 * 0x100 + m6 * 0x10000;
  out[6] = c17 + m9 - m8 * 0x100 + m7 * 0x10000;
  out[7] = c18 + m10 - m9 * 0x100 + m8 * 0x10000;
  out[8] = c19 - m10 * 0x100 + m9 * 0x10000;
  out[9] = c20 + m10 * 0x10000;
  out[10] = 0;
  settle(out);
  settle(out);
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
