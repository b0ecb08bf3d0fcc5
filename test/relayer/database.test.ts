// A PostgreSQL that hangs or goes away in the middle of something.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { openStore, pingStore } from "../../relayer/store/database.ts";
import { FakeNode } from "./support/fake-node.ts";
import { startPostgres } from "./support/postgres.ts";
import { mustProxy } from "./support/postgres-proxy.ts";
import { registry } from "./support/relayer.ts";

const postgres = startPostgres();
after(() => postgres?.stop());

const skip = postgres === null && "no PostgreSQL here";
const openWith = (url: string) => openStore({ databaseUrl: `${url}?query_timeout=1500` });
// Migrations may take longer than these tests are ready to wait for anything else.
before(async () => postgres && (await openStore({ databaseUrl: postgres.url })).close());

describe("a PostgreSQL that goes away", { skip }, () => {
  it("fails the query under way and is asked again", async (t) => {
    const proxy = await mustProxy(t, postgres!);
    const store = await openWith(proxy.url);
    t.after(() => store.close());
    const heard = proxy.silenceAt("select 1");
    const answer = assert.rejects(pingStore(store.db), /terminated/);
    await heard;
    proxy.breakConnections();
    await answer;
    proxy.endSilence();
    await pingStore(store.db);
  });

  it("does not end the process", async (t) => {
    const proxy = await mustProxy(t, postgres!);
    const node = await new FakeNode().listen();
    t.after(() => node.close());
    const flags = { "rpc-url": node.url, registry, port: "0", "poll-ms": "20", "database-url": proxy.url };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(process.execPath, ["relayer/bin.ts", ...args], {
      env: { ...process.env, CVM_RELAYER_SIGNER_KEY: `0x${"42".repeat(32)}` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    const exited = once(child, "exit");
    const url = await new Promise<string>((resolve, reject) => {
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        const match = /"url":"(http:[^"]+)"/.exec(output);
        if (match) resolve(match[1]!);
      });
      child.on("exit", () => reject(new Error(`ended early: ${output}`)));
    });
    await proxy.silenceAt('from "registrations"');
    proxy.breakConnections();
    proxy.endSilence();
    const ready = fetch(`${url}/readyz`).then((answer) => answer.status);
    assert.equal(await Promise.race([ready, exited.then(() => "ended")]), 200);
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
  });
});

describe("a PostgreSQL that hangs", { skip }, () => {
  it("fails the query, and the connection is given up: the next one is another", async (t) => {
    const proxy = await mustProxy(t, postgres!);
    const store = await openWith(proxy.url);
    t.after(() => store.close());
    void proxy.silenceAt("select 1");
    await assert.rejects(pingStore(store.db), /Query read timeout/);
    // What was swallowed stays swallowed: only another connection can answer.
    proxy.endSilence();
    await pingStore(store.db);
  });

  it("fails a transaction once, without waiting for its rollback as well", async (t) => {
    const proxy = await mustProxy(t, postgres!);
    const store = await openWith(proxy.url);
    t.after(() => store.close());
    const step = store.db.transaction().execute(async (tx) => {
      void proxy.silenceAt("select 1");
      await pingStore(tx);
    });
    await assert.rejects(step, /Query read timeout/);
    proxy.endSilence();
    await pingStore(store.db);
  });

  it("gives no lease, and no connection keeps one that nobody knows of", async (t) => {
    const proxy = await mustProxy(t, postgres!);
    const [near, far] = [await openWith(proxy.url), await openStore({ databaseUrl: postgres!.url })];
    t.after(() => Promise.all([near.close(), far.close()]));
    const [first, second] = [near.lease("1:0xaa"), far.lease("1:0xaa")];
    void proxy.silenceAt("pg_try_advisory_lock");
    await assert.rejects(first.hold(), /Query read timeout/);
    // The server sees the end of the connection when it gets to it.
    while (!(await second.hold()));
    proxy.endSilence();
    assert.ok(!(await first.hold()));
    await second.release();
    assert.ok(await first.hold());
    void proxy.silenceAt("pg_advisory_unlock");
    await first.release();
    while (!(await second.hold()));
    await second.release();
  });
});
