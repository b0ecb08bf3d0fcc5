// Sends journalled transactions and watches them until they are final. Decides nothing itself: it observes, asks
// send-state.ts, and carries the decision out. One sender per signer and chain.
import type { Hex } from "viem";
import type { Chain } from "../chain.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Lease } from "../store/lease.ts";
import { moveRegistration, noteWaiting, registrationById } from "../store/registrations.ts";
import type { RegistrationState } from "../store/schema.ts";
import { attemptsOf, closeTransaction, noteBroadcast, openTransactions } from "../store/transactions.ts";
import type { AttemptRow, TransactionRow } from "../store/transactions.ts";
import { bumpedFees, cancelFees, firstFees } from "./fees.ts";
import type { FeePolicy } from "./fees.ts";
import { journalFirst, journalReplacement, replayedState } from "./journal.ts";
import type { JournalContext, Outgoing } from "./journal.ts";
import { nextNonce } from "./nonces.ts";
import { classifyRejection, wordsOf } from "./rejection.ts";
import { decide, observe, replaced } from "./send-state.ts";
import type { Inclusion, Observation, SendPolicy, SendState } from "./send-state.ts";

/** How a transaction ended; the registration's owner draws the conclusion. */
export type Outcome =
  | { readonly kind: "included"; readonly inclusion: Inclusion }
  /** The nonce was used up to withdraw stale evidence. */
  | { readonly kind: "cancelled" }
  /** The nonce was used up in place of bytes that the node refused for this reason. */
  | { readonly kind: "not-taken"; readonly reason: string }
  /** Another transaction of this key took the nonce. */
  | { readonly kind: "lost" };

export interface SenderContext extends JournalContext {
  readonly chain: Chain;
  readonly sendPolicy: SendPolicy;
  readonly feePolicy: FeePolicy;
  /** Held by the one process that acts for this signer. */
  readonly lease: Lease;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Told of every end of a transaction, perhaps twice. */
  readonly onOutcome: (row: TransactionRow, outcome: Outcome) => Promise<void>;
}

export type Submission = {
  readonly kind:
    | "journalled"
    /** The market is. */
    | "above-ceiling"
    /** Another process acts for this signer. */
    | "lease-lost";
};

export interface Sender {
  /** Takes a nonce, signs, journals and broadcasts. Throws before anything is journalled when the node is away. */
  submit(outgoing: Outgoing): Promise<Submission>;
  /** One round over every open transaction; also the replay after a restart. */
  poll(): Promise<void>;
}

interface Watched {
  readonly row: TransactionRow;
  attempts: AttemptRow[];
  state: SendState;
}

async function step(context: SenderContext, row: TransactionRow, state: RegistrationState, note: string) {
  if (row.registration_id === null) return;
  const at = context.now().toISOString();
  await moveRegistration(context.db, row.registration_id, { state, at, note });
  context.metrics.count("cvm_relayer_registrations_total", { state });
}

async function noteWait(context: SenderContext, row: TransactionRow, text: string): Promise<void> {
  if (row.registration_id !== null) await noteWaiting(context.db, row.registration_id, text, context.now());
}

async function load(
  context: SenderContext,
  row: TransactionRow,
  known: SendState | undefined,
): Promise<Watched> {
  const attempts = await attemptsOf(context.db, row.id);
  if (known !== undefined) return { row, attempts, state: known };
  const id = row.registration_id;
  const registration = id === null ? undefined : await registrationById(context.db, id);
  const expires = registration?.expires_at_block ?? null;
  return { row, attempts, state: replayedState(attempts, expires === null ? null : BigInt(expires)) };
}

function note(context: SenderContext, watched: Watched, observation: Observation): void {
  watched.state = observe(watched.state, observation, context.now().getTime());
}

