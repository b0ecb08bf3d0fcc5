// SEV-SNP attestation report (AMD 56860, ATTESTATION_REPORT). Little-endian; reads every field that a verdict rests on and
// judges none but the form.
//
//   0x000 version 4 · 0x004 guestSvn 4 · 0x008 policy 8 · 0x010 familyId 16 · 0x020 imageId 16 · 0x030 vmpl 4 ·
//   0x034 signatureAlgo 4 · 0x038 currentTcb 8 · 0x040 platformInfo 8 · 0x048 keyInfo 4 · 0x050 reportData 64 ·
//   0x090 measurement 48 · 0x0c0 hostData 32 · 0x0e0 idKeyDigest 48 · 0x110 authorKeyDigest 48 · 0x140 reportId 32 ·
//   0x160 reportIdMa 32 · 0x180 reportedTcb 8 · 0x188 family, model, stepping · 0x1a0 chipId 64 · 0x1e0 committedTcb 8 ·
//   0x1f0 launchTcb 8 · 0x2a0 signature: r 72, s 72, zero 368. Signed are bytes 0 to 0x2a0.
import { platformId } from "./binding.ts";
import { concat, isZero, keccak256, toBigInt } from "./bytes.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { teeTypes } from "./registration.ts";

export interface SnpReport {
  readonly version: number;
  readonly signed: Uint8Array;
  /** r‖s, 96 bytes, big-endian. */
  readonly signature: Uint8Array;
  readonly policy: bigint;
  readonly vmpl: number;
  /** Bit 1 MASK_CHIP_KEY, bits 4:2 SIGNING_KEY. */
  readonly keyInfo: number;
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly hostData: Uint8Array;
  readonly idKeyDigest: Uint8Array;
  readonly authorKeyDigest: Uint8Array;
  readonly familyId: Uint8Array;
  readonly imageId: Uint8Array;
  readonly reportId: Uint8Array;
  /** All 0xff: no migration agent. */
  readonly reportIdMa: Uint8Array;
  /** TCB_VERSION, 8 bytes each: one component a byte. */
  readonly currentTcb: Uint8Array;
  readonly reportedTcb: Uint8Array;
  readonly committedTcb: Uint8Array;
  readonly launchTcb: Uint8Array;
  /** CPUID family, model, stepping, 3 bytes; zero before version 3. */
  readonly cpu: Uint8Array;
  readonly chipId: Uint8Array;
  /** Three fields as they stand, for the measurement. */
  readonly policyBytes: Uint8Array;
  readonly vmplBytes: Uint8Array;
  readonly guestSvnBytes: Uint8Array;
}

/** Bytes of a report; later versions fill what was reserved. */
export const snpReportLength = 1184;
const signedLength = 0x2a0;
/** r and s of P-384 take 48 of their 72 bytes. */
const scalarLength = 48;
const scalarField = 72;
const ecdsaP384Sha384 = 1;
/** Layouts 2 to 5 are alike; version 2 does not say which CPU it is of. */
const versionsWithCpu: readonly number[] = [3, 4, 5];

const littleEndian = (bytes: Uint8Array): bigint => toBigInt(bytes.slice().reverse());

function checkForm(bytes: Uint8Array, versions: readonly number[]): Refusal | null {
  if (bytes.length !== snpReportLength)
    return refuse("snp.length", `SNP report has ${bytes.length} bytes, due are ${snpReportLength}`);
  const version = Number(littleEndian(bytes.subarray(0, 4)));
  if (!versions.includes(version))
    return refuse("snp.version", `SNP report is of version ${version}, due is one of ${versions.join(", ")}`);
  const algorithm = Number(littleEndian(bytes.subarray(0x34, 0x38)));
  if (algorithm !== ecdsaP384Sha384)
    return refuse("snp.signature-algorithm", `signature algorithm is ${algorithm}, due is 1`);
  const [s, rest] = [signedLength + scalarField, signedLength + 2 * scalarField];
  const isPadded =
    isZero(bytes.subarray(signedLength + scalarLength, s)) &&
    isZero(bytes.subarray(s + scalarLength, rest)) &&
    isZero(bytes.subarray(rest));
  return isPadded ? null : refuse("snp.padding", "bytes behind r, s or the signature are not zero");
}

/** Reads a report of one of the versions. */
export function readSnpReport(bytes: Uint8Array, versions = versionsWithCpu): SnpReport | Refusal {
  const refusal = checkForm(bytes, versions);
  if (refusal !== null) return refusal;
  const field = (at: number, length: number) => bytes.subarray(at, at + length);
  const scalar = (at: number) => bytes.slice(at, at + scalarLength).reverse();
  return {
    version: bytes[0]!,
    signed: field(0, signedLength),
    signature: concat(scalar(signedLength), scalar(signedLength + scalarField)),
    policy: littleEndian(field(0x08, 8)),
    vmpl: Number(littleEndian(field(0x30, 4))),
    keyInfo: Number(littleEndian(field(0x48, 4))),
    reportData: field(0x50, 64),
    measurement: field(0x90, 48),
    hostData: field(0xc0, 32),
    idKeyDigest: field(0xe0, 48),
    authorKeyDigest: field(0x110, 48),
    familyId: field(0x10, 16),
    imageId: field(0x20, 16),
    reportId: field(0x140, 32),
    reportIdMa: field(0x160, 32),
    currentTcb: field(0x38, 8),
    reportedTcb: field(0x180, 8),
    committedTcb: field(0x1e0, 8),
    launchTcb: field(0x1f0, 8),
    cpu: field(0x188, 3),
    chipId: field(0x1a0, 64),
    policyBytes: field(0x08, 8),
    vmplBytes: field(0x30, 4),
    guestSvnBytes: field(0x04, 4),
  };
}

/** What of a report enters the measurement (protocol §6), fields as in the report. */
export const snpMeasurement = (report: SnpReport): Uint8Array =>
  keccak256(
    report.measurement,
    report.policyBytes,
    report.vmplBytes,
    report.hostData,
    report.idKeyDigest,
    report.authorKeyDigest,
    report.familyId,
    report.imageId,
    report.guestSvnBytes,
  );

/** Of the chip that a report of a VCEK shows. */
export const snpPlatformId = ({ chipId }: SnpReport, product: number): Uint8Array =>
  platformId(teeTypes.amdSevSnp, product, chipId);
