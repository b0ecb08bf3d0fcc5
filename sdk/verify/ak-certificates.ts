// Certificate chains of attestation keys: from the AK's leaf to a pinned root of a cloud (protocol §1, §4).
import type { CheckId } from "../checks.ts";
import { fromHex, isEqual, keccak256, toBigInt, toHex } from "../evidence/bytes.ts";
import { readCertificate } from "../evidence/certificate.ts";
import type { Certificate, PublicKey } from "../evidence/certificate.ts";
import { keyUsages } from "../evidence/certificate-extensions.ts";
import type { CertificateExtensions } from "../evidence/certificate-extensions.ts";
import { derTags, readBoolean, readDer, readDerNodes } from "../evidence/der.ts";
import type { DerNode } from "../evidence/der.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { cloudTypes } from "../evidence/registration.ts";
import type { AkRoot, TrustRoots } from "./context.ts";
import { isSignedBy } from "./signature.ts";
import { x509Scope } from "./tdx/scopes.ts";

/** Every check of a chain, in order. */
export const akChainScope = [
  "ak.chain-length",
  ...x509Scope,
  "ak.issuer-unknown",
  "ak.root",
  "ak.issuer",
  "ak.issuer-not-ca",
  "ak.certificate-signature",
  "ak.certificate-dates",
  "ak.certificate-revoked",
  "ak.leaf",
] as const satisfies readonly CheckId[];

export interface AkChain {
  readonly key: PublicKey;
  /** Cloud of the root the chain ends in. */
  readonly cloud: number;
  /** The cloud's own mark of a machine's AK holds (protocol §4). */
  readonly isTrusted: boolean;
  /** Unix seconds: the earliest end of the whole chain. */
  readonly notAfter: bigint;
}

/** An issuer that AKCertificates has cached: a chain may name it by the keccak256 of its DER. */
export interface CachedIssuer {
  readonly der: Uint8Array;
  /** keccak256 of the DER of the issuer it was verified under. */
  readonly parent: Uint8Array;
}

const maxChainLength = 5;
const referenceLength = 32;

interface Link {
  readonly certificate: Certificate;
  /** Where the chain names the certificate by hash only. */
  readonly parent: Uint8Array | null;
}

function readAll(
  ders: readonly Uint8Array[],
  cached: (hash: Uint8Array) => CachedIssuer | null,
): Link[] | Refusal {
  const links: Link[] = [];
  for (const [at, der] of ders.entries()) {
    const isReference = at > 0 && der.length === referenceLength;
    const issuer = isReference ? cached(der) : null;
    if (isReference && issuer === null)
      return refuse("ak.issuer-unknown", `no issuer is cached under ${toHex(der)}`);
    const certificate = readCertificate(issuer?.der ?? der);
    if (isRefusal(certificate)) return certificate;
    links.push({ certificate, parent: issuer?.parent ?? null });
  }
  return links;
}

interface Rooted {
  readonly chain: readonly Link[];
  readonly cloud: number;
}

/** The chain up to and including a pinned root, which the caller may leave out. */
function findRoot(links: readonly Link[], roots: readonly AkRoot[]): Rooted | Refusal {
  const last = links.at(-1)!.certificate;
  if (isEqual(last.issuer, last.subject)) {
    const root = roots.find(({ der }) => isEqual(der, last.der));
    return root === undefined
      ? refuse("ak.root", "the self-signed certificate at the end is no pinned root")
      : { chain: links, cloud: root.cloud };
  }
  for (const { cloud, der } of roots) {
    const root = readCertificate(der);
    if (!isRefusal(root) && isEqual(root.subject, last.issuer))
      return { chain: [...links, { certificate: root, parent: null }], cloud };
  }
  return refuse("ak.root", "no pinned root is named as the issuer of the last certificate");
}

/** Whether this is a CA that may sign certificates with `below` CAs under it (RFC 5280 §4.2.1.9). */
export const mayIssue = (issuer: CertificateExtensions, below: number): boolean =>
  issuer.isCa &&
  ((issuer.keyUsage ?? 0) & keyUsages.keyCertSign) !== 0 &&
  (issuer.pathLength === null || issuer.pathLength >= below);

/** Whether this is the certificate of a key that signs statements, not certificates. */
export const maySign = (leaf: CertificateExtensions): boolean =>
  !leaf.isCa && ((leaf.keyUsage ?? 0) & keyUsages.digitalSignature) !== 0;

/** Link between certificate `at` and its issuer. `at` CAs lie below that issuer, as its path length counts them. */
function checkLink(chain: readonly Link[], at: number): Refusal | null {
  const { certificate, parent } = chain[at]!;
  const issuer = chain[at + 1]!.certificate;
  if (!isEqual(certificate.issuer, issuer.subject))
    return refuse("ak.issuer", `certificate ${at} names another issuer than certificate ${at + 1}`);
  if (!mayIssue(issuer, at))
    return refuse("ak.issuer-not-ca", `certificate ${at + 1} may not issue certificate ${at}`);
  if (parent !== null && !isEqual(parent, keccak256(issuer.der)))
    return refuse("ak.issuer", `certificate ${at} was verified under another issuer than ${at + 1}`);
  return isSignedBy(certificate, issuer.key)
    ? null
    : refuse("ak.certificate-signature", `certificate ${at} is not signed by certificate ${at + 1}`);
}

