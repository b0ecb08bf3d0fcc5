// GET /healthz (the process runs), /readyz (what it depends on answers) and /metrics.
import type { FastifyInstance } from "fastify";
import type { Address } from "viem";
import type { Chain } from "../chain.ts";
import { errorText } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { pingStore } from "../store/database.ts";
import type { Database } from "../store/database.ts";
import { countByState } from "../store/registrations.ts";

export interface HealthRoutes {
  readonly db: Database;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly registry: Address;
  readonly signer: Address;
  /** Wei below which the relayer is not ready. */
  readonly minBalance: bigint;
  readonly metrics: Metrics;
}

interface Part {
  readonly ok: boolean;
  readonly detail: string;
}

async function part(probe: () => Promise<Part>): Promise<Part> {
  try {
    return await probe();
  } catch (error) {
    return { ok: false, detail: errorText(error) };
  }
}

async function probeRpc({ chain, chainId, registry, metrics }: HealthRoutes): Promise<Part> {
  const [actual, head, hasCode] = await Promise.all([chain.chainId(), chain.head(), chain.hasCode(registry)]);
  metrics.set("cvm_relayer_head_block", Number(head.number));
  if (actual !== chainId) return { ok: false, detail: `chain ${actual} instead of ${chainId}` };
  if (!hasCode) return { ok: false, detail: `no contract at ${registry}` };
  return { ok: true, detail: `head ${head.number}` };
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
    const [rpc, store, signer] = await Promise.all([
      part(() => probeRpc(routes)),
      part(() => probeStore(routes)),
      part(() => probeBalance(routes)),
    ]);
    const isReady = rpc.ok && store.ok && signer.ok;
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, rpc, store, signer });
  });

  app.get("/metrics", async (_request, reply) => {
    // Metrics are still given when the store is away: that is when they are wanted most.
    const counts = await countByState(routes.db).catch(() => new Map<string, number>());
    for (const [state, count] of counts) routes.metrics.set("cvm_relayer_registrations", count, { state });
    return reply.type("text/plain; version=0.0.4").send(routes.metrics.text());
  });
}
