// POST /onchain/registration-collaterals and GET /onchain/golden-measurement.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { reportTypes, type AnchorBlock } from "../../sdk/evidence/registration.ts";
import type { Agent } from "../agent.ts";
import { ProblemError } from "../problem.ts";
import { collectRegistration, goldenMeasurement } from "../registration.ts";
import { address, blockNumber, chainId, hash, readBody, reportType, toBase64 } from "./fields.ts";

const registrationBody = z.strictObject({
  report_type: reportType,
  chain_id: chainId.optional(),
  registry: address.optional(),
  block_number: blockNumber.optional(),
  block_hash: hash.optional(),
  /** Of the proof report types; without meaning for report type 1. */
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

export function registrationRoute(app: FastifyInstance, agent: Agent): void {
  app.post("/onchain/registration-collaterals", { onRequest: agent.requireCaller }, async (request) => {
    const body = readBody(registrationBody, request.body);
    if (body.report_type !== reportTypes.solidity)
      throw new ProblemError(
        "CVM_AGENT_REPORT_TYPE_UNAVAILABLE",
        `report type ${body.report_type} needs a prover; this agent makes 1`,
        "tee.report-type-unsupported",
      );
    const block = blockOf(body);
    if (block === null && !agent.policy.allowUnanchored)
      throw new ProblemError(
        "CVM_AGENT_UNANCHORED_REFUSED",
        "send chain_id, registry, block_number and block_hash",
      );
    const registration = await collectRegistration(agent.platform, agent.keyring.current, {
      reportType: body.report_type,
      block,
    });
    agent.metrics.count("cvm_agent_registrations_total", {
      form: block === null ? "unanchored" : "anchored",
    });
    return { calldata: toBase64(encodeAttestCvm(registration)) };
  });
}

export function goldenMeasurementRoute(app: FastifyInstance, agent: Agent): void {
  app.get("/onchain/golden-measurement", async () => ({
    golden_measurement: toBase64(await goldenMeasurement(agent.platform)),
  }));
}
