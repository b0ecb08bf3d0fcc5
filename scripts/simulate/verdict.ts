// The verdict of the contracts on an evidence file, in the words of `cvm verify`.
import { checkById } from "../../sdk/checks.ts";
import type { CheckId } from "../../sdk/checks.ts";
import { verifyInput } from "../../sdk/verify/input-verdict.ts";
import type { InputSettings, InputVerdict } from "../../sdk/verify/input-verdict.ts";
import type { EvidenceInput } from "../../sdk/verify/input.ts";
import type { CheckResult } from "../../sdk/verify/verdict.ts";
import { createLocalChain } from "../local-chain.ts";
import { runAzureHcl } from "./azure-hcl.ts";
import { evaluationOf } from "./collateral.ts";
import { recordClaims, runRegistration } from "./registration.ts";
import { newRun } from "./run.ts";
import type { RunRevert } from "./run.ts";
import { runTdxQuote } from "./tdx-quote.ts";
import { runTpmQuote } from "./tpm-quote.ts";
import { runZkProof } from "./zk-proof.ts";

export interface SimulatedVerdict extends InputVerdict {
  /** Whole-transaction gas of each transaction sent. */
  readonly gas: Readonly<Record<string, number>>;
  readonly revert: RunRevert | null;
}

// What only the policy refuses, or no verifier signs for yet, was true all the same.
const keepsClaims: ReadonlySet<CheckId> = new Set(["tdx.tcb-accepted", "tee.report-type-unsupported"]);

/** The checks in the catalogue's order, by what the contracts ended in. */
function checksOf(ids: readonly CheckResult[], failed: CheckId | null): CheckResult[] {
  if (failed === null)
    return ids.map((check) => ({ ...check, status: check.status === "fail" ? "pass" : check.status }));
  const at = ids.findIndex(({ id }) => id === failed);
  const before = at < 0 ? ids.length : at;
  const { title, anchor } = checkById(failed);
  const own: CheckResult = { id: failed, status: "fail", detail: title, anchor };
  const head = ids
    .slice(0, before)
    .map((check): CheckResult => ({ ...check, status: check.status === "skip" ? "skip" : "pass" }));
  const tail = ids.slice(before + 1).map((check): CheckResult => ({ ...check, status: "skip" }));
  return [...head, own, ...tail];
}

export async function simulate(input: EvidenceInput, settings: InputSettings): Promise<SimulatedVerdict> {
  const off = verifyInput(input, settings);
  const root = "intelRoot" in input ? input.intelRoot : null;
  const roots = { ...settings.trust, intelRoot: root ?? settings.trust.intelRoot };
  const run = newRun();
  const chain = await createLocalChain({ roots, at: settings.now, ...evaluationOf(input) });
  let { claims } = off;
  try {
    if (input.kind === "tdx-quote") await runTdxQuote(chain, input, settings.floor, run);
    else if (input.kind === "tpm-quote") await runTpmQuote(chain, input, settings, run);
    else if (input.kind === "azure-hcl") await runAzureHcl(chain, input, settings, run);
    else if (input.kind === "zk-proof") {
      await runZkProof(chain, input, run);
      // A journal is read by the verifier of a TEE, and a proof of an evidence file is of none.
      if (off.error === "proof.journal") run.check ??= off.error;
    } else if (input.kind === "registration") {
      const identity = await runRegistration(chain, input, run);
      if (identity !== null) claims = { ...claims, ...(await recordClaims(chain, identity)) };
    } else run.check = "tee.report-type-unsupported";
  } finally {
    await chain.close();
  }
  const isAccepted = run.check === null;
  return {
    verdict: isAccepted ? "accepted" : "rejected",
    error: run.check,
    checks: checksOf(off.checks, run.check),
    claims: isAccepted || keepsClaims.has(run.check!) ? claims : {},
    ...(off.acceptance === undefined || !isAccepted ? {} : { acceptance: off.acceptance }),
    ...(off.roots === undefined ? {} : { roots: off.roots }),
    gas: run.gas,
    revert: run.revert,
  };
}
