// What the proven programs read (zk.md §4): Automata's SNP and DCAP guests. Each is the ABI encoding of what its Rust
// source decodes: one struct for SNP (`abi_decode`, so an offset leads), a list of parameters for DCAP
// (`abi_decode_params`, so none does).
import { encodeAbiParameters, parseAbiParameters } from "viem";
import { fromHex, toHex } from "../sdk/evidence/bytes.ts";
import { readPemChain } from "../sdk/evidence/pem.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../sdk/evidence/tdx-collateral.ts";
import { ProvingError } from "./error.ts";

const snpV2 = parseAbiParameters(
  "(uint64 timestamp, uint8 trustedCertsPrefixLen, bytes rawReport, bytes[] vekDerChain)",
);
const snpV3 = parseAbiParameters("(uint64 timestamp, bytes rawReport, bytes[] vekDerChain)");
// dcap-rs `Collateral::sol_abi_encode`, automata-dcap-attestation rust-crates/libraries/dcap-rs/src/types/collateral.rs: root CRL,
// PCK CRL, TCB signing certificate and root, TCB info and QE identity as Intel's service serves them, signature included.
const collateral = parseAbiParameters(
  "bytes rootCaCrl, bytes pckCrl, bytes[2] signingChain, string tcbInfo, string qeIdentity",
);
const dcap = parseAbiParameters("bytes collateral, bytes quote, uint64 timestamp");

export interface SnpInput {
  /** Unix seconds: the program judges validity of certificates at it, the chain compares it with its clock. */
  readonly timestamp: bigint;
  /** 1,184 bytes. */
  readonly report: Uint8Array;
  /** DER, root first: ARK, ASK or ASVK, VEK. */
  readonly chain: readonly Uint8Array[];
}

/** How many certificates of the chain are hashed as trusted ones, from the root on. */
export interface SnpV2Input extends SnpInput {
  readonly trustedCertificates: number;
}

export interface DcapInput {
  readonly timestamp: bigint;
  readonly quote: Uint8Array;
  /** `dcapCollateral`. */
  readonly collateral: Uint8Array;
}

export const snpV2Input = ({ timestamp, trustedCertificates, report, chain }: SnpV2Input): Uint8Array =>
  fromHex(
    encodeAbiParameters(snpV2, [
      {
        timestamp,
        trustedCertsPrefixLen: trustedCertificates,
        rawReport: toHex(report),
        vekDerChain: chain.map(toHex),
      },
    ]),
  );

export const snpV3Input = ({ timestamp, report, chain }: SnpInput): Uint8Array =>
  fromHex(
    encodeAbiParameters(snpV3, [{ timestamp, rawReport: toHex(report), vekDerChain: chain.map(toHex) }]),
  );

/** DCAP guest v1.1. */
export const dcapInput = ({ collateral, quote, timestamp }: DcapInput): Uint8Array =>
  fromHex(encodeAbiParameters(dcap, [toHex(collateral), toHex(quote), timestamp]));

function signingChainOf(pem: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const chain = readPemChain(pem);
  if (isRefusal(chain)) throw new ProvingError("proving.request", `TCB issuer chain: ${chain.detail}`);
  const [signer, root] = chain;
  if (signer === undefined || root === undefined || chain.length !== 2)
    throw new ProvingError("proving.request", `TCB issuer chain has ${chain.length} certificates, due are 2`);
  return [signer, root];
}

/** A document as Intel's service answers it: the signed text untouched, its signature beside it. */
function signedText(name: "tcbInfo" | "enclaveIdentity", text: Uint8Array, signature: Uint8Array): string {
  const inner = new TextDecoder("utf-8", { fatal: true }).decode(text);
  return `{"${name}":${inner},"signature":"${toHex(signature).slice(2)}"}`;
}

/** Intel's documents in the form that the DCAP guest reads. Throws ProvingError. */
export function dcapCollateral(documents: TdxCollateral): Uint8Array {
  const { rootCaCrl, pckCrl, tcbInfo, tcbInfoSignature, qeIdentity, qeIdentitySignature } = documents;
  const [signer, root] = signingChainOf(documents.tcbInfoIssuerChain);
  return fromHex(
    encodeAbiParameters(collateral, [
      toHex(rootCaCrl),
      toHex(pckCrl),
      [toHex(signer), toHex(root)],
      signedText("tcbInfo", tcbInfo, tcbInfoSignature),
      signedText("enclaveIdentity", qeIdentity, qeIdentitySignature),
    ]),
  );
}
