// A request to the Boundless market: what it consists of, what the market demands of it, and what is signed. Struct, type
// strings and constraints are those of boundless-xyz/boundless (contracts/src/types, zk.md §5); nothing here talks.
import { decodeAbiParameters, encodeAbiParameters, hashTypedData } from "viem";
import type { Address, Hex, TypedDataDefinition } from "viem";
import { concat, toHex } from "../../sdk/evidence/bytes.ts";
import { ProvingError } from "../../proving/error.ts";

export const predicateTypes = { digestMatch: 0, prefixMatch: 1, claimDigestMatch: 2 } as const;
export const inputTypes = { inline: 0, url: 1 } as const;

export interface Offer {
  readonly minPrice: bigint;
  readonly maxPrice: bigint;
  /** Unix seconds: until then the price is the lowest. */
  readonly rampUpStart: bigint;
  /** Seconds from rampUpStart, as the two after it. */
  readonly rampUpPeriod: number;
  /** Until when a prover that locked the request may deliver. */
  readonly lockTimeout: number;
  /** Until when anybody may. */
  readonly timeout: number;
  readonly lockCollateral: bigint;
}

export interface MarketRequest {
  readonly id: bigint;
  readonly requirements: {
    readonly callback: { readonly addr: Address; readonly gasLimit: bigint };
    readonly predicate: { readonly predicateType: number; readonly data: Hex };
    readonly selector: Hex;
  };
  readonly imageUrl: string;
  readonly input: { readonly inputType: number; readonly data: Hex };
  readonly offer: Offer;
}

const types = {
  ProofRequest: [
    { name: "id", type: "uint256" },
    { name: "requirements", type: "Requirements" },
    { name: "imageUrl", type: "string" },
    { name: "input", type: "Input" },
    { name: "offer", type: "Offer" },
  ],
  Callback: [
    { name: "addr", type: "address" },
    { name: "gasLimit", type: "uint96" },
  ],
  Input: [
    { name: "inputType", type: "uint8" },
    { name: "data", type: "bytes" },
  ],
  Offer: [
    { name: "minPrice", type: "uint256" },
    { name: "maxPrice", type: "uint256" },
    { name: "rampUpStart", type: "uint64" },
    { name: "rampUpPeriod", type: "uint32" },
    { name: "lockTimeout", type: "uint32" },
    { name: "timeout", type: "uint32" },
    { name: "lockCollateral", type: "uint256" },
  ],
  Predicate: [
    { name: "predicateType", type: "uint8" },
    { name: "data", type: "bytes" },
  ],
  Requirements: [
    { name: "callback", type: "Callback" },
    { name: "predicate", type: "Predicate" },
    { name: "selector", type: "bytes4" },
  ],
} as const;

export interface Market {
  readonly chainId: bigint;
  readonly address: Address;
}

export const typedRequest = (
  market: Market,
  message: MarketRequest,
): TypedDataDefinition<typeof types, "ProofRequest"> => ({
  domain: {
    name: "IBoundlessMarket",
    version: "1",
    chainId: market.chainId,
    verifyingContract: market.address,
  },
  types,
  primaryType: "ProofRequest",
  message,
});

export const requestDigest = (market: Market, request: MarketRequest): Hex =>
  hashTypedData(typedRequest(market, request));

/** The ABI's name of the struct, for calldata, events and the journal. */
export const requestAbi = [
  {
    type: "tuple",
    name: "request",
    components: [
      { type: "uint256", name: "id" },
      {
        type: "tuple",
        name: "requirements",
        components: [
          { type: "tuple", name: "callback", components: types.Callback },
          { type: "tuple", name: "predicate", components: types.Predicate },
          { type: "bytes4", name: "selector" },
        ],
      },
      { type: "string", name: "imageUrl" },
      { type: "tuple", name: "input", components: types.Input },
      { type: "tuple", name: "offer", components: types.Offer },
    ],
  },
] as const;

