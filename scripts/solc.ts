// The compiler of npm's `solc`, the one that hardhat.config.ts names, called directly.
import { createRequire } from "node:module";
import type { VerificationInput } from "./deploy/verification.ts";

export interface SolcOutput {
  readonly contracts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Compiles standard JSON input. Throws with the compiler's own words. */
export function compile(input: VerificationInput): SolcOutput {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as SolcOutput & {
    errors?: readonly { severity: string; formattedMessage: string }[];
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return output;
}
