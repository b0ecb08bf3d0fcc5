// POST /onchain/registration-collaterals and GET /onchain/golden-measurement.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { reportTypes, type AnchorBlock, type Registration } from "../../sdk/evidence/registration.ts";
import type { Agent } from "../agent.ts";
import type { Identity } from "../identity/identity.ts";
import { ProblemError } from "../problem.ts";
import { collectRegistration, goldenMeasurement, type RegistrationRequest } from "../registration.ts";
import { address, blockNumber, chainId, hash, readBody, reportType, toBase64 } from "./fields.ts";

const registrationBody = z.strictObject({
  report_type: reportType,
  chain_id: chainId.optional(),
  registry: address.optional(),
  block_number: blockNumber.optional(),
  block_hash: hash.optional(),
  /** Of the proof report types: has the agent ask a prover. Without meaning for report type 1. */
  zk_config: z
    .strictObject({ image_id: z.string(), url: z.string(), api_key: z.string(), version: z.string() })
    .partial()
    .optional(),
});

type RegistrationBody = z.infer<typeof registrationBody>;

/** All three anchor fields with chain_id, or none of the three; chain_id alone is the walkthrough's. */
function blockOf(body: RegistrationBody): AnchorBlock | null {
  const { chain_id, registry, block_number, block_hash } = body;
  if (registry === undefined && block_number === undefined && block_hash === undefined) return null;
  if (
    chain_id === undefined ||
    registry === undefined ||
    block_number === undefined ||
    block_hash === undefined
  )
    throw new ProblemError(
      "CVM_AGENT_ANCHOR_INCOMPLETE",
      "chain_id, registry, block_number and block_hash are given together",
    );
  return { chainId: chain_id, registry, blockNumber: block_number, blockHash: block_hash };
}

/** Evidence of now about this identity. For proof report types its TEE report is what is still to be proved. */
async function collect(
  agent: Agent,
  identity: Identity,
  request: RegistrationRequest,
): Promise<Registration> {
  const registration = await collectRegistration(agent.platform, identity, request);
  const form = request.block === null ? "unanchored" : "anchored";
  agent.metrics.count("cvm_agent_registrations_total", { form });
  return registration;
}

async function calldataOf(agent: Agent, body: RegistrationBody): Promise<Uint8Array> {
  const request = { reportType: body.report_type, block: blockOf(body) };
  if (request.block === null && !agent.policy.allowUnanchored)
    throw new ProblemError(
      "CVM_AGENT_UNANCHORED_REFUSED",
      "send chain_id, registry, block_number and block_hash",
    );
  const { current } = agent.keyring;
  const { zk_config: zkConfig } = body;
  const isProved = request.reportType !== reportTypes.solidity && zkConfig !== undefined;
  if (!isProved) return encodeAttestCvm(await collect(agent, current, request));
  return agent.proofs.prove({ ...request, zkConfig, identity: current.hash }, () =>
    collect(agent, current, request),
  );
}

export function registrationRoute(app: FastifyInstance, agent: Agent): void {
  app.post("/onchain/registration-collaterals", { onRequest: agent.requireCaller }, async ({ body }) => ({
    calldata: toBase64(await calldataOf(agent, readBody(registrationBody, body))),
  }));
}

export function goldenMeasurementRoute(app: FastifyInstance, agent: Agent): void {
  app.get("/onchain/golden-measurement", async () => ({
    golden_measurement: toBase64(await goldenMeasurement(agent.platform)),
  }));
}
