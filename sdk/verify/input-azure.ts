// The verdict on Azure's evidence: HCL report, its claims, the TD quote over them, and the vTPM's quote by their key.
import { isEqual, sha256, toHex } from "../evidence/bytes.ts";
import { isReportOfQuote, readHclReport, reportDataOf, tdReportLength } from "../evidence/hcl-report.ts";
import type { HclReport } from "../evidence/hcl-report.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { cloudTypes, teeTypes } from "../evidence/registration.ts";
import { readRuntimeClaims } from "../evidence/runtime-claims.ts";
import type { RuntimeClaims } from "../evidence/runtime-claims.ts";
import { akChainScope, judgeAkChain } from "./ak-certificates.ts";
import { tdxClaims } from "./claims-json.ts";
import type { JsonClaims } from "./claims-json.ts";
import type { AkSource, AzureHclInput } from "./input.ts";
import type { InputSettings } from "./input-settings.ts";
import { checkTcbAccepted, judgedCollateral } from "./input-tdx.ts";
import { judgeQuoteInput, quotingKey } from "./input-tpm.ts";
import type { QuotingKey } from "./input-tpm.ts";
import { judgeTdxQuote, tdxScopeOf } from "./tdx/index.ts";
import type { TdxClaims } from "./tdx/index.ts";
import type { Trail } from "./verdict.ts";

/** The report and claims that the file brings, in either of its two forms. */
export function hclReportOf({ report }: AzureHclInput): HclReport | Refusal {
  if ("blob" in report) return readHclReport(report.blob);
  const reportData = reportDataOf(report.teeReport);
  if (isRefusal(reportData)) return reportData;
  const tee = report.teeReport.length === tdReportLength ? teeTypes.intelTdx : teeTypes.amdSevSnp;
  return { tee, ...report };
}

/** The quote's body must say what the report says. */
export function checkReportOfQuote({ tee, teeReport }: HclReport, body: Uint8Array): Refusal | null {
  return tee === teeTypes.intelTdx && isReportOfQuote(teeReport, body)
    ? null
    : refuse("azure.hcl-report", "the TD quote is of another TDREPORT than the HCL report's");
}

/** The signed statement about the TEE, or null where the file brings none that this version verifies. */
function judgeTee(
  { tdQuote, collateral, intelRoot }: AzureHclInput,
  hcl: HclReport,
  { now, trust }: InputSettings,
  trail: Trail,
): TdxClaims | null | Refusal {
  if (tdQuote === null) return null;
  const root = intelRoot ?? trust.intelRoot;
  const judged = judgedCollateral(collateral, { intelRoot: root, now }, trail);
  if (isRefusal(judged)) return judged;
  trail.enter(tdxScopeOf(tdQuote));
  const tdx = judgeTdxQuote(tdQuote, { intelRoot: root, now, collateral: judged });
  if (isRefusal(tdx)) return tdx;
  trail.enter(["azure.hcl-report"]);
  return checkReportOfQuote(hcl, tdx.quote.bodyBytes) ?? tdx;
}

/** The claims, which the TEE's report data names. */
export function judgeRuntimeClaims(
  runtimeClaims: Uint8Array,
  reportData: Uint8Array,
): RuntimeClaims | Refusal {
  const claims = readRuntimeClaims(runtimeClaims);
  if (isRefusal(claims)) return claims;
  const digest = sha256(runtimeClaims);
  return isEqual(reportData.subarray(0, 32), digest) && reportData.subarray(32).every((byte) => byte === 0)
    ? claims
    : refuse(
        "azure.claims-hash",
        `report_data is ${toHex(reportData)}, sha256 of the claims ${toHex(digest)}`,
      );
}

/** HCLAkPub; where the file brings the AK in another form too, both must be the same key. */
function judgeAk(
  source: AkSource | null,
  { akModulus }: RuntimeClaims,
  settings: InputSettings,
  trail: Trail,
): QuotingKey | Refusal {
  if (source === null) return { key: { type: "rsa", bytes: akModulus }, name: null };
  if (source.form === "certificates") {
    trail.enter([...akChainScope, "ak.cloud"]);
    const chain = judgeAkChain(source.certs, settings.trust, settings.now);
    if (isRefusal(chain)) return chain;
    if (chain.cloud !== cloudTypes.azure)
      return refuse("ak.cloud", `chain ends in a root of cloud ${chain.cloud}, due is Azure's`);
    return claimsKey({ key: chain.key, name: null }, akModulus, trail);
  }
  const key = quotingKey(source, settings, trail);
  return isRefusal(key) ? key : claimsKey(key, akModulus, trail);
}

function claimsKey(ak: QuotingKey, akModulus: Uint8Array, trail: Trail): QuotingKey | Refusal {
  trail.enter(["ak.claims-key"]);
  return checkClaimsKey(ak.key.bytes, akModulus) ?? ak;
}

/** @param akPublic of an AK that the file names beside the claims */
export function checkClaimsKey(akPublic: Uint8Array, akModulus: Uint8Array): Refusal | null {
  return isEqual(akPublic, akModulus)
    ? null
    : refuse("ak.claims-key", "the AK is another key than HCLAkPub of the runtime claims");
}

/** What the evidence ends in, and its claims as far as they were verified. */
export function judgeAzureHcl(
  input: AzureHclInput,
  settings: InputSettings,
  trail: Trail,
): readonly [Refusal | null, JsonClaims] {
  trail.enter(["azure.hcl"]);
  const hcl = hclReportOf(input);
  if (isRefusal(hcl)) return [hcl, {}];
  const tdx = judgeTee(input, hcl, settings, trail);
  if (isRefusal(tdx)) return [tdx, {}];
  const reportData = tdx?.quote.body.reportData ?? reportDataOf(hcl.teeReport);
  if (isRefusal(reportData)) return [reportData, {}];
  trail.enter(["azure.claims-layout", "azure.claims-hash"]);
  const runtime = judgeRuntimeClaims(hcl.runtimeClaims, reportData);
  if (isRefusal(runtime)) return [runtime, {}];
  const ak = judgeAk(input.ak, runtime, settings, trail);
  if (isRefusal(ak)) return [ak, {}];
  const [refusal, quoted] = input.quote === null ? [null, {}] : judgeQuoteInput(input.quote, ak, trail);
  if (refusal !== null) return [refusal, {}];
  const own = { hclAkPub: toHex(runtime.akModulus), userData: toHex(runtime.userData) };
  const claims = { ...(tdx === null ? {} : tdxClaims(tdx)), ...quoted, ...own };
  if (tdx !== null) {
    trail.enter(["tdx.tcb-accepted"]);
    return [checkTcbAccepted(tdx.tcbStatus, settings.floor), claims];
  }
  // Everything above is what the sender says until hardware has signed for it.
  trail.enter(["tee.report-type-unsupported"]);
  const missing =
    hcl.tee === teeTypes.intelTdx ? "the TD quote over the TDREPORT" : "a verifier of SNP reports";
  return [
    refuse("tee.report-type-unsupported", `no signature of the TEE was verified: ${missing} is due`),
    claims,
  ];
}
