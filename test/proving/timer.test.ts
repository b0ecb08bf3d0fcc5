// Pauses, and the clock that the relayer really has.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pauseOf, systemTimer } from "../../proving/timer.ts";
import { sessionOf, sessionText } from "../../proving/journal.ts";
import { mustFail } from "./support/scene.ts";

describe("a pause", () => {
  const backoff = { firstMs: 1_000, longestMs: 8_000 };
  for (const [tries, least, most] of [
    [0, 500, 1_000],
    [1, 1_000, 2_000],
    [3, 4_000, 8_000],
    [4, 4_000, 8_000],
    [5_000, 4_000, 8_000],
  ] as const)
    it(`after ${tries} tries is ${least} to ${most} ms`, () => {
      assert.equal(pauseOf(backoff, tries, 0), least);
      assert.equal(pauseOf(backoff, tries, 1), most);
    });
});

describe("the system's timer", () => {
  it("sleeps", async () => {
    await systemTimer.sleep(0);
    await systemTimer.sleep(0, new AbortController().signal);
    assert.ok(systemTimer.random() < 1);
  });

  it("wakes when it is told to", async () => {
    const shutdown = new AbortController();
    const sleeping = systemTimer.sleep(3_600_000, shutdown.signal);
    shutdown.abort(new Error("shutdown"));
    await assert.rejects(sleeping, /shutdown/);
    await assert.rejects(systemTimer.sleep(3_600_000, shutdown.signal), /shutdown/);
  });

  it("has deadlines that fire", async () => {
    const signal = systemTimer.deadline(0);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    assert.equal((signal.reason as Error).name, "TimeoutError");
  });
});

describe("a session in the journal", () => {
  const session = {
    key: `0x${"12".repeat(32)}`,
    client: "bento",
    step: "input",
    startedAt: 5,
    remote: { input: "id-1" },
  } as const;

  it("is what was written", () => {
    assert.deepEqual(sessionOf(sessionText(session)), session);
  });

  const others = [
    ["half of it", sessionText(session).slice(0, 60)],
    ["null", "null"],
    ["a key that is none", JSON.stringify({ ...session, key: "0x12" })],
    ["a client that is none", JSON.stringify({ ...session, client: "bonsai" })],
    ["no step", JSON.stringify({ ...session, step: undefined })],
    ["a time that is none", JSON.stringify({ ...session, startedAt: "5" })],
    ["ids that are no text", JSON.stringify({ ...session, remote: { input: 5 } })],
    ["ids in a list", JSON.stringify({ ...session, remote: ["id-1"] })],
    ["no ids", JSON.stringify({ ...session, remote: undefined })],
  ] as const;
  for (const [name, text] of others)
    it(`proving.session-foreign: is not read from ${name}`, async () => {
      await mustFail(
        Promise.resolve().then(() => sessionOf(text)),
        "proving.session-foreign",
      );
    });
});
