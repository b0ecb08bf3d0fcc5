// Judges the cases of a file on both sides and counts what came out.
import { policyDifferences } from "./policy.ts";
import type { Primitives } from "./primitives.ts";
import { addTo } from "./set.ts";
import type { VectorCase } from "./set.ts";
import type { FoundVectors } from "./content.ts";

/** One line of output. `agree`, `disagree` and the skipped add up to `cases`. */
export interface VectorReport {
  readonly file: string;
  readonly primitive: string;
  readonly cases: number;
  readonly agree: number;
  /** Ids whose verdict differs from the file's, or between contract and SDK, without a listed reason. */
  readonly disagree: readonly VectorCase["id"][];
  readonly skipped: Readonly<Record<string, number>>;
}

/** Calls in flight: enough to keep the chain busy, few enough to keep its queue short. */
const batchSize = 32;

type Outcome = "agree" | "disagree" | { readonly reason: string };

async function judge(vector: VectorCase, contracts: Primitives): Promise<Outcome> {
  const verdict = await vector.judgedByContract(contracts);
  if (verdict !== vector.judgedBySdk()) return "disagree";
  if (verdict === vector.expected) return "agree";
  const listed = policyDifferences.find(({ covers }) => covers(vector, verdict));
  return listed === undefined ? "disagree" : { reason: listed.reason };
}

export async function reportOn({ file, set }: FoundVectors, contracts: Primitives): Promise<VectorReport> {
  const skipped = new Map(set.skipped);
  const disagree: VectorCase["id"][] = [];
  let agree = 0;
  for (let at = 0; at < set.cases.length; at += batchSize) {
    const batch = set.cases.slice(at, at + batchSize);
    const outcomes = await Promise.all(batch.map((vector) => judge(vector, contracts)));
    for (const [offset, outcome] of outcomes.entries()) {
      if (outcome === "agree") agree++;
      else if (outcome === "disagree") disagree.push(batch[offset]!.id);
      else addTo(skipped, outcome.reason, 1);
    }
  }
  const left = [...skipped.values()].reduce((sum, count) => sum + count, 0);
  return {
    file,
    primitive: set.primitive,
    cases: agree + disagree.length + left,
    agree,
    disagree,
    skipped: Object.fromEntries(skipped),
  };
}
