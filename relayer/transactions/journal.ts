// Write-ahead journal: an attempt is signed and stored here, and only then may the network hear of it. After a
// crash the rows say everything that was ever signed, so nothing is signed twice for one purpose.
import { randomUUID } from "node:crypto";
import { keccak256 } from "viem";
import type { Address, Hex } from "viem";
import type { Signer } from "../signers/signer.ts";
import type { Database } from "../store/database.ts";
import { insertAttempt, insertTransaction } from "../store/transactions.ts";
import type { AttemptRow, NewAttempt, TransactionRow } from "../store/transactions.ts";
import type { Fees } from "./fees.ts";
import { journalledState } from "./send-state.ts";
import type { SendState } from "./send-state.ts";

export interface Outgoing {
  /** Null for what is sent for no single registration. */
  readonly registrationId: string | null;
  readonly to: Address;
  readonly data: Hex;
  readonly gasLimit: bigint;
  readonly expiresAtBlock: bigint | null;
}

export interface JournalContext {
  readonly db: Database;
  readonly chainId: bigint;
  readonly signer: Signer;
  readonly now: () => Date;
}

export interface SignedBytes {
  readonly hash: Hex;
  readonly raw: Hex;
}

type Kind = "send" | "bump" | "cancel";

interface Unsigned {
  readonly nonce: bigint;
  readonly to: Address;
  readonly data: Hex;
  readonly gas: bigint;
}

async function sign(context: JournalContext, unsigned: Unsigned, fees: Fees): Promise<SignedBytes> {
  const raw = await context.signer.sign({
    type: "eip1559",
    chainId: Number(context.chainId),
    to: unsigned.to,
    data: unsigned.data,
    value: 0n,
    gas: unsigned.gas,
    nonce: Number(unsigned.nonce),
    ...fees,
  });
  return { hash: keccak256(raw), raw };
}

const attemptOf = (
  transactionId: string,
  kind: Kind,
  bytes: SignedBytes,
  fees: Fees,
  at: Date,
): NewAttempt => ({
  hash: bytes.hash,
  transaction_id: transactionId,
  kind,
  raw: bytes.raw,
  max_fee_per_gas: fees.maxFeePerGas.toString(),
  max_priority_fee_per_gas: fees.maxPriorityFeePerGas.toString(),
  journalled_at: at.toISOString(),
});

/** Signs and stores a new transaction; the registration is `journalled` in the same step. */
export async function journalFirst(
  context: JournalContext,
  outgoing: Outgoing,
  nonce: bigint,
  fees: Fees,
): Promise<TransactionRow["id"]> {
  const { to, data, gasLimit } = outgoing;
  const bytes = await sign(context, { nonce, to, data, gas: gasLimit }, fees);
  const at = context.now();
  const id = randomUUID();
  const row = {
    id,
    registration_id: outgoing.registrationId,
    chain_id: context.chainId.toString(),
    signer: context.signer.address.toLowerCase(),
    nonce: nonce.toString(),
    recipient: to,
    data,
    gas_limit: gasLimit.toString(),
    state: "open" as const,
    created_at: at.toISOString(),
  };
  const step = { state: "journalled" as const, at: at.toISOString(), note: `nonce ${nonce}, ${bytes.hash}` };
  await insertTransaction(context.db, row, attemptOf(id, "send", bytes, fees, at), step);
  return id;
}

/** Signs and stores the same call, or an empty transfer with this gas, for the same nonce. */
export async function journalReplacement(
  context: JournalContext,
  row: TransactionRow,
  cancelGas: bigint | null,
  fees: Fees,
): Promise<void> {
  const kind = cancelGas === null ? "bump" : "cancel";
  const nonce = BigInt(row.nonce);
  const unsigned: Unsigned =
    cancelGas === null
      ? { nonce, to: row.recipient as Address, data: row.data as Hex, gas: BigInt(row.gas_limit) }
      : { nonce, to: context.signer.address, data: "0x", gas: cancelGas };
  const bytes = await sign(context, unsigned, fees);
  await insertAttempt(context.db, attemptOf(row.id, kind, bytes, fees, context.now()));
}

/** Send state of a transaction found in the journal. What the network knows of it is learned anew. */
export function replayedState(attempts: readonly AttemptRow[], expiresAtBlock: bigint | null): SendState {
  const cancelAt = attempts.findIndex(({ kind }) => kind === "cancel");
  const bumps = (cancelAt === -1 ? attempts : attempts.slice(cancelAt)).length - 1;
  return journalledState({
    bumps: Math.max(bumps, 0),
    isCancelling: cancelAt !== -1,
    wasTaken: attempts.some(({ broadcast_at }) => broadcast_at !== null),
    expiresAtBlock,
  });
}
