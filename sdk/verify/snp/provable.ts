// Judges an SNP report before a proof of it is paid for: what the program looks at (signature, and who certified its key) and
// what is refused of the report afterwards.
import type { CheckId } from "../../checks.ts";
import { isEqual, sha384 } from "../../evidence/bytes.ts";
import { readCertificateParts } from "../../evidence/certificate.ts";
import { readP384Key } from "../../evidence/p384-certificate.ts";
import type { ProvableSnpReport } from "../../evidence/provable-report.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { readSnpReport } from "../../evidence/snp-report.ts";
import type { SnpReport } from "../../evidence/snp-report.ts";
import { isP384Signature } from "../p384.ts";
import { isPssSignature } from "../rsa-pss.ts";
import type { TeeClaims } from "../tee.ts";
import { amdAuthorities } from "./amd-certificates.ts";
import { snpClaims } from "./claims.ts";
import type { SnpBasis } from "./claims.ts";
import { checkGuest, originOf } from "./report.ts";
import type { SnpOrigin } from "./report.ts";

export const provableSnpScope = [
  "snp.length",
  "snp.version",
  "snp.signature-algorithm",
  "snp.padding",
  "snp.signing-key",
  "snp.chip-masked",
  "snp.product",
  "proof.result",
  "snp.debug",
  "snp.migratable",
  "snp.policy",
  "snp.vmpl",
] as const satisfies readonly CheckId[];

/** No program would put out a proof with result 0, so none is asked for. */
const doomed = (detail: string): Refusal => refuse("proof.result", `a program would refuse this: ${detail}`);

// SubjectPublicKeyInfo of RSA-4096 (RFC 8017 §A.1.1) up to the modulus; AMD's exponent is 65537.
const modulusStart = 33;
const modulusLength = 512;

/** What the guest programs check of the VEK's certificate beyond this (dates, extensions) is left to them. */
function checkSignature(report: SnpReport, vek: Uint8Array, { product, keyType }: SnpOrigin): Refusal | null {
  const leaf = readCertificateParts(vek);
  if (isRefusal(leaf)) return doomed(`the VEK certificate: ${leaf.detail}`);
  const issuer = readCertificateParts(amdAuthorities(product, keyType)[1]);
  if (isRefusal(issuer)) throw new Error(issuer.detail);
  const modulus = issuer.spki.raw.subarray(modulusStart, modulusStart + modulusLength);
  const { tbs } = leaf.fields;
  const [stated, signed] = leaf.algorithms;
  if (!isEqual(stated, signed)) return doomed("the VEK certificate states two signature algorithms");
  if (!isPssSignature(tbs, leaf.signatureBytes, modulus, sha384))
    return doomed("the VEK certificate is not signed by AMD's CA for this product and type of key");
  const key = readP384Key(leaf.spki.raw);
  return key !== null && isP384Signature(report.signed, report.signature, key)
    ? null
    : doomed("the report is not signed by the VEK");
}

export function judgeProvableSnp(
  { report: bytes, vek }: ProvableSnpReport,
  basis: SnpBasis,
): TeeClaims | Refusal {
  const report = readSnpReport(bytes);
  if (isRefusal(report)) return report;
  const origin = originOf(report);
  if (isRefusal(origin)) return origin;
  const refusal = checkSignature(report, vek, origin) ?? checkGuest(report);
  return refusal ?? snpClaims(report, origin, basis);
}
