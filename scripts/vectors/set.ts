// What a vector file becomes: cases that a contract and its SDK twin judge alike, and the cases nothing here can judge.
import type { Primitives } from "./primitives.ts";

/** What the file says: true is accepted, false refused, "either" leaves it to the verifier. */
export type Expectation = boolean | "either";

export interface VectorCase {
  /** tcId of Wycheproof, Len of CAVP, id of limbo, name of a PKITS test. */
  readonly id: number | string;
  readonly expected: Expectation;
  /** Public exponent of an RSA key. */
  readonly exponent?: bigint;
  readonly judgedByContract: (contracts: Primitives) => Promise<boolean>;
  readonly judgedBySdk: () => boolean;
}

export interface VectorSet {
  readonly primitive: string;
  readonly cases: readonly VectorCase[];
  /** Reason → number of cases. */
  readonly skipped: ReadonlyMap<string, number>;
}

/** A file that is not what it seems to be: nothing of it is judged. */
export class UnreadableVectors extends Error {}

export const addTo = (counts: Map<string, number>, reason: string, count: number) =>
  counts.set(reason, (counts.get(reason) ?? 0) + count);
