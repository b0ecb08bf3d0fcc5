// The checks that a run in CI tries: drawn by the seed among those whose contracts are compiled in little time.
import { createHash } from "node:crypto";
import type { Check } from "./checks.ts";

/** What a sample may take. */
export interface Limits {
  readonly count: number;
  /** Bytes of code that the compiler builds for it: it writes about 1.8 KB in a second. */
  readonly code: number;
}

/** The first `count` checks in the order of the seed that stay within `code` together. */
export function drawSample(
  checks: readonly Check[],
  seed: string,
  limits: Limits,
  dependants: ReadonlyMap<string, ReadonlySet<string>>,
  sizes: ReadonlyMap<string, number>,
): Check[] {
  const rankOf = (key: string): string => createHash("sha256").update(`${seed} ${key}`).digest("hex");
  const ranked = checks.map((check) => ({ check, rank: rankOf(check.key) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const drawn: Check[] = [];
  const built = new Set<string>();
  let code = 0;
  for (const { check } of ranked) {
    if (drawn.length === limits.count) break;
    const more = [...(dependants.get(check.file) ?? [])].filter((file) => !built.has(file));
    const size = more.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
    if (code + size > limits.code) continue;
    code += size;
    more.forEach((file) => built.add(file));
    drawn.push(check);
  }
  return drawn;
}
