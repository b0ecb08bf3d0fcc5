// Verifies a re-attestation of the TPM half the way the registry does: same checks, same order, same ids, and what
// the record becomes (protocol §9, row `reattestCvmWithTpm`).
import type { CheckId } from "../checks.ts";
import { measurementHash } from "../evidence/binding.ts";
import { isEqual, sha256, toHex } from "../evidence/bytes.ts";
import { decodeReattestCvm } from "../evidence/calldata.ts";
import { reattestMessage } from "../evidence/message.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { keyProtections, pcrTrusts } from "../evidence/registration.ts";
import type { AnchorBlock, Reattestation } from "../evidence/registration.ts";
import { readAk } from "./ak.ts";
import { emptyRegistry } from "./context.ts";
import type { HeldRecord, RegistrationContext, RegistryState } from "./context.ts";
import { judgeRecord, recordScope } from "./record.ts";
import { acceptanceOfRecord, calldataScope } from "./registration.ts";
import type { Acceptance } from "./registration.ts";
import { identityKey, identityScope } from "./request.ts";
import { isP256Signature } from "./signature.ts";
import { keyProtectionOf, pcrTrustOf } from "./tee-binding.ts";
import { endWith, evidenceTime, judgeNaming, judgeTpm } from "./tpm-evidence.ts";
import type { Naming, TpmHalf } from "./tpm-evidence.ts";
import { conclude, newTrail } from "./verdict.ts";
import type { Report, Trail } from "./verdict.ts";

export const reattestationScope = [
  "binding.report-id",
  "reattestation.unanchored",
  "reattestation.ak",
  "reattestation.signature",
  "reattestation.suspended",
  "reattestation.tee-validity",
  "reattestation.platform-revoked",
  "reattestation.class-epoch",
  "reattestation.measurement",
] as const satisfies readonly CheckId[];

export interface ReattestationClaims {
  /** The identity that holds the record afterwards. */
  readonly identityHash: Uint8Array;
  /** The identity that a rotation retires, null where the key stays the same. */
  readonly retired: Uint8Array | null;
  /** Whether an operator of the current identity is that of `identityHash` afterwards. */
  readonly keepsOperator: boolean;
  readonly akId: Uint8Array;
  /** x‖y (64 bytes) or n (256 bytes). */
  readonly akPublic: Uint8Array;
  readonly teeMeasurement: Uint8Array;
  readonly pcrMeasurement: Uint8Array;
  readonly selectionHash: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly certifiedName: Uint8Array;
  readonly quoteSha256: Uint8Array;
  readonly anchorBlock: bigint;
  /** What the record becomes. */
  readonly record: HeldRecord;
}

export interface ReattestationReport extends Report<ReattestationClaims> {
  /** Null when the re-attestation was rejected. */
  readonly acceptance: Acceptance | null;
}

// The anchor names no TEE statement.
const noStatement = new Uint8Array(32);
// reportId then names the recorded teeMeasurement.
const teeMeasurementLength = 32;

/** Everything that was read and proven of a re-attestation before the record is asked. */
interface Reading {
  readonly reattestation: Reattestation;
  readonly recorded: HeldRecord;
  /** x‖y of the identity that the quote names. */
  readonly key: Uint8Array;
  readonly half: TpmHalf;
  readonly naming: Naming;
}

function read(
  reattestation: Reattestation,
  context: RegistrationContext,
  registry: RegistryState,
  trail: Trail,
): Reading | Refusal {
  const { cvmIdentityHash: current, workloadCollaterals } = reattestation;
  trail.enter(["reattestation.registered"]);
  const recorded = registry.recordOf(current);
  if (recorded === null || !recorded.isRegistered)
    return refuse("reattestation.registered", `identity ${toHex(current)} is not live`);
  trail.enter(identityScope);
  const key = identityKey(workloadCollaterals.cvmIdentity);
  if (isRefusal(key)) return key;
  const { cloud, tee, reportType } = recorded;
  const subject = { cloud, tee, reportType, workloadCollaterals };
  const ak = readAk(subject, context, trail);
  if (isRefusal(ak)) return ak;
  const half = judgeTpm(reattestation, ak, key, trail);
  if (isRefusal(half)) return half;
  const naming = judgeNaming(subject, half, noStatement, context, trail);
  return isRefusal(naming) ? naming : { reattestation, recorded, key, half, naming };
}

/** The anchor's block, when the record's own AK quoted and the current key signed for the quote. */
function judgeOrigin({ reattestation, recorded, half, naming }: Reading): AnchorBlock | Refusal {
  const { signature, workloadCollaterals: wc } = reattestation;
  if (wc.reportId.length !== teeMeasurementLength)
    return refuse("binding.report-id", `reportId has ${wc.reportId.length} bytes`);
  const { block } = naming;
  if (block === null) return refuse("reattestation.unanchored", "the quote carries no anchor");
  if (!isEqual(half.ak.akId.subarray(0, recorded.akKey.length), recorded.akKey))
    return refuse("reattestation.ak", `the quote is by AK ${toHex(half.ak.akId)}`);
  const message = reattestMessage(block.chainId, block.registry, recorded.nonce, sha256(wc.tpmQuote));
  return isP256Signature(message, signature, recorded.identityKey)
    ? block
    : refuse("reattestation.signature", `not by the current key with nonce ${recorded.nonce} for this quote`);
}

