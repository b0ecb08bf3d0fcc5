import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeErrorResult } from "viem";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { honest, json, startAgent } from "./support/fake-agent.ts";
import {
  finished,
  identityHash,
  inState,
  mustRegister,
  mustSetUp,
  registry,
  until,
} from "./support/relayer.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

describe("registration", () => {
  it("goes from an agent's URL to a confirmed transaction, every step with its time", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const agent = await startAgent();
    t.after(() => agent.close());
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.deepEqual(
      view.steps.map(({ state }) => state),
      ["received", "received", "verified", "simulated", "journalled", "sent", "mined", "confirmed"],
    );
    assert.ok(view.steps.every(({ at }) => !Number.isNaN(Date.parse(at))));
    assert.equal(view.txHash, node.mined[0]?.hash);
    assert.equal(view.gasUsed, "321000");
    assert.equal(view.identityHash, identityHash);
  });

  it("asks for evidence anchored below the head of this chain and registry", async (t) => {
    const { node, relayer } = await mustSetUp(t, { anchorDepth: 4n });
    const agent = await startAgent();
    t.after(() => agent.close());
    await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    const [asked] = agent.asked;
    assert.equal(asked?.report_type, 1);
    assert.equal(asked.chain_id, "31337");
    assert.equal(asked.registry.toLowerCase(), registry);
    assert.equal(asked.block_number, "96");
    assert.match(asked.block_hash, /^0x[0-9a-f]{64}$/);
    assert.equal(node.received.length, 1);
  });

  it("takes calldata as hex and as base64 and sends it unchanged", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const hex = `0x${Buffer.from(sampleCalldata(99n, 1)).toString("hex")}`;
    await until(relayer, await mustRegister(relayer, { calldata: hex }), finished);
    await until(relayer, await mustRegister(relayer, { calldata: base64(sampleCalldata(99n, 2)) }), finished);
    assert.equal(node.received[0]?.data, hex);
    assert.equal(node.received[0]?.to.toLowerCase(), registry);
    assert.deepEqual(
      node.mined.map(({ nonce }) => nonce),
      [0, 1],
    );
  });

  it("never sends evidence that the verifier rejects, and names the check", async (t) => {
    const { node, relayer } = await mustSetUp(t, {
      verify: () => ({
        verdict: "rejected",
        check: "tdx.debug",
        explanation: "bit 0 is set",
        identityHash: null,
      }),
    });
    const id = await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) });
    const view = await until(relayer, id, finished);
    assert.equal(view.state, "refused");
    assert.equal(view.check, "tdx.debug");
    assert.equal(view.code, "CVM_TDX_DEBUG_ENABLED");
    assert.equal(view.explanation, "bit 0 is set");
    assert.ok(!node.requests.includes("eth_sendRawTransaction") && !node.requests.includes("eth_call"));
  });

  it("takes no nonce for what the registry refuses in the simulation", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.revert = encodeErrorResult({ abi: errorsAbi, errorName: "AKRevoked", args: [identityHash] });
    const view = await until(
      relayer,
      await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) }),
      finished,
    );
    assert.equal(view.state, "refused");
    assert.equal(view.check, "ak.revoked");
    assert.equal(node.received.length, 0);
  });

  it("sends nothing to an address where no registry answers, and waits for the right one", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const { callResult } = node;
    node.callResult = "0x";
    const id = await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) });
    await until(relayer, id, (view) => /no registry answers/.test(view.explanation ?? ""));
    assert.equal(node.received.length, 0);
    node.callResult = callResult;
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });

  it("does not retry a refusal that none of our errors names", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.revert = "0xdeadbeef";
    const view = await until(
      relayer,
      await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) }),
      finished,
    );
    assert.equal(view.code, "CVM_RELAYER_TRANSACTION_REVERTED");
    assert.match(view.explanation ?? "", /0xdeadbeef/);
  });

  it("names the check of a transaction that reverted on chain", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    node.isMinedSuccess = false;
    const id = await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) });
    await until(relayer, id, inState("sent"));
    node.revert = encodeErrorResult({ abi: errorsAbi, errorName: "IdentityTaken", args: [identityHash] });
    node.mine();
    const view = await until(relayer, id, finished);
    assert.equal(view.state, "refused");
    assert.equal(view.check, "record.identity-taken");
    assert.equal(view.gasUsed, "321000");
  });

  it("refuses a registration above the gas cap of a transaction", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.gasEstimate = 16_777_216n;
    const view = await until(
      relayer,
      await mustRegister(relayer, { calldata: base64(sampleCalldata(99n)) }),
      finished,
    );
    assert.equal(view.code, "CVM_RELAYER_GAS_LIMIT");
    assert.equal(node.received.length, 0);
  });

  it("asks for fresh evidence when the anchor went stale, and says so", async (t) => {
    const { node, relayer } = await mustSetUp(t, { maxAnchorBlocks: 10n });
    const agent = await startAgent();
    t.after(() => agent.close());
    node.isAutomine = false;
    const id = await mustRegister(relayer, { agentUrl: agent.url });
    await until(relayer, id, inState("sent"));
    const stale = node.pool.get(0);
    // A base fee above what was offered keeps the transaction out of every block.
    node.baseFeePerGas = 10_000_000_000n;
    node.mine(12);
    await until(relayer, id, () => node.pool.get(0) !== undefined && node.pool.get(0)?.hash !== stale?.hash);
    assert.equal(node.pool.get(0)?.data, "0x");
    agent.respond = honest(7);
    node.isAutomine = true;
    node.mine();
    const view = await until(relayer, id, finished);
    assert.equal(view.state, "confirmed");
    assert.equal(agent.asked.length, 2);
    assert.ok(view.steps.some(({ note }) => note.startsWith("asking for fresh evidence")));
  });

  it("asks again, with a newer anchor, when the registry holds newer evidence", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const agent = await startAgent();
    t.after(() => agent.close());
    node.revert = encodeErrorResult({ abi: errorsAbi, errorName: "EvidenceNotNewer", args: [104n] });
    const id = await mustRegister(relayer, { agentUrl: agent.url });
    await until(relayer, id, (view) => /no block yet/.test(view.explanation ?? ""));
    agent.respond = honest(8);
    node.revert = null;
    node.mine(5);
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.equal(agent.asked[1]?.block_number, "104");
  });
});

