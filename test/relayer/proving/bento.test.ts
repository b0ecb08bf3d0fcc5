// Bento: the way to a proof, and every way in which the service or the network can fail on it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestKey } from "../../../relayer/proving/client.ts";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { writeReceipt } from "../../../scripts/prover/receipt.ts";
import { apiKey, mustCapture, mustFail, proverUrl, requestOf, setUp } from "./support/scene.ts";
import type { WireFault } from "./support/wire.ts";

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

  it("doubles its pauses up to the longest", async () => {
    const { bento, wire, timer } = setUp();
    wire.fault("GET /images/upload", ...Array.from({ length: 6 }, () => ({ kind: "reset" }) as const));
    await bento().prove(requestOf(gcp));
    assert.deepEqual(timer.pauses.slice(0, 6), [750, 1_500, 3_000, 6_000, 6_000, 6_000]);
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

describe("Bento: what a service may say", () => {
  const endings = [
    ["FAILED", "proving.failed"],
    ["TIMED_OUT", "proving.service-timed-out"],
    ["ABORTED", "proving.aborted"],
  ] as const;
  for (const [status, code] of endings)
    for (const what of ["sessions", "snark"])
      it(`${code}: ${what} is ${status}, again and again without a new one`, async () => {
        const { bento, wire, bonsai } = setUp();
        const body = JSON.stringify({ status, error_msg: `guest panicked\n\u0007${"x".repeat(500)}` });
        wire.fault(`GET /${what}/status`, { kind: "replace", body }, { kind: "replace", body });
        const error = await mustFail(bento().prove(requestOf(gcp)), code);
        assert.match(error.message, /guest panicked {2}x{184};/);
        await mustFail(bento().prove(requestOf(gcp)), code);
        assert.equal(bonsai.created.sessions, 1);
      });

  for (const what of ["sessions", "snark"])
    it(`proving.session-lost: ${what} is unknown, and no other is bought`, async () => {
      const { bento, wire, bonsai } = setUp();
      const lost = { kind: "status", status: 404, body: '{"msg":"no"}' } as const;
      wire.fault(`GET /${what}/status`, lost, lost);
      await mustFail(bento().prove(requestOf(gcp)), "proving.session-lost");
      const { ...created } = bonsai.created;
      await mustFail(bento().prove(requestOf(gcp)), "proving.session-lost");
      assert.deepEqual(bonsai.created, created);
    });

  for (const status of [401, 403])
    it(`proving.unauthorized: status ${status}`, async () => {
      const { bento, wire } = setUp();
      wire.fault("GET /images", { kind: "status", status });
      await mustFail(bento().prove(requestOf(gcp)), "proving.unauthorized");
    });

  it("proving.rejected: another status, with the service's words", async () => {
    const { bento, wire } = setUp();
    wire.fault("POST /sessions/create", {
      kind: "status",
      status: 400,
      body: '{"type":"x","msg":"too large"}',
    });
    const error = await mustFail(bento().prove(requestOf(gcp)), "proving.rejected");
    assert.match(error.message, /status 400, too large/);
  });

  const bodies = [
    ["no JSON", "<html>"],
    ["no object", "[]"],
    ["a missing member", "{}"],
    ["a member of another kind", '{"uuid":5,"status":5,"url":5}'],
    ["bytes that are no UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
  ] as const;
  const routes = [
    "GET /inputs/upload",
    "POST /sessions/create",
    "GET /sessions/status",
    "POST /snark/create",
    "GET /snark/status",
  ];
  for (const [name, body] of bodies)
    for (const route of routes)
      it(`proving.answer-malformed: ${route} has ${name}`, async () => {
        const { bento, wire } = setUp();
        wire.fault(route, { kind: "replace", body });
        await mustFail(bento().prove(requestOf(gcp)), "proving.answer-malformed");
      });

  it("proving.answer-malformed: an id that would lead elsewhere", async () => {
    const { bento, wire } = setUp();
    wire.fault("POST /sessions/create", { kind: "replace", body: '{"uuid":"../../keys"}' });
    await mustFail(bento().prove(requestOf(gcp)), "proving.answer-malformed");
  });

  it("proving.answer-malformed: a status that is none", async () => {
    const { bento, wire } = setUp();
    wire.fault("GET /sessions/status", { kind: "replace", body: '{"status":"toString"}' });
    await mustFail(bento().prove(requestOf(gcp)), "proving.answer-malformed");
  });

  for (const [route, bytes] of [
    ["GET /sessions/status", 65_537],
    ["GET /receipts", 262_145],
  ] as const)
    it(`proving.answer-too-large: ${route} sends ${bytes} bytes`, async () => {
      const { bento, wire } = setUp();
      wire.fault(route, { kind: "replace", body: " ".repeat(bytes) });
      await mustFail(bento().prove(requestOf(gcp)), "proving.answer-too-large");
    });

  for (const [route, member] of [
    ["GET /inputs/upload", "url"],
    ["GET /snark/status", "output"],
  ] as const)
    it(`proving.url-refused: ${route} names another host`, async () => {
      const { bento, wire } = setUp();
      const other = `http://169.254.169.254/latest`;
      wire.fault(route, {
        kind: "replace",
        body: JSON.stringify({ uuid: "id-1", status: "SUCCEEDED", [member]: other }),
      });
      await mustFail(bento().prove(requestOf(gcp)), "proving.url-refused");
      assert.ok(wire.sent.every(({ url }) => url.startsWith(proverUrl)));
    });

  it("sends no key to a bucket that it may use", async () => {
    const { bento, wire } = setUp();
    const bucket = "https://bucket.example";
    const body = JSON.stringify({ uuid: "id-9", url: `${bucket}/inputs/upload/id-9?signature=abc` });
    wire.fault("GET /inputs/upload", { kind: "replace", body });
    wire.fault("PUT /inputs/upload", { kind: "status", status: 200 });
    // The server in memory has no input id-9.
    const proving = bento({ storageOrigins: [bucket] }).prove(requestOf(gcp));
    const error = await mustFail(proving, "proving.rejected");
    assert.ok(!error.message.includes("signature"));
    const upload = wire.sent.find(({ url }) => url.startsWith(bucket))!;
    assert.deepEqual(Object.keys(upload.headers), []);
  });
});

describe("Bento: receipts that are not the proof asked for", () => {
  const receipt = writeReceipt(fromHex(gcp.program), gcp.output, gcp.proof);
  const flipped = (at: number) => receipt.map((byte, index) => (index === at ? byte ^ 1 : byte));

  it("proving.receipt-wrong: a seal that does not verify", async () => {
    const { bento, wire } = setUp();
    // Within the seal: 4 bytes of tag and 8 of length stand before it.
    wire.fault("GET /receipts", { kind: "replace", body: flipped(40) });
    await mustFail(bento().prove(requestOf(gcp)), "proving.receipt-wrong");
  });

  it("proving.wrong-program: a receipt of another program", async () => {
    const { bento, wire } = setUp();
    const other = writeReceipt(fromHex(tdx.program), tdx.output, tdx.proof);
    wire.fault("GET /receipts", { kind: "replace", body: other });
    await mustFail(bento().prove(requestOf(gcp)), "proving.wrong-program");
  });

  it("proving.wrong-program: a journal that is not the claim's", async () => {
    const { bento, wire } = setUp();
    wire.fault("GET /receipts", { kind: "replace", body: flipped(receipt.length - 33) });
    await mustFail(bento().prove(requestOf(gcp)), "proving.wrong-program");
  });

  it("proving.receipt-malformed: half a receipt", async () => {
    const { bento, wire } = setUp();
    wire.fault("GET /receipts", { kind: "replace", body: receipt.subarray(0, 900) });
    await mustFail(bento().prove(requestOf(gcp)), "proving.receipt-malformed");
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
