// `cvm check`: asks an application on a chain whether it believes a CVM's signature, and shows each check and what the
// registry knows of the CVM. Exit status 0 believed, 1 refused by a check, 2 usage error or no such chain or contract.
import { parseArgs } from "node:util";
import { createPublicClient, http, isAddress, isHex } from "viem";
import type { Address, Hex, Transport } from "viem";
import { checks } from "../sdk/checks.ts";
import { cvmApplicationAbi } from "../sdk/registry/abi/CVMApplication.ts";
import { cvmRegistry } from "../sdk/registry/client.ts";
import type { CvmRecord, Reason, SignedMessage } from "../sdk/registry/client.ts";
import type { CommandResult } from "./verify.ts";

export const checkUsage =
  "usage: cvm check --rpc <url> --application <address> --identity <32 bytes> --message <hex> --signature <64 bytes> [--json]";

const timeoutMilliseconds = 20_000;

const failure = (message: string): CommandResult => ({
  status: 2,
  stdout: "",
  stderr: `cvm check: ${message}\n`,
});

interface Question {
  readonly rpc: string;
  readonly signed: SignedMessage;
  readonly isJson: boolean;
}

const isBytes = (text: string | undefined, length?: number): text is Hex =>
  text !== undefined &&
  isHex(text) &&
  text.length % 2 === 0 &&
  (length === undefined || text.length === 2 + 2 * length);

function parse(args: readonly string[]): Question | string {
  const text = { type: "string" } as const;
  const options = { rpc: text, application: text, identity: text, message: text, signature: text } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { ...options, json: { type: "boolean" } } });
    const { rpc, application = "", identity, message, signature, json = false } = values;
    if (rpc === undefined || !URL.canParse(rpc)) return "--rpc is no URL";
    if (!isAddress(application)) return "--application is no address";
    if (!isBytes(identity, 32)) return "--identity is not 0x and 64 hex digits";
    if (!isBytes(message)) return "--message is no hex";
    // A wrong length is the application's to refuse.
    if (!isBytes(signature)) return "--signature is no hex";
    const signed = { application, identityHash: identity, message, signature };
    return { rpc, signed, isJson: json };
  } catch {
    return checkUsage;
  }
}

interface Answer {
  readonly valid: boolean;
  readonly reasons: readonly Reason[];
  readonly registry: Address;
  readonly record: CvmRecord;
}

const overHttp = (rpc: string): Transport => http(rpc, { timeout: timeoutMilliseconds, retryCount: 1 });

async function ask({ signed }: Question, transport: Transport): Promise<Answer> {
  const client = createPublicClient({ transport });
  // One block for all reads: between two the verdict and its reasons may differ.
  const block = await client.getBlockNumber();
  const address = await client.readContract({
    address: signed.application,
    abi: cvmApplicationAbi,
    functionName: "registry",
    blockNumber: block,
  });
  const registry = cvmRegistry({ address, client });
  const [valid, reasons, record] = await Promise.all([
    registry.checkSignature(signed, { block }),
    registry.explain(signed, { block }),
    registry.readRecord(signed.identityHash, { block }),
  ]);
  return { valid, reasons, registry: address, record };
}

const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000", "");

function linesOf(record: CvmRecord): string[] {
  if (!record.registered) return ["  the registry knows no such CVM"];
  const { teeTime, tpmTime, teeTTL, tpmTTL, validUntil } = record;
  // Each kind of evidence counts for its own time, and nothing beyond what certificates and collateral allow.
  const ends = Math.min(teeTime + teeTTL, tpmTime + tpmTTL, validUntil);
  return [
    `  measurement: ${record.measurementHash}`,
    `  TEE evidence of ${dateOf(teeTime)}, for ${teeTTL} s; TPM evidence of ${dateOf(tpmTime)}, for ${tpmTTL} s`,
    `  counts until ${dateOf(ends)}${record.suspended ? ", suspended" : ""}`,
  ];
}

function textOf({ valid, reasons, record }: Answer): string {
  const width = Math.max(...reasons.map(({ id }) => id.length));
  const failed = reasons.find(({ passed }) => !passed);
  // An application may have checks of its own.
  const titleOf = (id: string): string => checks.find((check) => check.id === id)?.title ?? "";
  const lines = reasons.map(({ id, passed }) =>
    `  ${passed ? "pass" : "FAIL"}  ${id.padEnd(width)}  ${titleOf(id)}`.trimEnd(),
  );
  const head = valid ? "believed" : `refused by ${failed?.id ?? "the application"}`;
  return `${[head, ...lines, ...linesOf(record)].join("\n")}\n`;
}

/** Runs the command. `connect` makes a transport of a URL. */
export async function runCheck(
  args: readonly string[],
  connect: (rpc: string) => Transport = overHttp,
): Promise<CommandResult> {
  const question = parse(args);
  if (typeof question === "string")
    return failure(question === checkUsage ? question : `${question}\n${checkUsage}`);
  let answer: Answer;
  try {
    answer = await ask(question, connect(question.rpc));
  } catch (error) {
    const first = (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
    return failure(`${question.signed.application} does not answer as an application: ${first}`);
  }
  const withoutBigints = (_: string, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value;
  const stdout = question.isJson ? `${JSON.stringify(answer, withoutBigints)}\n` : textOf(answer);
  return { status: answer.valid ? 0 : 1, stdout, stderr: "" };
}
