// All independent TDX vectors on chain and in TypeScript: Intel's documents are put in one after the other, then the
// quote is verified in each of its forms. Verdict, check and claims must be the same, and what the vectors expect.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { toKnownHost, toNewHost } from "../../sdk/evidence/tdx-compact.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import type { TdxClaims, TdxTrust } from "../../sdk/verify/tdx/index.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";
import { startIntelChain } from "../support/intel-chain.ts";
import type { IntelChain } from "../support/intel-chain.ts";
import { hostOf } from "../support/known-host.ts";
import type { Verdict } from "../support/referee.ts";
import { asContractClaims } from "../support/tdx-claims.ts";
import type { ContractClaims } from "../support/tdx-claims.ts";
import { applyMutation, dueVerdict, dueVerdicts } from "../support/tdx-expected.ts";
import { collateralFrom, quoteBytes, real, synthetic, syntheticRoot } from "../support/tdx-vectors.ts";

function must<T>(value: T): Exclude<T, Refusal> {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value as Exclude<T, Refusal>;
}

interface Case {
  readonly name: string;
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral;
  readonly now: number;
  /** The checks of which it must fail one; null: it is accepted. */
  readonly dues: readonly string[] | null;
}

/** Evaluation number that a document states, 1 where it does not. */
const numberIn = (document: Uint8Array): number =>
  Number(/"tcbEvaluationDataNumber":(\d+)/.exec(Buffer.from(document).toString("latin1"))?.[1] ?? 1);

const groupKey = ({ collateral, now }: Case): string =>
  [now, ...Object.values(collateral).map((bytes: Uint8Array) => Buffer.from(bytes).toString("hex"))].join();

function grouped(cases: readonly Case[]): Case[][] {
  const groups = new Map<string, Case[]>();
  for (const vector of cases) {
    const key = groupKey(vector);
    groups.set(key, [...(groups.get(key) ?? []), vector]);
  }
  return [...groups.values()];
}

/** The chain with a case's documents, at its time, and what became of them. */
async function prepare(chain: IntelChain, { collateral, now }: Case): Promise<Verdict> {
  const numbers = [numberIn(collateral.tcbInfo), numberIn(collateral.qeIdentity)];
  await chain.moveTo(now);
  await chain.mustSend(chain.collateral, "setActiveEvaluation", ...numbers);
  return chain.upsert(collateral);
}

const verify = (chain: IntelChain, quote: Uint8Array) =>
  chain.call<ContractClaims>(chain.verifier, "verify", toHex(quote));

/** The same quote as a new and as a known host shows it: on both sides the claims of the raw one. */
async function compareCompact(chain: IntelChain, { quote }: Case, claims: TdxClaims, trust: TdxTrust) {
  const due = asContractClaims(claims);
  const newHost = must(toNewHost(quote));
  assert.deepEqual(asContractClaims(must(judgeTdxQuote(newHost, trust))), due);
  assert.deepEqual(await verify(chain, newHost), { verdict: null, value: due, error: null });
  const receipt = await chain.mustSend(chain.verifier, "verify", toHex(newHost));
  const knownHost = must(toKnownHost(quote, fromHex(hostOf(receipt).attributes)));
  const knowing = { ...trust, isKnownHost: () => true };
  assert.deepEqual(asContractClaims(must(judgeTdxQuote(knownHost, knowing))), due);
  assert.deepEqual(await verify(chain, knownHost), { verdict: null, value: due, error: null });
}

async function compare(chain: IntelChain, vector: Case, upserts: Verdict, root: Uint8Array): Promise<void> {
  const { quote, collateral, now, dues } = vector;
  const trust = { intelRoot: root, now: BigInt(now) };
  const judged = judgeTdxCollateral(collateral, trust);
  const outcome = isRefusal(judged) ? judged : judgeTdxQuote(quote, { ...trust, collateral: judged });
  const onChain = upserts === null ? await verify(chain, quote) : { verdict: upserts, value: null };
  const verdict = isRefusal(outcome) ? outcome.check : null;
  assert.equal(onChain.verdict, verdict);
  assert.ok(
    dues === null ? verdict === null : dues.includes(verdict!),
    `${verdict} instead of ${String(dues)}`,
  );
  if (isRefusal(outcome) || isRefusal(judged)) return;
  assert.deepEqual(onChain.value, asContractClaims(outcome));
  await compareCompact(chain, vector, outcome, { ...trust, collateral: judged });
}

const realCases: Case[] = real.cases.map(({ quote, now, expected, tcbSigning, ...ids }, at) => {
  const due = dueVerdict(quote, expected);
  const collateral = collateralFrom(ids, tcbSigning);
  const name = `case ${at}: ${quote} with ${ids.tcbInfo}`;
  return { name, quote: quoteBytes(quote), collateral, now, dues: due === null ? null : [due] };
});

const mutatedCases: Case[] = real.mutations.map((mutation, at) => {
  const original = realCases[mutation.case]!;
  return {
    ...applyMutation(mutation, quoteBytes(mutation.quote), original.collateral),
    name: `mutation ${at}: ${mutation.quote}, ${mutation.what}`,
    now: mutation.now ?? original.now,
    dues: dueVerdicts(mutation),
  };
});

const syntheticCases: Case[] = synthetic.map(({ name, now, expected, quote, collateral }) => {
  const due = dueVerdict(name, expected);
  return { name, quote, collateral, now: Number(now), dues: due === null ? null : [due] };
});

for (const [what, root, cases, count] of [
  [
    "real quotes with real collateral, and mutations of them",
    intelRoot,
    [...realCases, ...mutatedCases],
    189,
  ],
  ["synthetic quotes", syntheticRoot, syntheticCases, 82],
] as const)
  describe(what, () => {
    let chain: IntelChain;
    let goBack: () => Promise<void>;
    before(async () => {
      const at = Math.min(...cases.map(({ now }) => now));
      chain = await startIntelChain({ root: toHex(root), at });
      goBack = await chain.mark();
    });
    after(() => chain.close());

    it("are all there", () => assert.equal(cases.length, count));

    for (const group of grouped(cases))
      describe(`at ${group[0]!.now}`, () => {
        let upserts: Verdict;
        before(async () => {
          await goBack();
          upserts = await prepare(chain, group[0]!);
        });
        for (const vector of group) it(vector.name, () => compare(chain, vector, upserts, root));
      });
  });
