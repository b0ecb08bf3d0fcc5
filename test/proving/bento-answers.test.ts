// Bento: every way in which the service can fail on a request, and receipts that are not the proof.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { writeReceipt } from "../../scripts/prover/receipt.ts";
import { apiKey, mustCapture, mustFail, proverUrl, requestOf, setUp } from "./support/scene.ts";

const gcp = mustCapture("automata-snp-gcp-risc0-2.2");
const tdx = mustCapture("automata-dcap-tdx-risc0");

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

  it("follows no redirect", async () => {
    const { bento, wire } = setUp();
    await bento().prove(requestOf(gcp));
    assert.ok(wire.sent.every(({ redirect }) => redirect === "error"));
  });

  it("keeps to https where the service stands behind it and names itself by http", async () => {
    const { bento, wire } = setUp();
    const body = (path: string, id: string) =>
      JSON.stringify({ uuid: id, status: "SUCCEEDED", url: path, output: path });
    wire.fault("GET /inputs/upload", {
      kind: "replace",
      body: body("http://tls.example/inputs/upload/id-1", "id-1"),
    });
    await bento({ url: "https://tls.example" }).prove(requestOf(gcp));
    assert.ok(wire.sent.every(({ url }) => url.startsWith("https://tls.example/")));
    assert.ok(wire.sent.every(({ headers }) => headers["x-api-key"] === apiKey));
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
