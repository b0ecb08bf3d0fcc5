// Proof reports of the walkthrough's generation 1.5, moved into ours: what the field sent was output and proof alone, and its
// registry added which program they are of. For tests and migration only (protocol §12).
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters } from "viem";
import { fromHex, toHex } from "./bytes.ts";
import { encodeProofReport } from "./proof-report.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { teeTypes } from "./registration.ts";

/** Of SP1 v5.0.0, whose proofs begin so; by TEE (specs/zk.md §4, pairings checked on the captures). */
const recordedSelector = "0xa4594c59";
export const recordedPrograms = {
  [teeTypes.intelTdx]: fromHex("008228a87e56a065fb3ad27026aef08acc97d72d289439e8dab0d53baaea9f26"),
  [teeTypes.amdSevSnp]: fromHex("00d2342d2400bed28302507269281dcb2c621bae91a0626796ce637f01c928d8"),
} as const;

const recordedForm = parseAbiParameters("(bytes output, bytes proof)");

const malformed = refuse("proof.encoding", "proof report is not abi.encode((bytes output, bytes proof))");

export function recodeProofReport(tee: number, report: Uint8Array): Uint8Array | Refusal {
  const encoded = toHex(report);
  let value: { readonly output: `0x${string}`; readonly proof: `0x${string}` };
  try {
    [value] = decodeAbiParameters(recordedForm, encoded);
    if (encodeAbiParameters(recordedForm, [value]) !== encoded) return malformed;
  } catch {
    return malformed;
  }
  const [output, proof] = [fromHex(value.output), fromHex(value.proof)];
  const selector = toHex(proof.subarray(0, 4));
  const program = recordedPrograms[tee as keyof typeof recordedPrograms];
  if (program === undefined || selector !== recordedSelector)
    return refuse(
      "proof.program",
      `no program is recorded of TEE ${tee} with proofs of selector ${selector}`,
    );
  return encodeProofReport({ program, output, proof, statement: new Uint8Array(0) });
}
