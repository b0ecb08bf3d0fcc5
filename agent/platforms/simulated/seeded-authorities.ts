// Intel-like authorities from a seed, for tests that inject a root of their own or need one that nobody pinned.
import { authorityExtensions, names } from "./authorities.ts";
import { seededBytes, seededKey } from "./p256.ts";
import type { Authority, IntelAuthorities } from "./pki.ts";
import { issueCertificate } from "./x509.ts";

export interface SeededAuthoritiesOptions {
  readonly seed: number | string;
  /** Who issues PCK certificates: the CA of servers, or that of older client platforms. */
  readonly ca?: "platform" | "processor";
}

// Dates of the real ones.
const dates = {
  root: ["2018-05-21T10:45:10Z", "2049-12-31T23:59:59Z"],
  platformCa: ["2018-05-21T10:50:10Z", "2033-05-21T10:50:10Z"],
  tcbSigning: ["2025-05-06T09:25:00Z", "2032-05-06T09:25:00Z"],
} as const;

export async function seededAuthorities(options: SeededAuthoritiesOptions): Promise<IntelAuthorities> {
  const { seed, ca = "platform" } = options;
  const caName = ca === "platform" ? names.intelPlatformCa : names.intelProcessorCa;
  const make = async (
    role: keyof IntelAuthorities,
    name: Authority["name"],
    extensions: Parameters<typeof issueCertificate>[0]["extensions"],
    issuer?: Authority,
  ): Promise<Authority> => {
    const keys = seededKey(seed, role);
    const signer = issuer ?? { name, ...keys };
    const serial = seededBytes(seed, `${role} serial`, 20);
    serial[0] = (serial[0]! & 0x3f) | 0x40;
    const der = await issueCertificate({
      subject: name,
      issuer: signer.name,
      serial,
      notBefore: new Date(dates[role][0]),
      notAfter: new Date(dates[role][1]),
      publicKey: keys.publicKey,
      issuerPublicKey: signer.publicKey,
      issuerPrivateKey: signer.privateKey,
      extensions,
    });
    return { name, der, ...keys };
  };
  const root = await make("root", names.intelRoot, authorityExtensions.intelRoot);
  const platformCa = await make("platformCa", caName, authorityExtensions.intelPlatformCa, root);
  const { intelTcbSigning: signing } = authorityExtensions;
  return { root, platformCa, tcbSigning: await make("tcbSigning", names.intelTcbSigning, signing, root) };
}
