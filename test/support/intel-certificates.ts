// Certificates as Intel's authorities would issue them, each but for what a test says, from a seed.
import { authorityExtensions, names } from "../../agent/platforms/simulated/authorities.ts";
import { seededBytes, seededKey } from "../../agent/platforms/simulated/p256.ts";
import type { Authority, IntelAuthorities } from "../../agent/platforms/simulated/pki.ts";
import { issueCertificate, pemOf } from "../../agent/platforms/simulated/x509.ts";
import type { CertificateSpec } from "../../agent/platforms/simulated/x509.ts";
import { ascii, toBigInt } from "../../sdk/evidence/bytes.ts";
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

export const chainOf = (...authorities: readonly Authority[]): Uint8Array =>
  ascii(authorities.map(({ der }) => pemOf(der)).join(""));

export const serialNumber = (authority: Authority): bigint => toBigInt(serialOf(authority));

export { names };
