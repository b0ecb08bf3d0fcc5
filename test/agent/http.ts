// Starts an agent on free ports and speaks HTTP to it.
import { startAgent, type AgentOptions, type RunningAgent } from "../../agent/agent.ts";
import { startSimulatedMachine, type SimulatedFlavour } from "../../agent/platforms/simulated/machine.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { block } from "./chain.ts";

export type Json = Record<string, unknown>;

export async function mustStart(
  flavour: SimulatedFlavour = "gcp-tdx",
  options: Partial<AgentOptions> = {},
): Promise<RunningAgent> {
  const platform = await startSimulatedMachine({ flavour, tpm: "software" });
  const listener = { host: "127.0.0.1", port: 0 };
  return startAgent({ platform, workload: listener, operator: listener, ...options });
}

export async function get(url: string): Promise<{ status: number; body: Json }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Json };
}

export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: (await response.json()) as Json,
  };
}

export const bytesOf = (value: unknown): Uint8Array =>
  Uint8Array.from(Buffer.from(value as string, "base64"));
export const anchorFields = {
  chain_id: block.chainId.toString(),
  registry: toHex(block.registry),
  block_number: block.blockNumber.toString(),
  block_hash: toHex(block.blockHash),
};
export const zeroAddress = `0x${"00".repeat(20)}`;
