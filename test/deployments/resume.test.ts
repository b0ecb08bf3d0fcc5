// A deployment that stops anywhere is finished by the next run, which sends what is missing and nothing twice.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { WalletClient } from "viem";
import { networks } from "../../deployments/networks.ts";
import type { Clients } from "../../scripts/deploy/transact.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import type { Chain } from "../contracts/registry/chain.ts";
import { accounts, deployOn, mortal, startNetwork, wholeDeployment } from "./chain.ts";

/** Wallet whose transaction number `dropped` does nothing. */
function deaf(clients: Clients, dropped: number): Clients {
  let count = 0;
  const sendTransaction = (parameters: Parameters<WalletClient["sendTransaction"]>[0]) => {
    const { account = null } = parameters;
    const nothing = {
      account,
      chain: null,
      to: "0x00000000000000000000000000000000000000ff",
      data: "0x",
    } as const;
    return clients.walletClient.sendTransaction(++count === dropped ? nothing : parameters);
  };
  return {
    ...clients,
    walletClient: { ...clients.walletClient, sendTransaction } as unknown as WalletClient,
  };
}

describe("a deployment that is interrupted", () => {
  let folder: string;
  let chain: Chain;
  let whole: Deployment;
  let total: number;
  let untouched: unknown;
  const nonce = () => chain.publicClient.getTransactionCount({ address: chain.addressOf(accounts.deployer) });
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cvm-resume-"));
    chain = await startNetwork();
    untouched = await chain.request("evm_snapshot");
    whole = await deployOn(chain);
    total = await nonce();
  });
  after(() => rmSync(folder, { recursive: true }));

  const renew = async () => {
    await chain.request("evm_revert", untouched);
    untouched = await chain.request("evm_snapshot");
  };
  /** Everything but what depends on when it was mined. */
  const lasting = ({ contracts, ...rest }: Deployment) => ({
    ...rest,
    roles: JSON.stringify(rest.roles).replace(/"from":\d+/g, ""),
    targetAdminDelays: Object.keys(rest.targetAdminDelays),
    contracts: Object.fromEntries(
      Object.entries(contracts).map(([name, { address, codeHash, args }]) => [
        name,
        { address, codeHash, args },
      ]),
    ),
  });

  it("takes a transaction for each contract, one for proofs, one for the table, two for the roles, when nothing happens", () => {
    assert.equal(total, wholeDeployment);
  });

  for (const when of ["before", "after"] as const)
    it(`is finished by the next run, wherever it died ${when} its transaction was sent`, async () => {
      for (let limit = 0; limit < total; ++limit) {
        await renew();
        await assert.rejects(
          deployOn(chain, { folder, clients: mortal(chain.clients, limit, when) }),
          /killed/,
        );
        assert.equal(existsSync(join(folder, "sepolia.json")), false);
        const resumed = await deployOn(chain);
        assert.equal(await nonce(), total, `after ${limit}`);
        assert.deepEqual(lasting(resumed), lasting(whole));
        for (const [name, { tx }] of Object.entries(resumed.contracts))
          if (name !== "DeploymentFactory") assert.match(tx!, /^0x[0-9a-f]{64}$/, `transaction of ${name}`);
        await deployOn(chain);
        assert.equal(await nonce(), total, "a run too many");
      }
    });

  it("is finished when it dies at every transaction in turn", async () => {
    await renew();
    for (let sent = 1; sent < total; ++sent) {
      await assert.rejects(deployOn(chain, { clients: mortal(chain.clients, 1, "before") }), /killed/);
      assert.equal(await nonce(), sent);
    }
    assert.deepEqual(lasting(await deployOn(chain)), lasting(whole));
    assert.equal(await nonce(), total);
  });

  it("notices each transaction that did nothing, and is finished by the next run", async () => {
    const noticed = /stands nothing, not DeploymentFactory|left no \w+|did not take|deployer is still admin/;
    for (let dropped = 1; dropped <= total; ++dropped) {
      await renew();
      await assert.rejects(deployOn(chain, { clients: deaf(chain.clients, dropped) }), noticed);
      assert.deepEqual(lasting(await deployOn(chain)), lasting(whole));
    }
  });

  it("waits for transactions that are on their way", async () => {
    await renew();
    await chain.request("evm_setAutomine", false);
    await chain.clients.walletClient.sendTransaction({
      account: chain.addressOf(accounts.deployer),
      chain: null,
      to: chain.addressOf(accounts.stranger),
      gas: 21_000n,
    });
    await assert.rejects(deployOn(chain), /1 transactions of 0x\w+ are pending/);
    await chain.request("evm_setAutomine", true);
    await chain.request("hardhat_mine", "0x1");
    await deployOn(chain);
  });

  it("is not finished by another deployer, whose contracts stand elsewhere", async () => {
    await renew();
    await assert.rejects(deployOn(chain, { clients: mortal(chain.clients, 5, "before") }), /killed/);
    const other = {
      ...chain.clients.walletClient,
      account: { address: chain.addressOf(6), type: "json-rpc" },
    };
    const clients = { ...chain.clients, walletClient: other as WalletClient };
    const theirs = await deployOn(chain, { clients });
    assert.notEqual(theirs.contracts["CVMRegistry"]!.address, whole.contracts["CVMRegistry"]!.address);
  });

  it("says what the administrator must schedule when the data changed after it", async () => {
    await renew();
    await deployOn(chain);
    const network = { ...networks.sepolia, adminDelaySeconds: 2 * 86_400 };
    await assert.rejects(deployOn(chain, { network }), (error: Error) => {
      assert.match(error.message, /administrator must schedule: admin is granted after 172800 s/);
      return true;
    });
    assert.equal(await nonce(), total);
  });

  it("remembers its transactions from the file that it wrote", async () => {
    await renew();
    const first = await deployOn(chain, { folder });
    const file = join(folder, "sepolia.json");
    const text = readFileSync(file, "utf8");
    assert.deepEqual(await deployOn(chain, { folder }), first);
    assert.equal(readFileSync(file, "utf8"), text);
  });
});
