// Proofs under way as rows: what was asked, and how far a service is. A row outlives its registration, so that the same
// evidence brought again finds the proof that was paid for.
import type { Selectable } from "kysely";
import { sessionOf, sessionText } from "../../proving/index.ts";
import type { ProvingJournal } from "../../proving/index.ts";
import type { Database } from "./database.ts";
import type { ProvingRequestTable } from "./schema.ts";

export type ProvingRequestRow = Selectable<ProvingRequestTable>;
export type NewProvingRequest = Pick<ProvingRequestRow, "evidence_hash" | "program" | "input">;

export function provingRequestOf(db: Database, evidenceHash: string): Promise<ProvingRequestRow | undefined> {
  return db
    .selectFrom("proving_requests")
    .selectAll()
    .where("evidence_hash", "=", evidenceHash)
    .executeTakeFirst();
}

/** The request that is stored in the end: another may have been first. */
export async function storeProvingRequest(
  db: Database,
  entry: NewProvingRequest,
  at: Date,
): Promise<ProvingRequestRow> {
  await db
    .insertInto("proving_requests")
    .values({ ...entry, created_at: at.toISOString() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await provingRequestOf(db, entry.evidence_hash);
  if (row === undefined) throw new Error(`no proving request of evidence ${entry.evidence_hash}`);
  return row;
}

/** Steps of proving clients in the store. */
export const storedJournal = (db: Database, now: () => Date): ProvingJournal => ({
  load: async (key) => {
    const row = await db
      .selectFrom("proving_sessions")
      .select("session")
      .where("key", "=", key)
      .executeTakeFirst();
    return row === undefined ? null : sessionOf(row.session);
  },
  save: async (session) => {
    const entry = { session: sessionText(session), updated_at: now().toISOString() };
    await db
      .insertInto("proving_sessions")
      .values({ key: session.key, ...entry })
      .onConflict((conflict) => conflict.column("key").doUpdateSet(entry))
      .execute();
  },
});
