// Two relayers on one PostgreSQL, when the one that acts loses its lease in the middle of a step.
import assert from "node:assert/strict";
import { it } from "node:test";
import pg from "pg";
import { transactionOf } from "../../relayer/store/transactions.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { FakeNode } from "./support/fake-node.ts";
import { startPostgres } from "./support/postgres.ts";
import { finished, mustRegister, mustStart, until } from "./support/relayer.ts";
import { startRpcProxy } from "./support/rpc-proxy.ts";

async function endLeases(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted",
  );
  await client.end();
}

it("a relayer that lost its lease on the way signs nothing", async (t) => {
  const postgres = startPostgres();
  if (postgres === null) return t.skip("no PostgreSQL here");
  const node = await new FakeNode().listen();
  const proxy = await startRpcProxy(node.url);
  // Each relayer stops at its estimate, which is the last it asks before it hands the transaction over.
  const held: (() => void)[] = [];
  proxy.onRequest = ({ method }) =>
    method === "eth_estimateGas" ? new Promise((resolve) => held.push(() => resolve(null))) : null;
  const options = { databaseUrl: postgres.url, rpcTimeoutMs: 60_000 };
  // The first looks at its lease once, when the registration wakes it.
  const first = await mustStart(proxy, { ...options, pollMs: 600_000 });
  const id = await mustRegister(first, { calldata: Buffer.from(sampleCalldata(99n, 1)).toString("base64") });
  await until(first, id, () => held.length === 1);
  const second = await mustStart(proxy, options);
  t.after(async () => {
    for (const release of held) release();
    await Promise.all([first.stop(), second.stop()]);
    proxy.close();
    node.close();
    postgres.stop();
  });
  await endLeases(postgres.url);
  await until(second, id, () => held.length === 2);
  held[0]!();
  await until(first, id, ({ explanation }) => explanation === "another relayer acts for this signer");
  assert.equal(await transactionOf(first.db, id), undefined);
  held[1]!();
  assert.equal((await until(second, id, finished)).state, "confirmed");
  assert.deepEqual([node.received.length, node.mined.length], [1, 1]);
});
