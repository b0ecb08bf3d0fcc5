// A deployment that is in use is looked at again: what its holders decided is no thief's act, and what is under way shows.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { network as hardhat } from "hardhat";
import { createPublicClient, createWalletClient, encodeFunctionData, http } from "viem";
import type { Address, Hex, WalletClient } from "viem";
import { networks } from "../../deployments/networks.ts";
import { managedContracts, roleIds } from "../../deployments/roles.ts";
import { foreignActs } from "../../scripts/deploy/audit/history.ts";
import type { History } from "../../scripts/deploy/audit/history.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { rehearse } from "../../scripts/deploy/dry-run.ts";
import { addressOf } from "../../scripts/deploy/factory.ts";
import { deployRegistry } from "../../scripts/deploy.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import type { Chain } from "../contracts/registry/chain.ts";
import { accounts, contractOf, deployOn, holdersOn, startNetwork, passTime } from "./chain.ts";
import type { Actor } from "./chain.ts";

const { sepolia } = networks;
const delay = sepolia.adminDelaySeconds;
const word = `0x${"11".repeat(32)}` as const;

describe("a deployment in use", () => {
  const folder = mkdtempSync(join(tmpdir(), "cvm-in-use-"));
  const file = join(folder, "sepolia.json");
  let chain: Chain;
  let deployment: Deployment;
  let text: string;
  let snapshot: unknown;
  before(async () => {
    chain = await startNetwork();
    deployment = await deployOn(chain, { folder });
    text = readFileSync(file, "utf8");
    snapshot = await chain.request("evm_snapshot");
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    await chain.request("evm_revert", snapshot);
    snapshot = await chain.request("evm_snapshot");
    writeFileSync(file, text);
  });

  const send = async (to: Address, data: Hex, actor: Actor) =>
    assert.equal((await chain.sendData(to, data, accounts[actor])).status, "success");
  const call = (name: string, functionName: string, args: unknown[]) => {
    const { address: to, abi } = contractOf(deployment, name);
    return { to, data: encodeFunctionData({ abi, functionName, args }) };
  };
  const schedule = async ({ to, data }: ReturnType<typeof call>, actor: Actor) => {
    const { to: manager, data: scheduling } = call("AccessManager", "schedule", [to, data, 0]);
    await send(manager, scheduling, actor);
  };
  const run = (
    governor: number = accounts.governor,
    from: string | null = folder,
    recorded: Deployment | null = null,
  ) =>
    deployRegistry({
      ...chain.clients,
      network: sepolia,
      roots: defaultTrust,
      folder: from,
      recorded,
      ...holdersOn(chain),
      governor: chain.addressOf(governor),
    });

  it("is refused while the governor's operation waits, and names it once it replaced something", async () => {
    const other = chain.addressOf(accounts.stranger);
    const replace = call("CVMRegistry", "setTPMVerifier", [other]);
    await schedule(replace, "governor");
    await assert.rejects(run(), (error: Error) => {
      assert.match(error.message, /operation 0x\w{64}: 0x\w{8} on 0x\w+, scheduled by 0x\w+ for \d+/);
      assert.match(error.message, /the guardian, by cancel\nHave each mended by whom it names/);
      assert.doesNotMatch(error.message, /before the hand-over/);
      return true;
    });
    await passTime(chain, delay);
    await send(replace.to, replace.data, "governor");
    await assert.rejects(run(), (error: Error) => {
      assert.match(error.message, new RegExp(`tpmVerifier of CVMRegistry: ${other}, expected 0x`));
      assert.match(error.message, /to mend: the governor, by setTPMVerifier/);
      assert.doesNotMatch(error.message, /operation 0x/);
      return true;
    });
    assert.equal(readFileSync(file, "utf8"), text);
  });

  it("passes after the guardian took trust away", async () => {
    for (const { to, data } of [
      call("CVMRegistry", "revokeAk", [word]),
      call("IntelCollateral", "deny", [[word]]),
      call("AKCertificates", "revokeCertificate", [word, 1n]),
    ])
      await send(to, data, "guardian");
    assert.deepEqual((await run(accounts.governor, null)).roles, deployment.roles);
    assert.deepEqual(await run(), deployment);
  });

  it("passes with a governor who came later where a record tells of the one before, and not without", async () => {
    const [old, next] = [chain.addressOf(accounts.governor), chain.addressOf(accounts.stranger)];
    await assert.rejects(run(accounts.stranger), /its administrator must schedule/);
    const changes = [
      call("AccessManager", "grantRole", [roleIds.governor, next, delay]),
      call("AccessManager", "revokeRole", [roleIds.governor, old]),
    ];
    for (const change of changes) await schedule(change, "admin");
    await passTime(chain, delay);
    await send(changes[0]!.to, changes[0]!.data, "admin");
    await assert.rejects(
      run(accounts.stranger),
      new RegExp(`members of governor: .*${old}.*, expected ${next}`),
    );
    await send(changes[1]!.to, changes[1]!.data, "admin");
    assert.equal((await run(accounts.stranger)).roles.governor.holder, next);
    const granted = new RegExp(
      `RoleGranted\\(2, ${old}, ${delay}\\): no act of this.*put back the record`,
      "is",
    );
    await assert.rejects(run(accounts.stranger, null), granted);
    // As a dry run reads it.
    assert.equal((await run(accounts.stranger, null, deployment)).roles.governor.holder, next);
  });
});

