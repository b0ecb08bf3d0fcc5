// SP1's Groth16 proofs (specs/zk.md §2): public inputs are program and output, from v6 on also exit code, root of the
// recursion keys and nonce, which then stand in the proof before its points.
import { sha256, toBigInt } from "../../evidence/bytes.ts";
import { refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { isGroth16Proof } from "./groth16.ts";
import type { Groth16Key } from "./keys.ts";

export interface Sp1Parameters {
  readonly key: Groth16Key;
  /** Null until v5, whose proofs do not name it. */
  readonly vkRoot: Uint8Array | null;
}

/** The group order has 254 bits: how much of a SHA-256 digest fits below. */
const digestMask = (1n << 253n) - 1n;
const wordsOfV6 = 3;

/** Bytes between the selector and the points. */
export const sp1HeadLength = ({ vkRoot }: Sp1Parameters): number => (vkRoot === null ? 0 : 32 * wordsOfV6);

/** @param body the proof without its selector, of its exact length */
export function checkSp1Proof(
  parameters: Sp1Parameters,
  program: Uint8Array,
  output: Uint8Array,
  body: Uint8Array,
): Refusal | null {
  const headLength = sp1HeadLength(parameters);
  const head = Array.from({ length: headLength / 32 }, (_, i) =>
    toBigInt(body.subarray(32 * i, 32 * i + 32)),
  );
  const [exitCode = 0n, vkRoot] = head;
  if (exitCode !== 0n) return refuse("proof.exit-code", `exit code is ${exitCode}, due is 0`);
  if (vkRoot !== undefined && vkRoot !== toBigInt(parameters.vkRoot!))
    return refuse("proof.vk-root", `recursion keys are 0x${vkRoot.toString(16)}, the release has others`);
  const inputs = [toBigInt(program), toBigInt(sha256(output)) & digestMask, ...head];
  return isGroth16Proof(parameters.key, inputs, body.subarray(headLength))
    ? null
    : refuse("proof.seal", "pairing equation does not hold for this program and output");
}
