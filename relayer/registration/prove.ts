// received → proved: evidence of a proof report type, still without its proof. Nothing is paid for what is doomed: the
// evidence is judged by everything but the proof first, and the chain is asked whether it takes the program.
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readProvableReport } from "../../sdk/evidence/provable-report.ts";
import type { ProvableReport } from "../../sdk/evidence/provable-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import type { ProofProgram } from "../../sdk/verify/zk/programs.ts";
import {
  chooseProgram,
  guestInput,
  ProvingError,
  requireProgram,
  statementIdOf,
  systemOf,
  withProof,
} from "../../proving/index.ts";
import type { ProofSystem } from "../../proving/index.ts";
import type { Hex } from "viem";
import { failure } from "../failure.ts";
import { dropProvingRequest, provingRequestOf, storeProvingRequest } from "../store/proving.ts";
import type { ProvingRequestRow } from "../store/proving.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import { waiting } from "./context.ts";
import type { Progress, ProvingParts, RegistrarContext } from "./context.ts";
import { documentsFor, lostDocumentsOf, noDocuments } from "./documents.ts";
import { concludeRevert, fail, move, refuse } from "./ending.ts";
import { anchoredAt, lastBlockOf } from "./anchor.ts";
import { refusalByRecord } from "./recorded.ts";
import { factsFor } from "./verification.ts";
import type { Judgement } from "./verification.ts";

/** Evidence that is still to be proved. */
export interface Provable {
  readonly registration: Registration;
  readonly report: ProvableReport;
  readonly system: ProofSystem;
}

/** Null for evidence that is complete, or that no proof would help. */
export function provableOf(calldata: Uint8Array): Provable | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const report = readProvableReport(registration);
  const system = systemOf(registration.reportType);
  return report === null || isRefusal(report) || system === null ? null : { registration, report, system };
}

/** Milliseconds since 1970: counted from when the evidence was received, so that a restart prolongs nothing. */
function deadlineOf(row: RegistrationRow, timeoutSeconds: number): number {
  const received = row.steps.findLast(({ state }) => state === "received")!;
  return Date.parse(received.at) + timeoutSeconds * 1_000;
}

async function untilDeadline(
  context: RegistrarContext,
  row: RegistrationRow,
  reason: string,
): Promise<Progress> {
  const { provingTimeoutSeconds: seconds } = context.policy;
  return context.now().getTime() < deadlineOf(row, seconds)
    ? waiting(reason)
    : fail(context, row, failure("proving-failed", `${reason}, for ${seconds} s`, true));
}

type Prepared = ProvingRequestRow | { readonly progress: Progress };

/**
 * What is proved is the TEE statement, for a report type: one proof serves everything that brings this statement, whoever
 * changes the bytes around it that nobody signed. Null for a malformed one, which the verdict names.
 */
function subjectOf({ registration, report }: Provable): string | null {
  const id = statementIdOf(report);
  return isRefusal(id) ? null : `${registration.reportType}:${toHex(id)}`;
}

// Proofs count for a day from their own time (protocol §6); within half of it they are used again.
const usableMs = 43_200_000;
const oldestUsable = ({ now }: RegistrarContext): Date => new Date(now().getTime() - usableMs);

/** What the registry's record of the AK makes of evidence that it rules out; null for what may be recorded. */
async function endByRecord(
  context: RegistrarContext,
  row: RegistrationRow,
  { akId, identityHash }: Judgement,
): Promise<Progress | null> {
  if (akId === undefined) return null;
  const anchor = anchoredAt(fromHex(row.calldata!));
  const refusal = await refusalByRecord(context.chain.rpc, context.registry.address, akId, anchor);
  if (refusal === null) return null;
  const last = anchor === null ? null : lastBlockOf(anchor, context.policy.maxAnchorBlocks);
  const judged = { identity_hash: identityHash, expires_at_block: last?.toString() ?? null };
  return concludeRevert(context, { ...row, ...judged }, refusal, { identity_hash: identityHash });
}

