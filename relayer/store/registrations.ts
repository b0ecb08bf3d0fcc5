// Registrations as rows: created once, moved forward by one function, listed by cursor.
import { sql } from "kysely";
import type { Selectable, Updateable } from "kysely";
import type { ReportTypeName } from "../settings.ts";
import { agentKeyOf } from "./claims.ts";
import type { Database } from "./database.ts";
import { terminalStates } from "./schema.ts";
import type { RegistrationState, RegistrationTable, Step } from "./schema.ts";

export type RegistrationRow = Selectable<RegistrationTable>;

export interface NewRegistration {
  readonly id: string;
  readonly idempotencyKey: string | null;
  readonly requestHash: string;
  readonly agentUrl: string | null;
  readonly reportType: ReportTypeName | null;
  readonly calldata: string | null;
  readonly evidenceHash: string | null;
}

export type Creation =
  | { readonly kind: "created" | "existing"; readonly row: RegistrationRow }
  | { readonly kind: "key-reused" }
  | { readonly kind: "full" };

const listed = [
  "id",
  "sequence",
  "state",
  "agent_url",
  "report_type",
  "identity_hash",
  "tx_hash",
  "gas_used",
  "check_id",
  "code",
  "explanation",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof RegistrationTable)[];

/** A registration as lists show it: without its evidence and its history, which may be long. */
export type ListedRegistration = Pick<RegistrationRow, (typeof listed)[number]>;

/** Everything that may change beside the state. */
export type Change = Omit<
  Updateable<RegistrationTable>,
  "id" | "state" | "steps" | "created_at" | "updated_at"
>;

const unsuccessful: readonly RegistrationState[] = ["refused", "failed"];

/** By key, by evidence, or by the agent that is being asked. */
function findExisting(db: Database, entry: NewRegistration) {
  return db
    .selectFrom("registrations")
    .selectAll()
    .where((eb) =>
      eb.or([
        eb("idempotency_key", "=", entry.idempotencyKey ?? ""),
        eb.and([eb("evidence_hash", "=", entry.evidenceHash ?? ""), eb("state", "not in", unsuccessful)]),
        eb.and([
          eb("agent_key", "=", agentKeyOf(entry.agentUrl, entry.reportType) ?? ""),
          eb("state", "not in", terminalStates),
        ]),
      ]),
    )
    .orderBy("sequence")
    .executeTakeFirst();
}

function existing(row: RegistrationRow, entry: NewRegistration): Creation {
  const isSameKey = row.idempotency_key !== null && row.idempotency_key === entry.idempotencyKey;
  return isSameKey && row.request_hash !== entry.requestHash
    ? { kind: "key-reused" }
    : { kind: "existing", row };
}

async function hasRoom(db: Database, maxOpen: number): Promise<boolean> {
  const { open } = await db
    .selectFrom("registrations")
    .select((eb) => eb.fn.countAll<string>().as("open"))
    .where("state", "not in", terminalStates)
    .executeTakeFirstOrThrow();
  return Number(open) < maxOpen;
}

/**
 * Creates a registration, or returns the one that the same key or the same evidence already made. None is created where
 * `maxOpen` are not finished; several that come at once may overstep that by their number.
 */
export async function createRegistration(
  db: Database,
  entry: NewRegistration,
  at: Date,
  maxOpen = Infinity,
): Promise<Creation> {
  const found = await findExisting(db, entry);
  if (found !== undefined) return existing(found, entry);
  if (!(await hasRoom(db, maxOpen))) return { kind: "full" };
  const time = at.toISOString();
  const first: Step = { state: "received", at: time, note: entry.agentUrl ?? "calldata" };
  const row = await db
    .insertInto("registrations")
    .values({
      id: entry.id,
      idempotency_key: entry.idempotencyKey,
      request_hash: entry.requestHash,
      state: "received",
      agent_url: entry.agentUrl,
      report_type: entry.reportType,
      calldata: entry.calldata,
      evidence_hash: entry.evidenceHash,
      agent_key: agentKeyOf(entry.agentUrl, entry.reportType),
      rounds: 0,
      steps: JSON.stringify([first]),
      created_at: time,
      updated_at: time,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) return { kind: "created", row };
  // Somebody else inserted the same key or evidence between the look-up and the insert.
  const winner = await findExisting(db, entry);
  if (winner === undefined) throw new Error("a conflicting registration vanished");
  return existing(winner, entry);
}

/**
 * Moves a registration on and writes the step into its history; a terminal registration is left alone. A refusal drops
 * the evidence, which nobody reads again: strangers must not fill the store with it.
 */
export async function moveRegistration(
  db: Database,
  id: string,
  step: Step,
  change: Change = {},
): Promise<Pick<RegistrationRow, "id"> | undefined> {
  return db
    .updateTable("registrations")
    .set({
      ...change,
      ...(step.state === "refused" && { calldata: null }),
      state: step.state,
      steps: sql`steps || ${JSON.stringify([step])}::jsonb`,
      updated_at: step.at,
    })
    .where("id", "=", id)
    .where("state", "not in", terminalStates)
    .returning("id")
    .executeTakeFirst();
}

/** Says what an unfinished registration waits for, without moving it. */
export async function noteWaiting(db: Database, id: string, explanation: string, at: Date): Promise<void> {
  await db
    .updateTable("registrations")
    .set({ explanation, updated_at: at.toISOString() })
    .where("id", "=", id)
    .where("state", "not in", terminalStates)
    .execute();
}

export function registrationById(db: Database, id: string): Promise<RegistrationRow | undefined> {
  return db.selectFrom("registrations").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A live registration of the same evidence other than `id`. */
export function registrationOfEvidence(
  db: Database,
  evidenceHash: string,
  id: string,
): Promise<RegistrationRow | undefined> {
  return db
    .selectFrom("registrations")
    .selectAll()
    .where("evidence_hash", "=", evidenceHash)
    .where("id", "!=", id)
    .where("state", "not in", unsuccessful)
    .executeTakeFirst();
}

/** Registrations that are not finished, oldest first. */
export function openRegistrations(db: Database): Promise<Pick<RegistrationRow, "id" | "state">[]> {
  return db
    .selectFrom("registrations")
    .select(["id", "state"])
    .where("state", "not in", terminalStates)
    .orderBy("sequence")
    .execute();
}

/** Newest first; `before` is the sequence of the last row of the previous page. */
export function listRegistrations(
  db: Database,
  limit: number,
  before: string | null,
): Promise<ListedRegistration[]> {
  let query = db.selectFrom("registrations").select(listed).orderBy("sequence", "desc").limit(limit);
  if (before !== null) query = query.where("sequence", "<", before);
  return query.execute();
}

export async function countByState(db: Database): Promise<ReadonlyMap<RegistrationState, number>> {
  const rows = await db
    .selectFrom("registrations")
    .select(["state", (eb) => eb.fn.countAll<string>().as("count")])
    .groupBy("state")
    .execute();
  return new Map(rows.map((row) => [row.state, Number(row.count)]));
}
