// Judges an Intel TDX quote: structure, PCK chain to Intel's root, quoting enclave, signature, security attributes
// (protocol §6). TCB status stays unset in this version: TCB info, CRLs and QE identity are not looked at.
import type { CheckId } from "../checks.ts";
import { platformId } from "../evidence/binding.ts";
import { concat, isEqual, keccak256, sha256 } from "../evidence/bytes.ts";
import { readCertificate } from "../evidence/certificate.ts";
import type { Certificate } from "../evidence/certificate.ts";
import { keyUsages } from "../evidence/certificate-extensions.ts";
import { readPckExtension } from "../evidence/pck-extension.ts";
import type { PckExtension } from "../evidence/pck-extension.ts";
import { readPemChain } from "../evidence/pem.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { readTdxQuote } from "../evidence/tdx-quote.ts";
import type { TdxBody, TdxQuote } from "../evidence/tdx-quote.ts";
import { isP256Signature, isSignedBy } from "./signature.ts";
import { conclude, newTrail } from "./verdict.ts";
import type { Report } from "./verdict.ts";

export interface TdxTrust {
  /** Intel SGX Root CA public key, x‖y (64 bytes). */
  readonly intelRoot: Uint8Array;
  /** Unix seconds. */
  readonly now: bigint;
}

export interface TdxClaims {
  readonly statementId: Uint8Array;
  readonly teeMeasurement: Uint8Array;
  /** The same with rtmr3 read as zero: it holds a per-boot value where `pcrReportId` is the sole binding. */
  readonly legacyTeeMeasurement: Uint8Array;
  readonly platformId: Uint8Array;
  readonly reportData: Uint8Array;
  readonly rtmr3: Uint8Array;
  /** Unix seconds: the earliest notAfter of root, intermediate and PCK certificate. */
  readonly validUntil: bigint;
  /** Unset. */
  readonly tcbStatus: 0;
  readonly fmspc: Uint8Array;
  readonly ppid: Uint8Array;
  readonly quote: TdxQuote;
  readonly pck: PckExtension;
}

export const x509Scope = [
  "x509.der",
  "x509.signature-algorithm",
  "x509.key",
  "x509.critical-extension",
] as const satisfies readonly CheckId[];

/** Every check of a TDX quote, in order. */
export const tdxScope = [
  "tdx.length",
  "tdx.version",
  "tdx.key-type",
  "tdx.tee-type",
  "tdx.qe-vendor",
  "tdx.body-type",
  "tdx.signature-length",
  "tdx.certification-type",
  "tdx.padding",
  "tdx.pck-chain",
  ...x509Scope,
  "tdx.root",
  "tdx.intermediate",
  "tdx.intermediate-dates",
  "tdx.pck-issuer",
  "tdx.pck-subject",
  "tdx.pck-signature",
  "tdx.pck-dates",
  "tdx.pck-extension",
  "tdx.qe-signature",
  "tdx.qe-report-data",
  "tdx.signature",
  "tdx.debug",
  "tdx.untrusted-attributes",
  "tdx.migratable",
  "tdx.reserved-attributes",
  "tdx.seam-attributes",
] as const satisfies readonly CheckId[];

/** Checks of collateral, which this version does not make: the TCB status stays unset. */
export const tcbScope = [
  "tdx.root-crl-missing",
  "tdx.pck-crl-missing",
  "tdx.qe-identity-missing",
  "tdx.tcb-info-missing",
  "tdx.tcb-level",
] as const satisfies readonly CheckId[];
export const tcbSkipped = "collateral is not judged by this version";

interface PckChain {
  readonly leaf: Certificate;
  readonly intermediate: Certificate;
  readonly root: Certificate;
}

function readPckChain(pem: Uint8Array): PckChain | Refusal {
  const ders = readPemChain(pem);
  if (isRefusal(ders)) return ders;
  if (ders.length !== 3) return refuse("tdx.pck-chain", `PEM chain has ${ders.length} certificates`);
  const certificates: Certificate[] = [];
  for (const der of ders) {
    const certificate = readCertificate(der);
    if (isRefusal(certificate)) return certificate;
    certificates.push(certificate);
  }
  const [leaf, intermediate, root] = certificates as [Certificate, Certificate, Certificate];
  return { leaf, intermediate, root };
}

const isInDate = ({ notBefore, notAfter }: Certificate, now: bigint) => notBefore <= now && now <= notAfter;

const dates = (check: CheckId, { commonName, notBefore, notAfter }: Certificate) =>
  refuse(check, `${commonName ?? "certificate"} holds from ${notBefore} to ${notAfter}`);

