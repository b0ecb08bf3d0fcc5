// Stands before a test's PostgreSQL on TCP, and can fall silent or break every connection.
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { TestContext } from "node:test";
import type { TestPostgres } from "./postgres.ts";

export interface PostgresProxy {
  readonly url: string;
  /**
   * Falls silent when a client has sent these words, and resolves then: the server does what it was asked, and nobody
   * hears of it.
   */
  silenceAt(words: string): Promise<void>;
  /** Passes everything on again; what was swallowed stays so. */
  endSilence(): void;
  breakConnections(): void;
}

export async function mustProxy(t: TestContext, postgres: TestPostgres): Promise<PostgresProxy> {
  const folder = decodeURIComponent(postgres.url.split("host=")[1]!);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let last: { readonly words: string; readonly onHeard: () => void } | null = null;

  const hear = (bytes: Buffer) => {
    if (last === null || !bytes.includes(last.words)) return;
    isSilent = true;
    last.onHeard();
    last = null;
  };
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from
      .on("data", (bytes) => void (isSilent || to.write(bytes)))
      .on("error", () => to.destroy())
      .on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
  };
  const server = createServer((client) => {
    const upstream = connect({ path: `${folder}/.s.PGSQL.5432` });
    join(client, upstream);
    join(upstream, client);
    client.on("data", hear);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const breakConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  t.after(() => {
    breakConnections();
    server.close();
  });
  return {
    url: `postgresql://relayer@127.0.0.1:${(server.address() as AddressInfo).port}/postgres`,
    silenceAt: (words) => new Promise((onHeard) => (last = { words, onHeard })),
    endSilence: () => (isSilent = false),
    breakConnections,
  };
}
