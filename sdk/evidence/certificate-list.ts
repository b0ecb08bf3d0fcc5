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

interface Entry {
  /** As `serialKey` writes it. */
  readonly serial: string;
  readonly extensions: readonly Extension[];
}

/** Serial, revocation date and perhaps extensions. */
function readEntry(entry: DerNode): Entry | Refusal {
  const members = entry.tag === sequence ? readDerNodes(entry.content) : malformed("entry is no sequence");
  if (isRefusal(members)) return members;
  const [serial, date, list] = members;
  const isAsDue =
    (members.length === 2 || (members.length === 3 && list!.tag === sequence)) &&
    serial!.tag === integer &&
    isTime(date);
  if (!isAsDue) return malformed("entry of the revocation list is malformed");
  const magnitude = readUnsigned(serial!);
  if (isRefusal(magnitude)) return magnitude;
  if (magnitude.length > 20 || (magnitude.length === 1 && magnitude[0] === 0))
    return malformed("revoked serial number is zero or exceeds 20 bytes");
  const time = readTime(date!);
  if (isRefusal(time)) return time;
  const extensions = list === undefined ? [] : readExtensionList(list.raw);
  return isRefusal(extensions) ? extensions : { serial: toHex(magnitude), extensions };
}

function readEntries(list: DerNode | undefined): Entry[] | Refusal {
  if (list === undefined) return [];
  const nodes = readDerNodes(list.content);
  if (isRefusal(nodes)) return nodes;
  if (nodes.length === 0) return malformed("list of revoked certificates is empty");
  const entries: Entry[] = [];
  for (const node of nodes) {
    const entry = readEntry(node);
    if (isRefusal(entry)) return entry;
    entries.push(entry);
  }
  return entries;
}

interface Tbs {
  readonly algorithm: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: bigint;
  readonly nextUpdate: bigint;
  readonly serials: ReadonlySet<string>;
  /** Of the list and of its entries. */
  readonly extensions: readonly Extension[];
}

function readTbs(tbs: DerNode): Tbs | Refusal {
  const members = readDerNodes(tbs.content);
  if (isRefusal(members)) return members;
  const [version, algorithm, issuer, from, until, ...rest] = members;
  const revoked = rest[0]?.tag === sequence ? rest.shift() : undefined;
  const wrapper = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
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
  const entries = readEntries(revoked);
  if (isRefusal(entries)) return entries;
  const ofList = wrapper === undefined ? [] : readExtensionList(wrapper.content);
  if (isRefusal(ofList)) return ofList;
  return {
    algorithm: algorithm.raw,
    issuer: issuer.raw,
    thisUpdate,
    nextUpdate,
    serials: new Set(entries.map(({ serial }) => serial)),
    extensions: [...entries.flatMap((entry) => entry.extensions), ...ofList],
  };
}

/** Reads one list: structure, then signature algorithm and signature, then critical extensions. */
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
  const { issuer, thisUpdate, nextUpdate, serials } = tbs;
  // No extension of a list or an entry is understood here, so none may be critical.
  const critical = tbs.extensions.find(({ isCritical }) => isCritical);
  if (critical !== undefined)
    return refuse("x509.critical-extension", `critical extension ${toHex(critical.oid)} is unknown`);
  return { tbs: tbsNode.raw, issuer, thisUpdate, nextUpdate, serials, signature };
}
