// Transactions that cannot go on: none may hold up another, none is paid for when its evidence is worth nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { encodeErrorResult, parseTransaction, toHex } from "viem";
import type { Hex } from "viem";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import type { RelayerOptions } from "../../relayer/server.ts";
import { createRegistration } from "../../relayer/store/registrations.ts";
import { calldataLimit } from "../../relayer/transactions/size.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { json, startAgent } from "./support/fake-agent.ts";
import { FakeNode } from "./support/fake-node.ts";
import {
  finished,
  inState,
  mustEmptyStore,
  mustRegister,
  mustSetUp,
  mustStart,
  post,
  until,
} from "./support/relayer.ts";
import { startRpcProxy } from "./support/rpc-proxy.ts";
import type { RpcAnswer, RpcRequest } from "./support/rpc-proxy.ts";

let salt = 7000;
const wish = (bytes = sampleCalldata(99n, ++salt)) => ({ calldata: Buffer.from(bytes).toString("base64") });
const refusal = (message: string): RpcAnswer => ({ error: { code: -32000, message } });

async function mustSetUpProxied(
  t: TestContext,
  answer: (request: RpcRequest, node: FakeNode) => RpcAnswer | null,
  options: Partial<RelayerOptions> = {},
) {
  const node = await new FakeNode().listen();
  const proxy = await startRpcProxy(node.url);
  proxy.onRequest = (request) => answer(request, node);
  const relayer = await mustStart(proxy, { store: await mustEmptyStore(), ...options });
  t.after(async () => {
    await relayer.stop();
    proxy.close();
    node.close();
  });
  return { node, relayer };
}

/** Evidence whose report has so many bytes that no pool takes the transaction. */
function evidenceOf(length: number): Uint8Array {
  const given = decodeAttestCvm(sampleCalldata(null, ++salt)) as Registration;
  const withReport = (bytes: number) =>
    encodeAttestCvm({ ...given, teeAttestationReport: new Uint8Array(bytes).fill(7) });
  return withReport(length - withReport(0).length);
}

describe("bytes that no node takes", () => {
  it("are refused at the door when they are too long for any pool, with both sizes", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const answer = await post(relayer, "/v1/registrations", wish(evidenceOf(calldataLimit + 32)));
    assert.equal(answer.status, 413);
    assert.equal(answer.body["code"], "CVM_RELAYER_TRANSACTION_SIZE");
    assert.match(answer.body["detail"] as string, /has 900\d\d bytes.* 90000/);
    const longest = await mustRegister(relayer, wish(evidenceOf(calldataLimit - 32)));
    assert.equal((await until(relayer, longest, finished)).state, "confirmed");
    assert.equal(node.received.length, 1);
  });

  it("are refused when an agent brings them, and when they were stored before", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const bytes = evidenceOf(calldataLimit + 32);
    const agent = await startAgent((_body, response) => json(response, 200, wish(bytes)));
    t.after(() => agent.close());
    const stored = {
      ...{ id: "stored", idempotencyKey: null, requestHash: "", agentUrl: null },
      reportType: null,
    };
    const calldata = toHex(bytes);
    await createRegistration(relayer.db, { ...stored, calldata, evidenceHash: "" }, new Date());
    for (const id of [await mustRegister(relayer, { agentUrl: agent.url }), "stored"])
      assert.equal((await until(relayer, id, finished)).code, "CVM_RELAYER_TRANSACTION_SIZE");
    assert.equal(node.received.length, 0);
  });

  const words = {
    oversized: "oversized data: transaction size 97000, limit 95000",
    unknown: "no such thing",
  };
  for (const [reason, message] of Object.entries(words))
    it(`give their nonce back when the node's word is ${reason}, and end as a failure`, async (t) => {
      const isRefused = ({ method, params }: RpcRequest) =>
        method === "eth_sendRawTransaction" && parseTransaction(params[0] as Hex).nonce === 0;
      let refused = 0;
      const { node, relayer } = await mustSetUpProxied(t, (request) => {
        if (!isRefused(request) || parseTransaction(request.params[0] as Hex).data === undefined) return null;
        refused++;
        return refusal(message);
      });
      const id = await mustRegister(relayer, wish(sampleCalldata(null, ++salt)));
      await until(relayer, id, inState("journalled"));
      const next = await mustRegister(relayer, wish(sampleCalldata(null, ++salt)));
      const view = await until(relayer, id, finished);
      assert.equal(view.code, "CVM_RELAYER_TRANSACTION_NOT_TAKEN");
      assert.match(view.explanation!, new RegExp(reason));
      assert.equal((await until(relayer, next, finished)).state, "confirmed");
      assert.deepEqual(
        node.mined.map(({ nonce, data }) => [nonce, data === "0x"]),
        [
          [0, true],
          [1, false],
        ],
      );
      assert.equal(refused, reason === "oversized" ? 1 : 20);
    });

  it("are not given up while the node only asks for patience", async (t) => {
    let refused = 0;
    const { node, relayer } = await mustSetUpProxied(t, ({ method }) =>
      method === "eth_sendRawTransaction" && refused++ < 30 ? refusal("rate limit exceeded") : null,
    );
    const id = await mustRegister(relayer, wish());
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.equal(node.received.length, 1);
  });
});

