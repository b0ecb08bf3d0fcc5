// The bytes an identity key signs: application messages and key-signed registry actions (protocol §9, §10).
import { ascii, concat, keccak256, uint } from "./bytes.ts";
import { domains } from "./binding.ts";

const userPrefix = ascii("CVM_WORKLOAD_USER_MESSAGE");

/** Prefixes an agent must never sign on request: they are the registry's own actions (protocol §11). */
export const reservedPrefixes = [
  "CVM_WORKLOAD_IDENTITY_CHECK",
  "CVM_WORKLOAD_REATTEST_TPM",
  "CVM_WORKLOAD_TTL_CONFIG",
  "CVM_WORKLOAD_OPERATOR",
  "CVM_WORKLOAD_REVOKE",
] as const;

/** `Envelope`, the default format of an application. */
export function envelopeMessage(chainId: bigint, application: Uint8Array, user: Uint8Array): Uint8Array {
  return concat(userPrefix, uint(chainId, 32), application, user);
}

/** `Walkthrough`: the same with a 16-bit chain id. Throws where the chain id does not fit. */
export function walkthroughMessage(chainId: bigint, application: Uint8Array, user: Uint8Array): Uint8Array {
  return concat(userPrefix, uint(chainId, 2), application, user);
}

/** User bytes of a message that an application consumes: it counts once, up to and in the second of its deadline. */
export function onceMessage(nonce: bigint, deadline: bigint, rest: Uint8Array): Uint8Array {
  return concat(uint(nonce, 32), uint(deadline, 8), rest);
}

export interface Erc7913Fields {
  readonly chainId: bigint;
  readonly verifier: Uint8Array;
  readonly application: Uint8Array;
  readonly hash: Uint8Array;
}

export function erc7913Message({ chainId, verifier, application, hash }: Erc7913Fields): Uint8Array {
  return concat(domains.erc7913, uint(chainId, 32), verifier, application, hash);
}

/** The hash to sign by ERC-7913 so that the identity's ERC-1271 contract `signer` answers for `hash`. */
export function erc1271Hash(chainId: bigint, signer: Uint8Array, hash: Uint8Array): Uint8Array {
  return keccak256(concat(domains.erc1271, uint(chainId, 32), new Uint8Array(12), signer, hash));
}

function action(
  prefix: string,
  chainId: bigint,
  registry: Uint8Array,
  nonce: bigint,
  ...fields: Uint8Array[]
) {
  return concat(ascii(prefix), uint(chainId, 32), registry, uint(nonce, 32), ...fields);
}

export const reattestMessage = (
  chainId: bigint,
  registry: Uint8Array,
  nonce: bigint,
  quoteSha256: Uint8Array,
) => action("CVM_WORKLOAD_REATTEST_TPM", chainId, registry, nonce, quoteSha256);

export const ttlMessage = (
  chainId: bigint,
  registry: Uint8Array,
  nonce: bigint,
  teeTtl: bigint,
  tpmTtl: bigint,
) => action("CVM_WORKLOAD_TTL_CONFIG", chainId, registry, nonce, uint(teeTtl, 8), uint(tpmTtl, 8));

export const operatorMessage = (chainId: bigint, registry: Uint8Array, nonce: bigint, operator: Uint8Array) =>
  action("CVM_WORKLOAD_OPERATOR", chainId, registry, nonce, operator);

export const revokeMessage = (chainId: bigint, registry: Uint8Array, nonce: bigint) =>
  action("CVM_WORKLOAD_REVOKE", chainId, registry, nonce);

/** First four bytes of a TPM-generated structure: an agent never signs such bytes. */
export const tpmGeneratedMagic = Uint8Array.of(0xff, 0x54, 0x43, 0x47);
