// Judges what Intel says about TDX platforms, before any quote is looked at: issuer chains, CRLs, TCB info, QE
// identity, in that order; and Intel's list of evaluation numbers, which no quote needs. What comes out was signed
// under the pinned root and is in date.
import type { CheckId } from "../../checks.ts";
import { isEqual } from "../../evidence/bytes.ts";
import type { Certificate } from "../../evidence/certificate.ts";
import { readCertificateList, serialKey } from "../../evidence/certificate-list.ts";
import type { CertificateList } from "../../evidence/certificate-list.ts";
import { readEvaluationNumbers } from "../../evidence/evaluation-numbers.ts";
import type { EvaluationNumbers } from "../../evidence/evaluation-numbers.ts";
import { readQeIdentity } from "../../evidence/qe-identity.ts";
import type { QeIdentity } from "../../evidence/qe-identity.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { readTcbInfo } from "../../evidence/tcb-info.ts";
import type { TcbInfo } from "../../evidence/tcb-info.ts";
import type { TdxCollateral } from "../../evidence/tdx-collateral.ts";
import { isP256Signature } from "../signature.ts";
import {
  checkAuthorities,
  checkCertificateDates,
  checkDates,
  checkRoot,
  checkSigner,
  readChain,
} from "./chain.ts";

export interface CollateralTrust {
  /** Intel SGX Root CA public key, x‖y (64 bytes). */
  readonly intelRoot: Uint8Array;
  /** Unix seconds. */
  readonly now: bigint;
}

/** Collateral that passed every check; the only way to one is `judgeTdxCollateral` (remembered.ts). */
export interface JudgedTdxCollateral {
  readonly intermediate: Certificate;
  readonly root: Certificate;
  readonly tcbInfoSigner: Certificate;
  readonly qeIdentitySigner: Certificate;
  readonly rootCrl: CertificateList;
  readonly pckCrl: CertificateList;
  readonly tcbInfo: TcbInfo;
  readonly qeIdentity: QeIdentity;
  /** Unix seconds: the earliest end of any document and certificate above. */
  readonly validUntil: bigint;
}

interface Authorities {
  readonly intermediate: Certificate;
  readonly root: Certificate;
}

function judgeIssuers(pem: Uint8Array, trust: CollateralTrust): Authorities | Refusal {
  const chain = readChain(pem, 2);
  if (isRefusal(chain)) return chain;
  const [intermediate, root] = chain as [Certificate, Certificate];
  return checkAuthorities(intermediate, root, trust) ?? { intermediate, root };
}

interface Signer {
  readonly signer: Certificate;
  readonly root: Certificate;
}

/** `verified` is a root whose signature need not be checked again, if there is one. */
function judgeSigner(
  pem: Uint8Array,
  verified: Certificate | null,
  trust: CollateralTrust,
): Signer | Refusal {
  const chain = readChain(pem, 2, verified === null ? [] : [verified]);
  if (isRefusal(chain)) return chain;
  const [signer, root] = chain as [Certificate, Certificate];
  return (
    (verified !== null && isEqual(root.der, verified.der) ? null : checkRoot(root, trust.intelRoot)) ??
    checkSigner(signer, root) ??
    checkCertificateDates("tdx.signer-dates", signer, trust.now) ??
    checkCertificateDates("tdx.signer-dates", root, trust.now) ?? { signer, root }
  );
}

const isListSignedBy = ({ tbs, signature }: CertificateList, { key }: Certificate) =>
  isP256Signature(tbs, signature, key.bytes);

const unknownIssuer = refuse("tdx.crl-issuer", "CRL is not issued by the root or the intermediate given");
const wrongListSignature = refuse("tdx.crl-signature", "CRL is not signed by its issuer");

function judgeRootCrl(der: Uint8Array, root: Certificate, now: bigint): CertificateList | Refusal {
  const list = readCertificateList(der);
  if (isRefusal(list)) return list;
  if (!isEqual(list.issuer, root.subject)) return unknownIssuer;
  if (!isListSignedBy(list, root)) return wrongListSignature;
  return checkDates("tdx.root-crl-dates", "root CRL", list.thisUpdate, list.nextUpdate, now) ?? list;
}

export const isRevoked = (certificate: Certificate, list: CertificateList): boolean =>
  list.serials.has(serialKey(certificate.serial));

