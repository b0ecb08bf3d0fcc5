// Verifies a registration the way the registry does: same checks, same order, same ids (protocol §1–§9).
import { azureTeeMeasurement, measurementHash } from "../evidence/binding.ts";
import { keccak256 } from "../evidence/bytes.ts";
import { decodeAttestCvm } from "../evidence/calldata.ts";
import type { Registration } from "../evidence/registration.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { resolveAk } from "./ak.ts";
import type { AttestationKey } from "./ak.ts";
import { defaultSupportedReports, emptyRegistry } from "./context.ts";
import type { AkRecord, RegistrationContext } from "./context.ts";
import { defaultFloor, defaultTtls, failedPolicies } from "./policy.ts";
import type { Floor, PolicyRecord } from "./policy.ts";
import { judgeRecord, recordScope } from "./record.ts";
import { judgeRequest, requestScope } from "./request.ts";
import { bindingScope, judgeBinding, keyProtectionOf, pcrTrustOf } from "./tee-binding.ts";
import type { BindingFlags } from "./tee-binding.ts";
import { judgeTeeReport } from "./tee.ts";
import type { JudgeTee, TeeClaims } from "./tee.ts";
import { endWith, evidenceTime, judgeNaming, judgeTpm } from "./tpm-evidence.ts";
import type { TpmHalf } from "./tpm-evidence.ts";
import { conclude, newTrail } from "./verdict.ts";
import type { Report, Scope, Trail } from "./verdict.ts";

/** Checks that precede everything when calldata is given. */
export const calldataScope: Scope = ["calldata.selector", "calldata.canonical"];

/** How strong the evidence is (protocol §8); numbers as in protocol §13. */
export interface Assurance {
  readonly teeFresh: boolean;
  readonly tpmFresh: boolean;
  readonly teeNamesAk: boolean;
  readonly quoteNamesTee: boolean;
  readonly runtimeClaims: boolean;
  readonly pcrReportId: boolean;
  readonly pcrTrust: number;
  readonly keyProtection: number;
  readonly akCertified: boolean;
  readonly tcbStatus: number;
  readonly keyType: number;
  readonly product: number;
}

export interface RegistrationClaims {
  readonly cloud: number;
  readonly tee: number;
  readonly reportType: number;
  readonly identityHash: Uint8Array;
  readonly akId: Uint8Array;
  /** x‖y (64 bytes) or n (256 bytes). */
  readonly akPublic: Uint8Array;
  readonly measurementHash: Uint8Array;
  readonly teeMeasurement: Uint8Array;
  readonly pcrMeasurement: Uint8Array;
  readonly selectionHash: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly certifiedName: Uint8Array;
  readonly statementId: Uint8Array;
  readonly assurance: Assurance;
  /** 32 zero bytes where the platform does not show itself. */
  readonly platformId: Uint8Array;
  /** Unix seconds. */
  readonly teeTime: bigint;
  readonly tpmTime: bigint;
  readonly validUntil: bigint;
  /** Bit i is set when PCR i is measured by value. */
  readonly measuredPcrs: number;
  /** Block of the anchor, null for un-anchored evidence. */
  readonly anchorBlock: bigint | null;
}

/** Whether the default floor of protocol §10 would admit the record; never a reason to refuse recording it. */
export interface Acceptance {
  readonly accepted: boolean;
  readonly failed: readonly string[];
}

export interface RegistrationReport extends Report<RegistrationClaims> {
  /** Null when the registration was rejected. */
  readonly acceptance: Acceptance | null;
}

/** Measurement of the TEE as it enters the measurement hash (protocol §6). */
function teeMeasurementOf(tee: TeeClaims, ak: AttestationKey, flags: BindingFlags): Uint8Array {
  const isLegacy = flags.pcrReportId && !flags.teeNamesAk && !flags.quoteNamesTee && !flags.runtimeClaims;
  const inner = isLegacy ? tee.legacyTeeMeasurement : tee.teeMeasurement;
  return ak.runtimeClaims === null
    ? inner
    : azureTeeMeasurement(inner, keccak256(ak.runtimeClaims.vmConfiguration));
}

interface Halves extends TpmHalf {
  readonly tee: TeeClaims;
}

/** The TEE report, the AK, the quote and the certification, each by itself. */
function judgeHalves(
  registration: Registration,
  key: Uint8Array,
  context: RegistrationContext,
  trail: Trail,
  judgeTee: JudgeTee,
): Halves | Refusal {
  const tee = judgeTee(registration, context, trail);
  if (isRefusal(tee)) return tee;
  const ak = resolveAk(registration, tee.reportData, context, trail);
  if (isRefusal(ak)) return ak;
  const half = judgeTpm(registration, ak, key, trail);
  return isRefusal(half) ? half : { tee, ...half };
}

interface Times {
  readonly teeTime: bigint;
  readonly tpmTime: bigint;
}

