// X.509 v3 certificates with P-384 keys, signed by ECDSA-SHA384: AWS Nitro's chain. Off chain only. The contracts have
// no P-384, so `readCertificate`, which both sides share, goes on refusing these.
import { fromHex, isEqual } from "./bytes.ts";
import { readCertificateParts, readEcdsaSignature } from "./certificate.ts";
import type { CertificateFields } from "./certificate.ts";
import { readExtensions } from "./certificate-extensions.ts";
import type { CertificateExtensions } from "./certificate-extensions.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface P384Certificate extends CertificateFields, CertificateExtensions {
  /** x‖y, 96 bytes. */
  readonly key: Uint8Array;
  /** r‖s, 96 bytes. */
  readonly signature: Uint8Array;
}

/** Bytes of a coordinate, r or s. */
const size = 48;
// AlgorithmIdentifier 1.2.840.10045.4.3.3 without parameters (RFC 5758 §3.2).
const ecdsaSha384 = fromHex("300a06082a8648ce3d040303");
// SubjectPublicKeyInfo of an uncompressed P-384 point up to x (RFC 5480 §2).
const p384Prefix = fromHex("3076301006072a8648ce3d020106052b8104002203620004");

/** x‖y of a SubjectPublicKeyInfo, or null when it is of another key. */
export function readP384Key(spki: Uint8Array): Uint8Array | null {
  const at = p384Prefix.length;
  return spki.length === at + 2 * size && isEqual(spki.subarray(0, at), p384Prefix)
    ? spki.subarray(at)
    : null;
}

/** Reads one certificate: structure, then signature algorithm, key and critical extensions. */
export function readP384Certificate(der: Uint8Array): P384Certificate | Refusal {
  const parts = readCertificateParts(der);
  if (isRefusal(parts)) return parts;
  if (!parts.algorithms.every((algorithm) => isEqual(algorithm, ecdsaSha384)))
    return refuse("nitro.certificate", "signature algorithm is not ECDSA-SHA384, stated twice alike");
  const signature = readEcdsaSignature(parts.signatureBytes, size);
  if (isRefusal(signature)) return signature;
  const key = readP384Key(parts.spki.raw);
  if (key === null) return refuse("nitro.certificate", "key is no uncompressed point of P-384");
  const extensions = readExtensions(parts.extensions);
  return isRefusal(extensions) ? extensions : { ...parts.fields, key, signature, ...extensions };
}
