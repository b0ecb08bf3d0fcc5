// How a registration ends, or begins another round with fresh evidence.
import { checkById, checkCode } from "../../sdk/checks.ts";
import type { CheckId } from "../../sdk/checks.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { revertText } from "../../sdk/registry/revert.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import type { Hex } from "viem";
import { failure, failureCodes } from "../failure.ts";
import type { Failure } from "../failure.ts";
import { moveRegistration } from "../store/registrations.ts";
import type { Change, RegistrationRow } from "../store/registrations.ts";
import type { RegistrationState } from "../store/schema.ts";
import { isAnswer, wordsOf } from "../transactions/rejection.ts";
import { tpmQuoteOf } from "./anchor.ts";
import { ended, moved } from "./context.ts";
import type { Progress, RegistrarContext } from "./context.ts";

export async function move(
  context: RegistrarContext,
  row: RegistrationRow,
  state: RegistrationState,
  note: string,
  change: Change = {},
): Promise<Progress> {
  const at = context.now().toISOString();
  await moveRegistration(context.db, row.id, { state, at, note }, { explanation: null, ...change });
  context.metrics.count("cvm_relayer_registrations_total", { state });
  context.log.info({ registration: row.id, state, identity: row.identity_hash ?? undefined }, note);
  return moved;
}

export async function refuse(
  context: RegistrarContext,
  row: RegistrationRow,
  check: CheckId,
  explanation: string,
  change: Change = {},
): Promise<Progress> {
  const code = checkCode(checkById(check));
  context.metrics.count("cvm_relayer_check_failures_total", { check });
  await move(context, row, "refused", check, { ...change, check_id: check, code, explanation });
  return ended;
}

export async function fail(
  context: RegistrarContext,
  row: RegistrationRow,
  reason: Failure,
  change: Change = {},
): Promise<Progress> {
  const code = failureCodes[reason.kind];
  context.metrics.count("cvm_relayer_failures_total", { code });
  await move(context, row, "failed", reason.kind, { ...change, code, explanation: reason.detail });
  return ended;
}

export async function confirm(
  context: RegistrarContext,
  row: RegistrationRow,
  note: string,
  change: Change = {},
): Promise<Progress> {
  await move(context, row, "confirmed", note, change);
  return ended;
}

/** Fresh evidence from the agent, unless there is no agent or it was asked often enough. */
export function renewEvidence(
  context: RegistrarContext,
  row: RegistrationRow,
  why: string,
  notBelow: bigint | null = null,
): Promise<Progress> {
  if (row.agent_url === null || row.rounds >= context.policy.maxRounds)
    return fail(context, row, failure("evidence-stale", why));
  return move(context, row, "received", `asking for fresh evidence: ${why}`, {
    calldata: null,
    evidence_hash: null,
    quote_hash: null,
    expires_at_block: null,
    tx_hash: null,
    reverted_form: null,
    rounds: row.rounds + 1,
    ...(notBelow !== null && { min_anchor_block: notBelow.toString() }),
  });
}

/**
 * True when the registry already holds exactly this quote, whoever brought it. False as well where the node does not
 * give its events: then the registry's refusal stands, or fresh evidence is asked for.
 */
export async function isAlreadyRecorded(context: RegistrarContext, row: RegistrationRow): Promise<boolean> {
  if (row.identity_hash === null || row.calldata === null) return false;
  const quote = tpmQuoteOf(fromHex(row.calldata));
  if (quote === null) return false;
  const expires = row.expires_at_block === null ? null : BigInt(row.expires_at_block);
  const first = expires === null ? 0n : expires - context.policy.maxAnchorBlocks;
  const head = (await context.chain.head()).number;
  // It is recorded within the life of its anchor or never. Providers bound the blocks of one query, and nodes those
  // above their head.
  const to = expires === null || head < expires ? head : expires;
  try {
    return await context.registry.isRecordedFrom(
      row.identity_hash as Hex,
      quote,
      first < 0n ? 0n : first,
      to,
    );
  } catch (error) {
    if (!isAnswer(error)) throw error;
    const about = { registration: row.id, err: wordsOf(error) };
    context.log.warn(about, "the node gives no events: whether the quote was recorded stays open");
    return false;
  }
}

// Refusals that new evidence of the same machine cures.
const curedByNewEvidence: ReadonlySet<string> = new Set(["anchor.age", "anchor.hash", "record.not-newer"]);

/** What the registry's refusal means for a registration: done by somebody else, curable, or final. */
export async function concludeRevert(
  context: RegistrarContext,
  row: RegistrationRow,
  revert: Revert,
  change: Change = {},
): Promise<Progress> {
  const text = `the registry refuses: ${revertText(revert)}`;
  // A copyist may have sent our calldata first: then the registration is done, at his expense.
  if (revert.check === "record.not-newer" && (await isAlreadyRecorded(context, row)))
    return confirm(context, row, "already recorded from this quote by another transaction", change);
  const isCurable = revert.check !== null && curedByNewEvidence.has(revert.check);
  if (isCurable && row.agent_url !== null && row.rounds < context.policy.maxRounds) {
    const [recorded] = revert.args;
    const notBelow = revert.check === "record.not-newer" && typeof recorded === "bigint" ? recorded : null;
    return renewEvidence(context, row, text, notBelow);
  }
  if (revert.check === null) return fail(context, row, failure("transaction-reverted", text), change);
  return refuse(context, row, revert.check, `${text}: ${checkById(revert.check).title}`, change);
}
