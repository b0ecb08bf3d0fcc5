// The host behind a quote: which platform its PCK certificate vouches for, and that the certificate and all above it
// stand unrevoked under Intel's root.
import { platformId } from "../../evidence/binding.ts";
import { isEqual, toHex } from "../../evidence/bytes.ts";
import { readCertificate } from "../../evidence/certificate.ts";
import type { Certificate } from "../../evidence/certificate.ts";
import { serialKey } from "../../evidence/certificate-list.ts";
import type { CertificateList } from "../../evidence/certificate-list.ts";
import { readPckExtension } from "../../evidence/pck-extension.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import type { TdxKnownHost, TdxNewHost } from "../../evidence/tdx-compact.ts";
import type { TdxQuote } from "../../evidence/tdx-quote.ts";
import {
  checkAuthorities,
  checkCertificateDates,
  checkDates,
  checkPck,
  checkRoot,
  readChain,
} from "./chain.ts";
import { checkIntermediateRevoked, checkSignerRevoked, earliest } from "./collateral.ts";
import type { CollateralTrust, JudgedTdxCollateral } from "./collateral.ts";

export interface TdxTrust extends CollateralTrust {
  /** What `judgeTdxCollateral` made of Intel's documents; without them no quote is accepted. */
  readonly collateral: JudgedTdxCollateral | null;
  /** Whether a registry has verified a host under this commitment. Offline nobody knows: such quotes are refused. */
  readonly isKnownHost?: (commitment: Uint8Array) => boolean;
}

export interface Host {
  readonly fmspc: Uint8Array;
  readonly pceId: Uint8Array;
  /** Sixteen SVNs of the PCK certificate, which Intel compares; its CPUSVN repeats them and decides nothing. */
  readonly componentSvns: Uint8Array;
  readonly pceSvn: number;
  readonly platformId: Uint8Array;
  /** Null for a known host, which shows its platform id alone. */
  readonly ppid: Uint8Array | null;
  /** As `serialKey` writes it. */
  readonly serial: string;
  /** Unix seconds: the earliest end of the certificates. */
  readonly notAfter: bigint;
  readonly intermediate: Certificate;
  /** Null for a known host, whose QE report was judged before. */
  readonly pck: Certificate | null;
}

const noCollateral = refuse("tdx.root-crl-missing", "no collateral is given: no root CRL");

function hostOf(leaf: Certificate, intermediate: Certificate, root: Certificate): Host | Refusal {
  const extension = readPckExtension(leaf);
  if (isRefusal(extension)) return extension;
  const notAfter = earliest(leaf.notAfter, intermediate.notAfter, root.notAfter);
  const { fmspc, pceId, pceSvn, ppid } = extension;
  return {
    fmspc,
    pceId,
    componentSvns: Uint8Array.from(extension.componentSvns),
    pceSvn,
    platformId: platformId(1, 0, ppid),
    ppid,
    serial: serialKey(leaf.serial),
    notAfter,
    intermediate,
    pck: leaf,
  };
}

/** Certificates that the collateral's judgement has verified under the same root need no second look but at dates. */
function isVerified(
  intermediate: Certificate,
  root: Certificate,
  { collateral, intelRoot }: TdxTrust,
): boolean {
  return (
    collateral !== null &&
    isEqual(collateral.root.key.bytes, intelRoot) &&
    isEqual(collateral.root.der, root.der) &&
    isEqual(collateral.intermediate.der, intermediate.der)
  );
}

const checkAuthorityDates = (intermediate: Certificate, root: Certificate, now: bigint) =>
  checkCertificateDates("tdx.intermediate-dates", intermediate, now) ??
  checkCertificateDates("tdx.intermediate-dates", root, now);

/** Of a raw quote, which brings its chain. */
function hostOfQuote(quote: TdxQuote, trust: TdxTrust): Host | Refusal {
  const chain = readChain(quote.pckChain, 3);
  if (isRefusal(chain)) return chain;
  const [leaf, intermediate, root] = chain as [Certificate, Certificate, Certificate];
  const refusal = isVerified(intermediate, root, trust)
    ? checkAuthorityDates(intermediate, root, trust.now)
    : checkAuthorities(intermediate, root, trust);
  return refusal ?? checkPck(leaf, intermediate, trust.now) ?? hostOf(leaf, intermediate, root);
}

