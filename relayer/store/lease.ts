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

/** How long PostgreSQL is waited for; parameters of the connection string go before. */
export const patience = { connectionTimeoutMillis: 10_000, query_timeout: 30_000, keepAlive: true } as const;

/** A lease by name, e.g. chain id and signer. */
export function postgresLease(connectionString: string, name: string): Lease {
  let held: pg.Client | null = null;
  return {
    async hold() {
      if (held !== null) return true;
      const client = new pg.Client({ connectionString, ...patience });
      // With its connection goes the lock: PostgreSQL frees it for the next one.
      const lose = () => {
        if (held === client) held = null;
      };
      client.on("error", lose).on("end", lose);
      const query = "select pg_try_advisory_lock(hashtextextended($1, 0)) as taken";
      try {
        await client.connect();
        const { rows } = await client.query<{ taken: boolean }>(query, [`cvm-relayer:${name}`]);
        if (rows[0]?.taken === true) held = client;
      } finally {
        // Not waited for: a server that hangs may have given the lock, and never says that the connection is over.
        if (held !== client) void client.end();
      }
      return held === client;
    },
    async release() {
      const client = held;
      held = null;
      // The next one finds it free; a server that does not answer frees it with the connection.
      await client?.query("select pg_advisory_unlock_all()").catch(() => undefined);
      void client?.end();
    },
  };
}
