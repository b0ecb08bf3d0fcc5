// Who asks again does not pay again, and nobody gets what another one paid for.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { pino } from "pino";
import { openIdentity, type Identity } from "../../agent/identity/identity.ts";
import { noStore } from "../../agent/identity/store.ts";
import { newMetrics } from "../../agent/metrics.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { openProofs, type Proofs } from "../../agent/proofs/proofs.ts";
import type { ProofRequest } from "../../agent/proofs/request.ts";
import { ProblemError, type ProblemCode } from "../../agent/problem.ts";
import { collectRegistration } from "../../agent/registration.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";
import { block, otherRegistry } from "./chain.ts";
import { mustStart, anchorFields, post } from "./http.ts";
import { apiKey, newProver, plainUrl, programs, zkConfigs } from "./prover.ts";
import type { Prover } from "./prover.ts";

const mustRefuse = (proving: Promise<unknown>, code: ProblemCode): Promise<void> =>
  assert.rejects(proving, (error) => error instanceof ProblemError && error.problem.code === code);

describe("proofs asked for more than once", () => {
  let machine: Platform;
  let identity: Identity;
  before(async () => {
    machine = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software" });
    identity = await openIdentity(machine.tpm, machine.measuredPcrs, noStore);
  });
  after(() => machine.close());

  interface Scene extends Prover {
    readonly proofs: Proofs;
    readonly ask: (change?: Partial<ProofRequest>) => Promise<Uint8Array>;
  }

  function setUp(): Scene {
    const prover = newProver();
    const parts = { tee: machine.tee, metrics: newMetrics(), logger: pino({ level: "silent" }) };
    const proofs = openProofs(prover.settings, parts);
    const ask = (change: Partial<ProofRequest> = {}) => {
      const { reportType, zkConfig } = { reportType: reportTypes.sp1, zkConfig: zkConfigs.sp1 };
      const request = { reportType, block, zkConfig, identity: identity.hash, ...change };
      return proofs.prove(request, () => collectRegistration(machine, identity, request));
    };
    return { ...prover, proofs, ask };
  }

  const keyed = (key: string) => ({ zkConfig: { ...zkConfigs.sp1, api_key: key } });
  const at = (blockNumber: bigint) => ({ block: { ...block, blockNumber } });

  it("are made once while under way, and answered from memory afterwards", async () => {
    const { ask, hold, wire, bought } = setUp();
    const { reached, release } = hold();
    const both = [ask(), ask()];
    await reached;
    release();
    const [first, second] = await Promise.all(both);
    const calls = wire.log.length;
    assert.deepEqual([second, await ask(), bought()], [first, first, 1]);
    assert.equal(wire.log.length, calls);
  });

  it("are the same with the URL written in another way", async () => {
    const { ask, bought } = setUp();
    const url = `${zkConfigs.sp1.url.replace("prover", "PROVER")}/`;
    assert.deepEqual(await ask({ zkConfig: { ...zkConfigs.sp1, url } }), await ask());
    assert.equal(bought(), 1);
  });

  it("are not shared with another key, nor is one kept for it", async () => {
    const { ask, inputs, wire } = setUp();
    const [mine, others] = await Promise.all([ask(keyed(apiKey)), ask(keyed("another"))]);
    assert.notDeepEqual(mine, others);
    await ask(keyed("third"));
    assert.equal(inputs.length, 3);
    const sent = new Set(wire.sent.map(({ headers }) => headers["authorization"]));
    assert.deepEqual([...sent].sort(), ["Bearer another", `Bearer ${apiKey}`, "Bearer third"].sort());
  });

  for (const [what, change] of [
    ["block", { block: { ...block, blockHash: new Uint8Array(32) } }],
    ["registry", { block: { ...block, registry: otherRegistry } }],
    ["chain", { block: { ...block, chainId: 1n } }],
    ["report type", { reportType: reportTypes.riscZero, zkConfig: zkConfigs.risc0 }],
    ["URL", { zkConfig: { ...zkConfigs.sp1, url: plainUrl } }],
    ["version", { zkConfig: { ...zkConfigs.sp1, version: "v5.0.1" } }],
    [
      "program",
      {
        zkConfig: {
          ...zkConfigs.sp1,
          image_id: "004b1c0509dc0eee05ad437e3600027bd8cb3fbb03b29bf9cd839ae2e684c749",
        },
      },
    ],
    ["identity", { identity: new Uint8Array(32) }],
  ] as const)
    it(`are not shared where the ${what} is another`, async () => {
      const { ask, hold, inputs } = setUp();
      const { reached, release } = hold();
      const both = [ask(), ask(change)];
      await reached;
      release();
      await Promise.allSettled(both);
      assert.equal(inputs.length, 2);
    });

  it("are shared where the program that would be chosen is named", async () => {
    const { ask, bought } = setUp();
    await Promise.all([ask(), ask({ zkConfig: { ...zkConfigs.sp1, image_id: programs.sp1 } })]);
    assert.equal(bought(), 1);
  });

  it("are remembered until a later block is named, not after", async () => {
    const { ask, bought } = setUp();
    const first = await ask();
    await ask(at(block.blockNumber - 1n));
    assert.deepEqual([await ask(), bought()], [first, 2]);
    await ask(at(block.blockNumber + 1n));
    assert.notDeepEqual(await ask(), first);
    assert.equal(bought(), 4);
  });

  it("are remembered though a later block is named elsewhere", async () => {
    const { ask, bought } = setUp();
    const first = await ask();
    await ask({ block: { ...block, registry: otherRegistry, blockNumber: block.blockNumber + 1n } });
    assert.deepEqual([await ask(), bought()], [first, 2]);
  });

  it("that end when a later block was named are not remembered", async () => {
    const { ask, hold, bought } = setUp();
    const { reached, release } = hold();
    const both = [ask(), ask(at(block.blockNumber + 1n))];
    // Until then they are shared.
    const again = ask();
    await reached;
    release();
    assert.deepEqual(await again, (await Promise.all(both))[0]);
    assert.equal(bought(), 2);
    await ask();
    assert.equal(bought(), 3);
  });

  it("are not remembered without an anchor, and shared while under way", async () => {
    const { ask, bought } = setUp();
    await Promise.all([ask({ block: null }), ask({ block: null })]);
    assert.equal(bought(), 1);
    await ask({ block: null });
    assert.equal(bought(), 2);
  });

  it("are remembered eight at most, the newest", async () => {
    const { ask, bought } = setUp();
    const of = (chainId: bigint) => ({ block: { ...block, chainId } });
    for (let chainId = 1n; chainId <= 9n; chainId++) await ask(of(chainId));
    await ask(of(2n));
    assert.equal(bought(), 9);
    await ask(of(1n));
    assert.equal(bought(), 10);
  });

  it("are made four at a time; more are refused by name, a shared one is not", async () => {
    const { ask, hold, bought } = setUp();
    const { reached, release } = hold();
    const asked = [1n, 2n, 3n, 4n].map((chainId) => ask({ block: { ...block, chainId } }));
    await mustRefuse(ask(), "CVM_AGENT_PROVING_BUSY");
    asked.push(ask({ block: { ...block, chainId: 1n } }));
    await reached;
    release();
    await Promise.all([...asked]);
    await ask();
    assert.equal(bought(), 5);
  });

  it("that failed before a prover was asked take nobody's place in memory", async () => {
    const { ask, proofs, bought } = setUp();
    await ask();
    const noReport = () => Promise.reject(new Error("no report"));
    const request = { reportType: 2, zkConfig: zkConfigs.sp1, identity: identity.hash };
    for (let chainId = 1n; chainId <= 8n; chainId++)
      await assert.rejects(proofs.prove({ ...request, block: { ...block, chainId } }, noReport), /no report/);
    await ask();
    assert.equal(bought(), 1);
    // Asked for again they are made.
    await ask({ block: { ...block, chainId: 1n } });
    assert.equal(bought(), 2);
  });

  it("are waited for when the agent stops while evidence is made: the TPM is closed afterwards", async () => {
    const { settings, wire } = newProver();
    const parts = { tee: machine.tee, metrics: newMetrics(), logger: pino({ level: "silent" }) };
    const proofs = openProofs(settings, parts);
    const request = { reportType: 2, block, zkConfig: zkConfigs.sp1, identity: identity.hash };
    const registration = await collectRegistration(machine, identity, request);
    let made = (): void => undefined;
    const collected = new Promise<typeof registration>((resolve) => (made = () => resolve(registration)));
    const ended: string[] = [];
    const proving = mustRefuse(
      proofs.prove(request, () => collected),
      "CVM_AGENT_STOPPING",
    );
    const stopping = proofs.stop().then(() => ended.push("stopped"));
    for (let turns = 0; turns < 5; turns++) await setImmediate();
    ended.push("made");
    made();
    await Promise.all([proving, stopping]);
    assert.deepEqual([ended, wire.log], [["made", "stopped"], []]);
  });

  it("are refused once the agent stops", async () => {
    const { ask, proofs, wire } = setUp();
    await proofs.stop();
    await mustRefuse(ask(), "CVM_AGENT_STOPPING");
    assert.deepEqual(wire.log, []);
  });
});

