// What probes and Prometheus are told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fastify } from "fastify";
import type { Chain } from "../../relayer/chain.ts";
import { newMetrics } from "../../relayer/metrics.ts";
import { healthRoutes } from "../../relayer/routes/health.ts";
import { sampleCalldata } from "./support/evidence.ts";
import {
  finished,
  get,
  inState,
  mustEmptyStore,
  mustSetUp,
  post,
  registry,
  until,
} from "./support/relayer.ts";

const calldata = () => ({ calldata: Buffer.from(sampleCalldata(99n)).toString("base64") });

describe("health", () => {
  it("is alive while the chain is away, and then not ready, and says which part", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const ready = await fetch(`${relayer.url}/readyz`);
    assert.equal(ready.status, 200);
    node.close();
    const away = await fetch(`${relayer.url}/readyz`);
    assert.equal(away.status, 503);
    const parts = (await away.json()) as { rpc: { ok: boolean }; store: { ok: boolean } };
    assert.ok(!parts.rpc.ok && parts.store.ok);
    assert.equal((await fetch(`${relayer.url}/healthz`)).status, 200);
  });

  it("is not ready with an empty purse or on the wrong chain", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.balance = 1n;
    const poor = (await (await fetch(`${relayer.url}/readyz`)).json()) as {
      signer: { ok: boolean; detail: string };
    };
    assert.ok(!poor.signer.ok);
    assert.match(poor.signer.detail, /1 wei/);
    node.code = "0x";
    const empty = await get<{ rpc: { detail: string } }>(relayer, "/readyz");
    assert.match(empty.rpc.detail, /no contract at 0x/);
    const other = await mustSetUp(t, { chainId: 5n });
    const parts = await get<{ rpc: { detail: string } }>(other.relayer, "/readyz");
    assert.equal(parts.rpc.detail, "chain 31337 instead of 5");
  });

  it("gives metrics as Prometheus reads them", async (t) => {
    const { relayer } = await mustSetUp(t, {
      verify: () => ({ verdict: "rejected", check: "tdx.debug", explanation: "", identityHash: null }),
    });
    await post(relayer, "/v1/registrations", calldata());
    let text = "";
    for (let i = 0; i < 200 && !text.includes("tdx.debug"); i++)
      text = await (await fetch(`${relayer.url}/metrics`)).text();
    assert.match(text, /^cvm_relayer_check_failures_total\{check="tdx\.debug"\} 1$/m);
    assert.match(text, /^# TYPE cvm_relayer_registrations gauge$/m);
  });

  it("says which part does not answer instead of hanging with it", async (t) => {
    const never = new Promise<never>(() => undefined);
    const silent = new Proxy({} as Chain, { get: () => () => never });
    const app = fastify();
    const { db } = await mustEmptyStore();
    const asked = new Promise<void>((onAsked) =>
      healthRoutes(app, {
        db,
        chain: silent,
        chainId: 1n,
        registry,
        signer: registry,
        minBalance: 0n,
        metrics: newMetrics(),
        now: () => new Date(),
        collateral: () => {
          onAsked();
          return never;
        },
      }),
    );
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const answer = app.inject("/readyz");
    await asked;
    t.mock.timers.tick(5_000);
    const { statusCode, body } = await answer;
    assert.equal(statusCode, 503);
    const { rpc, signer, collateral } = JSON.parse(body) as Record<string, { detail: string }>;
    for (const part of [rpc, signer, collateral]) assert.equal(part?.detail, "no answer within 5000 ms");
  });

  it("sets the gauge of a state that nobody is in any more to zero", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const { body } = await post(relayer, "/v1/registrations", calldata());
    await until(relayer, body["id"] as string, inState("sent"));
    const metrics = async () => (await fetch(`${relayer.url}/metrics`)).text();
    assert.match(await metrics(), /^cvm_relayer_registrations\{state="sent"\} 1$/m);
    node.mine();
    await until(relayer, body["id"] as string, finished);
    const text = await metrics();
    assert.match(text, /^cvm_relayer_registrations\{state="sent"\} 0$/m);
    assert.match(text, /^cvm_relayer_registrations\{state="confirmed"\} 1$/m);
  });

  it("tells how old the head is", async (t) => {
    const { relayer } = await mustSetUp(t, { now: () => new Date(1_770_000_142_000) });
    const parts = await get<{ rpc: { detail: string } }>(relayer, "/readyz");
    assert.equal(parts.rpc.detail, "head 100, 42 s old");
    assert.match(await (await fetch(`${relayer.url}/metrics`)).text(), /^cvm_relayer_head_age_seconds 42$/m);
  });
});
