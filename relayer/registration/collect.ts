// received → verified: evidence from the agent, judged off chain.
import { createHash } from "node:crypto";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";
import { failure } from "../failure.ts";
import { askAgent } from "../intake/agent-client.ts";
import type { AgentAnswer, EvidenceRequest } from "../intake/agent-client.ts";
import type { ReportTypeName } from "../settings.ts";
import { registrationOfEvidence } from "../store/registrations.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import { sizeFailure } from "../transactions/size.ts";
import { anchoredAt, anchorNumber, lastBlockOf } from "./anchor.ts";
import { waiting } from "./context.ts";
import type { Progress, RegistrarContext } from "./context.ts";
import { fail, move, refuse } from "./ending.ts";
import { factsFor } from "./verification.ts";

export const evidenceHashOf = (calldata: Uint8Array): string =>
  createHash("sha256").update(calldata).digest("hex");

const typeNumbers: Readonly<Record<ReportTypeName, number>> = {
  solidity: reportTypes.solidity,
  sp1: reportTypes.sp1,
  risc0: reportTypes.riscZero,
};

/** How many times in a row an agent did not answer; kept by the worker, forgotten at a restart. */
export type AgentFailures = Map<string, number>;

async function storeEvidence(
  context: RegistrarContext,
  row: RegistrationRow,
  calldata: Uint8Array,
  { blockNumber: anchor, reportType }: EvidenceRequest,
): Promise<Progress> {
  const tooLarge = sizeFailure(calldata.length);
  if (tooLarge !== null) return fail(context, row, tooLarge);
  const decoded = decodeAttestCvm(calldata);
  const isReadable = !("check" in decoded);
  // What is signed names the report type: another one was not asked for, and may cost a proof.
  if (isReadable && decoded.reportType !== reportType)
    return fail(
      context,
      row,
      failure(
        "agent-answer",
        `the agent's evidence is of type ${decoded.reportType}, asked was ${reportType}`,
      ),
    );
  // An older block is an older quote, and none at all is evidence of any age.
  if (isReadable && anchoredAt(calldata) !== anchor)
    return fail(
      context,
      row,
      failure("agent-unanchored", `the agent's quote is not anchored to block ${anchor}`),
    );
  const evidenceHash = evidenceHashOf(calldata);
  const twin = await registrationOfEvidence(context.db, evidenceHash, row.id);
  if (twin !== undefined)
    return fail(context, row, failure("evidence-duplicate", `the same evidence is registration ${twin.id}`));
  return move(context, row, "received", `${calldata.length} bytes of evidence, anchored to block ${anchor}`, {
    calldata: toHex(calldata),
    evidence_hash: evidenceHash,
  });
}

/** The first report type of the list that the agent makes, or its last answer. */
async function askForFirst(
  { chainId, registry, policy, signal }: RegistrarContext,
  row: RegistrationRow,
  block: Pick<EvidenceRequest, "blockNumber" | "blockHash">,
): Promise<{ readonly answer: AgentAnswer; readonly request: EvidenceRequest }> {
  const wanted = row.report_type === null ? policy.reportTypes : [row.report_type];
  const options = { timeoutMs: policy.agentTimeoutMs, maxBytes: policy.agentMaxBytes, signal };
  for (let at = 0; ; at++) {
    const reportType = typeNumbers[wanted[at]!];
    const request = { chainId, registry: registry.address, reportType, ...block };
    const answer = await askAgent(row.agent_url!, request, options);
    const isUnsupported = !answer.ok && answer.check === "tee.report-type-unsupported";
    if (!isUnsupported || at + 1 === wanted.length) return { answer, request };
  }
}

/** Asks the agent for evidence anchored to a recent block. */
export async function collect(
  context: RegistrarContext,
  row: RegistrationRow,
  failures: AgentFailures,
): Promise<Progress> {
  const { chain, policy } = context;
  const head = await chain.head();
  const anchor = anchorNumber(head.number, policy.anchorDepth, BigInt(row.min_anchor_block ?? 0));
  if (anchor === null) return waiting("the chain has no block yet to which new evidence may be anchored");
  const blockHash = await chain.blockHash(anchor);
  if (blockHash === null) return waiting(`the node does not know block ${anchor}`);
  const { answer, request } = await askForFirst(context, row, { blockNumber: anchor, blockHash });
  if (answer.ok) {
    failures.delete(row.id);
    return storeEvidence(context, row, answer.calldata, request);
  }
  if (answer.check !== null) return refuse(context, row, answer.check, answer.detail);
  // A request that the shutdown cut off says nothing about the agent.
  if (context.signal.aborted) return waiting("shutting down");
  const count = (failures.get(row.id) ?? 0) + 1;
  failures.set(row.id, count);
  if (answer.failure.isTransient && count < policy.agentAttempts) return waiting(answer.failure.detail);
  failures.delete(row.id);
  return fail(context, row, answer.failure);
}

/** Judges the evidence with the checks of the registry; what is doomed goes no further. */
export async function verify(context: RegistrarContext, row: RegistrationRow): Promise<Progress> {
  const calldata = fromHex(row.calldata!);
  const facts = await factsFor(calldata, context.chain, context.chainId, context.registry.address);
  const judgement = await context.verify(calldata, facts);
  const { identityHash, check, explanation } = judgement;
  if (judgement.verdict === "rejected") {
    if (check === null) throw new Error("a verifier rejected without naming a check");
    return refuse(
      context,
      row,
      check,
      explanation,
      identityHash === null ? {} : { identity_hash: identityHash },
    );
  }
  const expires = facts.anchor && lastBlockOf(facts.anchor.number, context.policy.maxAnchorBlocks);
  return move(context, row, "verified", explanation, {
    identity_hash: identityHash,
    expires_at_block: expires?.toString() ?? null,
  });
}
