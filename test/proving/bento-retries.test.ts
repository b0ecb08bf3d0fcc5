// Bento: what the network does, what is sent again after it, and what never is.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mustCapture, mustFail, requestOf, setUp } from "./support/scene.ts";
import type { WireFault } from "./support/wire.ts";

const gcp = mustCapture("automata-snp-gcp-risc0-2.2");

describe("Bento: what is tried again", () => {
  const faults: readonly (readonly [string, WireFault])[] = [
    ["429", { kind: "status", status: 429 }],
    ["500", { kind: "status", status: 500 }],
    ["503", { kind: "status", status: 503 }],
    ["a hang", { kind: "hang" }],
    ["a reset", { kind: "reset" }],
    ["a lost answer", { kind: "lost-answer" }],
    ["a truncated answer", { kind: "truncate", bytes: 5 }],
  ];
  const repeatable = [
    "GET /images/upload",
    "GET /inputs/upload",
    "PUT /inputs/upload",
    "GET /sessions/status",
    "GET /snark/status",
    "GET /receipts/groth16",
  ];
  for (const [name, fault] of faults)
    for (const route of repeatable)
      it(`${route} after ${name}`, async () => {
        const { bento, wire, bonsai } = setUp();
        wire.fault(route, fault, fault);
        assert.deepEqual((await bento().prove(requestOf(gcp))).proof, gcp.proof);
        assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
      });

  for (const route of ["POST /sessions/create", "POST /snark/create"]) {
    for (const fault of [{ kind: "status", status: 429 }, { kind: "refused" }] as const)
      it(`${route} after ${fault.kind === "status" ? "429" : "a connection refused"}: it did not arrive`, async () => {
        const { bento, wire, bonsai } = setUp();
        wire.fault(route, fault, fault);
        assert.deepEqual((await bento().prove(requestOf(gcp))).proof, gcp.proof);
        assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
      });
    for (const [name, fault] of faults.filter(([each]) => each !== "429"))
      it(`proving.outcome-unknown: not ${route} after ${name}, now or after a restart`, async () => {
        const { bento, wire, journal } = setUp();
        wire.fault(route, fault);
        await mustFail(bento().prove(requestOf(gcp)), "proving.outcome-unknown");
        assert.match(journal.steps.at(-1)!, /-creating$/);
        await mustFail(bento().prove(requestOf(gcp)), "proving.outcome-unknown");
        assert.equal(wire.log.filter((each) => each === route).length, 1);
      });
  }

  for (const [route, step] of [
    ["POST /sessions/create", "input"],
    ["POST /snark/create", "session"],
  ] as const) {
    it(`${route} later, when it was refused at first`, async () => {
      const { bento, wire, journal, bonsai } = setUp();
      wire.fault(route, { kind: "status", status: 401 }, { kind: "status", status: 400 });
      await mustFail(bento().prove(requestOf(gcp)), "proving.unauthorized");
      assert.equal(journal.steps.at(-1), step);
      await mustFail(bento().prove(requestOf(gcp)), "proving.rejected");
      assert.deepEqual((await bento().prove(requestOf(gcp))).proof, gcp.proof);
      assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
    });

    it(`${route} later, when the rate did not allow it before the deadline or the shutdown`, async () => {
      const { bento, wire, journal, timer, bonsai } = setUp();
      const limited = { kind: "status", status: 429, headers: { "retry-after": "3000" } } as const;
      wire.fault(route, limited);
      await mustFail(bento().prove(requestOf(gcp)), "proving.timeout");
      assert.equal(journal.steps.at(-1), step);
      wire.fault(route, { ...limited, headers: { "retry-after": "1" } });
      const shutdown = new AbortController();
      timer.onSleep = (milliseconds) => milliseconds === 1_000 && shutdown.abort(new Error("shutdown"));
      await assert.rejects(bento().prove({ ...requestOf(gcp), signal: shutdown.signal }), /shutdown/);
      assert.equal(journal.steps.at(-1), step);
      timer.onSleep = null;
      assert.deepEqual((await bento().prove(requestOf(gcp))).proof, gcp.proof);
      assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
    });

    it(`proving.outcome-unknown: not ${route} when the shutdown comes while it is under way`, async () => {
      const { bento, wire } = setUp();
      const shutdown = new AbortController();
      wire.fault(route, { kind: "act", act: () => shutdown.abort(new Error("shutdown")) });
      await assert.rejects(bento().prove({ ...requestOf(gcp), signal: shutdown.signal }), /shutdown/);
      await mustFail(bento().prove(requestOf(gcp)), "proving.outcome-unknown");
    });
  }

  it("waits as Retry-After says, in seconds or until a date", async () => {
    const { bento, wire, timer } = setUp();
    const date = new Date(timer.now() + 37_000).toUTCString();
    wire.fault(
      "GET /images/upload",
      { kind: "status", status: 429, headers: { "retry-after": "17" } },
      { kind: "status", status: 503, headers: { "retry-after": date } },
      { kind: "status", status: 429, headers: { "retry-after": "soon" } },
    );
    await bento().prove(requestOf(gcp));
    // 20 s are left until the date; then the third pause of the backoff, 4 s, of which half is chance.
    assert.deepEqual(timer.pauses.slice(0, 3), [17_000, 20_000, 3_000]);
  });

  it("waits an hour at most, and not at all for what is past", async () => {
    const { bento, wire, timer } = setUp();
    const past = new Date(timer.now() - 60_000).toUTCString();
    wire.fault(
      "GET /images/upload",
      { kind: "status", status: 429, headers: { "retry-after": "86400" } },
      { kind: "status", status: 429, headers: { "retry-after": past } },
    );
    await bento().prove(requestOf(gcp, 100_000_000));
    assert.deepEqual(timer.pauses.slice(0, 2), [3_600_000, 0]);
  });

  it("asks for nothing when it was told to give up before", async () => {
    const scene = setUp();
    const { bento, wire, journal } = scene;
    const shutdown = new AbortController();
    scene.onState = (state) => state === "input" && shutdown.abort(new Error("shutdown"));
    await assert.rejects(bento().prove({ ...requestOf(gcp), signal: shutdown.signal }), /shutdown/);
    assert.deepEqual(journal.steps, ["input"]);
    assert.ok(!wire.log.includes("POST /sessions/create"));
  });

  it("doubles its pauses up to the longest", async () => {
    const { bento, wire, timer } = setUp();
    wire.fault("GET /images/upload", ...Array.from({ length: 6 }, () => ({ kind: "reset" }) as const));
    await bento().prove(requestOf(gcp));
    assert.deepEqual(timer.pauses.slice(0, 6), [750, 1_500, 3_000, 6_000, 6_000, 6_000]);
  });
});