describe("a transaction whose end cannot be concluded", () => {
  it("holds up no other, and one whose reason the node has dropped ends without a name", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const reverted = await mustRegister(relayer, wish());
    await until(relayer, reverted, inState("sent"));
    const other = await mustRegister(relayer, wish());
    await until(relayer, other, inState("sent"));
    // No answer at all first, which is waited out; then that of a pruned node.
    node.fault("eth_call", ...Array.from({ length: 3 }, () => ({ kind: "drop" }) as const));
    const error = { code: -32000, message: "missing trie node 8f3a (path ) state 0x12 is not available" };
    node.fault("eth_call", ...Array.from({ length: 1000 }, () => ({ kind: "error", error }) as const));
    node.isMinedSuccess = false;
    node.mine();
    node.mined[1] = { ...node.mined[1]!, isSuccess: true };
    assert.equal((await until(relayer, other, finished)).state, "confirmed");
    const view = await until(relayer, reverted, finished);
    assert.equal(view.code, "CVM_RELAYER_TRANSACTION_REVERTED");
    assert.match(view.explanation!, /cannot say why: .*missing trie node/s);
    assert.equal(view.txHash, node.mined[0]!.hash);
    assert.match(relayer.metrics.text(), /cvm_relayer_transaction_errors_total [1-3]\n/);
  });

  it("asks for events within the life of the anchor, and goes on when the provider has none", async (t) => {
    const ranges: { readonly fromBlock: Hex; readonly toBlock: Hex }[] = [];
    const { node, relayer } = await mustSetUpProxied(
      t,
      ({ method, params }) => {
        if (method !== "eth_getLogs") return null;
        ranges.push(params[0] as (typeof ranges)[number]);
        return refusal("query exceeds max block range 10000");
      },
      { maxAnchorBlocks: 20n },
    );
    node.isAutomine = false;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, inState("sent"));
    node.isMinedSuccess = false;
    node.mine();
    node.revert = encodeErrorResult({ abi: errorsAbi, errorName: "EvidenceNotNewer", args: [99n] });
    const view = await until(relayer, id, finished);
    assert.deepEqual([view.state, view.check], ["refused", "record.not-newer"]);
    assert.deepEqual(
      ranges.map(({ fromBlock, toBlock }) => [Number(fromBlock), Number(toBlock)]),
      [[99, 101]],
    );
  });
});

describe("stale evidence", () => {
  it("is withdrawn however high its fee is, and never broadcast again", async (t) => {
    const { node, relayer } = await mustSetUp(t, {
      maxFeePerGas: 5_000_000_000n,
      maxAnchorBlocks: 20n,
      bumpAfterMs: 50,
    });
    node.isAutomine = false;
    // Twice the base fee is above the ceiling.
    node.baseFeePerGas = 3_000_000_000n;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, () => node.received.length >= 2);
    assert.ok(node.received[0]!.maxFeePerGas < node.received[1]!.maxFeePerGas);
    await until(relayer, id, ({ explanation }) => /ceiling/.test(explanation ?? ""));
    assert.ok(node.received.every(({ maxFeePerGas }) => maxFeePerGas <= 5_000_000_000n));
    node.baseFeePerGas = 6_000_000_000n;
    node.mine(60);
    await until(relayer, id, () => node.pool.get(0)?.data === "0x");
    const withdrawn = node.received.findIndex(({ data }) => data === "0x");
    // Silence passes over the withdrawal as well, which the market stays above.
    await until(relayer, id, () => node.received.length > withdrawn + 2);
    assert.ok(node.received.slice(withdrawn).every(({ data }) => data === "0x"));
    const paid = Math.max(...node.received.map(({ maxFeePerGas }) => Number(maxFeePerGas)));
    assert.ok(paid <= (5_000_000_000 * 9) / 8 + 1);
    node.baseFeePerGas = 2_000_000_000n;
    node.mine();
    assert.equal((await until(relayer, id, finished)).code, "CVM_RELAYER_EVIDENCE_STALE");
    assert.deepEqual(
      node.mined.map(({ data }) => data),
      ["0x"],
    );
  });

  it("stays withdrawn when the withdrawal's fee is raised", async (t) => {
    const { node, relayer } = await mustSetUp(t, { maxAnchorBlocks: 20n, bumpAfterMs: 50 });
    node.isAutomine = false;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, inState("sent"));
    node.baseFeePerGas = 50_000_000_000n;
    node.mine(60);
    const fees = () => new Set(node.received.filter(({ data }) => data === "0x").map((each) => each.hash));
    await until(relayer, id, () => fees().size >= 2);
    assert.equal(node.pool.get(0)?.data, "0x");
    node.mine();
    assert.equal((await until(relayer, id, finished)).code, "CVM_RELAYER_EVIDENCE_STALE");
  });

  it("is withdrawn with the gas that the chain asks of an empty transfer", async (t) => {
    const { node, relayer } = await mustSetUp(t, { maxAnchorBlocks: 20n });
    node.transferGas = 24_213n;
    node.balance = 0n;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, ({ explanation }) => /funds/.test(explanation ?? ""));
    node.mine(60);
    await until(relayer, id, () => node.received.at(-1)?.data === "0x");
    node.balance = 10n ** 18n;
    assert.equal((await until(relayer, id, finished)).code, "CVM_RELAYER_EVIDENCE_STALE");
    const next = await mustRegister(relayer, wish(sampleCalldata(159n, ++salt)));
    assert.equal((await until(relayer, next, finished)).state, "confirmed");
    assert.equal(node.mined[0]!.data, "0x");
  });
});

describe("a receipt that comes late", () => {
  it("is waited for, however often it is asked for within one block", async (t) => {
    let left = 12;
    const { node, relayer } = await mustSetUpProxied(t, ({ method }, { mined }) =>
      method === "eth_getTransactionReceipt" && mined.length > 0 && left-- > 0 ? { result: null } : null,
    );
    const view = await until(relayer, await mustRegister(relayer, wish()), finished);
    assert.equal(view.state, "confirmed");
    assert.equal(node.mined.length, 1);
    assert.ok(view.steps.every(({ note }) => !/took the nonce/.test(note)));
  });
});
