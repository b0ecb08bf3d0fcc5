// Bento: the way to a proof, and what a request is.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestKey } from "../../proving/client.ts";
import { sessionOf } from "../../proving/journal.ts";
import { apiKey, mustCapture, mustFail, proverUrl, requestOf, setUp } from "./support/scene.ts";

const gcp = mustCapture("automata-snp-gcp-risc0-2.2");
const tdx = mustCapture("automata-dcap-tdx-risc0");

describe("Bento", () => {
  for (const capture of [gcp, tdx])
    it(`brings the captured proof ${capture.name}`, async () => {
      const { bento, journal, bonsai, progress } = setUp();
      const proof = await bento().prove(requestOf(capture));
      assert.deepEqual(proof, { program: capture.program, output: capture.output, proof: capture.proof });
      assert.deepEqual(journal.steps, ["input", "session-creating", "session", "snark-creating", "snark"]);
      assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
      assert.deepEqual(
        progress.map(({ state }) => state),
        ["input", "session-creating", "session", "session RUNNING", "session RUNNING"].concat([
          ...["snark-creating", "snark", "snark RUNNING", "snark RUNNING"],
        ]),
      );
      assert.equal(progress.at(-1)!.elapsedMs, 1_500 + 3_000 + 1_500);
    });

  it("says who asks and for which zkVM in every request", async () => {
    const { bento, wire } = setUp();
    await bento().prove(requestOf(gcp));
    for (const { headers } of wire.sent) {
      assert.equal(headers["x-api-key"], apiKey);
      assert.equal(headers["x-risc0-version"], "2.2.0");
    }
  });

  it("buys nothing when the same request comes again", async () => {
    const { bento, bonsai } = setUp();
    await bento().prove(requestOf(gcp));
    const again = await bento().prove(requestOf(gcp));
    assert.deepEqual(again.proof, gcp.proof);
    assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
  });

  it("uploads a program that the service does not have", async () => {
    const { bento, wire } = setUp();
    const program = `0x${"ab".repeat(32)}` as const;
    const asked: string[] = [];
    const loadProgram = (wanted: string) => {
      asked.push(wanted);
      return Promise.resolve(Uint8Array.of(0x7f, 0x45));
    };
    const request = { ...requestOf(gcp), program };
    // Nobody holds a proof of it.
    const error = await mustFail(bento({ loadProgram }).prove(request), "proving.failed");
    assert.match(error.message, /no proof of program 0xabab/);
    assert.deepEqual(asked, [program]);
    assert.ok(wire.log.includes(`PUT /images/upload/${program.slice(2)}`));
  });

  it("proving.program-missing: says so where nobody has the program", async () => {
    const { bento, bonsai } = setUp();
    const request = { ...requestOf(gcp), program: `0x${"ab".repeat(32)}` as const };
    await mustFail(bento().prove(request), "proving.program-missing");
    assert.equal(bonsai.created.sessions, 0);
  });
});

describe("Bento: deadlines", () => {
  it("proving.timeout: ends while the session runs, and goes on with it later", async () => {
    const { bento, bonsai } = setUp();
    const error = await mustFail(bento().prove(requestOf(gcp, 2_000)), "proving.timeout");
    assert.ok(error.retryable);
    assert.match(error.message, /session RUNNING/);
    assert.deepEqual((await bento().prove(requestOf(gcp))).proof, gcp.proof);
    assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
  });

  it("proving.timeout: names what a service that always fails last said", async () => {
    const { bento, wire, timer } = setUp();
    wire.fault(
      "GET /images",
      ...Array.from({ length: 100 }, () => ({ kind: "status", status: 502 }) as const),
    );
    const error = await mustFail(bento().prove(requestOf(gcp, 60_000)), "proving.timeout");
    assert.match(error.message, /GET http:\/\/prover\.example:8091\/images\/upload\/a474.*status 502/);
    assert.ok(timer.now() <= requestOf(gcp, 60_000).deadline);
  });

  it("proving.timeout: a hang lasts no longer than a try may, and never beyond the deadline", async () => {
    const { bento, wire, timer } = setUp();
    wire.fault("GET /images", ...Array.from({ length: 100 }, () => ({ kind: "hang" }) as const));
    const request = requestOf(gcp, 25_000);
    await mustFail(bento().prove(request), "proving.timeout");
    assert.equal(timer.now(), request.deadline);
    assert.equal(wire.log.length, 3);
  });

  it("proving.timeout: does not wait for a Retry-After beyond the deadline", async () => {
    const { bento, wire, timer } = setUp();
    wire.fault("GET /images", { kind: "status", status: 429, headers: { "retry-after": "86400" } });
    await mustFail(bento().prove(requestOf(gcp)), "proving.timeout");
    assert.deepEqual(timer.pauses, []);
  });

  it("gives up when it is told to, with the session kept", async () => {
    const { bento, journal, timer } = setUp();
    const shutdown = new AbortController();
    timer.onSleep = () => shutdown.abort(new Error("shutdown"));
    await assert.rejects(bento().prove({ ...requestOf(gcp), signal: shutdown.signal }), /shutdown/);
    assert.equal(journal.steps.at(-1), "session");
  });
});

describe("a request to prove", () => {
  it("proving.request: names its program by 32 bytes of lower-case hex", async () => {
    const { bento, wire } = setUp();
    for (const program of ["0x12", `0x${"AB".repeat(32)}`, "../"])
      await mustFail(bento().prove({ ...requestOf(gcp), program: program as "0x" }), "proving.request");
    assert.deepEqual(wire.log, []);
  });

  it("proving.session-foreign: does not go on with another request's session", async () => {
    const { bento, journal, wire } = setUp();
    await bento().prove(requestOf(gcp));
    const session = await journal.load(requestKey(`bento/${proverUrl}`, requestOf(gcp)));
    wire.log.length = 0;
    await mustFail(bento().prove(requestOf(tdx), session), "proving.session-foreign");
    assert.deepEqual(wire.log, []);
  });

  it("buys once when it is made twice at the same time", async () => {
    const { bento, bonsai } = setUp();
    const client = bento();
    const proofs = await Promise.all([client.prove(requestOf(gcp)), client.prove(requestOf(gcp))]);
    assert.deepEqual(proofs[0], proofs[1]);
    assert.deepEqual(bonsai.created, { sessions: 1, snarks: 1 });
  });

  it("goes on with the session given where the journal has none, and with the journal's where it has a newer one", async () => {
    const scene = setUp();
    scene.journal.crashAt = { save: 4, isWritten: false };
    await assert.rejects(scene.bento().prove(requestOf(gcp)), { name: "Crash" });
    const [atInput, , atSession] = scene.journal.texts.map(sessionOf);
    const [key] = scene.journal.rows.keys();
    // Older than the journal's: going on with it would buy a second time.
    await scene.bento().prove(requestOf(gcp), atInput);
    scene.journal.remove(key!);
    await scene.bento().prove(requestOf(gcp), atSession);
    assert.equal(scene.bonsai.created.sessions, 1);
  });

  it("has a key of its own for every client, TEE, program and input", () => {
    const request = requestOf(gcp);
    const keys = [
      requestKey("bento/a", request),
      requestKey("bento/b", request),
      requestKey("bento/a", { ...request, tee: 9 }),
      requestKey("bento/a", { ...request, program: tdx.program }),
      requestKey("bento/a", { ...request, input: Uint8Array.of(1) }),
    ];
    assert.equal(new Set(keys).size, keys.length);
    assert.equal(requestKey("bento/a", { ...request, deadline: 1 }), keys[0]);
  });
});
