// The relayer against Hardhat's own node, whose words and pool differ from the fake node's. A contract of four
// bytes stands for the registry: it accepts everything and returns 32 zero bytes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { network } from "hardhat";
import { createTestClient, http, publicActions } from "viem";
import { hardhat } from "viem/chains";
import { sampleCalldata } from "./support/evidence.ts";
import {
  finished,
  inState,
  mustEmptyStore,
  mustRegister,
  mustStart,
  registry,
  until,
} from "./support/relayer.ts";
import type { RelayerOptions } from "../../relayer/server.ts";

async function mustSetUp(t: TestContext, options: Partial<RelayerOptions> = {}) {
  const server = await network.createServer({ network: "default" }, "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const url = `http://${address}:${port}`;
  const chain = createTestClient({ chain: hardhat, mode: "hardhat", transport: http(url) }).extend(
    publicActions,
  );
  // PUSH1 32, PUSH0, RETURN.
  await chain.setCode({ address: registry, bytecode: "0x60205ff3" });
  await chain.mine({ blocks: 10 });
  const relayer = await mustStart({ url }, { store: await mustEmptyStore(), ...options });
  // Open servers would hold the test runner for ever (toolchain P18).
  t.after(async () => {
    await relayer.stop();
    await server.close();
  });
  const anchor = await chain.getBlockNumber({ cacheTime: 0 });
  const wish = (salt: number) => ({ calldata: Buffer.from(sampleCalldata(anchor, salt)).toString("base64") });
  return { chain, relayer, wish };
}

describe("relayer on EDR", () => {
  it("registers and finds the gas that was used", async (t) => {
    const { relayer, wish } = await mustSetUp(t);
    const view = await until(relayer, await mustRegister(relayer, wish(1)), finished);
    assert.equal(view.state, "confirmed");
    assert.ok(Number(view.gasUsed) > 21_000);
  });

  it("replaces a silent transaction so that the node takes it", async (t) => {
    const { chain, relayer, wish } = await mustSetUp(t, { bumpAfterMs: 50 });
    await chain.setAutomine(false);
    const id = await mustRegister(relayer, wish(2));
    const first = await until(relayer, id, inState("sent"));
    await until(relayer, id, () => relayer.metrics.text().includes('kind="bump"'));
    await chain.mine({ blocks: 1 });
    const view = await until(relayer, id, finished);
    assert.equal(view.state, "confirmed");
    assert.notEqual(view.txHash, first.txHash);
  });

  it("brings back a transaction that the pool dropped", async (t) => {
    const { chain, relayer, wish } = await mustSetUp(t, { bumpAfterMs: 100 });
    await chain.setAutomine(false);
    const id = await mustRegister(relayer, wish(3));
    const { txHash } = await until(relayer, id, inState("sent"));
    await chain.dropTransaction({ hash: txHash as `0x${string}` });
    await until(relayer, id, () => relayer.metrics.text().includes('kind="bump"'));
    await chain.setAutomine(true);
    await chain.mine({ blocks: 1 });
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });

  it("withdraws stale evidence so that the node takes it", async (t) => {
    const { chain, relayer, wish } = await mustSetUp(t, { maxAnchorBlocks: 20n });
    await chain.setAutomine(false);
    const id = await mustRegister(relayer, wish(5));
    await until(relayer, id, inState("sent"));
    // The base fee falls by an eighth a block and stays above what was offered.
    await chain.setNextBlockBaseFeePerGas({ baseFeePerGas: 1_000_000_000_000n });
    await chain.mine({ blocks: 25 });
    await until(relayer, id, () => relayer.metrics.text().includes('kind="cancel"'));
    await chain.mine({ blocks: 1 });
    assert.equal((await until(relayer, id, finished)).code, "CVM_RELAYER_EVIDENCE_STALE");
    const block = await chain.getBlock({ includeTransactions: true });
    assert.deepEqual(
      block.transactions.map(({ input }) => input),
      ["0x"],
    );
  });

  it("sends again after a reorg took the block of its receipt", async (t) => {
    const { chain, relayer, wish } = await mustSetUp(t, { confirmations: 3n });
    const snapshot = await chain.snapshot();
    const id = await mustRegister(relayer, wish(4));
    await until(relayer, id, inState("mined"));
    await chain.revert({ id: snapshot });
    await until(relayer, id, (view) => view.steps.some(({ note }) => /receipt is gone/.test(note)));
    await until(relayer, id, inState("mined"));
    await chain.mine({ blocks: 3 });
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });
});
