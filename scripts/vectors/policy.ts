// Where our verdict differs from a vector file's on purpose. A case listed here is judged like any other, and contract
// and SDK must still agree with each other; it is then counted as skipped, by its reason, and not as a disagreement.
import { pathDifferences } from "./path-policy.ts";
import type { VectorCase } from "./set.ts";

export interface PolicyDifference {
  readonly reason: string;
  /** Whether the entry speaks of the case that both sides answered with `verdict`. */
  readonly covers: (vector: VectorCase, verdict: boolean) => boolean;
}

export const policyDifferences: readonly PolicyDifference[] = [
  ...pathDifferences,
  {
    // Wycheproof's README: either verdict conforms. In RSA files it is a DigestInfo whose AlgorithmIdentifier lacks
    // its NULL: RFC 8017 §9.2 (note 2) lets verifiers accept it; here one message has one encoding.
    reason: 'policy: result "acceptable" leaves the verdict to the verifier',
    covers: ({ expected }) => expected === "either",
  },
  {
    // No CA or TPM whose signatures we check uses another exponent, and e = 3 is what forgeries of sloppy padding
    // checks feed on; the key readers of contract and SDK refuse such a key (x509.key).
    reason: "policy: RSA keys have e = 65537",
    covers: ({ expected, exponent }, verdict) =>
      expected === true && !verdict && exponent !== undefined && exponent !== 65537n,
  },
];
