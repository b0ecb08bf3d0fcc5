// The block that evidence is anchored to: which one to ask for, and which one an answer names.
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { anchoredLength } from "../../sdk/evidence/binding.ts";
import { sha256, toBigInt, toHex } from "../../sdk/evidence/bytes.ts";

/** `anchorDepth` blocks below the head, or null while the chain is shorter or the registry's record is newer. */
export function anchorNumber(head: bigint, anchorDepth: bigint, notBelow: bigint): bigint | null {
  const number = head - anchorDepth;
  return number < 0n || number < notBelow ? null : number;
}

/** Last block in which a transaction with this anchor can be recorded (protocol §3). */
export const lastBlockOf = (anchor: bigint, maxAnchorBlocks: bigint): bigint => anchor + maxAnchorBlocks;

// TPMS_ATTEST begins: magic 4, type 2, TPM2B qualifiedSigner, TPM2B extraData (TCG Structures §10.12.12).
function extraDataOf(attest: Uint8Array): Uint8Array | null {
  const sized = (at: number): Uint8Array | null => {
    if (at + 2 > attest.length) return null;
    const length = (attest[at]! << 8) | attest[at + 1]!;
    return at + 2 + length > attest.length ? null : attest.subarray(at + 2, at + 2 + length);
  };
  const signer = sized(6);
  return signer === null ? null : sized(8 + signer.length);
}

/**
 * Block number that the quote in this calldata is anchored to, or null for evidence without an anchor. A peek to
 * know which block hash to fetch; the verifier judges the bytes.
 */
export function anchoredAt(calldata: Uint8Array): bigint | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const extraData = extraDataOf(registration.workloadCollaterals.tpmQuote);
  // 0xff ‖ identityHash 32 ‖ block number 8 ‖ digest 9 (protocol §3).
  return extraData?.length === anchoredLength ? toBigInt(extraData.subarray(33, 41)) : null;
}

/** SHA-256 of what the TPM signed, without the signature: the registry records it once. */
export function quoteHashOf(calldata: Uint8Array): string | null {
  const quote = tpmQuoteOf(calldata);
  return quote === null ? null : toHex(sha256(quote)).slice(2);
}

export function tpmQuoteOf(calldata: Uint8Array): Uint8Array | null {
  const registration = decodeAttestCvm(calldata);
  return "check" in registration ? null : registration.workloadCollaterals.tpmQuote;
}