/** Evidence time never lowers a recorded time (protocol §3, §9). */
function timesOf(time: bigint, isTeeFresh: boolean, recorded: AkRecord | null): Times {
  if (recorded === null) return { teeTime: time, tpmTime: time };
  const later = (before: bigint) => (time > before ? time : before);
  return {
    teeTime: isTeeFresh ? later(recorded.teeTime) : recorded.teeTime,
    tpmTime: later(recorded.tpmTime),
  };
}

function judge(
  registration: Registration,
  context: RegistrationContext,
  trail: Trail,
  judgeTee: JudgeTee = judgeTeeReport,
): RegistrationClaims | Refusal {
  const { cloud, tee: teeType, reportType } = registration;
  trail.enter(requestScope);
  const key = judgeRequest(registration, context.supportedReports ?? defaultSupportedReports);
  if (isRefusal(key)) return key;
  const halves = judgeHalves(registration, key, context, trail, judgeTee);
  if (isRefusal(halves)) return halves;
  const { tee, ak, quote, certified } = halves;

  const naming = judgeNaming(registration, halves, tee.statementId, context, trail);
  if (isRefusal(naming)) return naming;
  const { identityHash, block, requestHash, certifiedName, akCertified } = naming;

  trail.enter(bindingScope);
  const binding = { registration, tee, ak, quote, identityHash, block, requestHash };
  const flags = judgeBinding(binding);
  if (isRefusal(flags)) return flags;
  const pcrTrust = pcrTrustOf(cloud, ak);
  const keyProtection = keyProtectionOf(certified, pcrTrust, quote);
  const anchorBlock = block?.blockNumber ?? null;

  trail.enter(recordScope);
  const registry = context.registry ?? emptyRegistry;
  const { akId } = ak;
  const record = { akId, identityHash, identityKey: key, keyProtection, anchorBlock, mayRespell: true };
  const refusal = judgeRecord(record, registry);
  if (refusal !== null) return refusal;

  const tpmFresh = block !== null;
  const teeFresh = tpmFresh && flags.teeNamesAk;
  const teeMeasurement = teeMeasurementOf(tee, ak, flags);
  const { pcrMeasurement } = quote;
  const { statementId, platformId, tcbStatus, keyType, product } = tee;
  const measured = { cloud, tee: teeType, pcrTrust, teeMeasurement, pcrMeasurement };
  return {
    cloud,
    tee: teeType,
    reportType,
    identityHash,
    akId,
    akPublic: ak.key.bytes,
    measurementHash: measurementHash(measured),
    teeMeasurement,
    pcrMeasurement,
    selectionHash: quote.selectionHash,
    requestHash,
    certifiedName,
    statementId,
    assurance: {
      teeFresh,
      tpmFresh,
      ...flags,
      pcrTrust,
      keyProtection,
      akCertified,
      tcbStatus,
      keyType,
      product,
    },
    platformId,
    ...timesOf(evidenceTime(context, block), teeFresh, registry.recordOfAk(akId)),
    validUntil: endWith(ak.trust, tee.validUntil),
    measuredPcrs: quote.measuredPcrs,
    anchorBlock,
  };
}

/** Whether a floor admits a record. */
export function acceptanceOfRecord(
  record: PolicyRecord,
  now: bigint,
  floor: Floor = defaultFloor,
  golden: readonly string[] | null = null,
): Acceptance {
  const failed = failedPolicies(record, floor, now, golden);
  return { accepted: failed.length === 0, failed };
}

/** Whether a floor admits these claims, as a record made of them now would be looked at. */
export function acceptanceOf(
  claims: RegistrationClaims,
  now: bigint,
  floor?: Floor,
  golden?: readonly string[] | null,
): Acceptance {
  const record = {
    ...claims,
    isRegistered: true,
    isSuspended: false,
    isPlatformRevoked: false,
    isClassEpochCurrent: true,
    teeTtl: defaultTtls.tee,
    tpmTtl: defaultTtls.tpm,
  };
  return acceptanceOfRecord(record, now, floor, golden);
}

function reportOf(
  trail: Trail,
  outcome: RegistrationClaims | Refusal,
  context: RegistrationContext,
): RegistrationReport {
  const acceptance = isRefusal(outcome) ? null : acceptanceOf(outcome, context.now);
  return { ...conclude(trail, outcome), acceptance };
}

/** Judges a registration completely. Never throws on evidence. */
export function verifyRegistration(
  registration: Registration,
  context: RegistrationContext,
): RegistrationReport {
  const trail = newTrail();
  return reportOf(trail, judge(registration, context, trail), context);
}

/**
 * The same from `attestCvm` calldata. `trail` may hold what was checked before; `judgeTee` is another than the registry's for
 * evidence that no registry takes as it is.
 */
export function verifyCalldata(
  calldata: Uint8Array,
  context: RegistrationContext,
  trail: Trail = newTrail(),
  judgeTee?: JudgeTee,
): RegistrationReport {
  trail.enter(calldataScope);
  const registration = decodeAttestCvm(calldata);
  const outcome =
    "check" in registration
      ? refuse(registration.check, "calldata is not attestCvm in its canonical encoding")
      : judge(registration, context, trail, judgeTee);
  return reportOf(trail, outcome, context);
}
