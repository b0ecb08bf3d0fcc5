// POST /onchain/refresh and POST /onchain/new-cvm-identity: re-attestation of the TPM half with the same key, and with a
// second one. Nothing is rotated here until the caller purges the key before: it knows when the registry's record is final.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import type { Agent } from "../agent.ts";
import type { Identity } from "../identity/identity.ts";
import { collectReattestation } from "../reattestation.ts";
import { keyUnusable } from "../signing.ts";
import {
  blockNumber,
  chainId,
  hash,
  nonce,
  readBody,
  registryFields,
  registryOf,
  reportType,
  toBase64,
} from "./fields.ts";

const reattestationBody = z.strictObject({
  nonce,
  chain_id: chainId,
  ...registryFields,
  block_number: blockNumber,
  block_hash: hash,
  /** As recorded. */
  report_type: reportType,
  /** As recorded. */
  tee_measurement: hash,
});

async function reattest(agent: Agent, given: unknown, nextOf: () => Promise<Identity>) {
  const body = readBody(reattestationBody, given);
  const block = {
    chainId: body.chain_id,
    registry: registryOf(body),
    blockNumber: body.block_number,
    blockHash: body.block_hash,
  };
  const { current } = agent.keyring;
  // A key that cannot sign for another one must not leave one behind either.
  if (!(await current.isUsable())) throw keyUnusable();
  const next = await nextOf();
  const reattestation = await collectReattestation(agent.platform, current, next, {
    nonce: body.nonce,
    block,
    reportType: body.report_type,
    teeMeasurement: body.tee_measurement,
  });
  if (reattestation === null) throw keyUnusable();
  const form = next === current ? "refresh" : "rotation";
  agent.metrics.count("cvm_agent_reattestations_total", { form });
  return { calldata: toBase64(encodeReattestCvm(reattestation)) };
}

export function reattestationRoutes(app: FastifyInstance, agent: Agent): void {
  const { keyring, requireCaller: onRequest } = agent;
  app.post("/onchain/refresh", { onRequest }, ({ body }) =>
    reattest(agent, body, () => Promise.resolve(keyring.current)),
  );
  app.post("/onchain/new-cvm-identity", { onRequest }, ({ body }) =>
    reattest(agent, body, () => keyring.next()),
  );
}
