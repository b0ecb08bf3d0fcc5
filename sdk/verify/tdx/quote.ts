// Judges an Intel TDX quote: structure, PCK chain to Intel's root, revocation, quoting enclave, signature, security
// attributes, TCB status (protocol §6, specs/tdx.md §5–§7). Which status is good enough is policy, not judged here.
import { concat, isEqual, keccak256, sha256, toHex } from "../../evidence/bytes.ts";
import type { Certificate } from "../../evidence/certificate.ts";
import type { QeIdentity } from "../../evidence/qe-identity.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { isTdxCompact, readTdxCompact } from "../../evidence/tdx-compact.ts";
import type { TcbInfo, TdxModule } from "../../evidence/tcb-info.ts";
import { readTdxQuote } from "../../evidence/tdx-quote.ts";
import type { TdStatement, TdxBody } from "../../evidence/tdx-quote.ts";
import { isP256Signature } from "../signature.ts";
import { conclude, newTrail } from "../verdict.ts";
import type { Report } from "../verdict.ts";
import { checkDates } from "./chain.ts";
import { earliest } from "./collateral.ts";
import type { JudgedTdxCollateral } from "./collateral.ts";
import { judgeHost, judgeRevocation } from "./host.ts";
import type { Host, TdxEvidence, TdxTrust } from "./host.ts";
import { tdxMeasurement } from "./measurement.ts";
import { tdxScopeOf } from "./scopes.ts";
import { checkModuleSigner, judgeTcb, moduleOf } from "./tcb.ts";
import type { PlatformSvns, TcbVerdict } from "./tcb.ts";

export interface TdxClaims extends TcbVerdict {
  readonly statementId: Uint8Array;
  readonly teeMeasurement: Uint8Array;
  /** The same with rtmr3 read as zero: it holds a per-boot value where `pcrReportId` is the sole binding. */
  readonly legacyTeeMeasurement: Uint8Array;
  readonly platformId: Uint8Array;
  readonly reportData: Uint8Array;
  readonly rtmr3: Uint8Array;
  /** Unix seconds: the earliest end of the collateral and of the quote's certificates. */
  readonly validUntil: bigint;
  readonly collateralValidUntil: bigint;
  /** The lower one of TCB info and QE identity. */
  readonly tcbEvaluationDataNumber: number;
  readonly fmspc: Uint8Array;
  readonly ppid: Uint8Array | null;
  readonly quote: TdStatement;
  readonly host: Host;
  readonly svns: PlatformSvns;
}

/** A quote in any of its forms. */
function readEvidence(bytes: Uint8Array): TdxEvidence | Refusal {
  if (isTdxCompact(bytes)) return readTdxCompact(bytes);
  const quote = readTdxQuote(bytes);
  return isRefusal(quote) ? quote : { ...quote, form: "raw" };
}

type QeEvidence = Exclude<TdxEvidence, { readonly form: "known-host" }>;

/** The QE report is signed by the platform and names the attestation key. */
function checkQeReport(evidence: QeEvidence, pck: Certificate): Refusal | null {
  const { qeReport, qeReportSignature, attestationKey, qeAuthData } = evidence;
  const isSigned = pck.key.type === "p256" && isP256Signature(qeReport, qeReportSignature, pck.key.bytes);
  if (!isSigned) return refuse("tdx.qe-signature", "QE report is not signed by the PCK key");
  // SGX report: report_data at 320; the quoting enclave puts the hash in its first half and zeros in the second.
  const expected = concat(sha256(attestationKey, qeAuthData), new Uint8Array(32));
  return isEqual(qeReport.subarray(320, 384), expected)
    ? null
    : refuse("tdx.qe-report-data", "QE report names another attestation key");
}

const masked = (bytes: Uint8Array, mask: Uint8Array) => bytes.map((byte, at) => byte & mask[at]!);
const u16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

/** Whether the enclave is Intel's TD quoting enclave: SGX report, miscselect 16, attributes 48, mrsigner 128. */
function checkQeIdentity(qeReport: Uint8Array, identity: QeIdentity): Refusal | null {
  const miscSelect = qeReport.subarray(16, 20);
  if (!isEqual(masked(miscSelect, identity.miscSelectMask), identity.miscSelect))
    return refuse("tdx.qe-miscselect", `QE's MISCSELECT is ${toHex(miscSelect)}`);
  const attributes = qeReport.subarray(48, 64);
  if (!isEqual(masked(attributes, identity.attributesMask), identity.attributes))
    return refuse("tdx.qe-attributes", `QE's attributes are ${toHex(attributes)}`);
  const mrSigner = qeReport.subarray(128, 160);
  if (!isEqual(mrSigner, identity.mrSigner))
    return refuse("tdx.qe-mrsigner", `QE's MRSIGNER is ${toHex(mrSigner)}`);
  const product = u16(qeReport, 256);
  return product === identity.isvProdId ? null : refuse("tdx.qe-product", `QE's product is ${product}`);
}

/** ISVSVN of the quoting enclave, once its report and identity hold. */
function judgeQe(evidence: TdxEvidence, host: Host, identity: QeIdentity): number | Refusal {
  if (evidence.form === "known-host") return evidence.host.qeIsvSvn;
  const { qeReport } = evidence;
  return checkQeReport(evidence, host.pck!) ?? checkQeIdentity(qeReport, identity) ?? u16(qeReport, 258);
}

