import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { encodeAbiParameters, parseAbiParameters, toFunctionSelector } from "viem";
import { agentUrlOf } from "../../relayer/intake/agent-url.ts";
import { newLog } from "../../relayer/log.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { FakeNode } from "./support/fake-node.ts";
import {
  finished,
  get,
  inState,
  mustEmptyStore,
  mustSetUp,
  mustStart,
  post,
  registry,
  until,
} from "./support/relayer.ts";
import { startRpcProxy } from "./support/rpc-proxy.ts";

const calldata = (salt: number) => ({ calldata: Buffer.from(sampleCalldata(99n, salt)).toString("base64") });

describe("bad requests", () => {
  const malformed: readonly [string, unknown][] = [
    ["a body that is no JSON", "{"],
    ["a body that is no object", "[]"],
    ["an empty object", {}],
    ["both an agent and calldata", { agentUrl: "http://a", calldata: "AAAA" }],
    ["an unknown field", { agentUrl: "http://a", priority: "high" }],
    ["base64 that is none", { calldata: "not base64!" }],
    ["base64 without its padding", { calldata: "AAA" }],
    ["hex of an odd length", { calldata: "0x123" }],
    ["a number for calldata", { calldata: 12 }],
  ];
  for (const [title, body] of malformed)
    it(`answers ${title} with 400 and a problem document`, async (t) => {
      const { relayer } = await mustSetUp(t);
      const answer = await post(relayer, "/v1/registrations", body);
      assert.equal(answer.status, 400);
      assert.match(answer.type ?? "", /^application\/problem\+json/);
      assert.equal(answer.body["code"], "CVM_RELAYER_REQUEST_MALFORMED");
      assert.equal(answer.body["check"], null);
      assert.equal(typeof answer.body["detail"], "string");
    });

  it("names the check of calldata that is not attestCvm, before it stores anything", async (t) => {
    const { relayer } = await mustSetUp(t);
    const selector = await post(relayer, "/v1/registrations", { calldata: "0x12345678" });
    assert.equal(selector.status, 422);
    assert.equal(selector.body["check"], "calldata.selector");
    const trailing = Buffer.concat([sampleCalldata(99n), new Uint8Array(32)]).toString("base64");
    const canonical = await post(relayer, "/v1/registrations", { calldata: trailing });
    assert.equal(canonical.body["check"], "calldata.canonical");
    assert.equal(canonical.body["code"], "CVM_CALLDATA_NOT_CANONICAL");
    const list = await get<{ registrations: unknown[] }>(relayer, "/v1/registrations");
    assert.equal(list.registrations.length, 0);
  });

  it("refuses a body above the limit with 413", async (t) => {
    const { relayer } = await mustSetUp(t, { maxBodyBytes: 1000 });
    const answer = await post(relayer, "/v1/registrations", { calldata: "A".repeat(2000) });
    assert.equal(answer.status, 413);
    assert.equal(answer.body["code"], "CVM_RELAYER_BODY_TOO_LARGE");
  });

  it("takes no more registrations than may be under way, with 503, until one ends", async (t) => {
    const { node, relayer } = await mustSetUp(t, { maxOpenRegistrations: 1 });
    node.isAutomine = false;
    const { body: first } = await post(relayer, "/v1/registrations", calldata(5));
    const answer = await post(relayer, "/v1/registrations", calldata(6));
    assert.equal(answer.status, 503);
    assert.equal(answer.body["code"], "CVM_RELAYER_QUEUE_FULL");
    const again = await post(relayer, "/v1/registrations", calldata(5));
    assert.deepEqual([again.status, again.body["id"]], [202, first["id"]]);
    await until(relayer, first["id"] as string, inState("sent"));
    node.mine();
    await until(relayer, first["id"] as string, finished);
    assert.equal((await post(relayer, "/v1/registrations", calldata(6))).status, 202);
  });

  it("answers unknown routes, ids and cursors with problems", async (t) => {
    const { relayer } = await mustSetUp(t);
    for (const [path, status] of [
      ["/v2", 404],
      ["/v1/registrations/nobody", 404],
      ["/v1/registrations/%00", 404],
      ["/v1/registrations/%E0%A4%A", 400],
      [`/v1/registrations/${"a".repeat(300)}`, 414],
      ["/v1/registrations?cursor=999999999999999999", 200],
      ["/v1/registrations?cursor=x", 400],
      ["/v1/registrations?limit=0", 400],
    ] as const) {
      const response = await fetch(`${relayer.url}${path}`);
      assert.equal(response.status, status, path);
      const { code = "none" } = (await response.json()) as { code?: string };
      assert.match(code, status === 200 ? /^none$/ : /^CVM_RELAYER_/, path);
    }
  });

  it("waits for no body that dribbles in", async (t) => {
    const { relayer } = await mustSetUp(t, { requestTimeoutMs: 200 });
    const { port, hostname } = new URL(relayer.url);
    const socket = connect(Number(port), hostname);
    const dribble = setInterval(() => socket.write(" "), 20);
    t.after(() => {
      clearInterval(dribble);
      socket.destroy();
    });
    socket.write(
      `POST /v1/registrations HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n`,
    );
    socket.write("content-length: 100000\r\n\r\n");
    // Its answer, 408, may be lost: what dribbles in behind it is answered by a reset.
    await new Promise((resolve) => socket.on("error", () => undefined).on("close", resolve));
    assert.equal((await fetch(`${relayer.url}/healthz`)).status, 200);
  });
});

