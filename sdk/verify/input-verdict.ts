// The verdict on an evidence file, as `cvm verify --json` prints it: plain values only, bytes in hex.
import type { CheckId } from "../checks.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { transcodeRegistration } from "../evidence/transcode.ts";
import { registrationClaims, tdxClaims } from "./claims-json.ts";
import type { JsonClaims } from "./claims-json.ts";
import type { ChainView } from "./context.ts";
import type {
  AzureHclInput,
  EvidenceInput,
  RegistrationInput,
  TdxQuoteInput,
  TpmQuoteInput,
} from "./input.ts";
import { judgeAzureHcl } from "./input-azure.ts";
import { judgeProofInput } from "./input-proof.ts";
import type { ZkProofInput } from "./input-proof.ts";
import { ownRootsOf, underOwnRoots } from "./input-roots.ts";
import type { OwnRoots } from "./input-roots.ts";
import type { InputSettings } from "./input-settings.ts";
import { checkTcbAccepted, judgedCollateral } from "./input-tdx.ts";
import { judgeQuoteInput, quotingKey } from "./input-tpm.ts";
import { acceptanceOf, verifyCalldata } from "./registration.ts";
import type { Acceptance } from "./registration.ts";
import { judgeTdxQuote, tdxScopeOf } from "./tdx/index.ts";
import { newTrail } from "./verdict.ts";
import type { CheckResult, Trail } from "./verdict.ts";

export type { InputSettings } from "./input-settings.ts";

export interface InputVerdict {
  readonly verdict: "accepted" | "rejected";
  readonly error: CheckId | null;
  readonly checks: readonly CheckResult[];
  readonly claims: JsonClaims;
  /** Registrations only. */
  readonly acceptance?: Acceptance;
  /** Only where the file replaces the root of a vendor: the verdict then says nothing about that vendor's hardware. */
  readonly roots?: OwnRoots;
}

function verdictOf(trail: Trail, refusal: Refusal | null, claims: JsonClaims): InputVerdict {
  return {
    verdict: refusal === null ? "accepted" : "rejected",
    error: refusal?.check ?? null,
    checks: trail.results(refusal),
    claims,
  };
}

function tdxVerdict(input: TdxQuoteInput, { now, trust, floor }: InputSettings): InputVerdict {
  const trail = newTrail();
  const intelRoot = input.intelRoot ?? trust.intelRoot;
  const collateral = judgedCollateral(input.collateral, { intelRoot, now }, trail);
  if (isRefusal(collateral)) return verdictOf(trail, collateral, {});
  trail.enter(tdxScopeOf(input.quote));
  const tdx = judgeTdxQuote(input.quote, { intelRoot, now, collateral });
  if (isRefusal(tdx)) return verdictOf(trail, tdx, {});
  trail.enter(["tdx.tcb-accepted"]);
  const claims = tdxClaims(tdx);
  return verdictOf(trail, checkTcbAccepted(tdx.tcbStatus, floor), claims);
}

function tpmVerdict(input: TpmQuoteInput, settings: InputSettings): InputVerdict {
  const trail = newTrail();
  const ak = quotingKey(input.ak, settings, trail);
  return isRefusal(ak) ? verdictOf(trail, ak, {}) : verdictOf(trail, ...judgeQuoteInput(input, ak, trail));
}

function azureVerdict(input: AzureHclInput, settings: InputSettings): InputVerdict {
  const trail = newTrail();
  return verdictOf(trail, ...judgeAzureHcl(input, settings, trail));
}

function proofVerdict(input: ZkProofInput): InputVerdict {
  const trail = newTrail();
  return verdictOf(trail, ...judgeProofInput(input, trail));
}

/** A chain of which only the anchor block of the file is known. */
function chainOf({ anchorBlock }: RegistrationInput): ChainView | null {
  if (anchorBlock === null) return null;
  const { chainId, registry, blockNumber, blockHash: hash } = anchorBlock;
  return {
    chainId,
    registry,
    head: blockNumber + 1n,
    blockSeconds: 0n,
    maxAnchorBlocks: 1n,
    blockHash: (number) => (number === blockNumber ? hash : null),
  };
}

function registrationVerdict(input: RegistrationInput, settings: InputSettings): InputVerdict {
  const calldata = transcodeRegistration(input.calldata);
  if (isRefusal(calldata)) {
    const trail = newTrail();
    trail.enter(["calldata.selector", "calldata.canonical"]);
    return verdictOf(trail, calldata, {});
  }
  const intelRoot = input.intelRoot ?? settings.trust.intelRoot;
  const trust = { ...settings.trust, intelRoot };
  const { now } = settings;
  const trail = newTrail();
  const tdxCollateral = judgedCollateral(input.collateral, { intelRoot, now }, trail);
  if (isRefusal(tdxCollateral)) return verdictOf(trail, tdxCollateral, {});
  const context = { now, trust, tdxCollateral, chain: chainOf(input) };
  const { verdict, error, checks, claims } = verifyCalldata(calldata, context, trail);
  if (claims === null) return { verdict, error, checks, claims: {} };
  const acceptance = acceptanceOf(claims, settings.now, settings.floor, settings.golden);
  return { verdict, error, checks, claims: registrationClaims(claims), acceptance };
}

function judge(input: EvidenceInput, settings: InputSettings): InputVerdict {
  if (input.kind === "tdx-quote") return tdxVerdict(input, settings);
  if (input.kind === "tpm-quote") return tpmVerdict(input, settings);
  if (input.kind === "azure-hcl") return azureVerdict(input, settings);
  if (input.kind === "zk-proof") return proofVerdict(input);
  if (input.kind === "registration") return registrationVerdict(input, settings);
  const refusal = refuse("tee.report-type-unsupported", `no verifier for ${input.kind}`);
  return verdictOf(newTrail(), refusal, {});
}

/** Judges what a file parsed to. A refusal of the parser is a verdict too. */
export function verifyInput(input: EvidenceInput | Refusal, settings: InputSettings): InputVerdict {
  if (isRefusal(input)) return verdictOf(newTrail(), input, {});
  const verdict = judge(input, settings);
  const roots = ownRootsOf(input, settings.trust);
  return roots === null ? verdict : { ...verdict, checks: underOwnRoots(verdict.checks), roots };
}
