// What the quote names: the identity, and in anchored evidence a recent block with the whole request (protocol §3).
import type { CheckId } from "../checks.ts";
import { anchor, anchoredLength, requestHash } from "../evidence/binding.ts";
import type { RequestFields } from "../evidence/binding.ts";
import { isEqual, isZero, toBigInt, toHex } from "../evidence/bytes.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { AnchorBlock } from "../evidence/registration.ts";
import type { ChainView } from "./context.ts";

export const extraDataScope = [
  "quote.extra-data-length",
  "quote.extra-data-prefix",
  "quote.identity",
] as const satisfies readonly CheckId[];

export const anchorScope = [
  "anchor.block",
  "anchor.age",
  "anchor.hash",
  "anchor.ak-certified",
  "anchor.mismatch",
] as const satisfies readonly CheckId[];

const namedLength = 33;

/** The 17 anchor bytes, or null for un-anchored evidence. */
export function judgeExtraData(
  extraData: Uint8Array,
  identityHash: Uint8Array,
  isCertified: boolean,
): Uint8Array | null | Refusal {
  const { length } = extraData;
  if (length === 0 && isCertified) return null;
  if (length !== namedLength && length !== anchoredLength)
    return refuse("quote.extra-data-length", `extraData has ${length} bytes`);
  if (extraData[0] !== 0xff)
    return refuse("quote.extra-data-prefix", `extraData begins with ${extraData[0]}`);
  const named = extraData.subarray(1, namedLength);
  if (!isEqual(named, identityHash))
    return refuse("quote.identity", `quote names ${toHex(named)}, identity is ${toHex(identityHash)}`);
  return length === anchoredLength ? extraData.subarray(namedLength) : null;
}

/** The block an anchor names, as the chain shows it. */
function locateBlock(number: bigint, chain: ChainView): AnchorBlock | Refusal {
  const { head, maxAnchorBlocks, chainId, registry } = chain;
  if (number >= head) return refuse("anchor.block", `anchor block ${number} is not below the head ${head}`);
  if (head - number > maxAnchorBlocks)
    return refuse("anchor.age", `anchor block ${number} is more than ${maxAnchorBlocks} below ${head}`);
  const blockHash = chain.blockHash(number);
  // An unfilled slot of the history contract answers zero, and anchors over zero can be made in advance.
  if (blockHash === null || isZero(blockHash))
    return refuse("anchor.hash", `hash of block ${number} is not known`);
  return { chainId, registry, blockNumber: number, blockHash };
}

/** The block of an anchor that names this request and statement, or the check it fails. */
export function judgeAnchor(
  anchorBytes: Uint8Array,
  request: RequestFields,
  statementId: Uint8Array,
  chain: ChainView | null,
): AnchorBlock | Refusal {
  if (chain === null) return refuse("anchor.hash", "no chain is given to look the anchor block up in");
  const block = locateBlock(toBigInt(anchorBytes.subarray(0, 8)), chain);
  if (isRefusal(block)) return block;
  const matches = (fields: RequestFields) =>
    isEqual(anchor(block, requestHash(fields), statementId), anchorBytes);
  if (matches(request)) return block;
  return matches({ ...request, akCertified: !request.akCertified })
    ? refuse("anchor.ak-certified", `the AK is${request.akCertified ? "" : " not"} certified here`)
    : refuse("anchor.mismatch", "anchor names another chain, registry, block, request or statement");
}
