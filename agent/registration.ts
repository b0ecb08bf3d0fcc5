// Collects the evidence of a registration (protocol §3–§5, §11) in its one safe order: certification of the identity
// key, request, TEE report that names AK and request, then the quote whose anchor names that very TEE report.
import {
  akIdOf,
  anchor,
  azureTeeMeasurement,
  extraData,
  measurementHash,
  pcrMeasurement,
  reportData,
  requestHash,
  selectionHash,
} from "../sdk/evidence/binding.ts";
import { isEqual, keccak256, sha256 } from "../sdk/evidence/bytes.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import {
  cloudTypes,
  pcrTrusts,
  type AnchorBlock,
  type KeyCertification,
  type MeasureablePcr,
  type Registration,
} from "../sdk/evidence/registration.ts";
import { readRuntimeClaims } from "../sdk/evidence/runtime-claims.ts";
import { readTdxQuote, type TdxQuote } from "../sdk/evidence/tdx-quote.ts";
import { readQuoteAttest } from "../sdk/evidence/tpm-attest.ts";
import { tdxMeasurement } from "../sdk/verify/tdx/index.ts";
import type { Identity } from "./identity/identity.ts";
import type { Platform, TeeStatement } from "./platforms/platform.ts";
import type { Attestation } from "./tpm/tpm.ts";

export interface RegistrationRequest {
  /** TeeReportType of protocol §1. */
  readonly reportType: number;
  /** Null: the walkthrough's un-anchored form, which the default floor of applications refuses. */
  readonly block: AnchorBlock | null;
}

/** A PCR was extended while its quote was made; the next attempt reads the new values. */
const maxQuoteAttempts = 3;

/** Our own platform broke its word: nothing a caller could mend. */
function parsed<T>(value: T, what: string): Exclude<T, { check: unknown }> {
  if (isRefusal(value)) throw new Error(`${what} of this platform is malformed: ${value.detail}`);
  return value as Exclude<T, { check: unknown }>;
}

const tdxQuoteOf = (report: Uint8Array): TdxQuote => parsed(readTdxQuote(report), "the TDX quote");

/** Hosts deliver quotes in zero-padded buffers; padding would be paid for as calldata. */
const signedPart = (report: Uint8Array): Uint8Array => {
  const { signed } = tdxQuoteOf(report);
  const length = new DataView(report.buffer, report.byteOffset).getUint32(signed.length, true);
  return report.subarray(0, signed.length + 4 + length);
};

/** Every quoted PCR is measured by value. */
export const selectionOf = (platform: Platform) =>
  platform.measuredPcrs.map((index) => ({ index, measureEventsIdx: [], measurePcr: true }));

async function readMeasuredPcrs(platform: Platform): Promise<MeasureablePcr[]> {
  const values = await platform.tpm.pcrRead(platform.measuredPcrs);
  return selectionOf(platform).map((selected) => ({
    ...selected,
    pcr: values.get(selected.index)!,
    allEvents: [],
  }));
}

interface QuotedPcrs {
  readonly quote: Attestation;
  readonly pcrs: readonly MeasureablePcr[];
}

export async function quotePcrs(platform: Platform, qualifyingData: Uint8Array): Promise<QuotedPcrs> {
  for (let attempt = 1; attempt <= maxQuoteAttempts; attempt++) {
    const pcrs = await readMeasuredPcrs(platform);
    const quote = await platform.tpm.quote(platform.ak, qualifyingData, platform.measuredPcrs);
    const { pcrDigest } = parsed(readQuoteAttest(quote.attest), "the TPM quote");
    if (isEqual(pcrDigest, sha256(...pcrs.map(({ pcr }) => pcr)))) return { quote, pcrs };
  }
  throw new Error("PCRs keep changing while they are quoted");
}

export async function certifyIdentity(platform: Platform, identity: Identity): Promise<KeyCertification> {
  // Without qualifying data, which would be read by nobody: the quote names the key certified (protocol §5).
  const nothing = new Uint8Array(0);
  const { attest, signature } = await platform.tpm.certify(platform.ak, identity.key, nothing);
  return { tpmtPublic: identity.key.tpmtPublic, attest, signature };
}

export const isAkCertified = (platform: Platform): boolean => platform.akCertificates.length > 0;

function akPublicOf(platform: Platform, statement: TeeStatement): Uint8Array {
  if (platform.cloud === cloudTypes.azure) return statement.runtimeClaims!;
  return isAkCertified(platform) ? new Uint8Array(0) : platform.ak.publicKey;
}

/** Evidence for `attestCvm`, with the identity key certified. */
export async function collectRegistration(
  platform: Platform,
  identity: Identity,
  { reportType, block }: RegistrationRequest,
): Promise<Registration> {
  const certification = await certifyIdentity(platform, identity);
  const request = requestHash({
    cloud: platform.cloud,
    tee: platform.tee,
    reportType,
    selectionHash: selectionHash(selectionOf(platform)),
    certifiedName: identity.key.name.subarray(2),
    akCertified: isAkCertified(platform),
  });
  const akId = akIdOf(platform.ak.publicKey);
  const statement = await platform.teeStatement(
    reportData(akId, identity.hash, block, block === null ? null : request),
  );
  const statementId = keccak256(tdxQuoteOf(statement.report).bodyBytes);
  const anchorBytes = block === null ? null : anchor(block, request, statementId);
  const { quote, pcrs } = await quotePcrs(platform, extraData(identity.hash, anchorBytes));
  return {
    cloud: platform.cloud,
    tee: platform.tee,
    reportType,
    teeAttestationReport: signedPart(statement.report),
    workloadCollaterals: {
      tpmQuote: quote.attest,
      tpmSignature: quote.signature,
      pcrs,
      reportId: new Uint8Array(0),
      akPub: akPublicOf(platform, statement),
      certs: platform.akCertificates,
      cvmIdentity: identity.cvmIdentity,
    },
    certification,
  };
}

function pcrTrustOf(platform: Platform): number {
  if (!isAkCertified(platform)) return pcrTrusts.none;
  return platform.cloud === cloudTypes.azure ? pcrTrusts.tee : pcrTrusts.host;
}

/** `measurementHash` of protocol §7 as the registry will compute it from anchored evidence of now. */
export async function goldenMeasurement(platform: Platform): Promise<Uint8Array> {
  const { report, runtimeClaims } = await platform.teeStatement(new Uint8Array(64));
  const { body } = tdxQuoteOf(report);
  const inner = tdxMeasurement(body, body.rtmr3);
  const teeMeasurement =
    runtimeClaims === null
      ? inner
      : azureTeeMeasurement(
          inner,
          keccak256(parsed(readRuntimeClaims(runtimeClaims), "the claims").vmConfiguration),
        );
  return measurementHash({
    cloud: platform.cloud,
    tee: platform.tee,
    pcrTrust: pcrTrustOf(platform),
    teeMeasurement,
    pcrMeasurement: pcrMeasurement(await readMeasuredPcrs(platform)),
  });
}