/** What a certificate is revoked by: keccak256 of its issuer's DER, then the magnitude of its serial number. */
export function certificateId(issuer: Uint8Array, serial: Uint8Array): string {
  return `${toHex(keccak256(issuer))}:${toBigInt(serial)}`;
}

function checkChain(links: readonly Link[], trust: TrustRoots, now: bigint): Refusal | null {
  for (let at = 0; at + 1 < links.length; at++) {
    const refusal = checkLink(links, at);
    if (refusal !== null) return refusal;
  }
  const chain = links.map(({ certificate }) => certificate);
  for (const [at, { notBefore, notAfter }] of chain.entries())
    if (now < notBefore || now > notAfter)
      return refuse("ak.certificate-dates", `certificate ${at} holds from ${notBefore} to ${notAfter}`);
  for (const [at, { issuer, serial }] of chain.entries())
    if (trust.revokedAkCertificates?.has(certificateId(issuer, serial)))
      return refuse("ak.certificate-revoked", `certificate ${at}, serial ${toHex(serial)}, is revoked`);
  return maySign(chain[0]!) ? null : refuse("ak.leaf", "AK certificate is a CA or may not sign");
}

// 1.3.6.1.4.1.11129.2.1.21, Google's GCE instance extension: SEQUENCE {zone, project number, project id, instance
// id, instance name, [0] SEQUENCE {[0] security version, [1] isProduction, …}} (go-tpm-tools, GCEInstanceInfo).
const gceInstanceOid = fromHex("2b06010401d679020115");
const explicit0 = 0xa0;
const explicit1 = 0xa1;

function childOf(node: DerNode | null, tag: number): DerNode | null {
  const members = node === null ? null : readDerNodes(node.content);
  if (members === null || isRefusal(members)) return null;
  return members.find((member) => member.tag === tag) ?? null;
}

function isGceProduction(leaf: Certificate): boolean {
  const extension = leaf.extensions.find(({ oid }) => isEqual(oid, gceInstanceOid));
  const list = extension === undefined ? null : readDer(extension.value, derTags.sequence);
  if (list === null || isRefusal(list)) return false;
  const security = childOf(childOf(list, explicit0), derTags.sequence);
  const flag = childOf(childOf(security, explicit1), derTags.boolean);
  return flag !== null && readBoolean(flag) === true;
}

// 2.23.133.8.3 tcg-kp-AIKCertificate (TCG Credential Profile EK §3.1.2).
const aikPurpose = fromHex("6781050803");
const azureSuffix = ".ConfidentialVM.Azure.windows.net";

function isAzureGuest(leaf: Certificate): boolean {
  return (
    leaf.extendedKeyUsage.some((purpose) => isEqual(purpose, aikPurpose)) &&
    ((leaf.keyUsage ?? 0) & keyUsages.digitalSignature) !== 0 &&
    (leaf.commonName?.endsWith(azureSuffix) ?? false)
  );
}

function hasCloudMark(leaf: Certificate, cloud: number): boolean {
  if (cloud === cloudTypes.gcp) return isGceProduction(leaf);
  if (cloud === cloudTypes.azure) return isAzureGuest(leaf);
  return cloud === cloudTypes.bareMetal;
}

/**
 * Judges a chain, leaf first; a trailing self-signed root is allowed when it equals a pinned root.
 * @param cached what AKCertificates has cached under a hash; by default nothing, and a hash is refused
 */
export function judgeAkChain(
  ders: readonly Uint8Array[],
  trust: TrustRoots,
  now: bigint,
  cached: (hash: Uint8Array) => CachedIssuer | null = () => null,
): AkChain | Refusal {
  if (ders.length < 1 || ders.length > maxChainLength)
    return refuse("ak.chain-length", `AK chain has ${ders.length} certificates`);
  const links = readAll(ders, cached);
  if (isRefusal(links)) return links;
  const rooted = findRoot(links, trust.akRoots);
  if (isRefusal(rooted)) return rooted;
  const refusal = checkChain(rooted.chain, trust, now);
  if (refusal !== null) return refusal;
  const leaf = links[0]!.certificate;
  return {
    key: leaf.key,
    cloud: rooted.cloud,
    isTrusted: hasCloudMark(leaf, rooted.cloud),
    notAfter: rooted.chain.reduce(
      (end, { certificate: { notAfter } }) => (notAfter < end ? notAfter : end),
      leaf.notAfter,
    ),
  };
}
