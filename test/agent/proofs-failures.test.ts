// Proofs that are not had: what the caller is told, and what nobody is ever told.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pino } from "pino";
import type { RunningAgent } from "../../agent/agent.ts";
import type { ProofSettings } from "../../agent/proofs/settings.ts";
import { CollateralError } from "../../sdk/collateral/index.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { readCaptures } from "../../scripts/prover/captures.ts";
import { anchorFields, mustStart, post } from "./http.ts";
import { apiKey, newProver, programs, zkConfigs } from "./prover.ts";
import type { Prover } from "./prover.ts";

interface Scene {
  readonly prover: Prover;
  readonly agent: RunningAgent;
  /** All that was logged, of every level. */
  readonly logged: () => string;
  readonly ask: (system?: "sp1" | "risc0", change?: object) => ReturnType<typeof post>;
  readonly metrics: () => Promise<string>;
}

async function setUp(change: Partial<ProofSettings> = {}): Promise<Scene> {
  const prover = newProver(change);
  let text = "";
  const logger = pino({ level: "trace" }, { write: (line: string) => void (text += line) });
  const agent = await mustStart("gcp-tdx", { proofs: prover.settings, logger });
  return {
    ...{ prover, agent },
    logged: () => text,
    ask: (system = "sp1", change = {}) => {
      const zk_config = { ...zkConfigs[system], api_key: apiKey };
      const report_type = system === "sp1" ? 2 : 3;
      return post(`${agent.url}/onchain/registration-collaterals`, {
        report_type,
        ...anchorFields,
        zk_config,
        ...change,
      });
    },
    metrics: async () => (await fetch(`${agent.url}/metrics`)).text(),
  };
}

/** Settings with the pairing check of every agent. */
const withoutVerify = (settings: ProofSettings): ProofSettings =>
  Object.fromEntries(
    Object.entries(settings).filter(([name]) => name !== "verify"),
  ) as unknown as ProofSettings;

describe("no proof: what the caller is told", () => {
  it("the prover does not take the key: 502, with its words and without the key", async () => {
    const { prover, agent, ask, metrics } = await setUp();
    const words = JSON.stringify({ error: `who is ${apiKey}?` });
    prover.wire.fault("POST /prove", { kind: "status", status: 401, body: words });
    const { status, body } = await ask();
    assert.deepEqual([status, body.code], [502, "CVM_AGENT_PROVING_FAILED"]);
    assert.match(String(body.detail), /^proving\.unauthorized: .*who is \[masked\]\?.*check the API key/);
    const counted = 'cvm_agent_proofs_total{system="sp1",outcome="proving.unauthorized"} 1\n';
    assert.ok((await metrics()).includes(counted));
    await agent.close();
  });

  it("the deadline comes: 504, and the same request goes on with what is paid", async () => {
    const { prover, agent, ask } = await setUp();
    const running = { kind: "replace", body: '{"status":"RUNNING"}' } as const;
    prover.wire.fault("GET /snark/status", ...Array.from({ length: 100 }, () => running));
    const first = await ask("risc0");
    assert.deepEqual([first.status, first.body.code], [504, "CVM_AGENT_PROVING_TIMED_OUT"]);
    const second = await ask("risc0");
    assert.deepEqual([second.status, prover.bought()], [200, 1]);
    await agent.close();
  });

  it("the program fails: 502, and asking again with the same block buys nothing", async () => {
    const { prover, agent, ask } = await setUp();
    prover.wire.fault("GET /proofs", { kind: "replace", body: '{"status":"failed","message":"no"}' });
    assert.match(String((await ask()).body.detail), /^proving\.failed: .*: no; /);
    assert.deepEqual([(await ask()).status, prover.bought()], [200, 1]);
    await agent.close();
  });

  for (const system of ["sp1", "risc0"] as const)
    it(`a made-up proof of ${system} is refused by the pairing check of every agent`, async () => {
      const prover = newProver();
      const agent = await mustStart("gcp-tdx", { proofs: withoutVerify(prover.settings) });
      const report_type = system === "sp1" ? 2 : 3;
      const request = { report_type, ...anchorFields, zk_config: zkConfigs[system] };
      const { status, body } = await post(`${agent.url}/onchain/registration-collaterals`, request);
      assert.deepEqual([status, body.code], [502, "CVM_AGENT_PROVING_FAILED"]);
      assert.match(String(body.detail), /^proving\.receipt-wrong: /);
      await agent.close();
    });

  it("a proof that holds, about another quote or about none, is refused", async () => {
    const { output, proof } = readCaptures().find(({ program }) => program === programs.sp1)!;
    for (const [publicValues, expected] of [
      [toHex(output), /^proving\.receipt-wrong: the proof is about another quote; /],
      ["0x00", /^proving\.receipt-wrong: DCAP journal of 1 bytes /],
    ] as const) {
      const { prover, agent, ask } = await setUp({ verify: () => true });
      const answer = { status: "fulfilled", program: programs.sp1, publicValues, proof: toHex(proof) };
      prover.wire.fault("GET /proofs", { kind: "replace", body: JSON.stringify(answer) });
      const { status, body } = await ask();
      assert.equal(status, 502);
      assert.match(String(body.detail), expected);
      await agent.close();
    }
  });

  it("nobody knows whether it is paid: 502 for this block, and a later one buys again", async () => {
    const { prover, agent, ask } = await setUp();
    prover.wire.fault("POST /sessions/create", { kind: "lost-answer" });
    for (let times = 0; times < 2; times++)
      assert.match(String((await ask("risc0")).body.detail), /^proving\.outcome-unknown: /);
    assert.equal(prover.bought(), 1);
    const later = await ask("risc0", { block_number: "101" });
    assert.deepEqual([later.status, prover.bought()], [200, 2]);
    await agent.close();
  });

  it("Intel's documents cannot be had: 502, nothing is asked, and the source's URL is not told", async () => {
    const url = "https://pccs.internal/tcb";
    const documents = {
      tdxCollateral: () => Promise.reject(new CollateralError("server", url, "answered with status 503")),
    };
    const { prover, agent, ask, metrics } = await setUp({ documents });
    const { status, body } = await ask();
    assert.deepEqual([status, body.code], [502, "CVM_AGENT_COLLATERAL_UNAVAILABLE"]);
    assert.match(String(body.detail), /^answered with status 503; ask again later/);
    assert.doesNotMatch(JSON.stringify(body), /pccs/);
    assert.deepEqual(prover.wire.log, []);
    assert.match(await metrics(), /cvm_agent_proofs_total\{system="sp1",outcome="no-documents"\} 1\n/);
    await agent.close();
  });

  it("the agent stops: 503 to who waits, and the agent is gone", async () => {
    for (const system of ["sp1", "risc0"] as const) {
      const { prover, agent, ask } = await setUp();
      const { reached } = prover.hold();
      const waiting = ask(system);
      await reached;
      await agent.close();
      const { status, body } = await waiting;
      assert.deepEqual([status, body.code], [503, "CVM_AGENT_STOPPING"]);
      await assert.rejects(fetch(`${agent.url}/healthz`));
    }
  });

  it("the agent stops while documents are awaited: 503, though their source knows no signal", async () => {
    let asked = (): void => undefined;
    const reached = new Promise<void>((resolve) => (asked = resolve));
    const tdxCollateral = () => {
      asked();
      return new Promise<never>(() => undefined);
    };
    const { agent, ask } = await setUp({ documents: { tdxCollateral } });
    const waiting = ask();
    await reached;
    await agent.close();
    assert.equal((await waiting).body.code, "CVM_AGENT_STOPPING");
  });
});

