// Writes TDX quotes of version 4: TD report, signed by an attestation key, which a quoting enclave's report names,
// which the PCK key signs. All signatures are real. Integers are little-endian (Intel DCAP quote format v4).
import { sign, type KeyObject } from "node:crypto";
import { ascii, concat, fromHex, sha256, uint } from "../../../sdk/evidence/bytes.ts";

const le = (value: number, length: number): Uint8Array => uint(value, length).reverse();

const intelVendorId = fromHex("939a7233f79c4ca9940a0db3957f0607");
const teeTypeTdx = 0x81;
const keyTypeP256 = 2;
const certificationQeReport = 6;
const certificationPemChain = 5;

/** MRSIGNER, product id and attributes of Intel's TD quoting enclave (all published TD_QE identities agree). */
const tdQe = {
  mrSigner: fromHex("dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5"),
  isvProdId: 2,
  isvSvn: 6,
  attributes: fromHex("1500000000000000e700000000000000"),
} as const;

export interface TdReport {
  readonly teeTcbSvn: Uint8Array;
  readonly mrSeam: Uint8Array;
  readonly tdAttributes: Uint8Array;
  readonly xfam: Uint8Array;
  readonly mrTd: Uint8Array;
  /** Four of 48 bytes. */
  readonly rtmrs: readonly Uint8Array[];
  readonly reportData: Uint8Array;
}

/** TD report body 1.0, 584 bytes. mrSignerSeam, seamAttributes, mrConfigId and the owners are zero. */
export function tdReportBody(report: TdReport): Uint8Array {
  return concat(
    report.teeTcbSvn,
    report.mrSeam,
    new Uint8Array(48 + 8),
    report.tdAttributes,
    report.xfam,
    report.mrTd,
    new Uint8Array(3 * 48),
    ...report.rtmrs,
    report.reportData,
  );
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
}

const signed = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }));

/** SGX report of the quoting enclave, 384 bytes; report data names the attestation key. */
function qeReport({ cpuSvn, attestationPublic, authData }: QuotingEnclave): Uint8Array {
  return concat(
    cpuSvn,
    new Uint8Array(4 + 28), // miscSelect, reserved
    tdQe.attributes,
    sha256(ascii("cvm-registry simulator TD_QE")), // mrEnclave
    new Uint8Array(32),
    tdQe.mrSigner,
    new Uint8Array(96),
    le(tdQe.isvProdId, 2),
    le(tdQe.isvSvn, 2),
    new Uint8Array(60),
    sha256(attestationPublic, authData),
    new Uint8Array(32),
  );
}

/** The exact quote, without the zero padding that some hosts deliver behind it. */
export function buildTdxQuote(body: Uint8Array, qe: QuotingEnclave): Uint8Array {
  const header = concat(
    le(4, 2),
    le(keyTypeP256, 2),
    le(teeTypeTdx, 4),
    new Uint8Array(4), // QE and PCE SVN, zero in TDX quotes
    intelVendorId,
    new Uint8Array(20), // user data
  );
  const report = qeReport(qe);
  const chain = ascii(qe.pckChain);
  const certification = concat(
    report,
    signed(qe.pckKey, report),
    le(qe.authData.length, 2),
    qe.authData,
    le(certificationPemChain, 2),
    le(chain.length, 4),
    chain,
  );
  const signatureData = concat(
    signed(qe.attestationKey, concat(header, body)),
    qe.attestationPublic,
    le(certificationQeReport, 2),
    le(certification.length, 4),
    certification,
  );
  return concat(header, body, le(signatureData.length, 4), signatureData);
}
