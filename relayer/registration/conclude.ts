// mined → confirmed, or what else a transaction may end in.
import type { Hex } from "viem";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import type { CallOutcome } from "../../sdk/registry/client.ts";
import { revertText } from "../../sdk/registry/revert.ts";
import { failure } from "../failure.ts";
import { registrationById } from "../store/registrations.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import { isAnswer, wordsOf } from "../transactions/rejection.ts";
import type { Outcome } from "../transactions/sender.ts";
import type { Inclusion } from "../transactions/send-state.ts";
import type { RegistrarContext } from "./context.ts";
import { transactionGasCap } from "./dispatch.ts";
import { concludeRevert, confirm, fail, isAlreadyRecorded, move, renewEvidence } from "./ending.ts";
import { countFallback, formOf, nameOf, ruledOut } from "./forms.ts";

interface Replay {
  /** Of what was sent. */
  readonly outcome: CallOutcome;
  /** Of the evidence as given, which may be the same. */
  readonly given: CallOutcome;
}

/** A receipt has no reason: the same call on the state of that block names it. In words, why the node cannot. */
async function replay(
  context: RegistrarContext,
  row: RegistrationRow,
  block: bigint,
  sent: Hex,
): Promise<Replay | string> {
  const options = { from: context.signer, gas: transactionGasCap, block };
  const call = (calldata: Hex) => context.registry.simulateAttest(fromHex(calldata), options);
  try {
    const outcome = await call(sent);
    const isSame = outcome.ok || sent === row.calldata;
    return { outcome, given: isSame ? outcome : await call(row.calldata as Hex) };
  } catch (error) {
    // Most nodes drop the state of a block after some hundred others.
    if (isAnswer(error)) return wordsOf(error);
    throw error;
  }
}

async function nameRevert(
  context: RegistrarContext,
  row: RegistrationRow,
  inclusion: Inclusion,
  sent: Hex,
): Promise<void> {
  const change = { tx_hash: inclusion.hash, gas_used: inclusion.gasUsed.toString() };
  const replayed = await replay(context, row, inclusion.blockNumber, sent);
  if (typeof replayed === "string") {
    const text = `transaction ${inclusion.hash} reverted, and the node cannot say why: ${replayed}`;
    await fail(context, row, failure("transaction-reverted", text), change);
    return;
  }
  const { outcome, given } = replayed;
  if (outcome.ok) {
    const text = `transaction ${inclusion.hash} reverted, the same call succeeds: it may have run out of gas`;
    await fail(context, row, failure("transaction-reverted", text), change);
    return;
  }
  if (!given.ok) {
    await concludeRevert(context, row, given.revert, change);
    return;
  }
  // The evidence holds: the chain forgot the host or the AK, say, before the transaction was mined.
  const form = formOf(fromHex(sent), fromHex(row.calldata as Hex));
  countFallback(context.metrics, form, outcome.revert);
  const why = `${revertText(outcome.revert)} refuses the evidence as ${nameOf(form)}, not as given`;
  const reverted = ruledOut(form, outcome.revert);
  await move(context, row, "verified", `${why}: sending another form`, {
    ...change,
    reverted_form: reverted,
  });
}

/**
 * Draws the conclusion for the registration; `sent` is the transaction's calldata. Doing it twice changes nothing: a
 * finished one is left alone.
 */
export async function conclude(
  context: RegistrarContext,
  id: string,
  sent: Hex | null,
  outcome: Outcome,
): Promise<void> {
  const row = await registrationById(context.db, id);
  if (row === undefined) throw new Error(`no registration ${id}`);
  if (["confirmed", "refused", "failed"].includes(row.state)) return;
  switch (outcome.kind) {
    case "included": {
      const { inclusion } = outcome;
      if (!inclusion.isSuccess) return nameRevert(context, row, inclusion, sent ?? (row.calldata as Hex));
      const change = { tx_hash: inclusion.hash, gas_used: inclusion.gasUsed.toString() };
      await confirm(context, row, `block ${inclusion.blockNumber} is final enough`, change);
      return;
    }
    case "cancelled":
      await renewEvidence(context, row, "the evidence went stale before its transaction was mined");
      return;
    case "not-taken": {
      const text = `the node took none of the transaction's bytes (${outcome.reason}), its nonce was given up`;
      await fail(context, row, failure("transaction-not-taken", text), { tx_hash: null });
      return;
    }
    case "lost":
      if (await isAlreadyRecorded(context, row))
        await confirm(context, row, "recorded by another transaction");
      else
        await move(context, row, "verified", "another transaction of this key took the nonce", {
          tx_hash: null,
        });
  }
}
