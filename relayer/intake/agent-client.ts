// Asks an agent for registration evidence. The agent is not trusted: its answer is bounded in time and size,
// must be exactly the JSON expected, and is judged afterwards like anybody's calldata.
import type { Hex } from "viem";
import { checks } from "../../sdk/checks.ts";
import type { CheckId } from "../../sdk/checks.ts";
import { failure } from "../failure.ts";
import type { Failure } from "../failure.ts";
import { bytesOfBase64 } from "./bytes.ts";

/** The request for anchored evidence (protocol §11). */
export interface EvidenceRequest {
  /** TeeReportType of protocol §1. */
  readonly reportType: number;
  readonly chainId: bigint;
  readonly registry: Hex;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
}

export interface AgentOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Ends the request early, at shutdown. */
  readonly signal?: AbortSignal;
}

export type AgentAnswer =
  | { readonly ok: true; readonly calldata: Uint8Array }
  /** The agent itself named a failed check. */
  | { readonly ok: false; readonly check: CheckId; readonly detail: string }
  | { readonly ok: false; readonly check: null; readonly failure: Failure };

const failed = (reason: Failure): AgentAnswer => ({ ok: false, check: null, failure: reason });
const known = new Set<string>(checks.map(({ id }) => id));

/** Reads at most `maxBytes`; null when there are more. Never trusts content-length. */
async function bodyWithin(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldOf = (json: unknown, name: string): unknown =>
  typeof json === "object" && json !== null ? (json as Record<string, unknown>)[name] : undefined;

// An agent's words end in our API and log: no control characters, no novels.
function wordsOf(value: unknown): string {
  return typeof value === "string"
    ? value.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 200)
    : "no detail";
}

function refusalOf(status: number, json: unknown): AgentAnswer {
  const check = fieldOf(json, "check");
  const detail = wordsOf(fieldOf(json, "detail") ?? fieldOf(json, "title"));
  if (typeof check === "string" && known.has(check))
    return { ok: false, check: check as CheckId, detail: `the agent says: ${detail}` };
  return failed(
    failure("agent-refused", `the agent answered ${status}: ${detail}`, status >= 500 || status === 429),
  );
}

function answerOf(response: Response, text: string | null, maxBytes: number): AgentAnswer {
  if (text === null) return failed(failure("agent-answer", `the agent's answer exceeds ${maxBytes} bytes`));
  const json = parseJson(text);
  if (!response.ok) return refusalOf(response.status, json);
  if (json === undefined) return failed(failure("agent-answer", "the agent's answer is no JSON"));
  const calldata = fieldOf(json, "calldata");
  if (typeof calldata !== "string")
    return failed(failure("agent-answer", "the agent's answer has no calldata"));
  const bytes = bytesOfBase64(calldata);
  if (bytes === null || bytes.length < 4)
    return failed(failure("agent-answer", "the agent's calldata is not base64 of a call"));
  return { ok: true, calldata: bytes };
}

function networkFailure(error: unknown, timeoutMs: number): AgentAnswer {
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  if (isTimeout)
    return failed(failure("agent-timeout", `the agent did not answer within ${timeoutMs} ms`, true));
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code = wordsOf(fieldOf(cause, "code") ?? (cause instanceof Error ? cause.message : undefined));
  return failed(failure("agent-unreachable", `the agent could not be reached: ${code}`, true));
}

export async function askAgent(
  agent: string,
  request: EvidenceRequest,
  options: AgentOptions,
): Promise<AgentAnswer> {
  const base = agent.endsWith("/") ? agent.slice(0, -1) : agent;
  const deadline = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(`${base}/onchain/registration-collaterals`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      // Numbers as decimal strings: the walkthrough's agents read chain_id so.
      body: JSON.stringify({
        report_type: request.reportType,
        chain_id: request.chainId.toString(),
        registry: request.registry,
        block_number: request.blockNumber.toString(),
        block_hash: request.blockHash,
      }),
      // A redirect would lead past the check of the URL.
      redirect: "error",
      signal: options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]),
    });
    return answerOf(response, await bodyWithin(response, options.maxBytes), options.maxBytes);
  } catch (error) {
    return networkFailure(error, options.timeoutMs);
  }
}