/** Of a compact quote with its leaf; the intermediate is the one of the collateral. */
function hostOfLeaf({ pckLeaf }: TdxNewHost, trust: TdxTrust): Host | Refusal {
  const leaf = readCertificate(pckLeaf);
  if (isRefusal(leaf)) return leaf;
  if (trust.collateral === null) return refuse("tdx.pck-issuer", "no collateral is given: no CA is known");
  const { intermediate, root } = trust.collateral;
  return (
    checkRoot(root, trust.intelRoot) ??
    checkPck(leaf, intermediate, trust.now) ??
    hostOf(leaf, intermediate, root)
  );
}

/** Of a compact quote with attributes alone: somebody must have verified them. */
function hostOfKnown({ host, commitment }: TdxKnownHost, trust: TdxTrust): Host | Refusal {
  const unknown = refuse("tdx.host-known", `no host is known as ${toHex(commitment)}`);
  if (trust.isKnownHost?.(commitment) !== true) return unknown;
  if (trust.collateral === null) return noCollateral;
  const { intermediate, root } = trust.collateral;
  const { pckNotBefore, pckNotAfter } = host;
  const refusal =
    checkRoot(root, trust.intelRoot) ??
    checkDates("tdx.pck-dates", "PCK certificate", pckNotBefore, pckNotAfter, trust.now);
  if (refusal !== null) return refusal;
  const { fmspc, pceId, componentSvns, pceSvn, pckSerial } = host;
  const first = pckSerial.findIndex((byte) => byte !== 0);
  const serial = toHex(first < 0 ? pckSerial.subarray(-1) : pckSerial.subarray(first));
  const notAfter = earliest(pckNotAfter, intermediate.notAfter, root.notAfter);
  const known = { fmspc, pceId, componentSvns, pceSvn, platformId: host.platformId, ppid: null };
  return { ...known, serial, notAfter, intermediate, pck: null };
}

export type TdxEvidence = (TdxQuote & { readonly form: "raw" }) | TdxNewHost | TdxKnownHost;

export function judgeHost(evidence: TdxEvidence, trust: TdxTrust): Host | Refusal {
  if (evidence.form === "raw") return hostOfQuote(evidence, trust);
  return evidence.form === "new-host" ? hostOfLeaf(evidence, trust) : hostOfKnown(evidence, trust);
}

const checkPckRevoked = (serial: string | null, { serials }: CertificateList) =>
  serial !== null && serials.has(serial) ? refuse("tdx.pck-revoked", `PCK CRL revokes ${serial}`) : null;

/** What of a host can be revoked: the CA that vouches for it, and its certificate where it is known. */
export interface Revocable {
  readonly intermediate: Certificate;
  /** As `serialKey` writes it. A proof shows none: its program looked into the PCK CRL that it names. */
  readonly serial: string | null;
}

/** The collateral, when it is there, in date, and revokes nothing that the host stands on. */
export function judgeRevocation(
  host: Revocable,
  { collateral, now }: Pick<TdxTrust, "collateral" | "now">,
): JudgedTdxCollateral | Refusal {
  if (collateral === null) return noCollateral;
  const { rootCrl, pckCrl, tcbInfoSigner, qeIdentitySigner, qeIdentity } = collateral;
  const isIssuer =
    isEqual(host.intermediate.subject, pckCrl.issuer) &&
    isEqual(host.intermediate.key.bytes, collateral.intermediate.key.bytes);
  return (
    checkAuthorityDates(collateral.intermediate, collateral.root, now) ??
    checkDates("tdx.root-crl-dates", "root CRL", rootCrl.thisUpdate, rootCrl.nextUpdate, now) ??
    checkIntermediateRevoked(host.intermediate, rootCrl) ??
    (isIssuer ? null : refuse("tdx.pck-crl-missing", "the PCK CRL given is of another CA")) ??
    checkDates("tdx.pck-crl-dates", "PCK CRL", pckCrl.thisUpdate, pckCrl.nextUpdate, now) ??
    checkPckRevoked(host.serial, pckCrl) ??
    checkSignerRevoked(tcbInfoSigner, rootCrl) ??
    checkSignerRevoked(qeIdentitySigner, rootCrl) ??
    checkDates("tdx.qe-identity-dates", "QE identity", qeIdentity.issueDate, qeIdentity.nextUpdate, now) ??
    collateral
  );
}
