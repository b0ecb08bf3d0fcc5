// What the proven programs read (zk.md §4): Automata's SNP and DCAP guests. Each is the ABI encoding of what its Rust
// source decodes: one struct for SNP (`abi_decode`, so an offset leads), a list of parameters for DCAP
// (`abi_decode_params`, so none does).
import { encodeAbiParameters, parseAbiParameters } from "viem";
import { fromHex, toHex } from "../sdk/evidence/bytes.ts";

const snpV2 = parseAbiParameters(
  "(uint64 timestamp, uint8 trustedCertsPrefixLen, bytes rawReport, bytes[] vekDerChain)",
);
const snpV3 = parseAbiParameters("(uint64 timestamp, bytes rawReport, bytes[] vekDerChain)");
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
  /** Intel's documents as dcap-rs encodes them (`Collateral::sol_abi_encode`). */
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
