// Intel's certificates: the pinned root and what it signs. Chains come as PEM, with a quote or with collateral.
import type { CheckId } from "../../checks.ts";
import { isEqual } from "../../evidence/bytes.ts";
import { readCertificate } from "../../evidence/certificate.ts";
import type { Certificate } from "../../evidence/certificate.ts";
import { keyUsages } from "../../evidence/certificate-extensions.ts";
import { readPemChain } from "../../evidence/pem.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { isSignedBy } from "../signature.ts";

/** Exactly `count` certificates. Those that are `known` are not read again. */
export function readChain(
  pem: Uint8Array,
  count: number,
  known: readonly Certificate[] = [],
): Certificate[] | Refusal {
  const ders = readPemChain(pem);
  if (isRefusal(ders)) return ders;
  if (ders.length !== count) return refuse("tdx.pck-chain", `PEM chain has ${ders.length} certificates`);
  const certificates: Certificate[] = [];
  for (const der of ders) {
    const certificate = known.find((one) => isEqual(one.der, der)) ?? readCertificate(der);
    if (isRefusal(certificate)) return certificate;
    certificates.push(certificate);
  }
  return certificates;
}

/** Refuses with `check` when `now` lies outside. */
export function checkDates(check: CheckId, what: string, from: bigint, until: bigint, now: bigint) {
  return from <= now && now <= until ? null : refuse(check, `${what} holds from ${from} to ${until}`);
}

export const checkCertificateDates = (check: CheckId, certificate: Certificate, now: bigint) =>
  checkDates(
    check,
    certificate.commonName ?? "certificate",
    certificate.notBefore,
    certificate.notAfter,
    now,
  );

export function checkRoot(root: Certificate, intelRoot: Uint8Array): Refusal | null {
  const isRoot =
    root.key.type === "p256" &&
    isEqual(root.key.bytes, intelRoot) &&
    isEqual(root.issuer, root.subject) &&
    isSignedBy(root, root.key);
  return isRoot ? null : refuse("tdx.root", "root is not the pinned one or does not sign itself");
}

export function checkIntermediate(intermediate: Certificate, root: Certificate): Refusal | null {
  const isIntermediate =
    intermediate.key.type === "p256" &&
    isEqual(intermediate.issuer, root.subject) &&
    isSignedBy(intermediate, root.key) &&
    intermediate.isCa &&
    ((intermediate.keyUsage ?? 0) & keyUsages.keyCertSign) !== 0;
  return isIntermediate ? null : refuse("tdx.intermediate", "intermediate is no CA of the root");
}

/** Intermediate and root, signatures and dates. */
export function checkAuthorities(
  intermediate: Certificate,
  root: Certificate,
  trust: { readonly intelRoot: Uint8Array; readonly now: bigint },
): Refusal | null {
  return (
    checkRoot(root, trust.intelRoot) ??
    checkIntermediate(intermediate, root) ??
    checkCertificateDates("tdx.intermediate-dates", intermediate, trust.now) ??
    checkCertificateDates("tdx.intermediate-dates", root, trust.now)
  );
}

/** Whoever signs TCB info and QE identity: an end entity of the root. */
export function checkSigner(signer: Certificate, root: Certificate): Refusal | null {
  const isSigner =
    signer.key.type === "p256" &&
    signer.commonName === "Intel SGX TCB Signing" &&
    isEqual(signer.issuer, root.subject) &&
    isSignedBy(signer, root.key) &&
    !signer.isCa &&
    ((signer.keyUsage ?? 0) & keyUsages.digitalSignature) !== 0;
  return isSigner ? null : refuse("tdx.signer", `${signer.commonName ?? "signer"} is no TCB signer of Intel`);
}

/** The leaf under the intermediate. */
export function checkPck(leaf: Certificate, intermediate: Certificate, now: bigint): Refusal | null {
  if (!isEqual(leaf.issuer, intermediate.subject))
    return refuse("tdx.pck-issuer", "PCK certificate names another issuer");
  if (leaf.commonName !== "Intel SGX PCK Certificate" || leaf.isCa)
    return refuse("tdx.pck-subject", `subject is ${leaf.commonName ?? "unnamed"}, CA ${leaf.isCa}`);
  if (!isSignedBy(leaf, intermediate.key))
    return refuse("tdx.pck-signature", "PCK certificate is not signed by the intermediate");
  return checkCertificateDates("tdx.pck-dates", leaf, now);
}