describe("a dry run against a node where the deployer's key was used", () => {
  it("is refused, and sends nothing", async () => {
    const server = await hardhat.createServer({ network: "default" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const rpc = `http://${address}:${port}`;
    try {
      const transport = http(rpc, { retryCount: 0 });
      const publicClient = createPublicClient({ transport, cacheTime: 0, pollingInterval: 20 });
      const [deployer, admin, governor, guardian, applicationOwner, thief] = (await createWalletClient({
        transport,
      }).getAddresses()) as [Address, Address, Address, Address, Address, Address];
      const holders = { admin, governor, guardian, applicationOwner };
      const walletClient = createWalletClient({ transport, account: deployer });
      await publicClient.request({ method: "hardhat_mine", params: ["0x1"] } as never);
      const manager = addressOf(deployer, "AccessManager");
      const grant = encodeFunctionData({
        abi: readArtifact("AccessManager").abi,
        functionName: "grantRole",
        args: [roleIds.admin, thief, 0],
      });
      let isDone = false;
      const sendTransaction = async (parameters: Parameters<WalletClient["sendTransaction"]>[0]) => {
        if (!isDone && (await publicClient.getCode({ address: manager })) !== undefined) {
          isDone = true;
          await walletClient.sendTransaction({ to: manager, data: grant, chain: null });
        }
        return walletClient.sendTransaction(parameters as never);
      };
      const parameters = { network: networks.local, roots: defaultTrust };
      const members = new RegExp(`members of admin: .*${thief} acting after 0 s`, "i");
      const clients = { publicClient, walletClient: { ...walletClient, sendTransaction } as WalletClient };
      await assert.rejects(deployRegistry({ ...clients, ...parameters, ...holders, folder: null }), members);
      const before = await publicClient.getBlockNumber();
      await assert.rejects(rehearse({ ...parameters, holders, rpc, deployer }), members);
      assert.equal(await publicClient.getBlockNumber(), before);
    } finally {
      await server.close();
    }
  });
});

describe("acts before the hand-over", () => {
  const address = (n: number): Address => `0x${n.toString(16).padStart(40, "0")}`;
  const [deployer, manager, stranger] = [address(1), address(2), address(3)];
  const history = (contract: string, event: string | null, args: Record<string, unknown>): History => ({
    network: sepolia,
    governance: {
      deployer,
      manager,
      targets: Object.fromEntries(managedContracts.map((name, at) => [name, address(10 + at)])) as never,
      holders: { admin: address(4), governor: address(5), guardian: address(6) },
      delaySeconds: delay,
    },
    placed: {
      manager,
      registry: address(10),
      collateral: address(11),
      certificates: address(12),
      tpmVerifier: address(7),
      proofs: { proofVerifier: address(13), minimums: address(14), releases: [], entries: [] },
      entries: [],
    },
    logs: [{ contract, event, args, names: Object.keys(args), blockNumber: 9n, logIndex: 0 }],
  });

  it("may be anybody's who attests or revokes an identity of his own, and not the role's", () => {
    const revoked = (by: Address) =>
      foreignActs(history("CVMRegistry", "CVMRevoked", { cvmIdentityHash: word, by }));
    assert.deepEqual(revoked(stranger), []);
    for (const by of [deployer, manager])
      assert.match(revoked(by).join(), /^block 9: CVMRegistry.CVMRevoked\(/);
    assert.deepEqual(foreignActs(history("CVMRegistry", "CVMAttested", { cvmIdentityHash: word })), []);
    assert.deepEqual(foreignActs(history("AKCertificates", "IssuerCached", { certificateHash: word })), []);
    assert.deepEqual(foreignActs(history("IntelCollateral", "RootCRLUpdated", { contentHash: word })), []);
  });

  it("are foreign where the contract's ABI does not know them, or another contract's has them", () => {
    assert.equal(foreignActs(history("CVMRegistry", null, { data: "0x" })).length, 1);
    assert.equal(foreignActs(history("AKCertificates", "CVMAttested", {})).length, 1);
  });
});
