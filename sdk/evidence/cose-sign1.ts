// COSE_Sign1 with ES384 (RFC 9052 §4.2, RFC 9053 §2.1) as AWS signs attestation documents: [protected, {}, payload,
// signature], with or without tag 18. The protected header is compared whole, never parsed.
import { ascii, concat, isEqual, toHex, uint } from "./bytes.ts";
import { readCbor } from "./cbor.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface CoseSign1 {
  readonly payload: Uint8Array;
  /** r‖s, 96 bytes. */
  readonly signature: Uint8Array;
  /** Sig_structure, what the signature is over. */
  readonly toBeSigned: Uint8Array;
}

const sign1Tag = 0xd2;
/** {1: -35}: alg is ES384. */
const protectedHeader = Uint8Array.of(0xa1, 0x01, 0x38, 0x22);
const signatureLength = 96;

const malformed = (detail: string): Refusal => refuse("nitro.cose", detail);

/** Byte string of up to 64 KiB in its shortest form. */
function byteString(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  if (length < 24) return concat(uint(0x40 + length, 1), bytes);
  const head =
    length < 0x100 ? concat(uint(0x58, 1), uint(length, 1)) : concat(uint(0x59, 1), uint(length, 2));
  return concat(head, bytes);
}

/** ["Signature1", protected, h'' (no external data), payload] (RFC 9052 §4.4). */
const sigStructure = (payload: Uint8Array): Uint8Array =>
  concat(
    Uint8Array.of(0x84, 0x6a),
    ascii("Signature1"),
    byteString(protectedHeader),
    Uint8Array.of(0x40),
    byteString(payload),
  );

/** `bytes` is at most 64 KiB: the caller's bound. */
export function readCoseSign1(bytes: Uint8Array): CoseSign1 | Refusal {
  const item = readCbor(bytes[0] === sign1Tag ? bytes.subarray(1) : bytes);
  if (isRefusal(item)) return item;
  if (!Array.isArray(item) || item.length !== 4) return malformed("the item is no array of four");
  const [header, unprotected, payload, signature] = item as readonly unknown[];
  if (!(header instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array))
    return malformed("protected header, payload or signature is no byte string");
  if (!isEqual(header, protectedHeader))
    return malformed(`protected header is ${toHex(header)}, due is ${toHex(protectedHeader)} (ES384 alone)`);
  if (!(unprotected instanceof Map) || unprotected.size !== 0)
    return malformed("unprotected header is not an empty map");
  if (signature.length !== signatureLength)
    return malformed(`signature has ${signature.length} bytes, due are ${signatureLength}`);
  return { payload, signature, toBeSigned: sigStructure(payload) };
}