describe("proofs whose caller is gone", () => {
  it("are made all the same, for who asks again", async () => {
    const prover = newProver();
    const agent = await mustStart("gcp-tdx", { proofs: prover.settings });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const request = { report_type: 3, ...anchorFields, zk_config: zkConfigs.risc0 };
    const { reached, release } = prover.hold();
    const leaving = new AbortController();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(request);
    const first = fetch(url, { method: "POST", headers, body, signal: leaving.signal });
    await reached;
    leaving.abort();
    await assert.rejects(first, { name: "AbortError" });
    release();
    assert.equal((await post(url, request)).status, 200);
    assert.equal(prover.bought(), 1);
    await agent.close();
  });
});

describe("proofs over a rotation", () => {
  it("end with the identity that they are about", async () => {
    const prover = newProver();
    const agent = await mustStart("gcp-tdx", { proofs: prover.settings });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const request = { report_type: 2, ...anchorFields, zk_config: zkConfigs.sp1 };
    const before = await post(url, request);
    assert.deepEqual((await post(url, request)).body, before.body);
    const rotation = { nonce: 0, ...anchorFields, report_type: 2, tee_measurement: `0x${"00".repeat(32)}` };
    assert.equal((await post(`${agent.url}/onchain/new-cvm-identity`, rotation)).status, 200);
    // The first key still signs: nothing has changed yet.
    assert.deepEqual((await post(url, request)).body, before.body);
    const purge = await post(`${agent.url}/sign-message`, { message: "m", purge_old_keys: true });
    assert.equal(purge.status, 200);
    assert.notDeepEqual((await post(url, request)).body, before.body);
    assert.equal(prover.bought(), 2);
    await agent.close();
  });
});
