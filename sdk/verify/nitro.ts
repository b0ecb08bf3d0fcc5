// Judges AWS NitroTPM attestation documents, off chain: on chain P-384 is not verified (IAKEndorsement says why). A
// document replaces AK certificate and quote: the PCRs are Nitro's own word (host, outside of the TEE), while nonce,
// user_data and public_key are the guest's, no better than the software that the PCRs stand for. AWS's revocation lists
// are not read.
import type { CheckId } from "../checks.ts";
import { isEqual, toHex } from "../evidence/bytes.ts";
import { readPublicKey } from "../evidence/certificate.ts";
import { readNitroDocument } from "../evidence/nitro-document.ts";
import type { NitroDocument } from "../evidence/nitro-document.ts";
import { readP384Certificate } from "../evidence/p384-certificate.ts";
import type { P384Certificate } from "../evidence/p384-certificate.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { mayIssue, maySign } from "./ak-certificates.ts";
import { isP384Signature } from "./p384.ts";
import { conclude, newTrail } from "./verdict.ts";
import type { Report } from "./verdict.ts";

/** Every check of a document, in order. */
export const nitroScope = [
  "nitro.cbor",
  "nitro.cose",
  "nitro.document",
  "x509.der",
  "nitro.certificate",
  "x509.critical-extension",
  "nitro.root",
  "nitro.issuer",
  "nitro.issuer-not-ca",
  "nitro.certificate-signature",
  "nitro.certificate-dates",
  "nitro.leaf",
  "nitro.signature",
  "nitro.binding",
  "nitro.public-key",
  "nitro.timestamp",
  "nitro.pcr",
] as const satisfies readonly CheckId[];

/** What the document is held against. */
export interface NitroExpectation {
  /** DER of the pinned root: AWS's aws.nitro-enclaves. */
  readonly root: Uint8Array;
  /** Unix seconds. */
  readonly now: bigint;
  /** How far the document's time may lie from `now`, to either side: the clocks are two. */
  readonly maxAgeSeconds: bigint;
  /** The field that carries the binding, and its whole value. */
  readonly binding: { readonly field: "nonce" | "userData"; readonly value: Uint8Array };
  /** x‖y of the identity key, which public_key holds as SubjectPublicKeyInfo. */
  readonly identityKey: Uint8Array;
  /** SHA-384 values by index; at least one. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
}

export interface NitroClaims {
  readonly moduleId: string;
  /** Unix milliseconds. */
  readonly timestamp: bigint;
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** Unix seconds: the earliest end of the chain. */
  readonly notAfter: bigint;
}

/** Leaf first. */
function readChain(document: NitroDocument): P384Certificate[] | Refusal {
  const chain: P384Certificate[] = [];
  for (const der of [document.certificate, ...document.caBundle.toReversed()]) {
    const certificate = readP384Certificate(der);
    if (isRefusal(certificate)) return certificate;
    chain.push(certificate);
  }
  return chain;
}

function checkLink(chain: readonly P384Certificate[], at: number): Refusal | null {
  const [certificate, issuer] = [chain[at]!, chain[at + 1]!];
  if (!isEqual(certificate.issuer, issuer.subject))
    return refuse("nitro.issuer", `certificate ${at} names another issuer than certificate ${at + 1}`);
  if (!mayIssue(issuer, at))
    return refuse("nitro.issuer-not-ca", `certificate ${at + 1} may not issue certificate ${at}`);
  return isP384Signature(certificate.tbs, certificate.signature, issuer.key)
    ? null
    : refuse("nitro.certificate-signature", `certificate ${at} is not signed by certificate ${at + 1}`);
}

function checkChain(chain: readonly P384Certificate[], { root, now }: NitroExpectation): Refusal | null {
  if (!isEqual(chain.at(-1)!.der, root))
    return refuse("nitro.root", "first certificate of the bundle is not the pinned root");
  for (let at = 0; at + 1 < chain.length; at++) {
    const link = checkLink(chain, at);
    if (link !== null) return link;
  }
  for (const [at, { notBefore, notAfter }] of chain.entries())
    if (now < notBefore || now > notAfter)
      return refuse(
        "nitro.certificate-dates",
        `certificate ${at} holds from ${notBefore} to ${notAfter}, now is ${now}`,
      );
  return maySign(chain[0]!) ? null : refuse("nitro.leaf", "signing certificate is a CA or may not sign");
}

function checkBinding(document: NitroDocument, { binding, identityKey }: NitroExpectation): Refusal | null {
  const stated = document[binding.field];
  if (stated === null || !isEqual(stated, binding.value))
    return refuse(
      "nitro.binding",
      `${binding.field} is ${stated === null ? "absent" : toHex(stated)}, due is ${toHex(binding.value)}`,
    );
  const key =
    document.publicKey === null
      ? refuse("nitro.public-key", "public_key is absent")
      : readPublicKey(document.publicKey);
  if (isRefusal(key)) return refuse("nitro.public-key", key.detail);
  return key.type === "p256" && isEqual(key.bytes, identityKey)
    ? null
    : refuse("nitro.public-key", "public_key is not the identity key");
}

function checkTime({ timestamp }: NitroDocument, { now, maxAgeSeconds }: NitroExpectation): Refusal | null {
  const distance = now * 1000n > timestamp ? now * 1000n - timestamp : timestamp - now * 1000n;
  return distance <= maxAgeSeconds * 1000n
    ? null
    : refuse(
        "nitro.timestamp",
        `document is of ${timestamp} ms, now is ${now} s: more than ${maxAgeSeconds} s apart`,
      );
}

function checkPcrs({ pcrs }: NitroDocument, expected: NitroExpectation["pcrs"]): Refusal | null {
  if (expected.size === 0) return refuse("nitro.pcr", "no PCR is expected: nothing would be measured");
  for (const [index, due] of expected) {
    const pcr = pcrs.get(index);
    if (pcr === undefined) return refuse("nitro.pcr", `PCR ${index} is not in the document`);
    if (!isEqual(pcr, due))
      return refuse("nitro.pcr", `PCR ${index} is ${toHex(pcr)}, expected ${toHex(due)}`);
  }
  return null;
}

/** What a document says, or the check it fails. */
export function judgeNitroDocument(bytes: Uint8Array, expected: NitroExpectation): NitroClaims | Refusal {
  const document = readNitroDocument(bytes);
  if (isRefusal(document)) return document;
  const chain = readChain(document);
  if (isRefusal(chain)) return chain;
  const rooted = checkChain(chain, expected);
  if (rooted !== null) return rooted;
  const { toBeSigned, signature } = document.cose;
  if (!isP384Signature(toBeSigned, signature, chain[0]!.key))
    return refuse("nitro.signature", "document is not signed by the key of its certificate");
  const refusal =
    checkBinding(document, expected) ?? checkTime(document, expected) ?? checkPcrs(document, expected.pcrs);
  if (refusal !== null) return refusal;
  const { moduleId, timestamp, pcrs } = document;
  const notAfter = chain.reduce(
    (end, each) => (each.notAfter < end ? each.notAfter : end),
    chain[0]!.notAfter,
  );
  return { moduleId, timestamp, pcrs, notAfter };
}

/** The same with every check and its state. */
export function verifyNitroDocument(bytes: Uint8Array, expected: NitroExpectation): Report<NitroClaims> {
  const trail = newTrail();
  trail.enter(nitroScope);
  return conclude(trail, judgeNitroDocument(bytes, expected));
}
