// Which of several relayers on one PostgreSQL acts for a signer: whoever holds its advisory lock. The others serve
// HTTP and take over when the holder's connection ends. A PGlite folder has one process anyway (lock.ts).
import pg from "pg";

export interface Lease {
  /** True while this process may act; tries to take the lease when it is free. */
  hold(): Promise<boolean>;
  release(): Promise<void>;
}

export const onlyProcess: Lease = {
  hold: () => Promise.resolve(true),
  release: () => Promise.resolve(),
};

/** A lease by name, e.g. chain id and signer. */
export function postgresLease(connectionString: string, name: string): Lease {
  let held: pg.Client | null = null;
  return {
    async hold() {
      if (held !== null) return true;
      const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000, keepAlive: true });
      // With its connection goes the lock: PostgreSQL frees it for the next one.
      const lose = () => {
        if (held === client) held = null;
      };
      client.on("error", lose).on("end", lose);
      await client.connect();
      const query = "select pg_try_advisory_lock(hashtextextended($1, 0)) as taken";
      const { rows } = await client.query<{ taken: boolean }>(query, [`cvm-relayer:${name}`]);
      if (rows[0]?.taken !== true) {
        await client.end();
        return false;
      }
      held = client;
      return true;
    },
    async release() {
      const client = held;
      held = null;
      await client?.end();
    },
  };
}
