// A relayer over a fake node, with a verifier that accepts, and what tests ask of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { sql } from "kysely";
import { newLog } from "../../../relayer/log.ts";
import type { VerifyEvidence } from "../../../relayer/registration/verification.ts";
import { startRelayer } from "../../../relayer/server.ts";
import type { Relayer, RelayerOptions } from "../../../relayer/server.ts";
import { localSigner } from "../../../relayer/signers/local.ts";
import { openStore } from "../../../relayer/store/database.ts";
import type { OpenedStore } from "../../../relayer/store/database.ts";
import { FakeNode } from "./fake-node.ts";

export const registry = "0x00000000000000000000000000000000000000aa";
export const identityHash = `0x${"12".repeat(32)}` as const;

// Hardhat's first development account.
const key = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

export const accepting: VerifyEvidence = () => ({
  verdict: "accepted",
  check: null,
  explanation: "every check passed",
  identityHash,
});

export interface StepView {
  readonly state: string;
  readonly at: string;
  readonly note: string;
}

export interface RegistrationView {
  readonly id: string;
  readonly state: string;
  readonly check: string | null;
  readonly code: string | null;
  readonly explanation: string | null;
  readonly txHash: string | null;
  readonly gasUsed: string | null;
  readonly identityHash: string | null;
  readonly steps: readonly StepView[];
}

// A fresh PGlite takes two seconds, so the tests of one file share one and empty it.
let shared: Promise<OpenedStore> | null = null;

export async function mustEmptyStore(): Promise<OpenedStore> {
  shared ??= openStore({ storeFolder: "memory" });
  const store = await shared;
  await sql`truncate attempts, transactions, registrations, proving_requests, proving_sessions`.execute(
    store.db,
  );
  return store;
}

export async function mustStart(
  node: { readonly url: string },
  options: Partial<RelayerOptions> = {},
): Promise<Relayer> {
  return startRelayer({
    rpcUrl: node.url,
    registry,
    signer: localSigner(key),
    verify: accepting,
    log: newLog("silent"),
    port: 0,
    storeFolder: "memory",
    pollMs: 10,
    retryMs: 10,
    retryAfterMs: 10,
    confirmations: 1n,
    rpcTimeoutMs: 2000,
    agentTimeoutMs: 2000,
    chainId: 31337n,
    ...options,
  });
}

/** A node and a relayer that end with the test. */
export async function mustSetUp(t: TestContext, options: Partial<RelayerOptions> = {}) {
  const node = await new FakeNode().listen();
  const relayer = await mustStart(node, { store: await mustEmptyStore(), ...options });
  t.after(async () => {
    await relayer.stop();
    node.close();
  });
  return { node, relayer };
}

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cvm-relayer-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function post(
  relayer: Relayer,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${relayer.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

export async function get<T>(relayer: Relayer, path: string): Promise<T> {
  return (await (await fetch(`${relayer.url}${path}`)).json()) as T;
}

export async function mustRegister(relayer: Relayer, body: unknown): Promise<string> {
  const answer = await post(relayer, "/v1/registrations", body);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.body["id"] as string;
}

/** Polls until the condition holds; a test that waits for something that never comes fails with the last view. */
export async function until(
  relayer: Relayer,
  id: string,
  condition: (view: RegistrationView) => boolean,
): Promise<RegistrationView> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const view = await get<RegistrationView>(relayer, `/v1/registrations/${id}`);
    if (condition(view)) return view;
    if (Date.now() > deadline) assert.fail(`still ${JSON.stringify(view, null, 1)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const inState =
  (...states: string[]) =>
  (view: RegistrationView): boolean =>
    states.includes(view.state);

export const finished = inState("confirmed", "refused", "failed");
