// The extensions of a certificate. Those that decide something here are read in full; others are kept as they are,
// and refused when they are critical (RFC 5280 §4.2).
import { toHex } from "./bytes.ts";
import { derTags, readBoolean, readDer, readDerNodes, readUnsigned } from "./der.ts";
import type { DerNode } from "./der.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface Extension {
  /** Content bytes of the OID. */
  readonly oid: Uint8Array;
  readonly isCritical: boolean;
  /** Content of the OCTET STRING. */
  readonly value: Uint8Array;
}

export interface CertificateExtensions {
  readonly extensions: readonly Extension[];
  /** False without basicConstraints. */
  readonly isCa: boolean;
  readonly pathLength: number | null;
  /** First byte of keyUsage (0x80 digitalSignature, 0x04 keyCertSign), or null without the extension. */
  readonly keyUsage: number | null;
  /** Content bytes of the key purposes, empty without extKeyUsage. */
  readonly extendedKeyUsage: readonly Uint8Array[];
}

export const keyUsages = { digitalSignature: 0x80, keyCertSign: 0x04 } as const;

// 2.5.29.15, .17, .19, .37 in hex of their content bytes.
const keyUsageOid = "0x551d0f";
const subjectAltNameOid = "0x551d11";
const basicConstraintsOid = "0x551d13";
const extendedKeyUsageOid = "0x551d25";

const malformed = (detail: string): Refusal => refuse("x509.der", detail);

function readExtension(node: DerNode): Extension | Refusal {
  const members =
    node.tag === derTags.sequence ? readDerNodes(node.content) : malformed("extension is no sequence");
  if (isRefusal(members)) return members;
  const [oid, middle] = members;
  const last = members.at(-1);
  const hasFlag = members.length === 3 && middle!.tag === derTags.boolean;
  if ((members.length !== 2 && !hasFlag) || oid!.tag !== derTags.oid || last!.tag !== derTags.octetString)
    return malformed("extension is malformed");
  const isCritical = hasFlag ? readBoolean(middle!) : false;
  if (isRefusal(isCritical)) return isCritical;
  // FALSE is the default and must be left out (X.690 §11.5).
  if (hasFlag && !isCritical) return malformed("criticality FALSE is spelt out");
  return { oid: oid!.content, isCritical, value: last!.content };
}

type Constraints = Pick<CertificateExtensions, "isCa" | "pathLength">;

function readBasicConstraints(value: Uint8Array): Constraints | Refusal {
  const node = readDer(value, derTags.sequence);
  if (isRefusal(node)) return node;
  const members = readDerNodes(node.content);
  if (isRefusal(members)) return members;
  if (members.length === 0) return { isCa: false, pathLength: null };
  const [ca, path] = members;
  if (members.length > 2 || ca!.tag !== derTags.boolean) return malformed("basicConstraints is malformed");
  const isCa = readBoolean(ca!);
  if (isRefusal(isCa)) return isCa;
  if (!isCa) return malformed("cA FALSE is spelt out");
  if (path === undefined) return { isCa, pathLength: null };
  const length = path.tag === derTags.integer ? readUnsigned(path) : malformed("pathLen is no integer");
  if (isRefusal(length)) return length;
  return length.length === 1 ? { isCa, pathLength: length[0]! } : malformed("pathLen exceeds a byte");
}

function readKeyUsage(value: Uint8Array): number | Refusal {
  const node = readDer(value, derTags.bitString);
  if (isRefusal(node)) return node;
  const { content } = node;
  // decipherOnly is bit 8, so a second byte is possible; unused bits are zero in DER.
  if (content.length < 2 || content.length > 3 || content[0]! > 7) return malformed("keyUsage is malformed");
  const unused = (1 << content[0]!) - 1;
  if ((content.at(-1)! & unused) !== 0) return malformed("keyUsage has unused bits set");
  return content[1]!;
}

function readExtendedKeyUsage(value: Uint8Array): Uint8Array[] | Refusal {
  const node = readDer(value, derTags.sequence);
  if (isRefusal(node)) return node;
  const purposes = readDerNodes(node.content);
  if (isRefusal(purposes)) return purposes;
  if (purposes.length === 0 || purposes.some(({ tag }) => tag !== derTags.oid))
    return malformed("extKeyUsage is malformed");
  return purposes.map(({ content }) => content);
}

/**
 * The TPM's names in a certificate of an empty subject, and critical there (TCG EK Credential Profile §3.2.9; Google's
 * older AK certificates). No name decides anything here, so there is no more to understand.
 */
function checkNames(value: Uint8Array): Refusal | null {
  const names = readDer(value, derTags.sequence);
  if (isRefusal(names)) return names;
  return names.content.length > 0 ? null : malformed("subjectAltName is empty");
}

interface Known {
  basicConstraints: Constraints;
  keyUsage: number | null;
  extendedKeyUsage: readonly Uint8Array[];
}

/** Fills in the extension if it is one that decides something: "known", "unknown", or a refusal. */
function readKnown(extension: Extension, known: Known): "known" | "unknown" | Refusal {
  switch (toHex(extension.oid)) {
    case basicConstraintsOid: {
      const constraints = readBasicConstraints(extension.value);
      if (isRefusal(constraints)) return constraints;
      known.basicConstraints = constraints;
      return "known";
    }
    case keyUsageOid: {
      const usage = readKeyUsage(extension.value);
      if (isRefusal(usage)) return usage;
      known.keyUsage = usage;
      return "known";
    }
    case extendedKeyUsageOid: {
      const purposes = readExtendedKeyUsage(extension.value);
      if (isRefusal(purposes)) return purposes;
      known.extendedKeyUsage = purposes;
      return "known";
    }
    case subjectAltNameOid:
      return checkNames(extension.value) ?? "known";
    default:
      return "unknown";
  }
}

/** Extensions of the list that a `[n]` member wraps: at least one, none twice. */
export function readExtensionList(wrapped: Uint8Array): Extension[] | Refusal {
  const list = readDer(wrapped, derTags.sequence);
  if (isRefusal(list)) return list;
  const nodes = readDerNodes(list.content);
  if (isRefusal(nodes)) return nodes;
  if (nodes.length === 0) return malformed("extensions are empty");
  const extensions: Extension[] = [];
  for (const node of nodes) {
    const extension = readExtension(node);
    if (isRefusal(extension)) return extension;
    extensions.push(extension);
  }
  const oids = new Set(extensions.map(({ oid }) => toHex(oid)));
  return oids.size === extensions.length ? extensions : malformed("an extension occurs twice");
}

/** The `[3]` member of TBSCertificate, or null when there is none. */
export function readExtensions(wrapper: DerNode | null): CertificateExtensions | Refusal {
  const known: Known = {
    basicConstraints: { isCa: false, pathLength: null },
    keyUsage: null,
    extendedKeyUsage: [],
  };
  const extensions = wrapper === null ? [] : readExtensionList(wrapper.content);
  if (isRefusal(extensions)) return extensions;
  let unknownCritical: Extension | null = null;
  for (const extension of extensions) {
    const reading = readKnown(extension, known);
    if (isRefusal(reading)) return reading;
    if (reading === "unknown" && extension.isCritical) unknownCritical ??= extension;
  }
  if (unknownCritical !== null)
    return refuse("x509.critical-extension", `critical extension ${toHex(unknownCritical.oid)} is unknown`);
  const { basicConstraints, keyUsage, extendedKeyUsage } = known;
  return { extensions, ...basicConstraints, keyUsage, extendedKeyUsage };
}
