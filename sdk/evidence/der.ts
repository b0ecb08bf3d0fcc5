// Strict DER (ITU-T X.690 §10): definite minimal lengths, single-byte tags, nothing trailing. A reader that
// accepted two encodings of one certificate would let one verifier see what another does not.
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { isRefusal } from "./refusal.ts";

export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface DerNode {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Header and content. */
  readonly raw: Uint8Array;
}

const malformed = (detail: string): Refusal => refuse("x509.der", detail);

/** Length field at `offset`: the content length and how many bytes the field takes. */
function readLength(bytes: Uint8Array, offset: number): { length: number; size: number } | Refusal {
  const first = bytes[offset];
  if (first === undefined) return malformed("length is missing");
  if (first < 0x80) return { length: first, size: 1 };
  const count = first & 0x7f;
  // 0x80 is the indefinite form; certificates of 16 MiB do not exist.
  if (count === 0 || count > 3) return malformed("length form is not definite and short");
  let length = 0;
  for (let i = 1; i <= count; i++) {
    const byte = bytes[offset + i];
    if (byte === undefined) return malformed("length is truncated");
    length = length * 256 + byte;
  }
  const isMinimal = length >= 0x80 && length >= 2 ** (8 * (count - 1));
  return isMinimal ? { length, size: 1 + count } : malformed("length is not minimal");
}

function readNode(bytes: Uint8Array, offset: number): DerNode | Refusal {
  const tag = bytes[offset];
  if (tag === undefined) return malformed("tag is missing");
  if ((tag & 0x1f) === 0x1f) return malformed("tag has more than one byte");
  const length = readLength(bytes, offset + 1);
  if (isRefusal(length)) return length;
  const start = offset + 1 + length.size;
  const end = start + length.length;
  if (end > bytes.length) return malformed("content is truncated");
  return { tag, content: bytes.subarray(start, end), raw: bytes.subarray(offset, end) };
}

/** Consecutive nodes that fill `bytes` exactly. */
export function readDerNodes(bytes: Uint8Array): DerNode[] | Refusal {
  const nodes: DerNode[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const node = readNode(bytes, offset);
    if (isRefusal(node)) return node;
    nodes.push(node);
    offset += node.raw.length;
  }
  return nodes;
}

/** The one node that fills `bytes` exactly, of the tag given. */
export function readDer(bytes: Uint8Array, tag: number): DerNode | Refusal {
  const node = readNode(bytes, 0);
  if (isRefusal(node)) return node;
  if (node.raw.length !== bytes.length) return malformed("bytes follow the structure");
  return node.tag === tag ? node : malformed(`tag ${node.tag} where ${tag} is due`);
}

/** Members of a sequence (or of any constructed node) that must have exactly the tags given. */
export function readMembers(node: DerNode, tags: readonly number[]): DerNode[] | Refusal {
  const members = readDerNodes(node.content);
  if (isRefusal(members)) return members;
  const isAsDue = members.length === tags.length && members.every((member, at) => member.tag === tags[at]);
  return isAsDue ? members : malformed("members are not those of the structure");
}

/** Magnitude of a non-negative INTEGER or ENUMERATED in its one minimal form, without the sign byte. */
export function readUnsigned(node: DerNode): Uint8Array | Refusal {
  const { content } = node;
  if (!isMinimalInteger(content)) return malformed("integer is not minimal");
  if (content[0]! >= 0x80) return malformed("integer is negative");
  return content[0] === 0 && content.length > 1 ? content.subarray(1) : content;
}

/** X.690 §8.3.2: the first nine bits are neither all zero nor all one. */
export function isMinimalInteger(content: Uint8Array): boolean {
  if (content.length === 0) return false;
  if (content.length === 1) return true;
  const [first, second] = content as unknown as [number, number];
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

/** Bytes of a BIT STRING that is made of whole bytes. */
export function readBitBytes(node: DerNode): Uint8Array | Refusal {
  if (node.content.length === 0 || node.content[0] !== 0)
    return malformed("bit string is not of whole bytes");
  return node.content.subarray(1);
}

/** BOOLEAN, whose true is ff in DER (X.690 §11.1). */
export function readBoolean(node: DerNode): boolean | Refusal {
  const value = node.content[0];
  const isDer = node.content.length === 1 && (value === 0 || value === 0xff);
  return isDer ? value === 0xff : malformed("boolean is neither 00 nor ff");
}
