// Certificate revocation lists, version 2, signed by ECDSA-SHA256 (RFC 5280 §5). Reads fields; who issued a list and
// whether it is in date is decided in sdk/verify.
import { isEqual, toHex } from "./bytes.ts";
import { ecdsaSha256, readEcdsaSignature } from "./certificate.ts";
import { readExtensionList } from "./certificate-extensions.ts";
import type { Extension } from "./certificate-extensions.ts";
import { derTags, readBitBytes, readDer, readDerNodes, readMembers, readUnsigned } from "./der.ts";
import type { DerNode } from "./der.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { readTime } from "./time.ts";

export interface CertificateList {
  /** The signed bytes. */
  readonly tbs: Uint8Array;
  readonly issuer: Uint8Array;
  /** Unix seconds. */
  readonly thisUpdate: bigint;
  readonly nextUpdate: bigint;
  /** Revoked serial numbers, as `serialKey` writes them. */
  readonly serials: ReadonlySet<string>;
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array;
}

const { sequence, integer, bitString, utcTime, generalizedTime } = derTags;
const malformed = (detail: string): Refusal => refuse("x509.der", detail);
const isTime = (node: DerNode | undefined) => node?.tag === utcTime || node?.tag === generalizedTime;

/** A serial number without its sign byte, in hex: one text for one number. */
export function serialKey(serial: Uint8Array): string {
  return toHex(serial.length > 1 && serial[0] === 0 ? serial.subarray(1) : serial);
}

/** No extension of a list or an entry is understood here, so none may be critical. */
function checkExtensions(wrapped: Uint8Array): Refusal | null {
  const extensions = readExtensionList(wrapped);
  if (isRefusal(extensions)) return extensions;
  const critical = extensions.find(({ isCritical }: Extension) => isCritical);
  return critical === undefined
    ? null
    : refuse("x509.critical-extension", `critical extension ${toHex(critical.oid)} is unknown`);
}

/** Serial of one entry: serial, revocation date and perhaps extensions. */
function readEntry(entry: DerNode): string | Refusal {
  const members = entry.tag === sequence ? readDerNodes(entry.content) : malformed("entry is no sequence");
  if (isRefusal(members)) return members;
  const [serial, date, extensions] = members;
  const isAsDue =
    (members.length === 2 || (members.length === 3 && extensions!.tag === sequence)) &&
    serial!.tag === integer &&
    isTime(date);
  if (!isAsDue) return malformed("entry of the revocation list is malformed");
  const magnitude = readUnsigned(serial!);
  if (isRefusal(magnitude)) return magnitude;
  if (magnitude.length > 20 || (magnitude.length === 1 && magnitude[0] === 0))
    return malformed("revoked serial number is zero or exceeds 20 bytes");
  const time = readTime(date!);
  if (isRefusal(time)) return time;
  const refusal = extensions === undefined ? null : checkExtensions(extensions.raw);
  return refusal ?? toHex(magnitude);
}

function readEntries(list: DerNode | undefined): ReadonlySet<string> | Refusal {
  const serials = new Set<string>();
  if (list === undefined) return serials;
  const entries = readDerNodes(list.content);
  if (isRefusal(entries)) return entries;
  if (entries.length === 0) return malformed("list of revoked certificates is empty");
  for (const entry of entries) {
    const serial = readEntry(entry);
    if (isRefusal(serial)) return serial;
    serials.add(serial);
  }
  return serials;
}

interface Tbs {
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: bigint;
  readonly nextUpdate: bigint;
  readonly revoked: DerNode | undefined;
  readonly extensions: DerNode | undefined;
}

function readTbs(tbs: DerNode): Tbs | Refusal {
  const members = readDerNodes(tbs.content);
  if (isRefusal(members)) return members;
  const [version, algorithm, issuer, from, until, ...rest] = members;
  const revoked = rest[0]?.tag === sequence ? rest.shift() : undefined;
  const extensions = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const isAsDue =
    rest.length === 0 &&
    version?.tag === integer &&
    isEqual(version.content, Uint8Array.of(1)) &&
    algorithm?.tag === sequence &&
    issuer?.tag === sequence &&
    isTime(from) &&
    isTime(until);
  if (!isAsDue) return malformed("TBSCertList does not have the members of version 2");
  const thisUpdate = readTime(from!);
  if (isRefusal(thisUpdate)) return thisUpdate;
  const nextUpdate = readTime(until!);
  if (isRefusal(nextUpdate)) return nextUpdate;
  return { algorithm: algorithm.raw, issuer: issuer.raw, thisUpdate, nextUpdate, revoked, extensions };
}

/** Reads one list: structure, then signature algorithm, entries and extensions. */
export function readCertificateList(der: Uint8Array): CertificateList | Refusal {
  const list = readDer(der, sequence);
  if (isRefusal(list)) return list;
  const outer = readMembers(list, [sequence, sequence, bitString]);
  if (isRefusal(outer)) return outer;
  const [tbsNode, algorithm, signatureBits] = outer as [DerNode, DerNode, DerNode];
  const tbs = readTbs(tbsNode);
  if (isRefusal(tbs)) return tbs;
  const signatureBytes = readBitBytes(signatureBits);
  if (isRefusal(signatureBytes)) return signatureBytes;
  if (!isEqual(algorithm.raw, ecdsaSha256) || !isEqual(tbs.algorithm, algorithm.raw))
    return refuse("x509.signature-algorithm", "not ECDSA-SHA256, stated twice alike");
  const signature = readEcdsaSignature(signatureBytes);
  if (isRefusal(signature)) return signature;
  const serials = readEntries(tbs.revoked);
  if (isRefusal(serials)) return serials;
  const refusal = tbs.extensions === undefined ? null : checkExtensions(tbs.extensions.content);
  if (refusal !== null) return refusal;
  const { issuer, thisUpdate, nextUpdate } = tbs;
  return { tbs: tbsNode.raw, issuer, thisUpdate, nextUpdate, serials, signature };
}
