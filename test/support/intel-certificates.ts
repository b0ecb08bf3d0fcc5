// Certificates as Intel's authorities would issue them, each but for what a test says, from a seed.
import { createPublicKey } from "node:crypto";
import { authorityExtensions, names } from "../../agent/platforms/simulated/authorities.ts";
import { seededBytes, seededKey } from "../../agent/platforms/simulated/p256.ts";
import type { Authority, IntelAuthorities } from "../../agent/platforms/simulated/pki.ts";
import { issueCertificate, pemOf, rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import type { CertificateSpec } from "../../agent/platforms/simulated/x509.ts";
import { ascii, fromHex, toBigInt, uint } from "../../sdk/evidence/bytes.ts";
import { serialOf } from "./random-tdx.ts";

type Role = keyof IntelAuthorities;

export interface Deviation extends Partial<CertificateSpec> {
  /** Who issues; default: the root. */
  readonly by?: Authority;
}

const extensionsOf = {
  root: authorityExtensions.intelRoot,
  platformCa: authorityExtensions.intelPlatformCa,
  tcbSigning: authorityExtensions.intelTcbSigning,
} as const;

/** A certificate of the same key and name, signed anew. */
export async function reissue(
  authorities: IntelAuthorities,
  role: Role,
  { by = authorities.root, ...deviation }: Deviation = {},
): Promise<Authority> {
  const { name, publicKey, privateKey } = authorities[role];
  const spec: CertificateSpec = {
    subject: name,
    issuer: by.name,
    serial: serialOf(authorities[role]),
    notBefore: new Date("2025-05-06T09:25:00Z"),
    notAfter: new Date("2032-05-06T09:25:00Z"),
    publicKey,
    issuerPublicKey: by.publicKey,
    issuerPrivateKey: by.privateKey,
    extensions: extensionsOf[role],
    ...deviation,
  };
  return { name: spec.subject, der: await issueCertificate(spec), publicKey: spec.publicKey, privateKey };
}

/** The same of another key, and its serial with it. */
export function newKey(seed: string) {
  const serial = seededBytes(seed, "serial", 20);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return { ...seededKey(seed, "key"), serial };
}

const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const pointOf = (x: Uint8Array, y: Uint8Array) => {
  const [first, second] = [x, y].map((bytes) => Buffer.from(bytes).toString("base64url"));
  return createPublicKey({ key: { kty: "EC", crv: "P-256", x: first!, y: second! }, format: "jwk" });
};
const own = seededKey("same y 2", "signer");
const [ownX, ownY] = [rawPublicKey(own.publicKey).subarray(0, 32), rawPublicKey(own.publicKey).subarray(32)];

/** A key, and two others that have one coordinate of it: the second x is another root of x³ − 3x + b − y². */
export const keyWithNeighbours = {
  ...own,
  ofSameX: pointOf(ownX, uint(p - toBigInt(ownY), 32)),
  ofSameY: pointOf(fromHex("0xb2c3a9c073df8edf5fc925978eeea0cb5aee7b65920de3ca8e13eabdc5141843"), ownY),
};

export const chainOf = (...authorities: readonly Authority[]): Uint8Array =>
  ascii(authorities.map(({ der }) => pemOf(der)).join(""));

export const serialNumber = (authority: Authority): bigint => toBigInt(serialOf(authority));

export { names };
