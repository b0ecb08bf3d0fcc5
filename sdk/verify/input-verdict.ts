// The verdict on an evidence file, as `cvm verify --json` prints it: plain values only, bytes in hex.
import type { CheckId } from "../checks.ts";
import { tpmName, readTpmPublic, objectAttributes } from "../evidence/tpm-public.ts";
import { isEqual, toHex } from "../evidence/bytes.ts";
import { readPublicKey } from "../evidence/certificate.ts";
import type { PublicKey } from "../evidence/certificate.ts";
import { replayEventLog } from "../evidence/event-log.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { tcbStatusNames } from "../evidence/tcb-levels.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";
import { transcodeRegistration } from "../evidence/transcode.ts";
import { akChainScope, judgeAkChain } from "./ak-certificates.ts";
import { registrationClaims, tdxClaims, tpmClaims } from "./claims-json.ts";
import type { JsonClaims } from "./claims-json.ts";
import type { ChainView, TrustRoots } from "./context.ts";
import type { AkSource, EvidenceInput, RegistrationInput, TdxQuoteInput, TpmQuoteInput } from "./input.ts";
import type { Floor } from "./policy.ts";
import { acceptanceOf, verifyCalldata } from "./registration.ts";
import type { Acceptance } from "./registration.ts";
import { collateralScope, judgeTdxCollateral, judgeTdxQuote, tdxScopeOf } from "./tdx/index.ts";
import type { CollateralTrust, JudgedTdxCollateral } from "./tdx/index.ts";
import { quoteScope, verifyQuote } from "./tpm.ts";
import { newTrail } from "./verdict.ts";
import type { CheckResult, Trail } from "./verdict.ts";

export interface InputSettings {
  /** Unix seconds. */
  readonly now: bigint;
  readonly trust: TrustRoots;
  readonly floor: Floor;
  /** Admitted measurement hashes (hex), or null when none are given. */
  readonly golden: readonly string[] | null;
}

export interface InputVerdict {
  readonly verdict: "accepted" | "rejected";
  readonly error: CheckId | null;
  readonly checks: readonly CheckResult[];
  readonly claims: JsonClaims;
  /** Registrations only. */
  readonly acceptance?: Acceptance;
}

function verdictOf(trail: Trail, refusal: Refusal | null, claims: JsonClaims): InputVerdict {
  return {
    verdict: refusal === null ? "accepted" : "rejected",
    error: refusal?.check ?? null,
    checks: trail.results(refusal),
    claims,
  };
}

/** Collateral is judged before the quote, as the steps that bring it to a chain come before. */
function judgedCollateral(
  collateral: TdxCollateral | null,
  trust: CollateralTrust,
  trail: Trail,
): JudgedTdxCollateral | null | Refusal {
  if (collateral === null) return null;
  trail.enter(collateralScope);
  return judgeTdxCollateral(collateral, trust);
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

/** Not cryptography but policy: the claims hold all the same. */
function checkTcbAccepted(tcbStatus: number, floor: Floor): Refusal | null {
  return floor.tcbStatuses.includes(tcbStatus)
    ? null
    : refuse("tdx.tcb-accepted", `TCB status is ${tcbStatusNames[tcbStatus] ?? tcbStatus}`);
}

export interface QuotingKey {
  readonly key: PublicKey;
  /** Known from TPMT_PUBLIC only. */
  readonly name: Uint8Array | null;
}

/** A restricted key signs nothing that the TPM did not make (TPM 2.0 Part 1 §25.1); others sign look-alikes. */
const akRequired =
  objectAttributes.restricted |
  objectAttributes.sign |
  objectAttributes.fixedTpm |
  objectAttributes.fixedParent |
  objectAttributes.sensitiveDataOrigin;

export function quotingKey(source: AkSource, settings: InputSettings, trail: Trail): QuotingKey | Refusal {
  if (source.form === "certificates") {
    trail.enter(akChainScope);
    const chain = judgeAkChain(source.certs, settings.trust, settings.now);
    return isRefusal(chain) ? chain : { key: chain.key, name: null };
  }
  trail.enter(source.form === "spki" ? ["ak.public"] : ["ak.public", "ak.attributes"]);
  if (source.form === "spki") {
    const key = readPublicKey(source.bytes);
    return isRefusal(key) ? refuse("ak.public", key.detail) : { key, name: null };
  }
  const ak = readTpmPublic(source.bytes);
  if (isRefusal(ak)) return refuse("ak.public", ak.detail);
  if ((ak.attributes & akRequired) !== akRequired || (ak.attributes & objectAttributes.decrypt) !== 0)
    return refuse("ak.attributes", `object attributes are 0x${ak.attributes.toString(16)}`);
  return { key: { type: ak.type, bytes: ak.bytes }, name: tpmName(source.bytes) };
}

/** The firmware log must give the quoted value of every PCR that it extends and that is quoted. */
function checkEventLog(log: Uint8Array, { pcrs }: TpmQuoteInput): Refusal | null {
  const replayed = replayEventLog(log);
  if (isRefusal(replayed)) return replayed;
  for (const { index, pcr } of pcrs) {
    const value = replayed.get(index);
    if (value !== undefined && !isEqual(value, pcr))
      return refuse("tpm.event-log", `PCR ${index}: log gives ${toHex(value)}`);
  }
  return null;
}

function tpmVerdict(input: TpmQuoteInput, settings: InputSettings): InputVerdict {
  const trail = newTrail();
  const ak = quotingKey(input.ak, settings, trail);
  if (isRefusal(ak)) return verdictOf(trail, ak, {});
  trail.enter(quoteScope);
  if (input.bank !== "sha256") return verdictOf(trail, refuse("tpm.bank", `bank is ${input.bank}`), {});
  const quote = verifyQuote(ak.key, input);
  if (isRefusal(quote)) return verdictOf(trail, quote, {});
  const claims = tpmClaims(quote, ak.name);
  if (input.nonce !== null) {
    trail.enter(["tpm.nonce"]);
    if (!isEqual(input.nonce, quote.extraData))
      return verdictOf(trail, refuse("tpm.nonce", `extraData is ${toHex(quote.extraData)}`), claims);
  }
  if (input.logs.eventLog === null) return verdictOf(trail, null, claims);
  trail.enter(["tpm.event-log"]);
  return verdictOf(trail, checkEventLog(input.logs.eventLog, input), claims);
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

/** Judges what a file parsed to. A refusal of the parser is a verdict too. */
export function verifyInput(input: EvidenceInput | Refusal, settings: InputSettings): InputVerdict {
  const trail = newTrail();
  if (isRefusal(input)) return verdictOf(trail, input, {});
  if (input.kind === "tdx-quote") return tdxVerdict(input, settings);
  if (input.kind === "tpm-quote") return tpmVerdict(input, settings);
  if (input.kind === "registration") return registrationVerdict(input, settings);
  return verdictOf(trail, refuse("tee.report-type-unsupported", `no verifier for ${input.kind}`), {});
}
