// X.509 v3 certificates with P-256 or RSA keys (RFC 5280), signed by ECDSA with SHA-256 or by RSASSA-PKCS1-v1_5 with
// SHA-256, SHA-384 or SHA-512. Reads fields; whether a certificate is trusted, in date or suitable is decided in sdk/verify.
import { fromHex, isEqual, toHex } from "./bytes.ts";
import { readExtensions } from "./certificate-extensions.ts";
import type { CertificateExtensions } from "./certificate-extensions.ts";
import {
  derTags,
  isMinimalInteger,
  readBitBytes,
  readDer,
  readDerNodes,
  readMembers,
  readUnsigned,
} from "./der.ts";
import type { DerNode } from "./der.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { readTime } from "./time.ts";

/** P-256: x‖y. RSA: modulus without leading zeros, 256, 384 or 512 bytes, exponent 65537. */
export interface PublicKey {
  readonly type: "p256" | "rsa";
  readonly bytes: Uint8Array;
}

export type SignatureAlgorithm = "ecdsa-sha256" | "rsa-sha256" | "rsa-sha384" | "rsa-sha512";

/** What a certificate says besides its key and signature. */
export interface CertificateFields {
  readonly der: Uint8Array;
  /** The signed bytes. */
  readonly tbs: Uint8Array;
  /** INTEGER content as it stands, sign byte included. */
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** commonName of the subject, or null when it has none or several. */
  readonly commonName: string | null;
  /** Unix seconds. */
  readonly notBefore: bigint;
  readonly notAfter: bigint;
}

export interface Certificate extends CertificateFields, CertificateExtensions {
  readonly key: PublicKey;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** ECDSA: r‖s, 64 bytes. RSA: as it stands. */
  readonly signature: Uint8Array;
}

const { sequence, integer, bitString } = derTags;
const malformed = (detail: string): Refusal => refuse("x509.der", detail);

// AlgorithmIdentifier 1.2.840.10045.4.3.2 without parameters; 1.2.840.113549.1.1.11, .12 and .13 with NULL.
export const ecdsaSha256 = fromHex("300a06082a8648ce3d040302");
const signatureAlgorithms: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  [toHex(ecdsaSha256), "ecdsa-sha256"],
  ["0x300d06092a864886f70d01010b0500", "rsa-sha256"],
  ["0x300d06092a864886f70d01010c0500", "rsa-sha384"],
  ["0x300d06092a864886f70d01010d0500", "rsa-sha512"],
]);
// SubjectPublicKeyInfo of an uncompressed P-256 point up to x (RFC 5480).
const p256Prefix = fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
// AlgorithmIdentifier rsaEncryption with NULL (RFC 3279).
const rsaEncryption = fromHex("300d06092a864886f70d0101010500");
const commonNameOid = fromHex("550403");

function readTbs(tbs: DerNode): DerNode[] | Refusal {
  const members = readDerNodes(tbs.content);
  if (isRefusal(members)) return members;
  const tags = [0xa0, integer, sequence, sequence, sequence, sequence, sequence];
  // Unique identifiers ([1], [2]) do not exist in any of these certificates; extensions are [3].
  const isAsDue =
    (members.length === 7 || (members.length === 8 && members[7]!.tag === 0xa3)) &&
    tags.every((tag, at) => members[at]!.tag === tag);
  if (!isAsDue) return malformed("TBSCertificate does not have the members of version 3");
  if (!isEqual(members[0]!.content, Uint8Array.of(0x02, 0x01, 0x02))) return malformed("version is not 3");
  const serial = members[1]!.content;
  // RFC 5280 §4.1.2.2: at most 20 octets, 21 with a sign byte in practice.
  const mostOctets = serial[0] === 0 ? 21 : 20;
  if (!isMinimalInteger(serial) || serial.length > mostOctets)
    return malformed("serial number is not minimal or exceeds 20 bytes");
  return members;
}

function readKey(spki: DerNode): PublicKey | Refusal {
  const unsupported = refuse(
    "x509.key",
    "key is neither P-256 nor RSA of 2048, 3072 or 4096 bits with e = 65537",
  );
  const { raw } = spki;
  if (raw.length === 91 && isEqual(raw.subarray(0, 27), p256Prefix))
    return { type: "p256", bytes: raw.subarray(27) };
  const members = readDerNodes(spki.content);
  if (isRefusal(members)) return members;
  const [algorithm, bits] = members;
  if (members.length !== 2 || algorithm!.tag !== sequence || bits!.tag !== bitString)
    return malformed("SubjectPublicKeyInfo is malformed");
  if (!isEqual(algorithm!.raw, rsaEncryption)) return unsupported;
  const inner = readBitBytes(bits!);
  if (isRefusal(inner)) return inner;
  const rsa = readDer(inner, sequence);
  if (isRefusal(rsa)) return rsa;
  const pair = readMembers(rsa, [integer, integer]);
  if (isRefusal(pair)) return pair;
  const modulus = readUnsigned(pair[0]!);
  if (isRefusal(modulus)) return modulus;
  const isSupported =
    [256, 384, 512].includes(modulus.length) &&
    modulus[0]! >= 0x80 &&
    isEqual(pair[1]!.content, Uint8Array.of(1, 0, 1));
  return isSupported ? { type: "rsa", bytes: modulus } : unsupported;
}

