// GET /healthz (the process answers), GET /readyz (the identity key can sign) and GET /metrics.
import type { FastifyInstance } from "fastify";
import type { Agent } from "../agent.ts";

export function healthRoutes(app: FastifyInstance, agent: Agent): void {
  app.get("/healthz", () => ({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    const isUsable = await agent.keyring.current.isUsable();
    agent.metrics.set("cvm_agent_identity_key_usable", isUsable ? 1 : 0);
    const body = {
      status: isUsable ? "ready" : "not ready",
      identity_key_usable: isUsable,
      rotation_pending: agent.keyring.pending !== null,
      warnings: agent.warnings,
    };
    return reply.code(isUsable ? 200 : 503).send(body);
  });

  app.get("/metrics", (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(agent.metrics.render()),
  );
}
