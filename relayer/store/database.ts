// Opens the store: a PGlite folder by default, PostgreSQL when a connection string is given. Same SQL on both.
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, PostgresDialect, sql } from "kysely";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import { onlyProcess, patience, postgresLease } from "./lease.ts";
import type { Lease } from "./lease.ts";
import { lockFolder } from "./lock.ts";
import { migrations } from "./migrations.ts";
import type { Schema } from "./schema.ts";

export type Database = Kysely<Schema>;

export interface StoreOptions {
  /** Folder of the embedded database; `memory` keeps nothing. */
  readonly storeFolder?: string;
  /** PostgreSQL connection string; wins over the folder. */
  readonly databaseUrl?: string | null;
}

export interface OpenedStore {
  readonly db: Database;
  readonly kind: "pglite" | "postgres";
  /** The right to act for a signer among all processes on this store. */
  lease(name: string): Lease;
  close(): Promise<void>;
}

async function migrate(db: Database): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error("the store could not be migrated", { cause: error });
}

async function ready(opened: OpenedStore): Promise<OpenedStore> {
  try {
    await migrate(opened.db);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** pg sends the next query behind one that is never answered: a connection that owes an answer is given up. */
function withoutSilent(pool: pg.Pool): PostgresPool {
  const connect = async (): Promise<PostgresPoolClient> => {
    const client = await pool.connect();
    let silence: Error | null = null;
    const query = async (text: string, parameters: readonly unknown[]) => {
      // The rollback of its transaction, say: it would wait as long again.
      if (silence !== null) throw silence;
      try {
        return await client.query(text, [...parameters]);
      } catch (error) {
        // Its only name, as of pg 8.
        if (error instanceof Error && error.message === "Query read timeout") {
          silence = error;
          void client.end();
        }
        throw error;
      }
    };
    const release = (isBroken?: boolean) => client.release(isBroken);
    // Without cursors, the other form of a query: nothing here streams.
    return { query, release } as unknown as PostgresPoolClient;
  };
  return { connect, end: () => pool.end(), options: pool.options };
}

function openPostgres(connectionString: string): Promise<OpenedStore> {
  const pool = new pg.Pool({ connectionString, max: 8, ...patience });
  // A dropped connection is the pool's to replace, not a reason to end the process: an idle one, and one in use, whose
  // query fails by itself.
  pool.on("error", () => undefined).on("connect", (client) => client.on("error", () => undefined));
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: withoutSilent(pool) }) });
  const lease = (name: string) => postgresLease(connectionString, name);
  return ready({ db, kind: "postgres", lease, close: () => db.destroy() });
}

async function openFolder(folder: string): Promise<OpenedStore> {
  const unlock = folder === "memory" ? () => undefined : lockFolder(folder);
  try {
    const pglite = await PGlite.create(folder === "memory" ? "memory://" : `${folder}/pgdata`);
    const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
    const close = async () => {
      await db.destroy();
      unlock();
    };
    return await ready({ db, kind: "pglite", lease: () => onlyProcess, close });
  } catch (error) {
    unlock();
    throw error;
  }
}

export function openStore(options: StoreOptions): Promise<OpenedStore> {
  const { databaseUrl, storeFolder } = options;
  if (databaseUrl !== undefined && databaseUrl !== null) return openPostgres(databaseUrl);
  if (storeFolder === undefined) throw new Error("the store needs a folder or a database URL");
  return openFolder(storeFolder);
}

/** Throws when the store does not answer. */
export async function pingStore(db: Database): Promise<void> {
  await sql`select 1`.execute(db);
}
