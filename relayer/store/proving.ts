// Proofs under way as rows: what was asked, and how far a service is. A row outlives its registration, so that the same
// statement brought again finds the proof that was paid for.
import type { Selectable } from "kysely";
import { sessionOf, sessionText } from "../../proving/index.ts";
import type { ProvingJournal } from "../../proving/index.ts";
import type { Database } from "./database.ts";
import type { ProvingRequestTable } from "./schema.ts";

export type ProvingRequestRow = Selectable<ProvingRequestTable>;
export type NewProvingRequest = Pick<ProvingRequestRow, "subject" | "program" | "input">;

/** The request about a subject, unless it is from before `notBefore`. */
export function provingRequestOf(
  db: Database,
  subject: string,
  notBefore: Date,
): Promise<ProvingRequestRow | undefined> {
  return db
    .selectFrom("proving_requests")
    .selectAll()
    .where("subject", "=", subject)
    .where("created_at", ">=", notBefore)
    .executeTakeFirst();
}

/** The request that is stored in the end: another may have been first. One from before `notBefore` gives way. */
export async function storeProvingRequest(
  db: Database,
  entry: NewProvingRequest,
  at: Date,
  notBefore: Date,
): Promise<ProvingRequestRow> {
  const values = { ...entry, created_at: at.toISOString() };
  await db
    .insertInto("proving_requests")
    .values(values)
    .onConflict((conflict) =>
      conflict.column("subject").doUpdateSet(values).where("proving_requests.created_at", "<", notBefore),
    )
    .execute();
  const row = await provingRequestOf(db, entry.subject, notBefore);
  if (row === undefined) throw new Error(`no proving request of ${entry.subject}`);
  return row;
}

/** Makes room for another request about the subject: a proof of this one is worth nothing any more. */
export async function dropProvingRequest(
  db: Database,
  { subject, input }: Pick<ProvingRequestRow, "subject" | "input">,
): Promise<void> {
  await db.deleteFrom("proving_requests").where("subject", "=", subject).where("input", "=", input).execute();
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
