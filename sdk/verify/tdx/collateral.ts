// Judges what Intel says about TDX platforms, before any quote is looked at: issuer chains, CRLs, TCB info, QE
// identity, in that order. What comes out was signed under the pinned root and is in date.
import type { CheckId } from "../../checks.ts";
import { isEqual } from "../../evidence/bytes.ts";
import type { Certificate } from "../../evidence/certificate.ts";
import { readCertificateList, serialKey } from "../../evidence/certificate-list.ts";
import type { CertificateList } from "../../evidence/certificate-list.ts";
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

/** `verified` is a root whose signature need not be checked again. */
function judgeSigner(pem: Uint8Array, verified: Certificate, trust: CollateralTrust): Signer | Refusal {
  const chain = readChain(pem, 2, [verified]);
  if (isRefusal(chain)) return chain;
  const [signer, root] = chain as [Certificate, Certificate];
  return (
    (isEqual(root.der, verified.der) ? null : checkRoot(root, trust.intelRoot)) ??
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

/** Over the bytes as they were sent; a document is never written anew. */
const isDocumentSigned = ({ bytes, signature, signer }: SignedDocument) =>
  isP256Signature(bytes, signature, signer.key.bytes);

function judgeTcbInfo(document: SignedDocument, rootCrl: CertificateList, now: bigint): TcbInfo | Refusal {
  const revoked = checkSignerRevoked(document.signer, rootCrl);
  if (revoked !== null) return revoked;
  if (!isDocumentSigned(document))
    return refuse("tdx.tcb-info-signature", "TCB info is not signed by its signer");
  const info = readTcbInfo(document.bytes);
  if (isRefusal(info)) return info;
  return checkDates("tdx.tcb-info-dates", "TCB info", info.issueDate, info.nextUpdate, now) ?? info;
}

function judgeQeIdentity(
  document: SignedDocument,
  rootCrl: CertificateList,
  now: bigint,
): QeIdentity | Refusal {
  const revoked = checkSignerRevoked(document.signer, rootCrl);
  if (revoked !== null) return revoked;
  if (!isDocumentSigned(document))
    return refuse("tdx.qe-identity-signature", "QE identity is not signed by its signer");
  const identity = readQeIdentity(document.bytes);
  if (isRefusal(identity)) return identity;
  const { issueDate, nextUpdate } = identity;
  return checkDates("tdx.qe-identity-dates", "QE identity", issueDate, nextUpdate, now) ?? identity;
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
  const tcbInfo = judgeTcbInfo(infoDocument, rootCrl, now);
  if (isRefusal(tcbInfo)) return tcbInfo;
  const qeDocument = { bytes: qeBytes, signature: qeIdentitySignature, signer: qeSigner.signer };
  const qeIdentity = judgeQeIdentity(qeDocument, rootCrl, now);
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
