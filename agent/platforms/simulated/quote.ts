// Writes TDX quotes of version 4 and 5: TD report, signed by an attestation key, which a quoting enclave's report
// names, which the PCK key signs. All signatures are real. Integers are little-endian (Intel DCAP quote format).
import type { KeyObject } from "node:crypto";
import { ascii, concat, fromHex, sha256, uint } from "../../../sdk/evidence/bytes.ts";
import { signP256 } from "./p256.ts";
import { tdQe } from "./tcb.ts";

const le = (value: number, length: number): Uint8Array => uint(value, length).reverse();

const intelVendorId = fromHex("939a7233f79c4ca9940a0db3957f0607");
const teeTypeTdx = 0x81;
const keyTypeP256 = 2;
const certificationQeReport = 6;
const certificationPemChain = 5;
const report10 = { bodyType: 2, length: 584 } as const;
const report15 = { bodyType: 3, length: 648 } as const;

export interface TdReport {
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly tdAttributes: Uint8Array;
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  /** Four of 48 bytes. */
  readonly rtmrs: readonly Uint8Array[];
  readonly reportData: Uint8Array;
  /** Zero when left out, as in the field: signer and attributes of the module, then what the owner may set. */
  readonly mrSignerSeam?: Uint8Array;
  readonly seamAttributes?: Uint8Array;
  readonly mrConfigId?: Uint8Array;
  readonly mrOwner?: Uint8Array;
  readonly mrOwnerConfig?: Uint8Array;
  /** What makes it a TD report 1.5. */
  readonly td15?: { readonly teeTcbSvn2: Uint8Array; readonly mrServiceTd: Uint8Array };
}

/** TD report body: 1.0 of 584 bytes, or 1.5 of 648. */
export function tdReportBody(report: TdReport): Uint8Array {
  return concat(
    report.teeTcbSvn,
    report.mrSeam,
    report.mrSignerSeam ?? new Uint8Array(48),
    report.seamAttributes ?? new Uint8Array(8),
    report.tdAttributes,
    report.xfam,
    report.mrTd,
    report.mrConfigId ?? new Uint8Array(48),
    report.mrOwner ?? new Uint8Array(48),
    report.mrOwnerConfig ?? new Uint8Array(48),
    ...report.rtmrs,
    report.reportData,
    ...(report.td15 === undefined ? [] : [report.td15.teeTcbSvn2, report.td15.mrServiceTd]),
  );
}

/** What the quoting enclave says of itself; report data names the attestation key. */
export interface QeReport {
  readonly cpuSvn: Uint8Array;
  /** 4 bytes as they lie in memory. */
  readonly miscSelect: Uint8Array;
  readonly attributes: Uint8Array;
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly isvSvn: number;
  /** 64 bytes; default: the hash of key and authentication data, then zeros. */
  readonly reportData?: Uint8Array;
}

export interface QuotingEnclave {
  readonly attestationKey: KeyObject;
  /** x‖y. */
  readonly attestationPublic: Uint8Array;
  readonly cpuSvn: Uint8Array;
  /** 32 bytes; 00 01 … 1f on DCAP hosts, zeros at Google. */
  readonly authData: Uint8Array;
  readonly pckKey: KeyObject;
  /** PEM: PCK, Platform CA, root. */
  readonly pckChain: string;
  /** What is not Intel's TD quoting enclave in its report, for tests. */
  readonly report?: Partial<QeReport>;
}

/** SGX report, 384 bytes. */
function qeReport({ cpuSvn, attestationPublic, authData, report }: QuotingEnclave): Uint8Array {
  const fields: QeReport = { cpuSvn, ...tdQe, ...report };
  return concat(
    fields.cpuSvn,
    fields.miscSelect,
    new Uint8Array(28),
    fields.attributes,
    sha256(ascii("cvm-registry simulator TD_QE")), // mrEnclave
    new Uint8Array(32),
    fields.mrSigner,
    new Uint8Array(96),
    le(fields.isvProdId, 2),
    le(fields.isvSvn, 2),
    new Uint8Array(60),
    fields.reportData ?? concat(sha256(attestationPublic, authData), new Uint8Array(32)),
  );
}

/** Version 5 says which body follows; version 4 knows one only. */
function headerOf(version: 4 | 5, body: Uint8Array): Uint8Array {
  const kind = [report10, report15].find(({ length }) => length === body.length);
  if (kind === undefined || (version === 4 && kind !== report10))
    throw new RangeError(`quote version ${version} has no TD report of ${body.length} bytes`);
  const header = concat(
    le(version, 2),
    le(keyTypeP256, 2),
    le(teeTypeTdx, 4),
    new Uint8Array(4), // QE and PCE SVN, zero in TDX quotes
    intelVendorId,
    new Uint8Array(20), // user data
  );
  return version === 4 ? header : concat(header, le(kind.bodyType, 2), le(kind.length, 4));
}

/** The exact quote, without the zero padding that some hosts deliver behind it. */
export function buildTdxQuote(body: Uint8Array, qe: QuotingEnclave, version: 4 | 5 = 4): Uint8Array {
  const signed = concat(headerOf(version, body), body);
  const report = qeReport(qe);
  const chain = ascii(qe.pckChain);
  const certification = concat(
    report,
    signP256(qe.pckKey, report),
    le(qe.authData.length, 2),
    qe.authData,
    le(certificationPemChain, 2),
    le(chain.length, 4),
    chain,
  );
  const signatureData = concat(
    signP256(qe.attestationKey, signed),
    qe.attestationPublic,
    le(certificationQeReport, 2),
    le(certification.length, 4),
    certification,
  );
  return concat(signed, le(signatureData.length, 4), signatureData);
}
