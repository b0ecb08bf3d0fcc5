// Proof reports made of parts, for tests of what contracts check behind a proof: journals as viem encodes them, which is
// not how the SDK does.
import {
  concat,
  decodeAbiParameters,
  encodeAbiParameters,
  encodePacked,
  keccak256,
  numberToHex,
  parseAbiParameters,
  slice,
} from "viem";
import type { Hex } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { mustReadCalldata } from "./captured.ts";

/** JournalFormat of contracts/types/Proof.sol. */
export const journalFormats = { snpV1: 1, snpV2: 2, snpV3: 3, dcap: 4 } as const;

export interface SnpJournalParts {
  readonly result: number;
  readonly time: bigint;
  readonly processorModel: number;
  readonly report: Hex;
  /** Prefix hashes, root first. */
  readonly certs: readonly Hex[];
  readonly serials: readonly bigint[];
  readonly trustedPrefix: number;
}

const v2 = parseAbiParameters(
  "(uint8 result, uint64 time, uint8 processorModel, bytes report, bytes32[] certs, uint160[] serials, uint8 trustedPrefix)",
);

export const encodeSnpV2 = (parts: SnpJournalParts): Hex => encodeAbiParameters(v2, [parts]);

export function encodeSnpV3({ result, time, processorModel, report, certs, serials }: SnpJournalParts): Hex {
  const head = encodePacked(
    ["uint8", "uint64", "uint8", "uint32"],
    [result, time, processorModel, certs.length],
  );
  const numbers = serials.map((serial) => numberToHex(serial, { size: 20 }));
  return concat([head, ...certs, ...numbers, keccak256(report)]);
}

export interface ProofReportParts {
  readonly program: Hex;
  readonly output: Hex;
  readonly proof: Hex;
  readonly statement: Hex;
}

export const encodeProofReport = ({ program, output, proof, statement }: ProofReportParts): Hex =>
  encodeAbiParameters(parseAbiParameters("bytes32, bytes, bytes, bytes"), [
    program,
    output,
    proof,
    statement,
  ]);

const upstreamReport = parseAbiParameters("(bytes output, bytes proof)");

/** Output and proof of a registration of generation 1.5: its fifth argument is bytes that hold both. */
export function capturedProof(folder: string): { readonly output: Hex; readonly proof: Hex } {
  const args = toHex(mustReadCalldata(`${folder}/registration.json`).subarray(4));
  const word = (byte: number) => Number(slice(args, byte, byte + 32));
  const start = word(4 * 32);
  const report = slice(args, start + 32, start + 32 + word(start));
  return decodeAbiParameters(upstreamReport, report)[0];
}

export const readSnpV2 = (output: Hex): SnpJournalParts => decodeAbiParameters(v2, output)[0];

/** Puts `part` over what is there. */
export function overwrite(bytes: Hex, offset: number, part: Hex): Hex {
  const from = 2 + 2 * offset;
  return `0x${bytes.slice(2, from)}${part.slice(2)}${bytes.slice(from + part.length - 2)}`;
}