describe("no proof: secrets", () => {
  it("the key of a request goes to its prover alone", async () => {
    const { prover, agent, ask, logged, metrics } = await setUp();
    const echo = JSON.stringify({ error: apiKey, message: apiKey, msg: apiKey });
    const answers: unknown[] = [];
    prover.wire.fault("POST /prove", { kind: "status", status: 400, body: echo });
    prover.wire.fault("GET /proofs", { kind: "replace", body: `{"status":"${apiKey}"}` });
    prover.wire.fault("GET /images", { kind: "status", status: 403, body: apiKey });
    prover.wire.fault("POST /snark/create", { kind: "replace", body: `{"uuid":"${apiKey}"}` });
    for (const system of ["sp1", "sp1", "sp1", "risc0", "risc0"] as const) answers.push(await ask(system));
    const url = `${agent.url}/onchain/registration-collaterals`;
    answers.push(await post(url, `{"report_type":2,"zk_config":{"api_key":"${apiKey}"`));
    answers.push(await post(url, { report_type: 2, zk_config: { api_key: apiKey } }));
    answers.push(await post(url, { report_type: 2, zk_config: { api_key: [apiKey] } }));
    const metered = await metrics();
    await agent.close();
    // The key did go out, and much was said.
    const headers = prover.wire.sent.map((sent) => sent.headers);
    assert.ok(headers.some(({ authorization }) => authorization === `Bearer ${apiKey}`));
    assert.ok(headers.some((each) => each["x-api-key"] === apiKey));
    assert.ok(prover.journalTexts().length > 3 && logged().includes("proving.unauthorized"));
    assert.match(metered, /cvm_agent_proofs_total/);
    const told = [JSON.stringify(answers), logged(), prover.journalTexts().join(), metered];
    for (const text of told) assert.ok(!text.includes(apiKey), text.slice(0, 200));
  });

  it("progress is logged without evidence and proof", async () => {
    const { prover, agent, ask, logged } = await setUp();
    const { body } = await ask("risc0");
    await agent.close();
    const states = [...logged().matchAll(/"state":"([^"]+)"/g)].map(([, state]) => state);
    assert.deepEqual(states.slice(0, 3), ["input", "session-creating", "session"]);
    const calldata = Buffer.from(body.calldata as string, "base64").toString("hex");
    const quote = toHex(prover.inputs[0]!.quote);
    assert.ok(!logged().includes(quote.slice(200, 280)) && !logged().includes(calldata.slice(200, 280)));
    assert.ok(
      !logged().includes("07".repeat(20)) && !logged().includes((body.calldata as string).slice(200, 280)),
    );
  });
});
