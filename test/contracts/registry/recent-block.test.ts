import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { encodeAbiParameters, encodeDeployData, keccak256, numberToHex, padHex, toHex } from "viem";
import type { Address, Hex } from "viem";
import { anchorSources } from "../../../deployments/networks.ts";
import type { AnchorSource } from "../../../deployments/networks.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";

const history: Address = "0x0000F90827F1C53a10cb7A02335B175320002935";
const arbSys: Address = "0x0000000000000000000000000000000000000064";
// EIP-2935, "Specification": the deployed code.
const eip2935Code: Hex =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
const someHash = keccak256("0x01");

const word = (value: bigint | number): Hex => padHex(numberToHex(value), { size: 32 });
const deploy = (chain: Chain, source: AnchorSource, maxBlocks: number, blockSeconds = 12) =>
  chain.deploy("RecentBlockHarness", [anchorSources.indexOf(source), maxBlocks, blockSeconds]);

async function refusesDeployment(chain: Chain, source: AnchorSource, maxBlocks: number, seconds = 12) {
  const artifact = readArtifact("RecentBlockHarness");
  const args = [anchorSources.indexOf(source), maxBlocks, seconds];
  const data = encodeDeployData({ abi: artifact.abi, bytecode: artifact.bytecode, args });
  await assert.rejects(
    chain.publicClient.call({ account: chain.addressOf(0), data, gas: 10_000_000n }),
    (error: Error) => error.message.includes("revert"),
  );
}

/** A call sees the head one above the latest block, as a transaction would. */
const headOf = async (chain: Chain): Promise<bigint> =>
  (await chain.publicClient.getBlockNumber({ cacheTime: 0 })) + 1n;

const recentHash = (chain: Chain, contract: Contract, number: bigint) =>
  chain.read<[Hex, bigint, number]>(contract, "recentHash", number);

describe("anchor source BLOCKHASH", () => {
  let chain: Chain;
  let contract: Contract;
  before(async () => {
    chain = await startChain();
    contract = await deploy(chain, "BLOCKHASH", 256);
    await chain.request("hardhat_mine", numberToHex(400));
  });

  it("answers the hash of the block below the head and an evidence time one block ago", async () => {
    const head = await headOf(chain);
    const latest = await chain.publicClient.getBlock({ blockNumber: head - 1n });
    const [hash, seenHead, time] = await recentHash(chain, contract, head - 1n);
    assert.equal(hash, latest.hash);
    assert.equal(seenHead, head);
    assert.ok(BigInt(time) >= latest.timestamp - 12n && BigInt(time) < latest.timestamp + 12n);
  });

  it("refuses the head itself and a block above it", async () => {
    const head = await headOf(chain);
    for (const number of [head, head + 1n, 2n ** 64n - 1n])
      assert.equal(await chain.refusal(contract, "recentHash", [number]), "AnchorBlockNotPast");
  });

  it("serves the last block of the window and refuses the next", async () => {
    const head = await headOf(chain);
    assert.equal(await chain.refusal(contract, "recentHash", [head - 256n]), null);
    assert.equal(await chain.refusal(contract, "recentHash", [head - 257n]), "AnchorTooOld");
  });

  it("cannot be deployed with an empty window, one wider than the source's, or timeless blocks", async () => {
    await refusesDeployment(chain, "BLOCKHASH", 257);
    await refusesDeployment(chain, "BLOCKHASH", 0);
    await refusesDeployment(chain, "BLOCKHASH", 256, 0);
    await refusesDeployment(chain, "EIP2935", 8192);
  });
});

