// TPM 2.0 structures, big-endian (TCG TPM 2.0 Part 2): constants, templates, the writers both TPMs share and a
// bounds-checked reader for responses. Nothing here judges evidence; that is sdk/verify's.
import { concat, sha256, uint } from "../../sdk/evidence/bytes.ts";
import type { AttestationKeyKind } from "./tpm.ts";

export const algorithms = {
  rsa: 0x0001,
  aes: 0x0006,
  sha256: 0x000b,
  null: 0x0010,
  rsassa: 0x0014,
  ecdsa: 0x0018,
  ecc: 0x0023,
  cfb: 0x0043,
} as const;

export const hierarchies = { owner: 0x40000001, null: 0x40000007, endorsement: 0x4000000b } as const;

export const generatedMagic = 0xff544347;
export const attestTypes = { quote: 0x8018, certify: 0x8017 } as const;
const curveP256 = 0x0003;

// TPMA_OBJECT (Part 2 §8.3): fixedTPM 1, fixedParent 4, sensitiveDataOrigin 5, userWithAuth 6, noDA 10,
// restricted 16, decrypt 17, sign 18.
/** fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign: as Google's AK. */
const attestationAttributes = 0x00050072;
/** fixedTPM, fixedParent, sensitiveDataOrigin, sign; used through its policy alone (protocol §11). */
export const identityAttributes = 0x00040032;
/** fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, decrypt. */
const storageAttributes = 0x00030472;

export const tpm2b = (bytes: Uint8Array): Uint8Array => concat(uint(bytes.length, 2), bytes);

export function pcrSelection(pcrs: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(3);
  for (const pcr of pcrs) {
    if (!Number.isInteger(pcr) || pcr < 0 || pcr > 23) throw new RangeError(`no PCR ${pcr}`);
    bitmap[pcr >> 3]! |= 1 << (pcr & 7);
  }
  return concat(uint(1, 4), uint(algorithms.sha256, 2), uint(3, 1), bitmap);
}

interface PublicHead {
  readonly type: number;
  readonly attributes: number;
  readonly authPolicy: Uint8Array;
}

const publicHead = ({ type, attributes, authPolicy }: PublicHead): Uint8Array =>
  concat(uint(type, 2), uint(algorithms.sha256, 2), uint(attributes, 4), tpm2b(authPolicy));

const none = new Uint8Array(0);
const nullAlgorithm = uint(algorithms.null, 2);

const eccUnique = (xy: Uint8Array): Uint8Array => concat(tpm2b(xy.subarray(0, 32)), tpm2b(xy.subarray(32)));

/** TPMT_PUBLIC of an AK; with an empty key it is the template. */
export function attestationPublic(kind: AttestationKeyKind, publicKey: Uint8Array = none): Uint8Array {
  const isRsa = kind === "rsa2048";
  const type = isRsa ? algorithms.rsa : algorithms.ecc;
  const scheme = concat(uint(isRsa ? algorithms.rsassa : algorithms.ecdsa, 2), uint(algorithms.sha256, 2));
  const size = isRsa ? concat(uint(2048, 2), uint(0, 4)) : concat(uint(curveP256, 2), nullAlgorithm);
  const unique = isRsa ? tpm2b(publicKey) : eccUnique(publicKey);
  const head = publicHead({ type, attributes: attestationAttributes, authPolicy: none });
  return concat(head, nullAlgorithm, scheme, size, unique);
}

/** TPMT_PUBLIC of an identity key; with an empty key it is the template. */
export function identityPublic(authPolicy: Uint8Array, publicKey: Uint8Array = none): Uint8Array {
  const head = publicHead({ type: algorithms.ecc, attributes: identityAttributes, authPolicy });
  return concat(head, nullAlgorithm, nullAlgorithm, uint(curveP256, 2), nullAlgorithm, eccUnique(publicKey));
}

/** P-256 storage primary with AES-128-CFB, the parent of identity keys. */
export function storageTemplate(): Uint8Array {
  const head = publicHead({ type: algorithms.ecc, attributes: storageAttributes, authPolicy: none });
  const symmetric = concat(uint(algorithms.aes, 2), uint(128, 2), uint(algorithms.cfb, 2));
  return concat(head, symmetric, nullAlgorithm, uint(curveP256, 2), nullAlgorithm, eccUnique(none));
}

/** TPM Name: nameAlg ‖ sha256(TPMT_PUBLIC). */
export const nameOf = (tpmtPublic: Uint8Array): Uint8Array =>
  concat(uint(algorithms.sha256, 2), sha256(tpmtPublic));

/** Qualified name of a key directly under `parent`, a hierarchy handle (4 bytes) or a qualified name. */
export const qualifiedNameOf = (parent: Uint8Array, name: Uint8Array): Uint8Array =>
  concat(uint(algorithms.sha256, 2), sha256(parent, name));

/** The endorsement hierarchy as the parent in a primary key's qualified name. */
export const endorsementName = (): Uint8Array => uint(hierarchies.endorsement, 4);

export const rsaSignature = (signature: Uint8Array): Uint8Array =>
  concat(uint(algorithms.rsassa, 2), uint(algorithms.sha256, 2), tpm2b(signature));

export const ecdsaSignature = (rs: Uint8Array): Uint8Array =>
  concat(uint(algorithms.ecdsa, 2), uint(algorithms.sha256, 2), eccUnique(rs));

export interface Reader {
  u8(): number;
  u16(): number;
  u32(): number;
  take(length: number): Uint8Array;
  sized(): Uint8Array;
  rest(): Uint8Array;
}

/** Reads forward and throws on the first byte that is not there. */
export function reader(bytes: Uint8Array): Reader {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError("TPM structure ends early");
    at += length;
    return bytes.slice(at - length, at);
  };
  const number = (length: number): number => take(length).reduce((value, byte) => value * 256 + byte, 0);
  return {
    u8: () => number(1),
    u16: () => number(2),
    u32: () => number(4),
    take,
    sized: () => take(number(2)),
    rest: () => take(bytes.length - at),
  };
}

const padded = (bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length > length) throw new RangeError(`integer of ${bytes.length} bytes, ${length} expected`);
  return concat(new Uint8Array(length - bytes.length), bytes);
};

/** x‖y or the modulus of a TPMT_PUBLIC made from one of the templates above. */
export function publicKeyOf(tpmtPublic: Uint8Array): Uint8Array {
  const r = reader(tpmtPublic);
  const type = r.u16();
  r.take(6);
  r.sized();
  if (r.u16() !== algorithms.null) throw new Error("unexpected symmetric algorithm in a signing key");
  if (r.u16() !== algorithms.null) r.u16();
  if (type === algorithms.rsa) {
    r.take(6);
    return r.sized();
  }
  r.take(4);
  return concat(padded(r.sized(), 32), padded(r.sized(), 32));
}

/** r‖s of an ECDSA TPMT_SIGNATURE; a TPM may drop leading zeros. */
export function ecdsaBytes(signature: Uint8Array): Uint8Array {
  const r = reader(signature);
  if (r.u16() !== algorithms.ecdsa) throw new Error("the TPM did not sign with ECDSA");
  r.u16();
  return concat(padded(r.sized(), 32), padded(r.sized(), 32));
}
