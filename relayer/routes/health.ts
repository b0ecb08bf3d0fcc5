// GET /healthz (the process runs), /readyz (what it depends on answers) and /metrics.
import type { FastifyInstance } from "fastify";
import type { Address } from "viem";
import type { Chain } from "../chain.ts";
import type { CollateralReadiness } from "../collateral/readiness.ts";
import { errorText } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { pingStore } from "../store/database.ts";
import type { Database } from "../store/database.ts";
import { countByState } from "../store/registrations.ts";
import { registrationStates } from "../store/schema.ts";

/** Longest wait for one part of an answer, below what probes of orchestrators are commonly given. */
const probeTimeoutMs = 5_000;

export interface HealthRoutes {
  readonly db: Database;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly registry: Address;
  readonly signer: Address;
  /** Wei below which the relayer is not ready. */
  readonly minBalance: bigint;
  readonly metrics: Metrics;
  readonly now: () => Date;
  /** Null where the relayer brings no collateral. */
  readonly collateral: (() => Promise<CollateralReadiness>) | null;
}

interface Part {
  readonly ok: boolean;
  readonly detail: string;
}

/** What answers too late is not waited for: a probe is to say which part hangs, not to hang with it. */
async function timely<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${probeTimeoutMs} ms`)), probeTimeoutMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function part<T extends Part>(probe: () => Promise<T>): Promise<Part> {
  try {
    return await timely(probe());
  } catch (error) {
    return { ok: false, detail: errorText(error) };
  }
}

async function probeRpc({ chain, chainId, registry, metrics, now }: HealthRoutes): Promise<Part> {
  const [actual, head, hasCode] = await Promise.all([chain.chainId(), chain.head(), chain.hasCode(registry)]);
  const age = Math.floor(now().getTime() / 1000) - Number(head.timestamp);
  metrics.set("cvm_relayer_head_block", Number(head.number));
  metrics.set("cvm_relayer_head_age_seconds", age);
  if (actual !== chainId) return { ok: false, detail: `chain ${actual} instead of ${chainId}` };
  if (!hasCode) return { ok: false, detail: `no contract at ${registry}` };
  return { ok: true, detail: `head ${head.number}, ${age} s old` };
}

async function probeBalance({ chain, signer, minBalance, metrics }: HealthRoutes): Promise<Part> {
  const balance = await chain.balance(signer);
  metrics.set("cvm_relayer_signer_balance_wei", Number(balance));
  return { ok: balance >= minBalance, detail: `${signer} has ${balance} wei, wants ${minBalance}` };
}

async function probeStore({ db }: HealthRoutes): Promise<Part> {
  await pingStore(db);
  return { ok: true, detail: "answers" };
}

export function healthRoutes(app: FastifyInstance, routes: HealthRoutes): void {
  app.get("/healthz", () => ({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    const { collateral: readCollateral } = routes;
    const [rpc, store, signer, collateral] = await Promise.all([
      part(() => probeRpc(routes)),
      part(() => probeStore(routes)),
      part(() => probeBalance(routes)),
      ...(readCollateral === null ? [] : [part(readCollateral)]),
    ]);
    const ready = rpc.ok && store.ok && signer.ok;
    // Degraded is ready: what the chain holds still serves, and another relayer would find Intel as silent.
    const state = !ready ? "not-ready" : collateral?.ok === false ? "degraded" : "ready";
    return reply.code(ready ? 200 : 503).send({ ready, state, rpc, store, signer, collateral });
  });

  app.get("/metrics", async (_request, reply) => {
    // Metrics are still given when the store is away: that is when they are wanted most.
    const counts = await timely(countByState(routes.db)).catch(() => null);
    // All states: one that nobody is in any more would keep its last value.
    if (counts !== null)
      for (const state of registrationStates)
        routes.metrics.set("cvm_relayer_registrations", counts.get(state) ?? 0, { state });
    return reply.type("text/plain; version=0.0.4").send(routes.metrics.text());
  });
}