describe("idempotency", () => {
  it("answers the same key with the same registration and refuses it for another body", async (t) => {
    const { relayer } = await mustSetUp(t);
    const headers = { "idempotency-key": "k1" };
    const first = await post(relayer, "/v1/registrations", calldata(1), headers);
    const again = await post(relayer, "/v1/registrations", calldata(1), headers);
    assert.equal(again.body["id"], first.body["id"]);
    const other = await post(relayer, "/v1/registrations", calldata(2), headers);
    assert.equal(other.status, 422);
    assert.equal(other.body["code"], "CVM_RELAYER_IDEMPOTENCY_KEY_REUSED");
  });

  it("makes one registration of one piece of evidence without any key", async (t) => {
    const { relayer } = await mustSetUp(t);
    const answers = await Promise.all([1, 2, 3].map(() => post(relayer, "/v1/registrations", calldata(3))));
    assert.equal(new Set(answers.map(({ body }) => body["id"])).size, 1);
  });

  it("refuses a key that is none", async (t) => {
    const { relayer } = await mustSetUp(t);
    const answer = await post(relayer, "/v1/registrations", calldata(4), { "idempotency-key": "two words" });
    assert.equal(answer.status, 400);
  });
});

describe("agent URLs", () => {
  const any = { allowedHosts: null };
  const refused = [
    "file:///etc/passwd",
    "ftp://agent",
    "agent:7999",
    "http://user:secret@agent",
    "http://agent/?x=1",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]/",
    "http://0xa9fea9fe/",
    "http://metadata.google.internal/",
    "http://metadata.google.internal./computeMetadata",
    "http://METADATA.google.internal/",
    "http://169.254.169.254./",
    "http://metadata/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://[fe80::1]/",
    "http://[febf::1]/",
    "http://[fd00:ec2::254]/",
    "http://[::a9fe:a9fe]/",
    "http://[::ffff:0:a9fe:a9fe]/",
    "http://[::ffff:168.63.129.16]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b::169.254.169.254]/",
  ];
  for (const url of refused) it(`refuses ${url}`, () => assert.equal(agentUrlOf(url, any).ok, false));

  for (const url of [
    "http://127.0.0.1:7999",
    "http://[::1]:7999",
    "http://[fec0::1]/",
    "http://[fd00:ec20::254]/",
    "http://[64:ff9b::10.0.0.7]/",
    "http://[1:2:3:4:5:6:a9fe:a9fe]/",
    "http://168.63.129.160/",
    "http://metadata.example/",
  ])
    it(`asks ${url}`, () => assert.equal(agentUrlOf(url, any).ok, true));

  it("allows only listed hosts when there is a list", async (t) => {
    const policy = { allowedHosts: ["10.0.0.7:7999", "cvm.example"] };
    assert.ok(agentUrlOf("http://10.0.0.7:7999", policy).ok);
    assert.ok(agentUrlOf("https://cvm.example:8000", policy).ok);
    assert.ok(!agentUrlOf("http://10.0.0.7:22", policy).ok);
    const { relayer } = await mustSetUp(t, { agentHosts: ["cvm.example"] });
    const answer = await post(relayer, "/v1/registrations", { agentUrl: "http://127.0.0.1:1" });
    assert.equal(answer.status, 422);
    assert.equal(answer.body["code"], "CVM_RELAYER_AGENT_URL_FORBIDDEN");
  });
});