/** Only a TEE half that counts now can be kept. */
function judgeTeeHalf(recorded: HeldRecord, now: bigint): Refusal | null {
  if (recorded.isSuspended) return refuse("reattestation.suspended", "the record is suspended");
  const [byTtl, byEvidence] = [recorded.teeTime + recorded.teeTtl, recorded.validUntil];
  const end = byEvidence < byTtl ? byEvidence : byTtl;
  if (now >= end) return refuse("reattestation.tee-validity", `the TEE half ended at ${end}, it is ${now}`);
  if (recorded.isPlatformRevoked)
    return refuse("reattestation.platform-revoked", `platform ${toHex(recorded.platformId)} is revoked`);
  return recorded.isClassEpochCurrent
    ? null
    : refuse("reattestation.class-epoch", `the class was re-opened after epoch ${recorded.classEpoch}`);
}

/** The measurement hash as it would be with this trust, by the TEE measurement that reportId names. */
function measurementWith(pcrTrust: number, { reattestation, recorded, half }: Reading): Uint8Array {
  const { cloud, tee } = recorded;
  const teeMeasurement = reattestation.workloadCollaterals.reportId;
  const { pcrMeasurement } = half.quote;
  return measurementHash({ cloud, tee, pcrTrust, teeMeasurement, pcrMeasurement });
}

/** The TPM half rated anew beside the TEE half as recorded. */
function renew(
  reading: Reading,
  block: AnchorBlock,
  context: RegistrationContext,
): Omit<HeldRecord, "recordedBlock" | "nonce"> {
  const { reattestation, recorded, half, naming, key } = reading;
  const { ak, quote, certified } = half;
  const pcrTrust = pcrTrustOf(recorded.cloud, ak);
  // Without a certification the same key is held as it was, unless nobody vouches for the PCRs any more.
  const isKept =
    certified === null &&
    pcrTrust !== pcrTrusts.none &&
    isEqual(naming.identityHash, reattestation.cvmIdentityHash);
  const keyProtection = isKept
    ? recorded.assurance.keyProtection
    : keyProtectionOf(certified, pcrTrust, quote);
  const time = evidenceTime(context, block);
  return {
    ...recorded,
    identityKey: key,
    assurance: {
      ...recorded.assurance,
      tpmFresh: true,
      pcrTrust,
      keyProtection,
      akCertified: naming.akCertified,
    },
    measurementHash: measurementWith(pcrTrust, reading),
    tpmTime: time > recorded.tpmTime ? time : recorded.tpmTime,
    validUntil: endWith(ak.trust, recorded.validUntil),
  };
}

function judge(
  reattestation: Reattestation,
  context: RegistrationContext,
  trail: Trail,
): ReattestationClaims | Refusal {
  const registry = context.registry ?? emptyRegistry;
  const reading = read(reattestation, context, registry, trail);
  if (isRefusal(reading)) return reading;
  const { recorded, half, naming, key: identityKey } = reading;
  const { workloadCollaterals: wc, cvmIdentityHash: current } = reattestation;

  trail.enter(reattestationScope);
  const block = judgeOrigin(reading);
  if (isRefusal(block)) return block;
  const ended = judgeTeeHalf(recorded, context.now);
  if (ended !== null) return ended;
  const computed = measurementWith(recorded.assurance.pcrTrust, reading);
  if (!isEqual(computed, recorded.measurementHash))
    return refuse(
      "reattestation.measurement",
      `evidence gives ${toHex(computed)}, recorded is ${toHex(recorded.measurementHash)}`,
    );
  const renewed = renew(reading, block, context);
  const { keyProtection } = renewed.assurance;

  trail.enter(recordScope);
  const { identityHash } = naming;
  const { akId } = half.ak;
  const anchorBlock = block.blockNumber;
  const record = { akId, identityHash, identityKey, keyProtection, anchorBlock, mayRespell: false };
  const refusal = judgeRecord(record, registry);
  if (refusal !== null) return refusal;
  const isRotation = !isEqual(identityHash, current);
  // A signature of the same identity uses its nonce up; another goes on from its own, which is never reset.
  const nonce = isRotation ? (registry.recordOf(identityHash)?.nonce ?? 0n) : recorded.nonce + 1n;
  const { pcrMeasurement, selectionHash } = half.quote;
  const { requestHash, certifiedName } = naming;
  return {
    identityHash,
    retired: isRotation ? current : null,
    keepsOperator: !isRotation || keyProtection >= keyProtections.tpm,
    akId,
    akPublic: half.ak.key.bytes,
    teeMeasurement: wc.reportId,
    pcrMeasurement,
    selectionHash,
    requestHash,
    certifiedName,
    quoteSha256: sha256(wc.tpmQuote),
    anchorBlock,
    // An anchor was judged, so there is a chain.
    record: { ...renewed, recordedBlock: context.chain!.head, nonce },
  };
}

function reportOf(
  trail: Trail,
  outcome: ReattestationClaims | Refusal,
  context: RegistrationContext,
): ReattestationReport {
  const acceptance = isRefusal(outcome) ? null : acceptanceOfRecord(outcome.record, context.now);
  return { ...conclude(trail, outcome), acceptance };
}

/** Judges a re-attestation completely against the record that `context.registry` holds. Never throws on evidence. */
export function verifyReattestation(
  reattestation: Reattestation,
  context: RegistrationContext,
): ReattestationReport {
  const trail = newTrail();
  return reportOf(trail, judge(reattestation, context, trail), context);
}

/** The same from `reattestCvmWithTpm` calldata. */
export function verifyReattestCalldata(
  calldata: Uint8Array,
  context: RegistrationContext,
): ReattestationReport {
  const trail = newTrail();
  trail.enter(calldataScope);
  const reattestation = decodeReattestCvm(calldata);
  const outcome =
    "check" in reattestation
      ? refuse(reattestation.check, "calldata is not reattestCvmWithTpm in its canonical encoding")
      : judge(reattestation, context, trail);
  return reportOf(trail, outcome, context);
}
