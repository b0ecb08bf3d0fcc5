// Verifies a registration the way the registry does: same checks, same order, same ids (protocol §1–§9).
import { decodeAttestCvm } from "../evidence/calldata.ts";
import type { Registration } from "../evidence/registration.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { RegistrationContext } from "./context.ts";
import { conclude, newTrail } from "./verdict.ts";
import type { Report, Trail } from "./verdict.ts";

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

function judge(
  _registration: Registration,
  _context: RegistrationContext,
  _trail: Trail,
): RegistrationClaims | Refusal {
  return refuse("tee.report-type-unsupported", "the verifier is not finished");
}

/** Judges a registration completely. Never throws on evidence. */
export function verifyRegistration(
  registration: Registration,
  context: RegistrationContext,
): RegistrationReport {
  const trail = newTrail();
  return { ...conclude(trail, judge(registration, context, trail)), acceptance: null };
}

/** The same from `attestCvm` calldata. */
export function verifyCalldata(calldata: Uint8Array, context: RegistrationContext): RegistrationReport {
  const registration = decodeAttestCvm(calldata);
  if (!("check" in registration)) return verifyRegistration(registration, context);
  const trail = newTrail();
  trail.enter(["calldata.selector", "calldata.canonical"]);
  const refusal = refuse(registration.check, "calldata is not attestCvm in its canonical encoding");
  return { ...conclude<RegistrationClaims>(trail, refusal), acceptance: null };
}
void isRefusal;