/** The evidence, judged, as a request to a program; stored before anybody is asked. */
async function prepare(
  context: RegistrarContext,
  proving: ProvingParts,
  row: RegistrationRow,
  provable: Provable,
): Promise<Prepared> {
  const { registration, report } = provable;
  const calldata = fromHex(row.calldata!);
  const facts = await factsFor(calldata, context.chain, context.chainId, context.registry.address);
  const judgement = await context.verify(calldata, facts);
  if (judgement.verdict === "rejected") {
    if (judgement.check === null) throw new Error("a verifier rejected without naming a check");
    return { progress: await refuse(context, row, judgement.check, judgement.explanation) };
  }
  // Nobody pays for a quote that was not looked at.
  if (judgement.isLeftToChain) return { progress: await untilDeadline(context, row, noDocuments) };
  const ended = await endByRecord(context, row, judgement);
  if (ended !== null) return { progress: ended };
  const program = chooseProgram(registration.tee, registration.reportType, proving.programs);
  const objection = await proving.checkAdmission(program);
  if (objection !== null)
    return { progress: await refuse(context, row, "proof.program", `no proof is bought: ${objection}`) };
  const idle = (await context.prepareCollateral?.(calldata)) ?? null;
  if (idle !== null) return { progress: await untilDeadline(context, row, idle) };
  const documents = await documentsFor(context, proving, calldata, provable);
  if ("reason" in documents) return { progress: await untilDeadline(context, row, documents.reason) };
  const input = guestInput(report, program.format, { timestamp: facts.timestamp, ...documents });
  return storeProvingRequest(
    context.db,
    { subject: subjectOf(provable)!, program: toHex(program.id), input: toHex(input) },
    context.now(),
    oldestUsable(context),
  );
}

/** The anchor outlasted by its proof: new evidence would have to be paid for again, so nobody asks for it. */
async function isStale(context: RegistrarContext, row: RegistrationRow): Promise<bigint | null> {
  const anchor = anchoredAt(fromHex(row.calldata!));
  if (anchor === null) return null;
  const last = lastBlockOf(anchor, context.policy.maxAnchorBlocks);
  return (await context.chain.head()).number >= last ? last : null;
}

async function follow(
  context: RegistrarContext,
  proving: ProvingParts,
  row: RegistrationRow,
  provable: Provable,
  request: ProvingRequestRow,
): Promise<Progress> {
  const { registration, report, system } = provable;
  const { tee, reportType } = registration;
  const program: ProofProgram = requireProgram(tee, reportType, request.program as Hex);
  const state = proving.prover.look({
    id: request.subject,
    system,
    tee,
    program: request.program as Hex,
    input: fromHex(request.input),
    deadline: deadlineOf(row, context.policy.provingTimeoutSeconds),
  });
  if (state.kind === "failed") throw state.error;
  if (state.kind === "under-way") {
    const last = await isStale(context, row);
    if (last === null) return waiting(state.note);
    proving.prover.abandon(request.subject);
    const text = `the proof took longer than its anchor lasts, to block ${last}: ${state.note}`;
    return fail(context, row, failure("evidence-stale", text));
  }
  const lost = await lostDocumentsOf(proving, provable, state.proof.output);
  if (lost !== null) {
    await dropProvingRequest(context.db, request);
    const text = `the proof rests on documents that the chain has replaced meanwhile (${lost}): it would be refused`;
    return fail(context, row, failure("proving-failed", text, true));
  }
  const proved = encodeAttestCvm(withProof(registration, report, state.proof, program.format));
  return move(context, row, "proved", `${system} proof of program ${request.program}`, {
    calldata: toHex(proved),
  });
}

/** Has the evidence proved. A failure says the service's words; the session stays for the same evidence. */
export async function prove(
  context: RegistrarContext,
  row: RegistrationRow,
  provable: Provable,
): Promise<Progress> {
  const { proving } = context;
  if (proving === null || !proving.prover.hasPath(provable.system))
    return fail(
      context,
      row,
      failure("proving-unavailable", `this relayer has no prover of ${provable.system}`),
    );
  if (provable.report.tee === teeTypes.intelTdx && proving.readDocuments === null)
    return fail(
      context,
      row,
      failure(
        "proving-unavailable",
        "no source of Intel's documents is configured: a quote is proved by them",
      ),
    );
  if (!(await proving.lease.hold())) return waiting("another relayer on this store has the proofs made");
  try {
    const subject = subjectOf(provable);
    const stored =
      subject === null ? undefined : await provingRequestOf(context.db, subject, oldestUsable(context));
    const request = stored ?? (await prepare(context, proving, row, provable));
    return "progress" in request ? request.progress : await follow(context, proving, row, provable, request);
  } catch (error) {
    if (error instanceof ProvingError)
      return fail(context, row, failure("proving-failed", error.message, error.retryable));
    throw error;
  }
}
