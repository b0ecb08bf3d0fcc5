// TPM quotes in forms that no contract reads: over the SHA-384 bank, signed with SHA-384, or by RSASSA-PSS. They are
// authentic and may be judged by whoever verifies off chain; a registration never comes this way (sdk/verify/tpm.ts).
import { p256 } from "@noble/curves/nist.js";
import { concat, isEqual, sha384, toHex } from "../evidence/bytes.ts";
import type { PublicKey } from "../evidence/certificate.ts";
import { bankById, bankByName } from "../evidence/logs/banks.ts";
import type { Bank } from "../evidence/logs/banks.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { readQuoteAttest } from "../evidence/tpm-attest.ts";
import type { QuoteAttest } from "../evidence/tpm-attest.ts";
import { readTpmSignature, signatureSchemeOf, signatureSchemes } from "../evidence/tpm-signature.ts";
import { isPssSignature } from "./rsa-pss.ts";
import { isP256Signature, isRsaSignature } from "./signature.ts";
import { checkPcrs, pcrBitmap } from "./tpm.ts";
import type { QuoteEvidence } from "./tpm.ts";

export interface BankedQuote extends QuoteEvidence {
  /** Name of the bank that the PCR values are of. */
  readonly bank: string;
}

/** SHA-1 is broken and SHA-512 unseen in TPMs of the clouds. */
const hashNames: readonly string[] = ["sha256", "sha384"];
/** TPM_ALG_RSAPSS */
const rsaPss = 0x0016;

function signingHash(signature: Uint8Array): Bank | null {
  const hash = bankById(signatureSchemeOf(signature)?.hash ?? 0);
  return hash !== undefined && hashNames.includes(hash.name) ? hash : null;
}

/** FIPS 186-5 §6.4.2: of a longer digest the leftmost bits count. */
function isP256Sha384(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const key = concat(Uint8Array.of(0x04), publicKey);
  const digest = sha384(message).subarray(0, 32);
  try {
    return p256.verify(signature, digest, key, { prehash: false, lowS: false });
  } catch {
    return false; // r or s out of range, or a key off the curve
  }
}

function checkSignature(ak: PublicKey, { attest, signature }: BankedQuote, hash: Bank): Refusal | null {
  const isPss = ak.type === "rsa" && signatureSchemeOf(signature)?.scheme === rsaPss;
  const scheme = isPss ? rsaPss : signatureSchemes[ak.type];
  const bytes = readTpmSignature(signature, ak.type, { scheme, hash: hash.id });
  if (isRefusal(bytes)) return bytes;
  const digest = hash.hash!;
  const isSigned =
    ak.type === "p256"
      ? (hash.name === "sha384" ? isP256Sha384 : isP256Signature)(attest, bytes, ak.bytes)
      : isPss
        ? isPssSignature(attest, bytes, ak.bytes, digest)
        : isRsaSignature(digest(attest), bytes, ak.bytes);
  return isSigned ? null : refuse("tpm.signature", "attest is not signed by the attestation key");
}

/** What a quote says whose bank and signature may be of SHA-256 or SHA-384, or the check it fails. */
export function verifyQuoteOffChain(ak: PublicKey, evidence: BankedQuote): QuoteAttest | Refusal {
  const { pcrs } = evidence;
  const bank = hashNames.includes(evidence.bank) ? bankByName(evidence.bank) : undefined;
  if (bank === undefined) return refuse("tpm.bank", `bank is ${evidence.bank}`);
  // A signature of no known hash is refused in its turn.
  const hash = signingHash(evidence.signature) ?? bankByName("sha256")!;
  const attest = readQuoteAttest(evidence.attest, { bank: bank.id, digestLength: hash.size });
  if (isRefusal(attest)) return attest;
  const list = checkPcrs(pcrs);
  if (list !== null) return list;
  const bitmap = pcrBitmap(pcrs.map(({ index }) => index));
  if (!isEqual(bitmap, attest.bitmap))
    return refuse("tpm.pcr-selection", `quoted ${toHex(attest.bitmap)}, listed ${toHex(bitmap)}`);
  for (const { index, pcr } of pcrs)
    if (pcr.length !== bank.size)
      return refuse(
        "tpm.pcr-digest",
        `PCR ${index} has ${pcr.length} bytes where ${bank.name} has ${bank.size}`,
      );
  const digest = hash.hash!(concat(new Uint8Array(0), ...pcrs.map(({ pcr }) => pcr)));
  if (!isEqual(digest, attest.pcrDigest))
    return refuse("tpm.pcr-digest", `values give ${toHex(digest)}, quoted ${toHex(attest.pcrDigest)}`);
  return checkSignature(ak, evidence, hash) ?? attest;
}