function checkAuthorities({ intermediate, root }: PckChain, trust: TdxTrust): Refusal | null {
  const isRoot =
    root.key.type === "p256" &&
    isEqual(root.key.bytes, trust.intelRoot) &&
    isEqual(root.issuer, root.subject) &&
    isSignedBy(root, root.key);
  if (!isRoot) return refuse("tdx.root", "root is not the pinned one or does not sign itself");
  const isIntermediate =
    intermediate.key.type === "p256" &&
    isEqual(intermediate.issuer, root.subject) &&
    isSignedBy(intermediate, root.key) &&
    intermediate.isCa &&
    ((intermediate.keyUsage ?? 0) & keyUsages.keyCertSign) !== 0;
  if (!isIntermediate) return refuse("tdx.intermediate", "intermediate is no CA of the root");
  for (const certificate of [intermediate, root])
    if (!isInDate(certificate, trust.now)) return dates("tdx.intermediate-dates", certificate);
  return null;
}

function checkLeaf({ leaf, intermediate }: PckChain, now: bigint): Refusal | null {
  if (!isEqual(leaf.issuer, intermediate.subject))
    return refuse("tdx.pck-issuer", "PCK certificate names another issuer");
  if (leaf.commonName !== "Intel SGX PCK Certificate" || leaf.isCa)
    return refuse("tdx.pck-subject", `subject is ${leaf.commonName ?? "unnamed"}, CA ${leaf.isCa}`);
  if (!isSignedBy(leaf, intermediate.key))
    return refuse("tdx.pck-signature", "PCK certificate is not signed by the intermediate");
  return isInDate(leaf, now) ? null : dates("tdx.pck-dates", leaf);
}

function checkSignatures(quote: TdxQuote, pck: Certificate): Refusal | null {
  const isQeSigned =
    pck.key.type === "p256" &&
    isP256Signature(sha256(quote.qeReport), quote.qeReportSignature, pck.key.bytes);
  if (!isQeSigned) return refuse("tdx.qe-signature", "QE report is not signed by the PCK key");
  // SGX report: report_data at 320; the quoting enclave puts the hash in its first half and zeros in the second.
  const reportData = quote.qeReport.subarray(320, 384);
  const expected = concat(sha256(quote.attestationKey, quote.qeAuthData), new Uint8Array(32));
  if (!isEqual(reportData, expected))
    return refuse("tdx.qe-report-data", "QE report names another attestation key");
  return isP256Signature(sha256(quote.signed), quote.signature, quote.attestationKey)
    ? null
    : refuse("tdx.signature", "quote is not signed by the attestation key");
}

// TD attributes (Intel TDX Module ABI, TD_ATTRIBUTES): 7:0 put the TD under test or debug; of the rest only
// SEPT_VE_DISABLE 28, PKS 30, KL 31 and PERFMON 63 may be set. MIGRATABLE 29 lets the TD leave the platform.
const debugBit = 1n;
const untrustedBits = 0xfen;
const migratableBit = 1n << 29n;
const allowedBits = (1n << 28n) | (1n << 30n) | (1n << 31n) | (1n << 63n);

function checkAttributes({ tdAttributes, seamAttributes }: TdxBody): Refusal | null {
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

/** Protocol §6, with `rtmr3` as given. */
export function tdxMeasurement(body: TdxBody, rtmr3: Uint8Array): Uint8Array {
  return keccak256(
    body.mrTd,
    body.rtmr0,
    body.rtmr1,
    body.rtmr2,
    rtmr3,
    body.tdAttributesBytes,
    body.xfamBytes,
    body.mrConfigId,
    body.mrOwner,
    body.mrOwnerConfig,
    body.mrServiceTd,
  );
}

const earliest = (...times: bigint[]) => times.reduce((a, b) => (a < b ? a : b));

/** What the quote says, or the check it fails. */
export function judgeTdxQuote(bytes: Uint8Array, trust: TdxTrust): TdxClaims | Refusal {
  const quote = readTdxQuote(bytes);
  if (isRefusal(quote)) return quote;
  const chain = readPckChain(quote.pckChain);
  if (isRefusal(chain)) return chain;
  const authorities = checkAuthorities(chain, trust) ?? checkLeaf(chain, trust.now);
  if (authorities !== null) return authorities;
  const pck = readPckExtension(chain.leaf);
  if (isRefusal(pck)) return pck;
  const refusal = checkSignatures(quote, chain.leaf) ?? checkAttributes(quote.body);
  if (refusal !== null) return refusal;
  const { body, bodyBytes } = quote;
  return {
    statementId: keccak256(bodyBytes),
    teeMeasurement: tdxMeasurement(body, body.rtmr3),
    legacyTeeMeasurement: tdxMeasurement(body, new Uint8Array(48)),
    platformId: platformId(1, 0, pck.ppid),
    reportData: body.reportData,
    rtmr3: body.rtmr3,
    validUntil: earliest(chain.root.notAfter, chain.intermediate.notAfter, chain.leaf.notAfter),
    tcbStatus: 0,
    fmspc: pck.fmspc,
    ppid: pck.ppid,
    quote,
    pck,
  };
}

/** Judges a quote and reports every check. */
export function verifyTdxQuote(quote: Uint8Array, trust: TdxTrust): Report<TdxClaims> {
  const trail = newTrail();
  trail.enter(tdxScope);
  trail.skip(tcbScope, tcbSkipped);
  return conclude(trail, judgeTdxQuote(quote, trust));
}