// TD attributes (Intel TDX Module ABI, TD_ATTRIBUTES): 7:0 put the TD under test or debug; of the rest only
// SEPT_VE_DISABLE 28, PKS 30, KL 31 and PERFMON 63 may be set. MIGRATABLE 29 lets the TD leave the platform.
const debugBit = 1n;
const untrustedBits = 0xfen;
const migratableBit = 1n << 29n;
const allowedBits = (1n << 28n) | (1n << 30n) | (1n << 31n) | (1n << 63n);

/** Of any TD, however its report was proven. */
export function checkAttributes({ tdAttributes, seamAttributes }: TdxBody): Refusal | null {
  const shown = `0x${tdAttributes.toString(16)}`;
  if ((tdAttributes & debugBit) !== 0n) return refuse("tdx.debug", `TD attributes are ${shown}`);
  if ((tdAttributes & untrustedBits) !== 0n)
    return refuse("tdx.untrusted-attributes", `TD attributes are ${shown}`);
  if ((tdAttributes & migratableBit) !== 0n) return refuse("tdx.migratable", `TD attributes are ${shown}`);
  if ((tdAttributes & ~allowedBits) !== 0n)
    return refuse("tdx.reserved-attributes", `TD attributes are ${shown}`);
  return seamAttributes === 0n
    ? null
    : refuse("tdx.seam-attributes", `TDX module attributes are 0x${seamAttributes.toString(16)}`);
}

/** A quote that an unrevoked platform of Intel's made, whatever its TCB level. */
export interface GenuineQuote {
  readonly statement: TdStatement;
  readonly host: Host;
  readonly svns: PlatformSvns;
  readonly collateral: JudgedTdxCollateral;
}

/** Everything of a quote but its TCB. */
export function judgeGenuineQuote(bytes: Uint8Array, trust: TdxTrust): GenuineQuote | Refusal {
  const evidence = readEvidence(bytes);
  if (isRefusal(evidence)) return evidence;
  const host = judgeHost(evidence, trust);
  if (isRefusal(host)) return host;
  const collateral = judgeRevocation(host, trust);
  if (isRefusal(collateral)) return collateral;
  const qeIsvSvn = judgeQe(evidence, host, collateral.qeIdentity);
  if (isRefusal(qeIsvSvn)) return qeIsvSvn;
  const { version, signed, body, bodyBytes, signature, attestationKey } = evidence;
  if (!isP256Signature(signed, signature, attestationKey))
    return refuse("tdx.signature", "quote is not signed by the attestation key");
  const refusal = checkAttributes(body);
  if (refusal !== null) return refusal;
  const { componentSvns, pceSvn } = host;
  const svns = { componentSvns, pceSvn, teeTcbSvn: body.teeTcbSvn, teeTcbSvn2: body.teeTcbSvn2, qeIsvSvn };
  return { statement: { version, signed, body, bodyBytes }, host, svns, collateral };
}

export const checkTcbInfoDates = ({ issueDate, nextUpdate }: TcbInfo, now: bigint): Refusal | null =>
  checkDates("tdx.tcb-info-dates", "TCB info", issueDate, nextUpdate, now);

/** The TDX module of a genuine quote, by the TCB info of its platform. */
export function judgeModule(genuine: GenuineQuote, now: bigint): TdxModule | Refusal {
  const { host, collateral, statement } = genuine;
  const { tcbInfo } = collateral;
  if (!isEqual(tcbInfo.fmspc, host.fmspc))
    return refuse("tdx.tcb-info-missing", `TCB info is not of FMSPC ${toHex(host.fmspc)}`);
  const refusal = checkTcbInfoDates(tcbInfo, now);
  if (refusal !== null) return refusal;
  if (!isEqual(tcbInfo.pceId, host.pceId))
    return refuse("tdx.pce-id", `PCEID is ${toHex(host.pceId)}, TCB info's ${toHex(tcbInfo.pceId)}`);
  const module = moduleOf(tcbInfo, statement.body.teeTcbSvn[1]!);
  if (isRefusal(module)) return module;
  return checkModuleSigner(module, statement.body.mrSignerSeam) ?? module;
}

/** What the quote says, or the check it fails. */
export function judgeTdxQuote(bytes: Uint8Array, trust: TdxTrust): TdxClaims | Refusal {
  const genuine = judgeGenuineQuote(bytes, trust);
  if (isRefusal(genuine)) return genuine;
  const module = judgeModule(genuine, trust.now);
  if (isRefusal(module)) return module;
  const { statement, host, svns, collateral } = genuine;
  const { tcbInfo, qeIdentity } = collateral;
  const tcb = judgeTcb(svns, tcbInfo, module, qeIdentity);
  if (isRefusal(tcb)) return tcb;
  const { body, bodyBytes } = statement;
  const numbers = [tcbInfo, qeIdentity].map((document) => document.tcbEvaluationDataNumber);
  return {
    ...tcb,
    statementId: keccak256(bodyBytes),
    teeMeasurement: tdxMeasurement(body, body.rtmr3),
    legacyTeeMeasurement: tdxMeasurement(body, new Uint8Array(48)),
    platformId: host.platformId,
    reportData: body.reportData,
    rtmr3: body.rtmr3,
    validUntil: earliest(collateral.validUntil, host.notAfter),
    collateralValidUntil: collateral.validUntil,
    tcbEvaluationDataNumber: Math.min(...numbers),
    fmspc: host.fmspc,
    ppid: host.ppid,
    quote: statement,
    host,
    svns,
  };
}

/** Judges a quote and reports every check. */
export function verifyTdxQuote(quote: Uint8Array, trust: TdxTrust): Report<TdxClaims> {
  const trail = newTrail();
  trail.enter(tdxScopeOf(quote));
  return conclude(trail, judgeTdxQuote(quote, trust));
}