describe("signature checks", () => {
  const question = {
    application: registry,
    identityHash: `0x${"12".repeat(32)}`,
    message: "0x1234",
    signature: Buffer.alloc(64).toString("base64"),
  };

  it("tells the application's verdict with every reason", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const reasons = [
      { check: "policy.registered", passed: true },
      { check: "policy.signature", passed: false },
    ];
    const explain = toFunctionSelector("explain(bytes32,bytes,bytes)");
    node.onCall = (data) =>
      data.startsWith(explain)
        ? encodeAbiParameters(parseAbiParameters("(string check, bool passed)[]"), [reasons])
        : encodeAbiParameters(parseAbiParameters("bool"), [false]);
    const answer = await post(relayer, "/v1/signature-checks", question);
    assert.deepEqual(answer.body, {
      valid: false,
      reasons: [
        { id: "policy.registered", passed: true },
        { id: "policy.signature", passed: false },
      ],
    });
  });

  it("asks for the verdict and its reasons at one block", async (t) => {
    const node = await new FakeNode().listen();
    const proxy = await startRpcProxy(node.url);
    const relayer = await mustStart(proxy, { store: await mustEmptyStore() });
    t.after(async () => {
      await relayer.stop();
      proxy.close();
      node.close();
    });
    const blocks: unknown[] = [];
    proxy.onRequest = ({ method, params }) => {
      if (method !== "eth_call") return null;
      blocks.push(params[1]);
      node.mine();
      return null;
    };
    await post(relayer, "/v1/signature-checks", question);
    assert.deepEqual(blocks, ["0x64", "0x64"]);
  });

  it("says when the address is no application and when the chain is away", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.callResult = "0x";
    const none = await post(relayer, "/v1/signature-checks", question);
    assert.equal(none.body["code"], "CVM_RELAYER_APPLICATION_UNREADABLE");
    node.fault("eth_call", { kind: "drop" }, { kind: "drop" });
    const away = await post(relayer, "/v1/signature-checks", question);
    assert.equal(away.status, 503);
    assert.equal(away.body["code"], "CVM_RELAYER_CHAIN_UNREACHABLE");
  });

  for (const [title, change] of [
    ["an application that is no address", { application: "0x12" }],
    ["an identity of 31 bytes", { identityHash: `0x${"12".repeat(31)}` }],
    ["a message that is no bytes", { message: "hello" }],
  ] as const)
    it(`refuses ${title}`, async (t) => {
      const { relayer } = await mustSetUp(t);
      assert.equal((await post(relayer, "/v1/signature-checks", { ...question, ...change })).status, 400);
    });
});

describe("log", () => {
  it("holds no key, no RPC credential and no evidence", async (t) => {
    const lines: string[] = [];
    const log = newLog("trace", { write: (line: string) => void lines.push(line) });
    const { node, relayer } = await mustSetUp(t, { log });
    node.fault("eth_getBlockByNumber", { kind: "drop" });
    const body = calldata(77);
    await post(relayer, "/v1/registrations", body);
    for (let i = 0; i < 500 && !lines.some((line) => line.includes("final enough")); i++)
      await fetch(`${relayer.url}/healthz`);
    log.info({ signerKey: "0xSECRET", databaseUrl: "SECRET", tx: { raw: "SECRET" } }, "x");
    const text = lines.join("");
    assert.match(text, /final enough/);
    for (const secret of ["SECRET", "ac0974bec39a17e3", body.calldata.slice(40, 120)])
      assert.ok(!text.includes(secret), secret);
  });
});