export const encodeRequest = (request: MarketRequest): Hex => encodeAbiParameters(requestAbi, [request]);

export function decodeRequest(data: string): MarketRequest {
  try {
    return decodeAbiParameters(requestAbi, data as Hex)[0];
  } catch (cause) {
    throw new ProvingError("proving.session-foreign", "the journalled request cannot be read", cause);
  }
}

/** RequestId: the client's address above a 32-bit index. */
export const requestId = (client: Address, index: number): bigint => (BigInt(client) << 32n) | BigInt(index);

/** Any journal of this program. */
export const anyJournalOf = (program: Hex): MarketRequest["requirements"]["predicate"] => ({
  predicateType: predicateTypes.prefixMatch,
  data: program,
});

/**
 * Stdin as provers decode it (`GuestEnv::decode`, crates/boundless-market/src/input.rs): version 0 is the bytes as they are.
 * Version 1 would be a MessagePack map, in which Rust's encoder writes a list of numbers where others write bytes.
 */
export const inlineInput = (stdin: Uint8Array): MarketRequest["input"] => ({
  inputType: inputTypes.inline,
  data: toHex(concat(Uint8Array.of(0), stdin)),
});

/** Unix seconds after which nobody can fulfil it any more. */
export const expiryOf = ({ offer }: MarketRequest): bigint => offer.rampUpStart + BigInt(offer.timeout);

// OfferLibrary.validate of the market: the difference of the two is kept in 24 bits.
const maxTimeoutAfterLock = 2 ** 24 - 1;

/** Why the market would not take the offer, or null. */
export function offerFault(offer: Offer): string | null {
  const { minPrice, maxPrice, rampUpPeriod, lockTimeout, timeout } = offer;
  const seconds = { rampUpPeriod, lockTimeout, timeout };
  for (const [name, value] of Object.entries(seconds))
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) return `${name} ${value} is no uint32`;
  if (minPrice < 0n || minPrice > maxPrice)
    return `minPrice ${minPrice} is not within 0 and maxPrice ${maxPrice}`;
  if (rampUpPeriod > lockTimeout) return `rampUpPeriod ${rampUpPeriod} exceeds lockTimeout ${lockTimeout}`;
  if (lockTimeout > timeout) return `lockTimeout ${lockTimeout} exceeds timeout ${timeout}`;
  if (timeout - lockTimeout > maxTimeoutAfterLock)
    return `timeout ${timeout} is more than ${maxTimeoutAfterLock} s after lockTimeout ${lockTimeout}`;
  return null;
}

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;
const predicateNames = ["DigestMatch", "PrefixMatch", "ClaimDigestMatch"] as const;
const inputNames = ["Inline", "Url"] as const;

/** Body of the order stream's submission: serde's JSON of the same request, and the signature in parts. */
export function orderOf(market: Market, request: MarketRequest, signature: Hex): object {
  const { requirements, offer, input } = request;
  const parity = quantity(BigInt(parseInt(signature.slice(130), 16) - 27));
  return {
    request: {
      id: quantity(request.id),
      requirements: {
        callback: {
          addr: requirements.callback.addr,
          gasLimit: quantity(requirements.callback.gasLimit),
        },
        predicate: {
          predicateType: predicateNames[requirements.predicate.predicateType],
          data: requirements.predicate.data,
        },
        selector: requirements.selector,
      },
      imageUrl: request.imageUrl,
      input: { inputType: inputNames[input.inputType], data: input.data },
      offer: {
        ...offer,
        minPrice: quantity(offer.minPrice),
        maxPrice: quantity(offer.maxPrice),
        rampUpStart: Number(offer.rampUpStart),
        lockCollateral: quantity(offer.lockCollateral),
      },
    },
    request_digest: requestDigest(market, request),
    signature: {
      r: signature.slice(0, 66),
      s: `0x${signature.slice(66, 130)}`,
      yParity: parity,
      v: parity,
    },
  };
}
