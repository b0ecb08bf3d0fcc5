// Transactions and their signed attempts as rows. An attempt exists here before the network hears of it.
import type { Insertable, Selectable } from "kysely";
import type { Database } from "./database.ts";
import { moveRegistration } from "./registrations.ts";
import type { AttemptTable, Step, TransactionTable } from "./schema.ts";

export type TransactionRow = Selectable<TransactionTable>;
export type AttemptRow = Selectable<AttemptTable>;
export type NewTransaction = Insertable<TransactionTable>;
export type NewAttempt = Insertable<AttemptTable>;

/** Stores a nonce with its first signed attempt and the step of its registration, if any: all of it or nothing. */
export async function insertTransaction(
  db: Database,
  entry: NewTransaction,
  attempt: NewAttempt,
  step: Step,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.insertInto("transactions").values(entry).execute();
    await tx.insertInto("attempts").values(attempt).execute();
    if (entry.registration_id === null || entry.registration_id === undefined) return;
    const change = { tx_hash: attempt.hash, explanation: null };
    const moved = await moveRegistration(tx, entry.registration_id, step, change);
    if (moved === undefined) throw new Error(`registration ${entry.registration_id} is already finished`);
  });
}

export async function insertAttempt(db: Database, attempt: NewAttempt): Promise<void> {
  await db
    .insertInto("attempts")
    .values(attempt)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function noteBroadcast(
  db: Database,
  hash: string,
  at: Date,
  error: string | null,
): Promise<void> {
  await db
    .updateTable("attempts")
    .set(error === null ? { broadcast_at: at.toISOString(), last_error: null } : { last_error: error })
    .where("hash", "=", hash)
    .execute();
}

export function openTransactions(db: Database, chainId: bigint, signer: string): Promise<TransactionRow[]> {
  return db
    .selectFrom("transactions")
    .selectAll()
    .where("chain_id", "=", chainId.toString())
    .where("signer", "=", signer.toLowerCase())
    .where("state", "=", "open")
    .orderBy("nonce")
    .execute();
}

/** Oldest first: each offers more than the one before, whatever the clock said. */
export function attemptsOf(db: Database, transactionId: string): Promise<AttemptRow[]> {
  return db
    .selectFrom("attempts")
    .selectAll()
    .where("transaction_id", "=", transactionId)
    .orderBy("max_fee_per_gas")
    .execute();
}

export async function closeTransaction(db: Database, id: string, state: "done" | "lost"): Promise<void> {
  await db.updateTable("transactions").set({ state }).where("id", "=", id).execute();
}

/** The open transaction of a registration, if one was journalled. */
export function transactionOf(db: Database, registrationId: string): Promise<TransactionRow | undefined> {
  return db
    .selectFrom("transactions")
    .selectAll()
    .where("registration_id", "=", registrationId)
    .where("state", "=", "open")
    .executeTakeFirst();
}
