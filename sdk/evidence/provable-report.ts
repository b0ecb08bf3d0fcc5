// `teeAttestationReport` of a registration that is still to be proved: report type SP1 or RiscZero, and in place of the proof
// what a program has to read. An agent that is asked without `zk_config` gives it so; nothing that it signs depends on the
// proof, so whoever has one puts it in. No registry takes this form.
//
//   TDX  the raw quote, which begins 0400 or 0500
//   SNP  ff10 ‖ report 1184 ‖ length 2, big-endian ‖ VEK certificate, DER (architecture §4)
import { concat, fromHex, isEqual, toBigInt, uint } from "./bytes.ts";
import { decodeAttestCvm } from "./calldata.ts";
import { readProofReport } from "./proof-report.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { reportTypes, teeTypes } from "./registration.ts";
import type { Registration } from "./registration.ts";
import { snpReportLength } from "./snp-report.ts";

export interface ProvableQuote {
  readonly tee: typeof teeTypes.intelTdx;
  readonly quote: Uint8Array;
}

export interface ProvableSnpReport {
  readonly tee: typeof teeTypes.amdSevSnp;
  /** 1184 bytes. */
  readonly report: Uint8Array;
  /** DER of the VCEK or VLEK certificate. */
  readonly vek: Uint8Array;
}

export type ProvableReport = ProvableQuote | ProvableSnpReport;

const snpMark = fromHex("ff10");
const quoteMarks = [fromHex("0400"), fromHex("0500")];
const lengthSize = 2;
const vekStart = snpMark.length + snpReportLength + lengthSize;

export function encodeProvableSnpReport({
  report,
  vek,
}: Pick<ProvableSnpReport, "report" | "vek">): Uint8Array {
  return concat(snpMark, report, uint(vek.length, lengthSize), vek);
}

function readProvableSnpReport(bytes: Uint8Array): ProvableSnpReport | Refusal {
  const vek = bytes.subarray(vekStart);
  const length = bytes.subarray(vekStart - lengthSize, vekStart);
  const isWhole = vek.length > 0 && toBigInt(length) === BigInt(vek.length);
  return isWhole
    ? { tee: teeTypes.amdSevSnp, report: bytes.subarray(snpMark.length, vekStart - lengthSize), vek }
    : refuse(
        "snp.length",
        `${bytes.length} bytes are not ff10, a report, a length and as many of a certificate`,
      );
}

/** Null for what is no evidence to be proved: a registration without proof, or one that has it. */
export function readProvableReport(registration: Registration): ProvableReport | Refusal | null {
  const { tee, reportType, teeAttestationReport: bytes } = registration;
  const isOfProofs = reportType === reportTypes.sp1 || reportType === reportTypes.riscZero;
  // A program's id may begin like a quote; what is a whole proof report is one.
  if (!isOfProofs || !isRefusal(readProofReport(bytes))) return null;
  const mark = bytes.subarray(0, snpMark.length);
  if (tee === teeTypes.amdSevSnp) return isEqual(mark, snpMark) ? readProvableSnpReport(bytes) : null;
  const isQuote = tee === teeTypes.intelTdx && quoteMarks.some((each) => isEqual(mark, each));
  return isQuote ? { tee, quote: bytes } : null;
}

/** Whether calldata of `attestCvm` is evidence that is still to be proved, well formed or not. */
export function isProvableCalldata(calldata: Uint8Array): boolean {
  const registration = decodeAttestCvm(calldata);
  return !("check" in registration) && readProvableReport(registration) !== null;
}
