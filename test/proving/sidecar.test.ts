// The SP1 side-car: the way to a proof, and every way in which it can fail on a request.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { apiKey, inputOf, mustCapture, mustFail, requestOf, setUp } from "./support/scene.ts";
import type { WireFault } from "./support/wire.ts";

const azure = mustCapture("azure-snp-2026-01-21");
const gcp = mustCapture("automata-snp-gcp-sp1-5.0");
const tdx = mustCapture("automata-dcap-tdx-sp1-groth16");

describe("SP1 side-car", () => {
  for (const capture of [gcp, tdx])
    it(`brings the captured proof ${capture.name}`, async () => {
      const { succinct, journal, sidecar, progress } = setUp();
      const proof = await succinct().prove(requestOf(capture));
      assert.deepEqual(proof, { program: capture.program, output: capture.output, proof: capture.proof });
      assert.deepEqual(journal.steps, ["requested", "proof"]);
      assert.equal(sidecar.bought.requests, 1);
      assert.deepEqual(
        progress.map(({ state }) => state),
        ["requested", "proof", "proof requested", "proof assigned"],
      );
    });

  it("is told program, input and time, under the request's key", async () => {
    const { succinct, wire, journal } = setUp();
    await succinct().prove(requestOf(gcp));
    const [{ headers, body }] = wire.sent as unknown as [(typeof wire.sent)[number]];
    assert.equal(headers["authorization"], `Bearer ${apiKey}`);
    assert.equal(headers["idempotency-key"], [...journal.rows.keys()][0]);
    assert.deepEqual(JSON.parse(body as string), {
      program: gcp.program,
      tee: 2,
      version: "v5.0.0",
      stdin: [toHex(inputOf(gcp))],
      deadline: 1_770_000_600,
    });
  });

  it("buys nothing when the same request comes again, with another deadline", async () => {
    const { succinct, sidecar, wire } = setUp();
    wire.fault("POST /prove", { kind: "lost-answer" });
    await mustFail(succinct().prove(requestOf(gcp, 500)), "proving.timeout");
    await succinct().prove(requestOf(gcp));
    await succinct().prove(requestOf(gcp, 700_000));
    assert.equal(sidecar.bought.requests, 1);
  });

  const faults: readonly WireFault[] = [
    { kind: "status", status: 429, headers: { "retry-after": "3" } },
    { kind: "status", status: 500 },
    { kind: "hang" },
    { kind: "reset" },
    { kind: "lost-answer" },
    { kind: "truncate", bytes: 3 },
  ];
  for (const fault of faults)
    for (const route of ["POST /prove", "GET /proofs"])
      it(`is asked ${route} again after ${"status" in fault ? fault.status : fault.kind}, and buys once`, async () => {
        const { succinct, wire, sidecar } = setUp();
        wire.fault(route, fault, fault);
        assert.deepEqual((await succinct().prove(requestOf(gcp))).proof, gcp.proof);
        assert.equal(sidecar.bought.requests, 1);
      });

  it("proving.failed: a report that nobody holds a proof of", async () => {
    const { succinct } = setUp();
    const error = await mustFail(
      succinct().prove({ ...requestOf(azure), input: inputOf(mustCapture("automata-snp-gcp-risc0-2.2")) }),
      "proving.failed",
    );
    assert.match(error.message, /over this report/);
  });

  const endings = [
    ["failed", "proving.failed"],
    ["expired", "proving.expired"],
    ["aborted", "proving.aborted"],
  ] as const;
  for (const [status, code] of endings)
    it(`${code}: it says ${status}`, async () => {
      const { succinct, wire } = setUp();
      const body = JSON.stringify({ status, message: "no luck" });
      wire.fault("GET /proofs", { kind: "replace", body });
      assert.match((await mustFail(succinct().prove(requestOf(gcp)), code)).message, /no luck/);
    });

  it("proving.session-lost: it does not know the proof", async () => {
    const { succinct, wire, sidecar } = setUp();
    const lost = { kind: "status", status: 404 } as const;
    wire.fault("GET /proofs", lost, lost);
    await mustFail(succinct().prove(requestOf(gcp)), "proving.session-lost");
    await mustFail(succinct().prove(requestOf(gcp)), "proving.session-lost");
    assert.equal(sidecar.bought.requests, 1);
  });

  it("proving.rejected: it does not take the request", async () => {
    const { succinct, wire } = setUp();
    wire.fault("POST /prove", { kind: "status", status: 422, body: '{"error":"unknown program"}' });
    assert.match(
      (await mustFail(succinct().prove(requestOf(gcp)), "proving.rejected")).message,
      /unknown program/,
    );
  });

  const fulfilled = {
    status: "fulfilled",
    program: gcp.program,
    publicValues: toHex(gcp.output),
    proof: toHex(gcp.proof),
  };
  const answers = [
    ["proving.answer-malformed", "no JSON", "{"],
    ["proving.answer-malformed", "no status", "{}"],
    ["proving.answer-malformed", "a status that is none", { ...fulfilled, status: "constructor" }],
    ["proving.answer-malformed", "no proof", { ...fulfilled, proof: undefined }],
    ["proving.answer-malformed", "a proof that is no hex", { ...fulfilled, proof: "0x123" }],
    ["proving.answer-malformed", "public values without 0x", { ...fulfilled, publicValues: "1234" }],
    ["proving.wrong-program", "another program", { ...fulfilled, program: tdx.program }],
    ["proving.receipt-wrong", "other public values", { ...fulfilled, publicValues: toHex(tdx.output) }],
    ["proving.receipt-wrong", "another proof", { ...fulfilled, proof: toHex(tdx.proof) }],
    ["proving.answer-too-large", "too much", " ".repeat(262_145)],
  ] as const;
  for (const [code, name, answer] of answers)
    it(`${code}: it sends ${name}`, async () => {
      const { succinct, wire } = setUp();
      const body = typeof answer === "string" ? answer : JSON.stringify(answer);
      wire.fault("GET /proofs", { kind: "replace", body });
      await mustFail(succinct().prove(requestOf(gcp)), code);
    });

  it("proving.answer-malformed: an id that would lead elsewhere", async () => {
    const { succinct, wire } = setUp();
    wire.fault("POST /prove", { kind: "replace", body: '{"id":"a/../b"}' });
    await mustFail(succinct().prove(requestOf(gcp)), "proving.answer-malformed");
  });
});
