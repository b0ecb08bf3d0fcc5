// All independent TDX vectors: 81 real cases, 108 mutations of them, 82 synthetic cases. Expected is what Intel's
// library says; where we refuse something it accepts, the difference has a name and stands in docs/intel-differences.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { tcbStatusNames } from "../../sdk/evidence/tcb-levels.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import type { CollateralTrust, TdxClaims } from "../../sdk/verify/tdx/index.ts";
import { applyMutation, differences, dueVerdict, dueVerdicts } from "../support/tdx-expected.ts";
import {
  collateralFrom,
  quoteBytes,
  real,
  realTrust,
  synthetic,
  syntheticRoot,
} from "../support/tdx-vectors.ts";
import type { ExpectedTcb } from "../support/tdx-vectors.ts";

function judge(collateral: TdxCollateral, quote: Uint8Array, trust: CollateralTrust): TdxClaims | Refusal {
  const judged = judgeTdxCollateral(collateral, trust);
  return isRefusal(judged) ? judged : judgeTdxQuote(quote, { ...trust, collateral: judged });
}

function assertExpected(name: string, outcome: TdxClaims | Refusal, expected: ExpectedTcb): void {
  assert.equal(isRefusal(outcome) ? outcome.check : null, dueVerdict(name, expected));
  if (isRefusal(outcome)) return;
  const nameOf = (status: number) => tcbStatusNames[status];
  assert.equal(nameOf(outcome.tcbStatus), expected.status);
  assert.equal(nameOf(outcome.platformStatus), expected.platformStatus);
  assert.equal(nameOf(outcome.moduleStatus), expected.moduleStatus);
  assert.equal(nameOf(outcome.qeStatus), expected.qeStatus);
  assert.deepEqual(outcome.advisoryIds, [...expected.advisories!].sort());
}

describe("real quotes with real collateral", () => {
  assert.equal(real.cases.length, 81);
  for (const [at, { quote, now, expected, tcbSigning, ...ids }] of real.cases.entries()) {
    const verdict = differences[quote]?.name ?? expected.status;
    it(`${at}: ${quote} with ${ids.tcbInfo} ends in ${verdict}`, () => {
      const outcome = judge(collateralFrom(ids, tcbSigning), quoteBytes(quote), realTrust(now));
      assertExpected(quote, outcome, expected);
    });
  }
});

describe("mutations of real quotes", () => {
  assert.equal(real.mutations.length, 108);
  for (const [at, mutation] of real.mutations.entries()) {
    const vector = real.cases[mutation.case]!;
    it(`${at}: ${mutation.quote}, ${mutation.what}`, () => {
      const original = collateralFrom(vector, vector.tcbSigning);
      const { quote, collateral } = applyMutation(mutation, quoteBytes(mutation.quote), original);
      const outcome = judge(collateral, quote, realTrust(mutation.now ?? vector.now));
      assert.ok(isRefusal(outcome), "accepted");
      const dues = dueVerdicts(mutation);
      assert.ok(dues.includes(outcome.check), `${outcome.check}: ${outcome.detail}`);
    });
  }
});

describe("synthetic quotes", () => {
  assert.equal(synthetic.length, 82);
  for (const { name, now, expected, quote, collateral } of synthetic)
    it(`${name} ends in ${differences[name]?.name ?? expected.status ?? expected.error}`, () => {
      assertExpected(name, judge(collateral, quote, { intelRoot: syntheticRoot, now }), expected);
    });
});

it("every difference is documented", () => {
  const text = readFileSync(new URL("../../docs/intel-differences.md", import.meta.url), "utf8");
  for (const { name } of Object.values(differences)) assert.ok(text.includes(`| ${name} |`), name);
});
