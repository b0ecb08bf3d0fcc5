// Vectors of certificate paths: NIST PKITS (a folder of certs and crls) and x509-limbo (one JSON file). No primitive
// here builds paths from a heap of certificates, so they are counted and not judged.
import type { VectorSet } from "./set.ts";

const notBuilt = "certificate paths: not built";

const counted = (count: number): VectorSet => ({
  primitive: "none",
  cases: [],
  skipped: new Map([[notBuilt, count]]),
});

/** PKITS names the end certificate of a test after its verdict. */
export const isPkitsTest = (name: string): boolean => /^(Valid|Invalid).*Test\d+EE\.crt$/.test(name);

/** `names` are the files of the suite's `certs` folder. */
export const readPkits = (names: readonly string[]): VectorSet => counted(names.filter(isPkitsTest).length);

export const readLimbo = (testcases: readonly unknown[]): VectorSet => counted(testcases.length);
