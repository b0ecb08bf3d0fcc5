// A dry run shows what a deployment would send, and sends nothing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network as hardhat } from "hardhat";
import { createPublicClient, createWalletClient, http } from "viem";
import { networks } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { rehearse } from "../../scripts/deploy/dry-run.ts";
import { deployRegistry } from "../../scripts/deploy.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { deployOn, holdersOn, startNetwork, wholeDeployment } from "./chain.ts";

const holders = {
  admin: `0x${"a1".repeat(20)}`,
  governor: `0x${"b2".repeat(20)}`,
  guardian: `0x${"c3".repeat(20)}`,
  applicationOwner: `0x${"d4".repeat(20)}`,
} as const;
const deployer = `0x${"e5".repeat(20)}` as const;
const placesOf = ({ contracts }: Deployment) =>
  Object.entries(contracts).map(([name, { address, codeHash }]) => [name, address, codeHash]);

describe("a dry run on an empty chain", () => {
  for (const network of Object.values(networks) as Network[])
    it(`goes through on ${network.name}`, async () => {
      const { sent, deployment } = await rehearse({ network, roots: defaultTrust, holders, deployer });
      assert.equal(sent.length, wholeDeployment);
      assert.equal(deployment.chainId, network.chainId);
      assert.equal(deployment.roles.governor.executionDelaySeconds, network.adminDelaySeconds);
      // EIP-7825.
      for (const { step, gasUsed } of sent) assert.ok(gasUsed > 0n && gasUsed <= 16_777_216n, step);
    });

  it("begins with P256Fallback where there is no precompile", async () => {
    const network = { ...networks["automata-testnet"], p256Precompile: false };
    const { sent } = await rehearse({ network, roots: defaultTrust, holders, deployer });
    assert.deepEqual(
      sent.slice(0, 3).map(({ step }) => step),
      ["deploy DeploymentFactory", "deploy P256Fallback", "deploy AccessManager"],
    );
  });

  it("foretells addresses, code, transactions and gas of the deployment", async () => {
    const chain = await startNetwork();
    const { sent, deployment } = await rehearse({
      network: networks.sepolia,
      roots: defaultTrust,
      holders: holdersOn(chain),
      deployer: chain.addressOf(0),
    });
    const done: typeof sent = [];
    const clients = {
      ...chain.clients,
      onTransaction: (each: (typeof sent)[number]) => void (done as unknown[]).push(each),
    };
    const real = await deployOn(chain, { clients });
    assert.deepEqual(placesOf(deployment), placesOf(real));
    const known = (all: typeof sent) =>
      all.map(({ step, to, data, gasUsed }) => ({ step, to, data, gasUsed }));
    assert.deepEqual(known(sent), known(done));
  });

  it("refuses what the deployment would refuse", async () => {
    const without = { ...holders, governor: deployer };
    await assert.rejects(
      rehearse({ network: networks.sepolia, roots: defaultTrust, holders: without, deployer }),
      /must not stay governor/,
    );
  });
});

describe("a dry run against a node", () => {
  it("sends nothing, and shows only what is missing there", async () => {
    const server = await hardhat.createServer({ network: "default" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const rpc = `http://${address}:${port}`;
    try {
      const transport = http(rpc, { retryCount: 0 });
      const publicClient = createPublicClient({ transport, cacheTime: 0, pollingInterval: 20 });
      const [account] = await createWalletClient({ transport }).getAddresses();
      const request = (method: string, ...params: unknown[]) =>
        publicClient.request({ method, params } as never);
      await request("hardhat_mine", "0x1");
      const parameters = {
        network: networks.local,
        roots: defaultTrust,
        holders: {},
        rpc,
        deployer: account!,
      };
      const before = await publicClient.getBlockNumber();
      assert.equal((await rehearse(parameters)).sent.length, wholeDeployment - 1);
      assert.equal(await publicClient.getBlockNumber(), before);
      assert.equal(await publicClient.getTransactionCount({ address: account! }), 0);

      const walletClient = createWalletClient({ transport, account: account! });
      const { local: network } = networks;
      const real = await deployRegistry({
        publicClient,
        walletClient,
        network,
        roots: defaultTrust,
        folder: null,
      });
      const again = await rehearse(parameters);
      assert.deepEqual(again.sent, []);
      assert.deepEqual(placesOf(again.deployment), placesOf(real));
    } finally {
      await server.close();
    }
  });

  it("refuses a node of another chain", async () => {
    const server = await hardhat.createServer({ network: "default" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const rpc = `http://${address}:${port}`;
    try {
      const parameters = { network: networks.sepolia, roots: defaultTrust, holders, rpc, deployer };
      await assert.rejects(rehearse(parameters), /sepolia is chain 11155111, not 31337/);
    } finally {
      await server.close();
    }
  });
});