async function broadcast(context: SenderContext, watched: Watched): Promise<void> {
  const newest = watched.attempts.at(-1);
  if (newest === undefined) throw new Error(`transaction ${watched.row.id} has no attempt`);
  const { registration_id: id } = watched.row;
  const isFirst = watched.attempts.every((attempt) => attempt.broadcast_at === null);
  try {
    await context.chain.sendRaw(newest.raw as Hex);
  } catch (error) {
    const reason = classifyRejection(error);
    if (reason !== "known") {
      context.metrics.count("cvm_relayer_rejections_total", { reason });
      const seen = { registration: id, txHash: newest.hash, reason, err: wordsOf(error) };
      context.log.warn(seen, "transaction not taken");
      await noteBroadcast(context.db, newest.hash, context.now(), reason);
      await noteWait(context, watched.row, `transaction not taken by the node: ${reason}`);
      note(context, watched, { kind: "rejected", reason });
      return;
    }
  }
  await noteBroadcast(context.db, newest.hash, context.now(), null);
  note(context, watched, { kind: "accepted" });
  if (isFirst && newest.kind === "send") await step(context, watched.row, "sent", newest.hash);
}

/** Gas of an empty transfer to ourselves: 21000, on a rollup more by a part that moves with the parent chain. */
async function estimateCancel({ chain, signer: { address } }: SenderContext): Promise<bigint> {
  const estimate = await chain.estimateGas({ from: address, to: address, data: "0x" });
  return estimate + estimate / 5n;
}

async function replace(context: SenderContext, watched: Watched, kind: "bump" | "cancel"): Promise<void> {
  const newest = watched.attempts.at(-1)!;
  const previous = {
    maxFeePerGas: BigInt(newest.max_fee_per_gas),
    maxPriorityFeePerGas: BigInt(newest.max_priority_fee_per_gas),
  };
  const quote = kind === "cancel" ? cancelFees : bumpedFees;
  const fees = quote(previous, await context.chain.market(), context.feePolicy);
  if (fees === null) {
    const text = "the fee would have to rise above the configured ceiling";
    await noteWait(context, watched.row, text);
    note(context, watched, { kind: "fee-ceiling" });
    await broadcast(context, watched);
    return;
  }
  // A withdrawal whose fee is raised stays one: the evidence must not come back.
  const isEmpty = kind === "cancel" || watched.state.isCancelling;
  const cancelGas = isEmpty ? await estimateCancel(context) : null;
  await journalReplacement(context, watched.row, cancelGas, fees);
  context.metrics.count("cvm_relayer_transactions_total", { kind });
  watched.attempts = await attemptsOf(context.db, watched.row.id);
  watched.state = replaced(watched.state, kind);
  await broadcast(context, watched);
}

/** Looks for a receipt of any attempt, newest first. */
async function look(context: SenderContext, watched: Watched, latest: bigint, head: bigint): Promise<void> {
  note(context, watched, { kind: "head", number: head });
  const wasMined = watched.state.inclusion !== null;
  for (const attempt of [...watched.attempts].reverse()) {
    const inclusion = await context.chain.inclusion(attempt.hash);
    if (inclusion === null) continue;
    note(context, watched, { kind: "mined", inclusion });
    if (!wasMined && attempt.kind !== "cancel")
      await step(context, watched.row, "mined", `block ${inclusion.blockNumber}, ${attempt.hash}`);
    return;
  }
  note(context, watched, { kind: "not-mined", isNonceUsed: latest > BigInt(watched.row.nonce) });
  if (wasMined) await step(context, watched.row, "sent", "the block of the receipt is gone");
}

/** Why the node refused what a cancellation took the place of; null when a node took it, or was not there. */
function refusalOf(attempts: readonly AttemptRow[]): string | null {
  const sent = attempts.filter(({ kind }) => kind !== "cancel");
  const reason = sent.at(-1)?.last_error ?? null;
  if (sent.some(({ broadcast_at }) => broadcast_at !== null)) return null;
  return reason === "unknown" || reason === "oversized" ? reason : null;
}

