// Points of P-256 in Jacobian coordinates (x/z², y/z³) and the sum u·G + v·Q that ECDSA needs.
import { addScaled, isZero, multiply, newElement, settle, square, toElement } from "./field.ts";
import type { Element } from "./field.ts";

/** x and y have one unit, z at most two. */
export interface Point {
  readonly x: Element;
  readonly y: Element;
  readonly z: Element;
  isInfinity: boolean;
}

/** Memory of one computation, allocated once. */
export type Workspace = readonly Element[];

export const newWorkspace = (): Workspace => Array.from({ length: 9 }, newElement);

export const newPoint = (): Point => ({
  x: newElement(),
  y: newElement(),
  z: newElement(),
  isInfinity: true,
});

export const affinePoint = (x: bigint, y: bigint): Point => ({
  x: toElement(x),
  y: toElement(y),
  z: toElement(1n),
  isInfinity: false,
});

function copy(out: Point, from: Point): void {
  out.x.set(from.x);
  out.y.set(from.y);
  out.z.set(from.z);
  out.isInfinity = from.isInfinity;
}

/** p = 2p. The curve has a = −3, and no point of order two, so y is never zero. */
export function double(p: Point, t: Workspace): void {
  if (p.isInfinity) return;
  const [delta, gamma, beta, alpha, sum] = t as [Element, Element, Element, Element, Element];
  square(delta, p.z);
  square(gamma, p.y);
  multiply(beta, p.x, gamma);
  addScaled(sum, p.x, delta, 1);
  addScaled(alpha, p.x, delta, -1);
  multiply(alpha, alpha, sum);
  addScaled(alpha, alpha, alpha, 2); // 3(x − z²)(x + z²)
  multiply(p.z, p.z, p.y);
  addScaled(p.z, p.z, p.z, 1);
  square(p.x, alpha);
  addScaled(p.x, p.x, beta, -8);
  settle(p.x);
  addScaled(sum, beta, beta, 3);
  addScaled(sum, sum, p.x, -1);
  settle(sum);
  multiply(p.y, alpha, sum);
  square(gamma, gamma);
  addScaled(p.y, p.y, gamma, -8);
  settle(p.y);
}

/** p = p ± q. */
export function add(p: Point, q: Point, sign: 1 | -1, workspace: Workspace): void {
  if (q.isInfinity) return;
  if (p.isInfinity) {
    copy(p, q);
    if (sign < 0) for (let i = 0; i < p.y.length; i++) p.y[i] = -p.y[i]!;
    return;
  }
  const [pz2, qz2, u, s, h, r, h2, h3, v] = workspace as [
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
    Element,
  ];
  square(pz2, p.z);
  square(qz2, q.z);
  multiply(u, p.x, qz2);
  multiply(h, q.x, pz2);
  multiply(s, p.y, q.z);
  multiply(s, s, qz2);
  multiply(r, q.y, p.z);
  multiply(r, r, pz2);
  addScaled(h, h, u, -1);
  for (let i = 0; i < r.length; i++) r[i] = sign * r[i]! - s[i]!;
  if (isZero(h)) {
    if (isZero(r)) double(p, workspace);
    else p.isInfinity = true;
    return;
  }
  square(h2, h);
  multiply(h3, h2, h);
  multiply(v, u, h2);
  multiply(p.z, p.z, q.z);
  multiply(p.z, p.z, h);
  square(p.x, r);
  addScaled(p.x, p.x, h3, -1);
  addScaled(p.x, p.x, v, -2);
  settle(p.x);
  addScaled(v, v, p.x, -1);
  multiply(p.y, r, v);
  multiply(s, s, h3);
  addScaled(p.y, p.y, s, -1);
  settle(p.y);
}

/** p, 3p, 5p, … */
export function oddMultiples(p: Point, count: number, workspace: Workspace): readonly Point[] {
  const twice = newPoint();
  copy(twice, p);
  double(twice, workspace);
  const multiples = [p];
  for (let i = 1; i < count; i++) {
    const next = newPoint();
    copy(next, multiples[i - 1]!);
    add(next, twice, 1, workspace);
    multiples.push(next);
  }
  return multiples;
}

/** Signed digits of a number below 2^256, lowest first: odd or zero, `width` bits, no two within `width`. */
export function digitsOf(value: bigint, width: number): Int16Array {
  const bits = new Uint8Array(257 + width);
  const hex = value.toString(16).padStart(64, "0");
  for (let i = 0; i < 64; i++) {
    const nibble = parseInt(hex[63 - i]!, 16);
    for (let bit = 0; bit < 4; bit++) bits[4 * i + bit] = (nibble >> bit) & 1;
  }
  const digits = new Int16Array(257);
  let carry = 0;
  for (let at = 0; at < 257;) {
    if (bits[at] === carry) {
      at++;
      continue;
    }
    let digit = carry;
    for (let bit = 0; bit < width; bit++) digit += bits[at + bit]! << bit;
    carry = digit >> (width - 1);
    digits[at] = digit - (carry << width);
    at += width;
  }
  return digits;
}

/** A number and the odd multiples of the point it multiplies. */
export interface Term {
  readonly digits: Int16Array;
  readonly multiples: readonly Point[];
}

/** The sum of the terms, doubling once for all of them. */
export function sumOf(terms: readonly Term[], workspace: Workspace): Point {
  const sum = newPoint();
  for (let at = 256; at >= 0; at--) {
    double(sum, workspace);
    for (const { digits, multiples } of terms) {
      const digit = digits[at]!;
      if (digit !== 0) add(sum, multiples[Math.abs(digit) >> 1]!, digit > 0 ? 1 : -1, workspace);
    }
  }
  return sum;
}