export function checkIntermediateRevoked(intermediate: Certificate, list: CertificateList): Refusal | null {
  return isRevoked(intermediate, list)
    ? refuse("tdx.intermediate-revoked", `root CRL revokes ${serialKey(intermediate.serial)}`)
    : null;
}

export function checkSignerRevoked(signer: Certificate, list: CertificateList): Refusal | null {
  return isRevoked(signer, list)
    ? refuse("tdx.signer-revoked", `root CRL revokes ${serialKey(signer.serial)}`)
    : null;
}

function judgePckCrl(
  der: Uint8Array,
  intermediate: Certificate,
  rootCrl: CertificateList,
  now: bigint,
): CertificateList | Refusal {
  const list = readCertificateList(der);
  if (isRefusal(list)) return list;
  if (!isEqual(list.issuer, intermediate.subject)) return unknownIssuer;
  const revoked = checkIntermediateRevoked(intermediate, rootCrl);
  if (revoked !== null) return revoked;
  if (!isListSignedBy(list, intermediate)) return wrongListSignature;
  return checkDates("tdx.pck-crl-dates", "PCK CRL", list.thisUpdate, list.nextUpdate, now) ?? list;
}

interface SignedDocument {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly signer: Certificate;
}

interface DocumentForm<Content> {
  readonly what: string;
  readonly signatureCheck: CheckId;
  readonly datesCheck: CheckId;
  readonly read: (bytes: Uint8Array) => Content | Refusal;
}

const tcbInfoForm: DocumentForm<TcbInfo> = {
  what: "TCB info",
  signatureCheck: "tdx.tcb-info-signature",
  datesCheck: "tdx.tcb-info-dates",
  read: readTcbInfo,
};
const qeIdentityForm: DocumentForm<QeIdentity> = {
  what: "QE identity",
  signatureCheck: "tdx.qe-identity-signature",
  datesCheck: "tdx.qe-identity-dates",
  read: readQeIdentity,
};
const evaluationNumbersForm: DocumentForm<EvaluationNumbers> = {
  what: "list of evaluation numbers",
  signatureCheck: "tdx.evaluation-numbers-signature",
  datesCheck: "tdx.evaluation-numbers-dates",
  read: readEvaluationNumbers,
};

/** The signature is over the bytes as they were sent; a document is never written anew. */
function judgeDocument<Content extends { readonly issueDate: bigint; readonly nextUpdate: bigint }>(
  { what, signatureCheck, datesCheck, read }: DocumentForm<Content>,
  { bytes, signature, signer }: SignedDocument,
  rootCrl: CertificateList,
  now: bigint,
): Content | Refusal {
  const revoked = checkSignerRevoked(signer, rootCrl);
  if (revoked !== null) return revoked;
  if (!isP256Signature(bytes, signature, signer.key.bytes))
    return refuse(signatureCheck, `${what} is not signed by its signer`);
  const content = read(bytes);
  if (isRefusal(content)) return content;
  return checkDates(datesCheck, what, content.issueDate, content.nextUpdate, now) ?? content;
}

export const earliest = (...times: bigint[]) => times.reduce((a, b) => (a < b ? a : b));

/** Something that holds for a time: which check refuses it outside, in the words of `checkDates`. */
export type Dated = readonly [check: CheckId, what: string, from: bigint, until: bigint];

const datedCertificate = (check: CheckId, { commonName, notBefore, notAfter }: Certificate): Dated => [
  check,
  commonName ?? "certificate",
  notBefore,
  notAfter,
];

export interface FullJudgement {
  readonly judged: JudgedTdxCollateral;
  /** Every date that was checked, in that order: what alone can refuse the same collateral at another time. */
  readonly dated: readonly Dated[];
}

