// A file may name the root that stands in for Intel's, for development (specs/evidence-input.md). Its verdict counts
// under that root alone, whose key anybody may hold: whoever reads it must be told so.
import type { CheckId } from "../checks.ts";
import { isEqual, toHex } from "../evidence/bytes.ts";
import type { TrustRoots } from "./context.ts";
import type { EvidenceInput } from "./input.ts";
import type { CheckResult } from "./verdict.ts";

/** Roots of the file's own that it was judged by; x‖y in hex. */
export interface OwnRoots {
  readonly intel: string;
}

/** Null where the vendors' roots count. */
export function ownRootsOf(input: EvidenceInput, trust: TrustRoots): OwnRoots | null {
  const root = "intelRoot" in input ? input.intelRoot : null;
  return root === null || isEqual(root, trust.intelRoot) ? null : { intel: toHex(root) };
}

export const ownRootsNotice =
  "not Intel's root: the file names its own (roots.intel), and whoever holds that key can make such evidence";

const details: ReadonlyMap<CheckId, string> = new Map([
  ["tdx.root", "root key is the file's own (roots.intel), not Intel's, and signs itself"],
  ["tdx.proof-root", "proof rests on a root certificate of the file's own (roots.intel), not on Intel's"],
]);

/** The checks, where those of the root say whose it is. */
export const underOwnRoots = (checks: readonly CheckResult[]): CheckResult[] =>
  checks.map((check) => {
    const detail = details.get(check.id);
    if (detail === undefined) return check;
    return { ...check, detail: check.status === "fail" ? `does not hold: ${detail}` : detail };
  });
