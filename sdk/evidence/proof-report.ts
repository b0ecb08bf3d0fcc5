// `teeAttestationReport` of report types SP1 and RiscZero (contracts/types/Proof.sol): abi.encode of four values, in the
// one encoding that encoding them again gives.
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters } from "viem";
import { fromHex, toHex } from "./bytes.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface ProofReport {
  /** 32 bytes: verifying key hash of an SP1 program, image id of a RISC Zero one. */
  readonly program: Uint8Array;
  /** Public values or journal, exactly as the prover put them out. */
  readonly output: Uint8Array;
  /** Selector of the release, then its proof (RISC Zero calls it the seal). */
  readonly proof: Uint8Array;
  /** The raw TEE report where the output holds only its hash, else empty. */
  readonly statement: Uint8Array;
}

const parameters = parseAbiParameters("bytes32 program, bytes output, bytes proof, bytes statement");

export const encodeProofReport = ({ program, output, proof, statement }: ProofReport): Uint8Array =>
  fromHex(encodeAbiParameters(parameters, [toHex(program), toHex(output), toHex(proof), toHex(statement)]));

const malformed = refuse(
  "proof.encoding",
  "proof report is not abi.encode(bytes32 program, bytes output, bytes proof, bytes statement)",
);

export function readProofReport(bytes: Uint8Array): ProofReport | Refusal {
  const encoded = toHex(bytes);
  try {
    const values = decodeAbiParameters(parameters, encoded);
    if (encodeAbiParameters(parameters, values) !== encoded) return malformed;
    const [program, output, proof, statement] = values.map(fromHex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    return { program, output, proof, statement };
  } catch {
    return malformed;
  }
}
