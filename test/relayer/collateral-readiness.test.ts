// /readyz and the metrics of collateral: what the platforms seen need, until when the chain has it, and whether the source
// has failed for too long.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import type { CollateralReadiness } from "../../relayer/collateral/readiness.ts";
import { newCollateralWatch } from "../../relayer/collateral/watch.ts";
import type { Relayer, RelayerOptions } from "../../relayer/server.ts";
import { CollateralError } from "../../sdk/collateral/error.ts";
import {
  day,
  everything,
  late,
  metric,
  mustSetUpCollateral,
  now,
  register,
  soon,
} from "./support/collateral.ts";
import type { Held } from "./support/collateral.ts";
import { finished, until } from "./support/relayer.ts";

interface Readiness {
  readonly ready: boolean;
  readonly state: string;
  readonly collateral?: CollateralReadiness;
}

async function readyz(relayer: Relayer): Promise<{ status: number; text: string; body: Readiness }> {
  const response = await fetch(`${relayer.url}/readyz`);
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Readiness };
}

/** A source that fails until it is healed, and a relayer whose clock can be put forward. */
async function mustSetUpFailing(
  t: TestContext,
  given: Held,
  failure: Error,
  more: Partial<RelayerOptions> = {},
) {
  const source = simulatedCollateralSource(() => now);
  const control = { isFailing: true, aheadMs: 0 };
  const collateralSource: RelayerOptions["collateralSource"] = {
    tdxCollateral: (query) => (control.isFailing ? Promise.reject(failure) : source.tdxCollateral(query)),
  };
  const options = { collateralSource, now: () => new Date(Date.now() + control.aheadMs), ...more };
  const { node, relayer } = await mustSetUpCollateral(t, given, options);
  await until(relayer, await register(relayer), finished);
  return { relayer, control, head: () => node.blockNumber };
}

const silent = new Error("no answer from https://pccs.example/v4?key=SECRET");

describe("readiness of collateral", () => {
  it("names no document before a platform was seen", async (t) => {
    const { relayer } = await mustSetUpCollateral(t, everything);
    assert.deepEqual((await readyz(relayer)).body.collateral?.documents, []);
  });

  it("is no part where no collateral is kept", async (t) => {
    const { relayer } = await mustSetUpCollateral(t, everything, { intelCollateral: null });
    assert.equal((await readyz(relayer)).body.collateral, undefined);
  });

  it("names every document of the platforms seen, and when each runs out on chain", async (t) => {
    const given = { ...everything, upsertPCKCRL: late + 5, upsertQEIdentity: soon };
    const failing = await mustSetUpFailing(t, { ...given, upsertTCBInfo: 0 }, silent);
    const { relayer } = failing;
    const { status, body, text } = await readyz(relayer);
    assert.deepEqual([status, body.ready, body.state, body.collateral!.ok], [200, true, "ready", true]);
    const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
    // The fake node's head: a second for each of its blocks.
    const left = (seconds: number) => seconds - 1_770_000_000 - Number(failing.head());
    assert.deepEqual(body.collateral!.documents, [
      { document: "rootCrl", until: iso(late), secondsLeft: left(late), due: null },
      { document: "pckCrl", ca: "platform", until: iso(late + 5), secondsLeft: left(late + 5), due: null },
      {
        document: "tcbInfo",
        fmspc: "90c06f000000",
        evaluation: 19,
        until: null,
        secondsLeft: null,
        due: "missing",
      },
      { document: "qeIdentity", evaluation: 19, until: iso(soon), secondsLeft: left(soon), due: "expiring" },
    ]);
    assert.match(body.collateral!.failures[0]!.reason, /no answer from https:\/\/pccs\.example$/);
    assert.ok(!text.includes("SECRET"));
  });

  it("is degraded, and still ready, once the source has failed for longer than the deadline", async (t) => {
    const given = { ...everything, upsertTCBInfo: soon };
    const { relayer, control } = await mustSetUpFailing(t, given, silent, { collateralDeadlineSeconds: 60n });
    assert.equal((await readyz(relayer)).body.state, "ready");
    control.aheadMs = 55_000;
    assert.equal((await readyz(relayer)).body.state, "ready");
    control.aheadMs = day * 1000;
    const { status, body } = await readyz(relayer);
    assert.deepEqual([status, body.ready, body.state, body.collateral!.ok], [200, true, "degraded", false]);
    assert.match(body.collateral!.detail, /has failed for 864\d\d s, 60 s are allowed/);
    assert.match(relayer.metrics.text(), /^cvm_relayer_collateral_source_failing_seconds 864\d\d$/m);
    assert.ok(metric(relayer, "cvm_relayer_collateral_source_failures_total 1"));
  });

  it("recovers by itself: a failing source is asked again without a registration", async (t) => {
    const given = { ...everything, upsertTCBInfo: soon };
    const more = { collateralDeadlineSeconds: 60n, collateralPauseMs: 20 };
    const { relayer, control } = await mustSetUpFailing(t, given, silent, more);
    control.aheadMs = day * 1000;
    assert.equal((await readyz(relayer)).body.state, "degraded");
    control.isFailing = false;
    const deadline = Date.now() + 5000;
    while ((await readyz(relayer)).body.state !== "ready") assert.ok(Date.now() < deadline, "still degraded");
    assert.ok(metric(relayer, "cvm_relayer_collateral_source_failing_seconds 0"));
  });

  it("is no matter of platforms that Intel does not know: any stranger can name one", async (t) => {
    const unknown = new CollateralError("unknown", "https://pccs.example/tcb", "answered with status 404");
    const given = { ...everything, upsertTCBInfo: 0 };
    const { relayer, control } = await mustSetUpFailing(t, given, unknown, { collateralDeadlineSeconds: 0n });
    control.aheadMs = day * 1000;
    const { body } = await readyz(relayer);
    assert.deepEqual([body.state, body.collateral!.documents], ["ready", []]);
  });
});

describe("the watch over collateral", () => {
  const platform = (number: number) => ({
    fmspc: Uint8Array.of(0, 0, 0, 0, number >> 8, number & 0xff),
    ca: "platform" as const,
    caSubjectHash: new Uint8Array(32),
  });

  it("keeps the first failure's time until the source answers", () => {
    let clock = 1000;
    const watch = newCollateralWatch(() => new Date(clock));
    const since = () => watch.seen()[0]!.failure?.since.getTime() ?? null;
    watch.failed(platform(1), "one");
    clock = 2000;
    watch.failed(platform(1), "two");
    watch.saw(platform(1));
    const { failure } = watch.seen()[0]!;
    assert.deepEqual(
      [failure?.since.getTime(), failure?.last.getTime(), failure?.reason],
      [1000, 2000, "two"],
    );
    watch.answered(platform(1));
    assert.equal(since(), null);
    clock = 3000;
    watch.failed(platform(1), "three");
    assert.equal(since(), 3000);
  });

  it("holds 64 platforms, those seen last", () => {
    const watch = newCollateralWatch(() => new Date(0));
    for (let number = 0; number < 64; number++) watch.saw(platform(number));
    watch.saw(platform(0));
    watch.saw(platform(64));
    const numbers = watch.seen().map(({ platform: { fmspc } }) => fmspc[4]! * 256 + fmspc[5]!);
    assert.equal(numbers.length, 64);
    assert.ok(numbers.includes(0) && numbers.includes(64) && !numbers.includes(1));
  });
});
