// Takes answers apart: the signed bytes exactly as they were sent, their signature, and the issuer chain from the
// header. A document is kept only when the chain beside it signs it; whether that chain is Intel's is judged in
// sdk/verify, never here.
import { ascii, fromHex, isEqual } from "../evidence/bytes.ts";
import { readCertificate } from "../evidence/certificate.ts";
import type { Certificate } from "../evidence/certificate.ts";
import { readCertificateList } from "../evidence/certificate-list.ts";
import type { CertificateList } from "../evidence/certificate-list.ts";
import { readPemChain } from "../evidence/pem.ts";
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { isP256Signature } from "../verify/signature.ts";
import { CollateralError } from "./error.ts";
import type { Answer } from "./request.ts";

export interface CollateralDocument {
  /** The signed JSON object, or the whole CRL in DER. */
  readonly bytes: Uint8Array;
  /** r‖s; empty beside a CRL, which holds its own. */
  readonly signature: Uint8Array;
  /** PEM of the issuer and the root; empty beside the root CRL, whose issuer is the root. */
  readonly issuerChain: Uint8Array;
  /** Unix seconds: when the service has a newer one. */
  readonly nextUpdate: bigint;
}

/** Text of one character a byte, or nothing when it is not all ASCII. */
const asciiText = (bytes: Uint8Array): string =>
  bytes.every((byte) => byte < 0x80) ? new TextDecoder().decode(bytes) : "";

/** The chain in a header: PEM behind percent signs. */
function readIssuerChain(url: string, headers: Headers, name: string): Uint8Array {
  const fail = (details: string, cause?: unknown) => new CollateralError("issuer-chain", url, details, cause);
  const value = headers.get(name);
  if (value === null) throw fail(`header ${name} is missing`);
  let text: string;
  try {
    text = decodeURIComponent(value);
  } catch (error) {
    throw fail(`header ${name} is not URL-encoded`, error);
  }
  // The line end of the last line is no part of the certificate; some services drop it.
  return ascii(text.endsWith("\n") ? text : `${text}\n`);
}

/** Issuer and root of a chain. */
function certificatesOf(url: string, pem: Uint8Array): readonly [issuer: Certificate, root: Certificate] {
  const fail = ({ detail }: { detail: string }) => new CollateralError("issuer-chain", url, detail);
  const ders = readPemChain(pem);
  if (isRefusal(ders)) throw fail(ders);
  if (ders.length !== 2) throw fail({ detail: `issuer chain has ${ders.length} certificates` });
  const [issuer, root] = ders.map((der) => readCertificate(der)) as [
    Certificate | Refusal,
    Certificate | Refusal,
  ];
  if (isRefusal(issuer)) throw fail(issuer);
  if (isRefusal(root)) throw fail(root);
  return [issuer, root];
}

function requireSignature(
  url: string,
  message: Uint8Array,
  signature: Uint8Array,
  issuer: Certificate,
): void {
  if (issuer.key.type !== "p256" || !isP256Signature(message, signature, issuer.key.bytes))
    throw new CollateralError(
      "signature",
      url,
      `document is not signed by ${issuer.commonName ?? "its issuer"}`,
    );
}

export interface SignedJsonForm<Content> {
  /** Member that holds the signed object. */
  readonly member: string;
  readonly header: string;
  readonly read: (bytes: Uint8Array) => Content | Refusal;
}

/** `{"<member>":{…},"signature":"<r‖s>"}`, of which the inner object is cut out byte for byte. */
function cutJson(
  url: string,
  body: Uint8Array,
  member: string,
): { bytes: Uint8Array; signature: Uint8Array } {
  const text = asciiText(body);
  const form = new RegExp(
    `^(\\s*\\{\\s*"${member}"\\s*:\\s*)(\\{.*\\})\\s*,\\s*"signature"\\s*:\\s*"([0-9a-fA-F]{128})"\\s*\\}\\s*$`,
    "s",
  );
  const match = form.exec(text);
  if (match === null) throw new CollateralError("body", url, `answer is no signed ${member}`);
  const start = match[1]!.length;
  return { bytes: body.slice(start, start + match[2]!.length), signature: fromHex(match[3]!) };
}

/** A signed JSON document and what it says. Throws CollateralError. */
export function readSignedJson<Content extends { readonly nextUpdate: bigint }>(
  url: string,
  { headers, body }: Answer,
  { member, header, read }: SignedJsonForm<Content>,
): CollateralDocument & { readonly content: Content } {
  const issuerChain = readIssuerChain(url, headers, header);
  const [issuer] = certificatesOf(url, issuerChain);
  const { bytes, signature } = cutJson(url, body, member);
  requireSignature(url, bytes, signature, issuer);
  const content = read(bytes);
  if (isRefusal(content)) throw new CollateralError("body", url, content.detail);
  return { bytes, signature, issuerChain, nextUpdate: content.nextUpdate, content };
}

/** DER as it is, or the hex that PCCS sends for it. */
function listBytes(body: Uint8Array): Uint8Array {
  const text = asciiText(body).trim();
  return /^([0-9a-fA-F]{2})+$/.test(text) ? fromHex(text) : body;
}

function readList(url: string, body: Uint8Array): { bytes: Uint8Array; list: CertificateList } {
  const bytes = listBytes(body);
  const list = readCertificateList(bytes);
  if (isRefusal(list)) throw new CollateralError("body", url, `answer is no CRL: ${list.detail}`);
  return { bytes, list };
}

function requireListOf(url: string, { issuer, tbs, signature }: CertificateList, by: Certificate): void {
  if (!isEqual(issuer, by.subject))
    throw new CollateralError("body", url, `CRL is not of ${by.commonName ?? "the issuer beside it"}`);
  requireSignature(url, tbs, signature, by);
}

/** The CRL of a PCK CA. Throws CollateralError. */
export function readPckCrl(url: string, { headers, body }: Answer): CollateralDocument {
  const issuerChain = readIssuerChain(url, headers, "SGX-PCK-CRL-Issuer-Chain");
  const [issuer] = certificatesOf(url, issuerChain);
  const { bytes, list } = readList(url, body);
  requireListOf(url, list, issuer);
  return { bytes, signature: new Uint8Array(0), issuerChain, nextUpdate: list.nextUpdate };
}

/** The CRL of the root, which comes without a chain: `chain` is one that ends in it. Throws CollateralError. */
export function readRootCrl(url: string, { body }: Answer, chain: Uint8Array): CollateralDocument {
  const [, root] = certificatesOf(url, chain);
  const { bytes, list } = readList(url, body);
  requireListOf(url, list, root);
  const nothing = new Uint8Array(0);
  return { bytes, signature: nothing, issuerChain: nothing, nextUpdate: list.nextUpdate };
}
