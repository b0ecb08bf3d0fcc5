// Sends documents to IntelCollateral: each is first put to the node, and what the chain would refuse costs nothing.
import { decodeFunctionData, keccak256 } from "viem";
import type { Address, Hex } from "viem";
import { callContract } from "../../sdk/registry/client.ts";
import { decodeRevert, revertDataOf, revertText } from "../../sdk/registry/revert.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import type { Chain } from "../chain.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Database } from "../store/database.ts";
import { openTransactions } from "../store/transactions.ts";
import type { TransactionRow } from "../store/transactions.ts";
import { isAnswer, wordsOf } from "../transactions/rejection.ts";
import type { Outcome, Sender } from "../transactions/sender.ts";
import { collateralCalldata, intelCollateralUpserts } from "./calls.ts";
import type { CollateralStep, UpsertName } from "./calls.ts";

export interface UpsertContext {
  readonly db: Database;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly contract: Address;
  readonly signer: Address;
  readonly sender: Sender;
  /** How long bytes that were sent or refused are not tried again. */
  readonly pauseMs: number;
  readonly gasCap: bigint;
  readonly now: () => Date;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Upserts {
  /** Sends what the chain takes now. `all` has the certificates that a refusal may turn out to need. Names what is open. */
  send(steps: readonly CollateralStep[], all: readonly CollateralStep[]): Promise<readonly string[]>;
  conclude(row: TransactionRow, outcome: Outcome): Promise<void>;
}

// Refusals that say the chain lacks, or has another, certificate of the document's issuer.
const cures: Readonly<Record<string, UpsertName>> = {
  "tdx.crl-issuer": "upsertChain",
  "tdx.crl-signature": "upsertChain",
  "tdx.signer-missing": "upsertSigner",
  "tdx.signer-dates": "upsertSigner",
  "tdx.tcb-info-signature": "upsertSigner",
  "tdx.qe-identity-signature": "upsertSigner",
};

const documentOf = (data: Hex): UpsertName =>
  decodeFunctionData({ abi: intelCollateralUpserts, data }).functionName;

type Try =
  { readonly kind: "sent" | "known" | "waiting" } | { readonly kind: "refused"; readonly revert: Revert };

export function newUpserts(context: UpsertContext): Upserts {
  const { db, chain, chainId, contract, signer, log, metrics } = context;
  /** Bytes that were sent or refused, and until when that is remembered. */
  const known = new Map<Hex, number>();
  const remember = (data: Hex) => void known.set(keccak256(data), context.now().getTime() + context.pauseMs);
  const isKnown = (data: Hex) => (known.get(keccak256(data)) ?? 0) > context.now().getTime();

  function report(data: Hex, revert: Revert): void {
    const [document, check] = [documentOf(data), revert.check ?? "none"];
    metrics.count("cvm_relayer_collateral_refusals_total", { document, check });
    log.warn({ document, check }, `the chain refuses collateral: ${revertText(revert)}`);
  }

  /** Estimates and submits; a refusal is not yet final, since it may be for the want of what is under way. */
  async function attempt(data: Hex): Promise<Try> {
    if (isKnown(data)) return { kind: "known" };
    let gas: bigint;
    try {
      gas = await chain.estimateGas({ from: signer, to: contract, data });
    } catch (error) {
      const revertData = revertDataOf(error);
      if (revertData === null) throw error;
      return { kind: "refused", revert: decodeRevert(revertData) };
    }
    const wanted = gas + gas / 5n;
    const submission = await context.sender.submit({
      registrationId: null,
      to: contract,
      data,
      gasLimit: wanted < context.gasCap ? wanted : context.gasCap,
      expiresAtBlock: null,
    });
    if (submission.kind !== "journalled") return { kind: "waiting" };
    remember(data);
    metrics.count("cvm_relayer_collateral_upserts_total", { document: documentOf(data), result: "sent" });
    return { kind: "sent" };
  }

  /** The certificate that a refusal calls for. */
  async function cure(revert: Revert, all: readonly CollateralStep[]): Promise<Try | null> {
    const functionName = cures[revert.check ?? ""];
    for (const step of all) {
      if (step.functionName !== functionName) continue;
      const outcome = await attempt(collateralCalldata(step));
      if (outcome.kind === "sent" || outcome.kind === "waiting") return outcome;
    }
    return null;
  }

  async function send(steps: readonly CollateralStep[], all: readonly CollateralStep[]) {
    const rows = await openTransactions(db, chainId, signer);
    const open = new Set(rows.filter((row) => row.registration_id === null).map(({ data }) => data));
    const names = new Set<string>([...open].map((data) => documentOf(data as Hex)));
    for (const step of steps) {
      const data = collateralCalldata(step);
      if (open.has(data)) continue;
      let outcome = await attempt(data);
      if (outcome.kind === "refused") {
        const { revert } = outcome;
        outcome = (await cure(revert, all)) ?? outcome;
        // Certificates the chain has already are no news; a document may be waiting for what is under way.
        if (outcome.kind === "refused" && (step.name === "intelCertificates" || names.size === 0)) {
          if (revert.check !== "tdx.collateral-newer") report(data, revert);
          remember(data);
        }
      }
      if (outcome.kind === "sent" || outcome.kind === "waiting") names.add(step.functionName);
    }
    return [...names];
  }

  /** A receipt has no reason: the same call on the state of that block names it. */
  async function conclude(row: TransactionRow, outcome: Outcome): Promise<void> {
    const data = row.data as Hex;
    const document = documentOf(data);
    if (outcome.kind !== "included") {
      // What the node refuses it would refuse at once again, at the price of another cancellation.
      if (outcome.kind === "not-taken") remember(data);
      else known.delete(keccak256(data));
      return;
    }
    const { isSuccess, blockNumber: block, hash } = outcome.inclusion;
    const result = isSuccess ? "included" : "reverted";
    metrics.count("cvm_relayer_collateral_upserts_total", { document, result });
    log.info({ document, txHash: hash, result }, "collateral transaction is final");
    if (isSuccess) return;
    try {
      const again = await callContract(chain.rpc, contract, data, {
        from: signer,
        gas: context.gasCap,
        block,
      });
      if (!again.ok) report(data, again.revert);
    } catch (error) {
      // Most nodes drop the state of a block after some hundred others: then the reason is not to be had.
      if (!isAnswer(error)) throw error;
      log.warn(
        { document, txHash: hash, err: wordsOf(error) },
        "the node cannot say why collateral reverted",
      );
    }
  }

  return { send, conclude };
}
