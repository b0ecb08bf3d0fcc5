// Issues certificates. The only module that touches @peculiar/x509, which needs reflect-metadata loaded before it.
import "reflect-metadata";
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CertificatePolicyExtension,
  CRLDistributionPointsExtension,
  Extension,
  ExtendedKeyUsageExtension,
  GeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type JsonNameParams,
} from "@peculiar/x509";
import { createPublicKey, webcrypto, type KeyObject } from "node:crypto";
import { concat, toHex, uint } from "../../../sdk/evidence/bytes.ts";
import { derTags, readDer, readDerNodes } from "../../../sdk/evidence/der.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import { bitString, sequence } from "./der.ts";
import { signP256Der } from "./p256.ts";

/** One extension, written in the order given: verifiers on chain meet the order of the real certificates. */
export type ExtensionSpec =
  | { readonly kind: "authorityKeyIdentifier" | "subjectKeyIdentifier" | "notCa" }
  | { readonly kind: "ca"; readonly pathLength?: number }
  | { readonly kind: "crl" | "caIssuers"; readonly url: string }
  | { readonly kind: "keyUsage"; readonly usages: readonly (keyof typeof KeyUsageFlags)[] }
  | { readonly kind: "extendedKeyUsage" | "policies"; readonly oids: readonly string[] }
  | { readonly kind: "raw"; readonly oid: string; readonly value: Uint8Array };

export interface CertificateSpec {
  readonly subject: JsonNameParams;
  readonly issuer: JsonNameParams;
  /** Up to 20 bytes. */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  readonly issuerPublicKey: KeyObject;
  /** P-256 or RSA; always with SHA-256. */
  readonly issuerPrivateKey: KeyObject;
  readonly extensions: readonly ExtensionSpec[];
}

const spki = (key: KeyObject): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(key.export({ format: "der", type: "spki" }));

/** Public key object of x‖y (64 bytes) or of an RSA modulus with e = 65537. */
export function publicKeyObject(raw: Uint8Array): KeyObject {
  const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
  if (raw.length !== 64)
    return createPublicKey({ format: "jwk", key: { kty: "RSA", n: encode(raw), e: "AQAB" } });
  const [x, y] = [encode(raw.subarray(0, 32)), encode(raw.subarray(32))];
  return createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x, y } });
}

/** x‖y or modulus of a public key. */
export function rawPublicKey(key: KeyObject): Uint8Array {
  const jwk = key.export({ format: "jwk" });
  const decode = (text: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(text!, "base64url"));
  return jwk.kty === "RSA" ? decode(jwk.n) : concat(decode(jwk.x), decode(jwk.y));
}

async function extensionOf(extension: ExtensionSpec, spec: CertificateSpec): Promise<Extension> {
  switch (extension.kind) {
    case "authorityKeyIdentifier":
      return AuthorityKeyIdentifierExtension.create(spki(spec.issuerPublicKey));
    case "subjectKeyIdentifier":
      return SubjectKeyIdentifierExtension.create(spki(spec.publicKey));
    case "notCa":
      return new BasicConstraintsExtension(false, undefined, true);
    case "ca":
      return new BasicConstraintsExtension(true, extension.pathLength, true);
    case "crl":
      return new CRLDistributionPointsExtension([extension.url]);
    case "caIssuers":
      return new AuthorityInfoAccessExtension({ caIssuers: new GeneralName("url", extension.url) });
    case "keyUsage": {
      const flags = extension.usages.reduce((sum, usage) => sum | KeyUsageFlags[usage], 0);
      return new KeyUsagesExtension(flags, true);
    }
    case "extendedKeyUsage":
      return new ExtendedKeyUsageExtension([...extension.oids]);
    case "policies":
      return new CertificatePolicyExtension([...extension.oids]);
    case "raw":
      return new Extension(extension.oid, false, Uint8Array.from(extension.value));
  }
}

const algorithmOf = (key: KeyObject) =>
  key.asymmetricKeyType === "rsa"
    ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
    : { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The same certificate or list with a deterministic signature; the generator's is random. */
export function resealed(der: Uint8Array, issuerPrivateKey: KeyObject): Uint8Array {
  const outer = readDer(der, derTags.sequence);
  const parts = isRefusal(outer) ? outer : readDerNodes(outer.content);
  if (isRefusal(parts)) throw new Error(parts.detail);
  const [tbs, algorithm] = parts.map(({ raw }) => raw);
  return sequence(tbs!, algorithm!, bitString(signP256Der(issuerPrivateKey, tbs!)));
}

/** DER. */
export async function issueCertificate(spec: CertificateSpec): Promise<Uint8Array> {
  const algorithm = algorithmOf(spec.issuerPrivateKey);
  const pkcs8 = spec.issuerPrivateKey.export({ format: "der", type: "pkcs8" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: toHex(spec.serial).slice(2),
    subject: new Name(spec.subject),
    issuer: new Name(spec.issuer),
    notBefore: spec.notBefore,
    notAfter: spec.notAfter,
    publicKey: spki(spec.publicKey),
    signingKey,
    signingAlgorithm: algorithm,
    extensions: await Promise.all(spec.extensions.map((extension) => extensionOf(extension, spec))),
  });
  const der = new Uint8Array(certificate.rawData);
  return spec.issuerPrivateKey.asymmetricKeyType === "ec" ? resealed(der, spec.issuerPrivateKey) : der;
}

/** PEM with 64-column lines ended by LF, as Intel's quoting libraries write it. */
export function pemOf(der: Uint8Array, label = "CERTIFICATE"): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Serial of 20 random bytes whose first is neither zero nor has the high bit: encoded as exactly 20 bytes. */
export function randomSerial(): Uint8Array {
  const bytes = webcrypto.getRandomValues(new Uint8Array(20));
  return concat(uint((bytes[0]! & 0x3f) | 0x40, 1), bytes.subarray(1));
}
