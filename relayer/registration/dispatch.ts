// verified → simulated → journalled: the registry is asked, then the transaction goes to the sender.
import { size } from "viem";
import type { Hex } from "viem";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import { failure } from "../failure.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import { holderOfQuote } from "../store/claims.ts";
import { transactionOf } from "../store/transactions.ts";
import { sizeFailure } from "../transactions/size.ts";
import { quoteHashOf } from "./anchor.ts";
import { candidatesOf, firstTaken } from "./candidates.ts";
import { moved, waiting } from "./context.ts";
import type { Progress, RegistrarContext } from "./context.ts";
import { concludeRevert, fail, move, renewEvidence } from "./ending.ts";

/** Largest gas of one transaction (EIP-7825). */
export const transactionGasCap = 16_777_216n;

/** `eth_call` of the exact bytes from the exact sender, once the chain has the collateral it judges them by. */
export async function simulate(context: RegistrarContext, row: RegistrationRow): Promise<Progress> {
  const quoteHash = quoteHashOf(fromHex(row.calldata!));
  const holder = quoteHash === null ? undefined : await holderOfQuote(context.db, quoteHash, row.id);
  // Should that one end without success, this one goes on.
  if (holder !== undefined && holder.state !== "confirmed")
    return waiting(`the same quote is under way as registration ${holder.id}`);
  // Behind the verification: strangers cannot make the relayer pay for documents that no good evidence needs.
  const reason = (await context.prepareCollateral?.(fromHex(row.calldata!))) ?? null;
  if (reason !== null) return waiting(reason);
  const options = { from: context.signer, gas: transactionGasCap };
  const candidates = await candidatesOf(context, row);
  const answer = await firstTaken(context, row, candidates, async (calldata) => {
    const outcome = await context.registry.simulateAttest(fromHex(calldata), options);
    return outcome.ok ? { ok: true, value: outcome.data } : outcome;
  });
  if (!answer.ok) return concludeRevert(context, row, answer.revert);
  // An address without code accepts everything and records nothing: a mistake of configuration, not of evidence.
  if (answer.value.length !== 66) return waiting(`no registry answers at ${context.registry.address}`);
  // A node that lags behind: the registry takes no quote twice.
  if (holder !== undefined) return waiting(`the same quote was recorded as registration ${holder.id}`);
  // attestCvm returns the identity it records; the registry's word is the one that counts. Whoever is first holds the quote:
  // the store takes no second.
  const change = { identity_hash: answer.value, quote_hash: quoteHash };
  return move(context, row, "simulated", "the registry would record it", change);
}

type Estimate =
  { readonly ok: true; readonly value: bigint } | { readonly ok: false; readonly revert: Revert };

async function estimateGas(context: RegistrarContext, data: Hex): Promise<Estimate> {
  try {
    const call = { from: context.signer, to: context.registry.address, data };
    return { ok: true, value: await context.chain.estimateGas(call) };
  } catch (error) {
    const revertData = revertDataOf(error);
    if (revertData === null) throw error;
    return { ok: false, revert: decodeRevert(revertData) };
  }
}

/**
 * Checks freshness and gas one last time and hands the transaction over. No nonce is taken before that. The form of the
 * evidence is chosen anew: host or AK may have been remembered, or forgotten, since the simulation.
 */
export async function dispatch(context: RegistrarContext, row: RegistrationRow): Promise<Progress> {
  if ((await transactionOf(context.db, row.id)) !== undefined)
    return waiting("an earlier transaction is not final");
  const expiresAtBlock = row.expires_at_block === null ? null : BigInt(row.expires_at_block);
  const head = (await context.chain.head()).number;
  if (expiresAtBlock !== null && head >= expiresAtBlock)
    return renewEvidence(context, row, `the anchor went stale at block ${expiresAtBlock}`);
  const candidates = await candidatesOf(context, row);
  const answer = await firstTaken(context, row, candidates, (calldata) => estimateGas(context, calldata));
  if (!answer.ok) return concludeRevert(context, row, answer.revert);
  const { value: estimate, taken } = answer;
  const tooLarge = sizeFailure(size(taken.calldata));
  if (tooLarge !== null) return fail(context, row, tooLarge);
  if (estimate >= transactionGasCap) {
    const text = `registration needs ${estimate} gas; a transaction may use ${transactionGasCap} (EIP-7825)`;
    return fail(context, row, failure("gas-limit", `${text}. A proof report type is cheaper.`));
  }
  // A fifth more: caches that another registration fills or empties in between change the path.
  const wanted = estimate + estimate / 5n;
  const submission = await context.sender.submit({
    registrationId: row.id,
    to: context.registry.address,
    data: taken.calldata,
    gasLimit: wanted < transactionGasCap ? wanted : transactionGasCap,
    expiresAtBlock,
  });
  if (submission.kind === "lease-lost") return waiting("another relayer acts for this signer");
  if (submission.kind !== "journalled")
    return waiting("the market fee is above the configured ceiling, or has no room to rise below it");
  context.metrics.count("cvm_relayer_reports_total", { form: taken.form.report });
  context.metrics.count("cvm_relayer_ak_certificates_total", { form: taken.form.certificates });
  return moved;
}
