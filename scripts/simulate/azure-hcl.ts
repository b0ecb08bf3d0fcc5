// Azure's evidence before the contracts: the TD quote before TDXVerifier, the AK chain before AKCertificates, the quote
// before TPMVerifier. What binds them (HCL form, claims, which key) the registry checks inside attestCvm only, or never
// sees: here it is judged by the SDK's rules.
import { fromHex } from "viem";
import { isRefusal, refuse } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { reportDataOf } from "../../sdk/evidence/hcl-report.ts";
import { cloudTypes } from "../../sdk/evidence/registration.ts";
import type { RuntimeClaims } from "../../sdk/evidence/runtime-claims.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import {
  checkClaimsKey,
  checkReportOfQuote,
  hclReportOf,
  judgeRuntimeClaims,
} from "../../sdk/verify/input-azure.ts";
import type { InputSettings } from "../../sdk/verify/input-settings.ts";
import type { AzureHclInput } from "../../sdk/verify/input.ts";
import type { FrozenChain } from "../local-chain.ts";
import type { Run } from "./run.ts";
import { runTdxQuote } from "./tdx-quote.ts";
import { quotingKeyOnChain, runQuote } from "./tpm-quote.ts";

/** The claims behind the TEE's word; the TD quote was judged before. */
function claimsOf(input: AzureHclInput): RuntimeClaims | Refusal {
  const hcl = hclReportOf(input);
  if (isRefusal(hcl)) return hcl;
  const quote = input.tdQuote === null ? null : readTdxQuote(input.tdQuote);
  if (quote !== null && isRefusal(quote)) return quote;
  const mismatch = quote === null ? null : checkReportOfQuote(hcl, quote.bodyBytes);
  if (mismatch !== null) return mismatch;
  const reportData = quote?.body.reportData ?? reportDataOf(hcl.teeReport);
  return isRefusal(reportData) ? reportData : judgeRuntimeClaims(hcl.runtimeClaims, reportData);
}

async function checkAk(
  chain: FrozenChain,
  { ak }: AzureHclInput,
  { akModulus }: RuntimeClaims,
  settings: InputSettings,
  run: Run,
): Promise<void> {
  if (ak === null) return;
  const key = await quotingKeyOnChain(chain, ak, settings, run);
  if (key === null) return;
  const isOther = key.cloud !== null && key.cloud !== cloudTypes.azure;
  const refusal = isOther
    ? refuse("ak.cloud", `chain ends in a root of cloud ${key.cloud}`)
    : checkClaimsKey(fromHex(key.akPublic, "bytes"), akModulus);
  run.check = refusal?.check ?? null;
}

export async function runAzureHcl(
  chain: FrozenChain,
  input: AzureHclInput,
  settings: InputSettings,
  run: Run,
): Promise<void> {
  const { tdQuote, collateral, intelRoot, logs } = input;
  const hcl = hclReportOf(input);
  if (isRefusal(hcl)) {
    run.check = hcl.check;
    return;
  }
  if (tdQuote !== null)
    await runTdxQuote(
      chain,
      { kind: "tdx-quote", quote: tdQuote, collateral, intelRoot, logs },
      settings.floor,
      run,
    );
  // The policy on TCB statuses comes last: it refuses what is otherwise in order.
  const isStatusRefused = run.check === "tdx.tcb-accepted";
  if (run.check !== null && !isStatusRefused) return;
  run.check = null;
  const claims = claimsOf(input);
  if (isRefusal(claims)) {
    run.check = claims.check;
    return;
  }
  await checkAk(chain, input, claims, settings, run);
  if (run.check === null && input.quote !== null)
    await runQuote(chain, toHex(claims.akModulus), input.quote, run);
  if (run.check !== null) return;
  if (tdQuote === null) run.check = "tee.report-type-unsupported";
  else if (isStatusRefused) run.check = "tdx.tcb-accepted";
}
