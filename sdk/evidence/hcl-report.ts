// Azure's HCL attestation report (NV index 0x01400001 of the vTPM): the TEE report that the paravisor asked for, and the
// runtime claims whose hash it put there. Header and lengths are covered by nothing, so they are read as the one form
// that Azure writes and everything else is refused. Little-endian.
//
//      0   4  "HCLA"
//      4   4  version 1 or 2
//      8   4  a size that no two firmwares agree on: not read
//     12   4  request type 2
//     16  16  status and reserved: not read
//     32 1184 SNP report, or TDREPORT (1024) and zeros
//   1216   4  20 + length of the claims
//   1220   4  version of the request data: 1. Version 2 inserts four bytes before the claims, whose hash still fits.
//   1224   4  kind of the report: 2 SNP, 4 TDX
//   1228   4  hash of the claims: 1, SHA-256
//   1232   4  length of the claims
//   1236   n  runtime claims, then zeros to the end of the NV index
// (openvmm, igvm_attest; OpenHCL's reports of 2023 to 2026.)
import { isEqual } from "./bytes.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { teeTypes } from "./registration.ts";

export interface HclReport {
  /** A TEEType. */
  readonly tee: number;
  /** SNP report (1184 bytes) or TDREPORT (1024). */
  readonly teeReport: Uint8Array;
  /** The claims' exact bytes. */
  readonly runtimeClaims: Uint8Array;
}

const signature = Uint8Array.of(0x48, 0x43, 0x4c, 0x41);
const reportAt = 32;
const snpLength = 1184;
export const tdReportLength = 1024;
const requestAt = reportAt + snpLength;
const claimsAt = requestAt + 20;
const reportKinds: ReadonlyMap<number, number> = new Map([
  [2, teeTypes.amdSevSnp],
  [4, teeTypes.intelTdx],
]);

const malformed = (detail: string): Refusal => refuse("azure.hcl", detail);
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

export function readHclReport(blob: Uint8Array): HclReport | Refusal {
  if (blob.length < claimsAt) return malformed(`HCL report has ${blob.length} bytes`);
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const u32 = (at: number): number => view.getUint32(at, true);
  if (!isEqual(blob.subarray(0, 4), signature)) return malformed("HCL report does not begin with HCLA");
  if (u32(4) !== 1 && u32(4) !== 2) return malformed(`HCL report is of version ${u32(4)}`);
  if (u32(12) !== 2) return malformed(`HCL report is of request type ${u32(12)}`);
  if (u32(requestAt + 4) !== 1)
    return malformed(`request data is of version ${u32(requestAt + 4)}, due is 1`);
  const tee = reportKinds.get(u32(requestAt + 8));
  if (tee === undefined) return malformed(`report is of kind ${u32(requestAt + 8)}, neither SNP nor TDX`);
  if (u32(requestAt + 12) !== 1) return malformed(`claims are hashed by ${u32(requestAt + 12)}, due is 1`);
  const length = u32(requestAt + 16);
  if (u32(requestAt) !== 20 + length)
    return malformed(`request data of ${u32(requestAt)} bytes holds claims of ${length}`);
  const end = claimsAt + length;
  if (end > blob.length) return malformed(`claims of ${length} bytes end behind the report`);
  if (!isZero(blob.subarray(end))) return malformed("what follows the claims is not zero");
  const room = blob.subarray(reportAt, requestAt);
  const teeReport = tee === teeTypes.intelTdx ? room.subarray(0, tdReportLength) : room;
  if (!isZero(room.subarray(teeReport.length))) return malformed("what follows the TDREPORT is not zero");
  return { tee, teeReport, runtimeClaims: blob.subarray(claimsAt, end) };
}

/** The 64 bytes in which a TEE report of this length names the claims, or the refusal of another length. */
export function reportDataOf(teeReport: Uint8Array): Uint8Array | Refusal {
  // Intel TDX Module ABI, REPORTMACSTRUCT: REPORTDATA at 128. AMD 56860, ATTESTATION_REPORT: REPORT_DATA at 0x50.
  if (teeReport.length === tdReportLength) return teeReport.subarray(128, 192);
  if (teeReport.length === snpLength) return teeReport.subarray(0x50, 0x90);
  return malformed(`a TEE report of ${teeReport.length} bytes is neither TDREPORT nor SNP report`);
}

/**
 * Whether a TD quote's body says what a TDREPORT says: TDINFO_STRUCT from attributes to RTMR3 stands in both as it is,
 * at 512 and at 120, and so does report data.
 */
export function isReportOfQuote(tdReport: Uint8Array, body: Uint8Array): boolean {
  const reportData = reportDataOf(tdReport);
  return (
    !isRefusal(reportData) &&
    isEqual(tdReport.subarray(512, 912), body.subarray(120, 520)) &&
    isEqual(reportData, body.subarray(520, 584))
  );
}