describe("agents that misbehave", () => {
  const cases: readonly [string, Parameters<typeof startAgent>[0], string][] = [
    ["answers something that is no JSON", (_b, r) => json(r, 200, "<html>"), "CVM_RELAYER_AGENT_ANSWER"],
    ["answers without calldata", (_b, r) => json(r, 200, { data: "" }), "CVM_RELAYER_AGENT_ANSWER"],
    [
      "answers calldata that is no base64",
      (_b, r) => json(r, 200, { calldata: "!!" }),
      "CVM_RELAYER_AGENT_ANSWER",
    ],
    [
      "answers base64 with unused bits",
      (_b, r) => json(r, 200, { calldata: "3/CwVR==" }),
      "CVM_RELAYER_AGENT_ANSWER",
    ],
    ["answers more than the limit", (_b, r) => json(r, 200, " ".repeat(5000)), "CVM_RELAYER_AGENT_ANSWER"],
    [
      "redirects elsewhere",
      (_b, r) => void r.writeHead(302, { location: "/other" }).end(),
      "CVM_RELAYER_AGENT_UNREACHABLE",
    ],
    ["never answers", () => undefined, "CVM_RELAYER_AGENT_TIMEOUT"],
    ["hangs up", (_b, _r, request) => void request.socket.destroy(), "CVM_RELAYER_AGENT_UNREACHABLE"],
    ["refuses for its own reasons", (_b, r) => json(r, 403, { detail: "no" }), "CVM_RELAYER_AGENT_REFUSED"],
    ["breaks down", (_b, r) => json(r, 500, { detail: "no" }), "CVM_RELAYER_AGENT_REFUSED"],
    [
      "answers evidence for another block",
      (_b, r) => json(r, 200, { calldata: base64(sampleCalldata(42n)) }),
      "CVM_RELAYER_AGENT_UNANCHORED",
    ],
    [
      "answers evidence without an anchor",
      (_b, r) => json(r, 200, { calldata: base64(sampleCalldata(null)) }),
      "CVM_RELAYER_AGENT_UNANCHORED",
    ],
  ];
  for (const [title, respond, code] of cases)
    it(`fails by name when the agent ${title}, and sends nothing`, async (t) => {
      const { node, relayer } = await mustSetUp(t, {
        agentTimeoutMs: 60,
        agentAttempts: 2,
        agentMaxBytes: 4096,
      });
      const agent = await startAgent(respond);
      t.after(() => agent.close());
      const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
      assert.equal(view.state, "failed");
      assert.equal(view.code, code);
      assert.equal(node.received.length, 0);
    });

  it("passes on the check that the agent names, and invents none", async (t) => {
    const { relayer } = await mustSetUp(t);
    const agent = await startAgent((_b, r) =>
      json(r, 422, { detail: "no prover\u0007", check: "tee.report-type-unsupported" }),
    );
    t.after(() => agent.close());
    const named = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.equal(named.check, "tee.report-type-unsupported");
    assert.equal(named.explanation, "the agent says: no prover ");
    agent.respond = (_b, r) => json(r, 422, { detail: "x", check: "made.up" });
    const unknown = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.equal(unknown.check, null);
    assert.equal(unknown.code, "CVM_RELAYER_AGENT_REFUSED");
  });

  it("refuses an agent's undecodable calldata by the check of the registry", async (t) => {
    const { relayer } = await mustSetUp(t, {
      verify: () => ({
        verdict: "rejected",
        check: "calldata.selector",
        explanation: "x",
        identityHash: null,
      }),
    });
    const agent = await startAgent((_b, r) => json(r, 200, { calldata: "AAAAAAAA" }));
    t.after(() => agent.close());
    const view = await until(relayer, await mustRegister(relayer, { agentUrl: agent.url }), finished);
    assert.equal(view.check, "calldata.selector");
  });
});