/** The collateral as judged with every signature checked, or the first check it fails. */
export function judgeFully(collateral: TdxCollateral, trust: CollateralTrust): FullJudgement | Refusal {
  const { now } = trust;
  const issuers = judgeIssuers(collateral.pckCrlIssuerChain, trust);
  if (isRefusal(issuers)) return issuers;
  const infoSigner = judgeSigner(collateral.tcbInfoIssuerChain, issuers.root, trust);
  if (isRefusal(infoSigner)) return infoSigner;
  const isSameChain = isEqual(collateral.tcbInfoIssuerChain, collateral.qeIdentityIssuerChain);
  const qeSigner = isSameChain
    ? infoSigner
    : judgeSigner(collateral.qeIdentityIssuerChain, issuers.root, trust);
  if (isRefusal(qeSigner)) return qeSigner;
  const { intermediate, root } = issuers;
  const rootCrl = judgeRootCrl(collateral.rootCaCrl, root, now);
  if (isRefusal(rootCrl)) return rootCrl;
  const pckCrl = judgePckCrl(collateral.pckCrl, intermediate, rootCrl, now);
  if (isRefusal(pckCrl)) return pckCrl;
  const { tcbInfo: infoBytes, tcbInfoSignature, qeIdentity: qeBytes, qeIdentitySignature } = collateral;
  const infoDocument = { bytes: infoBytes, signature: tcbInfoSignature, signer: infoSigner.signer };
  const tcbInfo = judgeDocument(tcbInfoForm, infoDocument, rootCrl, now);
  if (isRefusal(tcbInfo)) return tcbInfo;
  const qeDocument = { bytes: qeBytes, signature: qeIdentitySignature, signer: qeSigner.signer };
  const qeIdentity = judgeDocument(qeIdentityForm, qeDocument, rootCrl, now);
  if (isRefusal(qeIdentity)) return qeIdentity;
  const certificates = [
    intermediate,
    root,
    infoSigner.signer,
    infoSigner.root,
    qeSigner.signer,
    qeSigner.root,
  ];
  const documents = [tcbInfo, qeIdentity, rootCrl, pckCrl];
  const judged = {
    intermediate,
    root,
    tcbInfoSigner: infoSigner.signer,
    qeIdentitySigner: qeSigner.signer,
    rootCrl,
    pckCrl,
    tcbInfo,
    qeIdentity,
    validUntil: earliest(
      ...certificates.map(({ notAfter }) => notAfter),
      ...documents.map(({ nextUpdate }) => nextUpdate),
    ),
  };
  const signers = [infoSigner.signer, infoSigner.root, qeSigner.signer, qeSigner.root];
  const dated: Dated[] = [
    ...[intermediate, root].map((one) => datedCertificate("tdx.intermediate-dates", one)),
    ...signers.map((one) => datedCertificate("tdx.signer-dates", one)),
    ["tdx.root-crl-dates", "root CRL", rootCrl.thisUpdate, rootCrl.nextUpdate],
    ["tdx.pck-crl-dates", "PCK CRL", pckCrl.thisUpdate, pckCrl.nextUpdate],
    ["tdx.tcb-info-dates", "TCB info", tcbInfo.issueDate, tcbInfo.nextUpdate],
    ["tdx.qe-identity-dates", "QE identity", qeIdentity.issueDate, qeIdentity.nextUpdate],
  ];
  return { judged, dated };
}

/** Intel's list of evaluation numbers as it is served, and the list that says whether its signer is revoked. */
export interface EvaluationNumbersCollateral {
  /** PEM text of the TCB signing certificate and the root. */
  readonly issuerChain: Uint8Array;
  /** JSON text of the inner object. */
  readonly bytes: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array;
  /** DER. */
  readonly rootCaCrl: Uint8Array;
}

/** A list that passed every check; the only way to one is `judgeEvaluationNumbers`. */
export interface JudgedEvaluationNumbers extends EvaluationNumbers {
  readonly signer: Certificate;
  readonly root: Certificate;
  readonly rootCrl: CertificateList;
  /** Unix seconds: the earliest end of the list, the root CRL and both certificates. */
  readonly validUntil: bigint;
}

/** The list as judged, or the first check it fails: signer, root CRL, then the list, as a chain is brought them. */
export function judgeEvaluationNumbers(
  { issuerChain, rootCaCrl, bytes, signature }: EvaluationNumbersCollateral,
  trust: CollateralTrust,
): JudgedEvaluationNumbers | Refusal {
  const issuers = judgeSigner(issuerChain, null, trust);
  if (isRefusal(issuers)) return issuers;
  const { signer, root } = issuers;
  const rootCrl = judgeRootCrl(rootCaCrl, root, trust.now);
  if (isRefusal(rootCrl)) return rootCrl;
  const list = judgeDocument(evaluationNumbersForm, { bytes, signature, signer }, rootCrl, trust.now);
  if (isRefusal(list)) return list;
  const validUntil = earliest(signer.notAfter, root.notAfter, rootCrl.nextUpdate, list.nextUpdate);
  return { ...list, signer, root, rootCrl, validUntil };
}
