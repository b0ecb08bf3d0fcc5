// What a chain is asked before anything is sent.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { numberToHex } from "viem";
import { networks } from "../../deployments/networks.ts";
import { arbSys, historyContract, probe } from "../../scripts/deploy/probe.ts";
import { startChain } from "../contracts/registry/chain.ts";
import { accounts, deployOn, startNetwork } from "./chain.ts";

describe("probe", () => {
  it("finds the precompile under Osaka's rules and not under Prague's", async () => {
    for (const [hardfork, expected] of [
      ["osaka", true],
      ["prague", false],
    ] as const)
      assert.equal((await probe((await startChain(1, hardfork)).publicClient)).p256Precompile, expected);
  });

  it("believes a history that answers with the hash of the block below, and no other", async () => {
    const chain = await startNetwork();
    assert.equal((await probe(chain.publicClient)).eip2935, true);
    // Nothing; 33 bytes; a revert; a word that is no hash of this chain.
    for (const code of ["0x", "0x60215ff3", "0x5f5ffd", "0x60015f5260205ff3"]) {
      await chain.request("hardhat_setCode", historyContract, code);
      assert.equal((await probe(chain.publicClient)).eip2935, false, code);
    }
  });

  it("believes an ArbSys that counts no fewer blocks than the node", async () => {
    const chain = await startNetwork(networks.arbitrum);
    assert.equal((await probe(chain.publicClient)).arbSys, false);
    const { number } = await chain.publicClient.getBlock();
    for (const [head, expected] of [
      [number - 1n, false],
      [number, true],
    ] as const) {
      // PUSH32 head, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
      const code = `0x7f${numberToHex(head, { size: 32 }).slice(2)}5f5260205ff3`;
      await chain.request("hardhat_setCode", arbSys, code);
      assert.equal((await probe(chain.publicClient)).arbSys, expected);
    }
  });

  it("asks nothing of a block below the first", async () => {
    const { publicClient } = await startChain();
    assert.equal((await probe(publicClient)).eip2935, false);
  });

  it("keeps a deployment from a chain that is not what the data say, before it sends anything", async () => {
    const chain = await startNetwork();
    await chain.request("hardhat_setCode", historyContract, "0x");
    await assert.rejects(
      deployOn(chain),
      /EIP-2935 is not there on sepolia, but deployments\/networks.ts says it is/,
    );
    const address = chain.addressOf(accounts.deployer);
    assert.equal(await chain.publicClient.getTransactionCount({ address }), 0);
  });

  it("throws when the node does not answer", async () => {
    const chain = await startNetwork();
    const call = () => Promise.reject(new Error("connection refused"));
    await assert.rejects(probe({ ...chain.publicClient, call }), /connection refused/);
  });
});