function outcomeOf({ attempts }: Watched, inclusion: Inclusion): Outcome {
  if (attempts.find(({ hash }) => hash === inclusion.hash)?.kind !== "cancel")
    return { kind: "included", inclusion };
  const reason = refusalOf(attempts);
  return reason === null ? { kind: "cancelled" } : { kind: "not-taken", reason };
}

async function finish(context: SenderContext, watched: Watched, inclusion: Inclusion): Promise<void> {
  context.metrics.add("cvm_relayer_gas_used_total", Number(inclusion.gasUsed));
  // The outcome first: after a crash in between it is drawn again, and drawing it twice changes nothing.
  await context.onOutcome(watched.row, outcomeOf(watched, inclusion));
  await closeTransaction(context.db, watched.row.id, "done");
}

/** True when the transaction is over. */
async function carryOut(context: SenderContext, watched: Watched): Promise<boolean> {
  const decision = decide(watched.state, context.sendPolicy, context.now().getTime());
  switch (decision.kind) {
    case "wait":
      return false;
    case "broadcast":
      await broadcast(context, watched);
      return false;
    case "bump":
    case "cancel":
      await replace(context, watched, decision.kind);
      return false;
    case "done":
      await finish(context, watched, decision.inclusion);
      return true;
    case "lost":
      // Closed first, else the registration's next transaction would find this one open.
      await closeTransaction(context.db, watched.row.id, "lost");
      await context.onOutcome(watched.row, { kind: "lost" });
      return true;
  }
}

/** One that fails holds up no other: what was seen of it in this round is seen again in the next. */
function noteError({ log, metrics }: SenderContext, row: TransactionRow, error: unknown): void {
  metrics.count("cvm_relayer_transaction_errors_total");
  const about = { registration: row.registration_id ?? undefined, nonce: row.nonce, err: wordsOf(error) };
  log.warn(about, "transaction could not be looked at");
}

export function newSender(context: SenderContext): Sender {
  const { db, chainId, chain, signer } = context;
  const states = new Map<string, SendState>();
  let queue: Promise<unknown> = Promise.resolve();
  /** Nonces are given out one after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work, work);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const open = () => openTransactions(db, chainId, signer.address);
  return {
    submit: (outgoing) =>
      inTurn(async () => {
        const fees = firstFees(await chain.market(), context.feePolicy);
        if (fees === null) return { kind: "above-ceiling" };
        const pending = await chain.transactionCount(signer.address, "pending");
        const rows = await open();
        const nonce = nextNonce(
          pending,
          rows.map((row) => BigInt(row.nonce)),
        );
        // Asked for last: a process that lost the lease on the way must not sign.
        if (!(await context.lease.hold())) return { kind: "lease-lost" };
        const id = await journalFirst(context, outgoing, nonce, fees);
        context.metrics.count("cvm_relayer_transactions_total", { kind: "send" });
        if (outgoing.registrationId !== null)
          context.metrics.count("cvm_relayer_registrations_total", { state: "journalled" });
        const row = (await open()).find((candidate) => candidate.id === id)!;
        const watched = await load(context, row, undefined);
        await broadcast(context, watched);
        states.set(id, watched.state);
        return { kind: "journalled" };
      }),
    poll: () =>
      inTurn(async () => {
        const rows = await open();
        context.metrics.set("cvm_relayer_open_transactions", rows.length);
        if (rows.length === 0) return;
        const head = (await chain.head()).number;
        const latest = await chain.transactionCount(signer.address, "latest");
        for (const row of rows) {
          try {
            const watched = await load(context, row, states.get(row.id));
            await look(context, watched, latest, head);
            const isOver = await carryOut(context, watched);
            if (isOver) states.delete(row.id);
            else states.set(row.id, watched.state);
          } catch (error) {
            noteError(context, row, error);
          }
        }
      }),
  };
}