function readCommonName(subject: DerNode): string | null | Refusal {
  const rdns = readDerNodes(subject.content);
  if (isRefusal(rdns)) return rdns;
  const names: string[] = [];
  for (const rdn of rdns) {
    if (rdn.tag !== derTags.set) return malformed("name is not a sequence of sets");
    const attributes = readDerNodes(rdn.content);
    if (isRefusal(attributes)) return attributes;
    for (const attribute of attributes) {
      const pair =
        attribute.tag === sequence ? readDerNodes(attribute.content) : malformed("name is malformed");
      if (isRefusal(pair)) return pair;
      if (pair.length !== 2 || pair[0]!.tag !== derTags.oid) return malformed("name is malformed");
      if (isEqual(pair[0]!.content, commonNameOid))
        names.push(Array.from(pair[1]!.content, (byte) => String.fromCharCode(byte)).join(""));
    }
  }
  return names.length === 1 ? names[0]! : null;
}

/** commonName of a certificate of any key and signature, or null: for showing, never for trusting. */
export function commonNameOf(der: Uint8Array): string | null {
  const certificate = readDer(der, sequence);
  const outer = isRefusal(certificate)
    ? certificate
    : readMembers(certificate, [sequence, sequence, bitString]);
  if (isRefusal(outer)) return null;
  const members = readTbs(outer[0]!);
  const name = isRefusal(members) ? members : readCommonName(members[5]!);
  return isRefusal(name) ? null : name;
}

/** A bare SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
export function readPublicKey(spki: Uint8Array): PublicKey | Refusal {
  const node = readDer(spki, sequence);
  return isRefusal(node) ? node : readKey(node);
}

/** r‖s of an ECDSA-Sig-Value (RFC 3279 §2.2.3), `size` bytes each. */
export function readEcdsaSignature(bytes: Uint8Array, size = 32): Uint8Array | Refusal {
  const node = readDer(bytes, sequence);
  if (isRefusal(node)) return node;
  const pair = readMembers(node, [integer, integer]);
  if (isRefusal(pair)) return pair;
  const signature = new Uint8Array(2 * size);
  for (const [at, member] of pair.entries()) {
    const value = readUnsigned(member);
    if (isRefusal(value)) return value;
    if (value.length > size) return malformed(`signature value exceeds ${size} bytes`);
    signature.set(value, size * (at + 1) - value.length);
  }
  return signature;
}

/** A certificate whose key and signature are still bytes: what readers of every kind of key begin with. */
export interface CertificateParts {
  readonly fields: CertificateFields;
  /** AlgorithmIdentifier of the signature, outside and inside of the signed bytes. */
  readonly algorithms: readonly [Uint8Array, Uint8Array];
  readonly signatureBytes: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly spki: DerNode;
  readonly extensions: DerNode | null;
}

/** The structure, in which every kind of certificate is alike. */
export function readCertificateParts(der: Uint8Array): CertificateParts | Refusal {
  const certificate = readDer(der, sequence);
  if (isRefusal(certificate)) return certificate;
  const outer = readMembers(certificate, [sequence, sequence, bitString]);
  if (isRefusal(outer)) return outer;
  const [tbs, algorithm, signatureBits] = outer as [DerNode, DerNode, DerNode];
  const members = readTbs(tbs);
  if (isRefusal(members)) return members;
  const validity = readDerNodes(members[4]!.content);
  if (isRefusal(validity)) return validity;
  if (validity.length !== 2) return malformed("validity is not two times");
  const notBefore = readTime(validity[0]!);
  if (isRefusal(notBefore)) return notBefore;
  const notAfter = readTime(validity[1]!);
  if (isRefusal(notAfter)) return notAfter;
  const commonName = readCommonName(members[5]!);
  if (isRefusal(commonName)) return commonName;
  const signatureBytes = readBitBytes(signatureBits);
  if (isRefusal(signatureBytes)) return signatureBytes;
  const fields = {
    der,
    tbs: tbs.raw,
    serial: members[1]!.content,
    issuer: members[3]!.raw,
    subject: members[5]!.raw,
    commonName,
    notBefore,
    notAfter,
  };
  return {
    fields,
    algorithms: [algorithm.raw, members[2]!.raw],
    signatureBytes,
    spki: members[6]!,
    extensions: members[7] ?? null,
  };
}

/** Reads one certificate: structure, then signature algorithm, key and critical extensions. */
export function readCertificate(der: Uint8Array): Certificate | Refusal {
  const parts = readCertificateParts(der);
  if (isRefusal(parts)) return parts;
  const { fields, signatureBytes } = parts;
  const [algorithm, signedAlgorithm] = parts.algorithms;
  const signatureAlgorithm = signatureAlgorithms.get(toHex(algorithm));
  if (signatureAlgorithm === undefined || !isEqual(signedAlgorithm, algorithm))
    return refuse(
      "x509.signature-algorithm",
      "neither ECDSA with SHA-256 nor RSA with SHA-256, -384 or -512, stated twice alike",
    );
  const signature =
    signatureAlgorithm === "ecdsa-sha256" ? readEcdsaSignature(signatureBytes) : signatureBytes;
  if (isRefusal(signature)) return signature;
  const key = readKey(parts.spki);
  if (isRefusal(key)) return key;
  const extensions = readExtensions(parts.extensions);
  if (isRefusal(extensions)) return extensions;
  return {
    ...fields,
    key,
    signatureAlgorithm,
    signature,
    ...extensions,
  };
}