describe("anchor source EIP2935", () => {
  let chain: Chain;
  let contract: Contract;
  before(async () => {
    chain = await startChain();
    contract = await deploy(chain, "EIP2935", 300);
    await chain.request("hardhat_mine", numberToHex(9000));
    await chain.request("hardhat_setCode", history, eip2935Code);
  });
  const fill = (number: bigint, hash: Hex) =>
    chain.request("hardhat_setStorageAt", history, numberToHex(number % 8191n), hash);

  it("reads the ring that the protocol fills", async () => {
    const head = await headOf(chain);
    await fill(head - 300n, someHash);
    const [hash] = await recentHash(chain, contract, head - 300n);
    assert.equal(hash, someHash);
  });

  it("refuses a slot that was never filled", async () => {
    const head = await headOf(chain);
    await fill(head - 5n, word(0));
    assert.equal(await chain.refusal(contract, "recentHash", [head - 5n]), "AnchorHashUnavailable");
  });

  it("refuses a block beyond its own window although the ring may hold it", async () => {
    const head = await headOf(chain);
    assert.equal(await chain.refusal(contract, "recentHash", [head - 301n]), "AnchorTooOld");
  });

  it("refuses when no history contract answers, or one that answers another length", async () => {
    const head = await headOf(chain);
    await fill(head - 2n, someHash);
    assert.equal(await chain.refusal(contract, "recentHash", [head - 2n]), null);
    // Nothing; PUSH1 33 PUSH0 RETURN; PUSH0 PUSH0 REVERT.
    for (const code of ["0x", "0x60215ff3", "0x5f5ffd"]) {
      await chain.request("hardhat_setCode", history, code);
      assert.equal(await chain.refusal(contract, "recentHash", [head - 2n]), "AnchorHashUnavailable");
    }
  });
});

describe("anchor source ARBSYS", () => {
  let chain: Chain;
  let contract: Contract;
  const l2Head = 300_000_000n;
  before(async () => {
    chain = await startChain();
    await chain.request("hardhat_setCode", arbSys, readArtifact("StubArbSys").deployedBytecode);
    await chain.request("hardhat_setCode", history, readArtifact("StubHistory").deployedBytecode);
    await chain.request("hardhat_setStorageAt", arbSys, "0x0", word(l2Head));
    await chain.request("hardhat_setStorageAt", history, numberToHex(l2Head - 1n), someHash);
    contract = await deploy(chain, "ARBSYS", 14_400, 1);
  });

  it("counts L2 blocks, not the opcode's", async () => {
    assert.equal(await chain.read(contract, "anchorHead"), l2Head);
    const [hash, head] = await recentHash(chain, contract, l2Head - 1n);
    assert.deepEqual([hash, head], [someHash, l2Head]);
    assert.equal(await chain.refusal(contract, "recentHash", [l2Head]), "AnchorBlockNotPast");
    assert.equal(await chain.refusal(contract, "recentHash", [l2Head - 2n]), "AnchorHashUnavailable");
    assert.equal(await chain.refusal(contract, "recentHash", [l2Head - 14_401n]), "AnchorTooOld");
  });

  it("cannot be deployed where ArbSys or the history contract does not answer", async () => {
    await chain.request("hardhat_setStorageAt", arbSys, "0x0", word(l2Head + 1000n));
    await refusesDeployment(chain, "ARBSYS", 14_400, 1);
    await chain.request("hardhat_setCode", arbSys, "0x");
    await refusesDeployment(chain, "ARBSYS", 14_400, 1);
    assert.equal(await chain.refusal(contract, "anchorHead", []), "AnchorSourceUnusable");
    // Reverts with a word that would be a number; answers 33 bytes; answers 0.
    for (const code of ["0x60055f5260205ffd", "0x60055f5260215ff3", "0x60205ff3"]) {
      await chain.request("hardhat_setCode", arbSys, code);
      assert.equal(await chain.refusal(contract, "anchorHead", []), "AnchorSourceUnusable", code);
    }
  });

  it("asks arbBlockNumber()", () => {
    assert.equal(keccak256(toHex("arbBlockNumber()")).slice(0, 10), "0xa3b1b31d");
    assert.equal(encodeAbiParameters([{ type: "uint256" }], [1n]).length, 66);
  });
});
