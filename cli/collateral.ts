// `cvm collateral <fmspc>`: fetches what a verifier needs beside a quote of that platform and writes it as the
// `collateral` object of evidence files. Exit status 0 written, 1 the service did not give it, 2 usage error. What it
// writes is not judged: `cvm verify` does that.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CollateralError } from "../sdk/collateral/error.ts";
import { collateralJson } from "../sdk/verify/input-fields.ts";
import { createCollateralSource } from "../sdk/collateral/source.ts";
import type { CollateralSourceParameters } from "../sdk/collateral/source.ts";
import type { CommandResult } from "./verify.ts";

export const collateralUsage =
  "usage: cvm collateral <fmspc> --out <file> [--ca platform | processor] [--base-url <url>] " +
  "[--update early | standard | --number <tcbEvaluationDataNumber>]";

const timeoutMilliseconds = 20_000;
const retries = 3;

const failure = (status: 1 | 2, message: string): CommandResult => ({
  status,
  stdout: "",
  stderr: `cvm collateral: ${message}\n`,
});

type Flags = { out?: string; ca?: string; "base-url"?: string; update?: string; number?: string };

function parseFlags(args: readonly string[]): { flags: Flags; fmspc: string } | null {
  const text = { type: "string" } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { out: text, ca: text, "base-url": text, update: text, number: text },
    });
    const [fmspc, ...rest] = positionals;
    return fmspc === undefined || rest.length > 0 ? null : { flags: values, fmspc };
  } catch {
    return null;
  }
}

/** Parameters that the flags stand for, or null when one of them says nothing known. */
function parametersOf(flags: Flags): Partial<CollateralSourceParameters> | null {
  const { update, number, "base-url": baseUrl } = flags;
  if (update !== undefined && update !== "early" && update !== "standard") return null;
  if (number !== undefined && !/^\d{1,5}$/.test(number)) return null;
  return {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(update === undefined ? {} : { update }),
    ...(number === undefined ? {} : { tcbEvaluationDataNumber: Number(number) }),
  };
}

/** Runs the command. `clock` answers unix seconds. */
export async function runCollateral(args: readonly string[], clock: () => bigint): Promise<CommandResult> {
  const parsed = parseFlags(args);
  if (parsed === null) return failure(2, collateralUsage);
  const { flags, fmspc } = parsed;
  const { out, ca = "platform" } = flags;
  const parameters = parametersOf(flags);
  if (out === undefined || parameters === null || (ca !== "platform" && ca !== "processor"))
    return failure(2, collateralUsage);
  let text: string;
  try {
    const source = createCollateralSource({ timeoutMilliseconds, retries, now: clock, ...parameters });
    text = `${JSON.stringify(collateralJson(await source.tdxCollateral({ fmspc, ca })), null, 2)}\n`;
  } catch (error) {
    if (!(error instanceof CollateralError)) throw error;
    return failure(
      error.code === "request" ? 2 : 1,
      `${error.message} (${error.code}, fault: ${error.fault})`,
    );
  }
  try {
    writeFileSync(out, text);
  } catch {
    return failure(2, `cannot write ${out}`);
  }
  return { status: 0, stdout: "", stderr: "" };
}
