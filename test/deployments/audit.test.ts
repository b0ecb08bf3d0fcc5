// Nobody but the named holders has power over a deployment that ends well, or had it before the hand-over (docs/roles.md).
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { encodeFunctionData, zeroAddress } from "viem";
import type { Address, PublicClient, WalletClient } from "viem";
import { roleIds } from "../../deployments/roles.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { addressOf } from "../../scripts/deploy/factory.ts";
import { selectorOf } from "../../scripts/deploy/manager.ts";
import { defaultPrograms } from "../../sdk/verify/zk/programs.ts";
import type { Chain } from "../contracts/registry/chain.ts";
import { accounts, deployOn, mortal, startNetwork, wholeDeployment } from "./chain.ts";

const day = 86_400;
const everybody = 2n ** 64n - 1n;
const word = `0x${"11".repeat(32)}` as const;
const { admin, guardian, governor } = roleIds;

describe("a deployment that the deployer's key was used beside", () => {
  const folder = mkdtempSync(join(tmpdir(), "cvm-audit-"));
  let chain: Chain;
  let thief: Address;
  let snapshot: unknown;
  const at = (name: string) => ({
    address: addressOf(chain.addressOf(accounts.deployer), name),
    abi: readArtifact(name).abi,
  });
  const act = async (
    name: string,
    functionName: string,
    args: unknown[],
    from: number = accounts.deployer,
  ) => {
    assert.equal((await chain.send(at(name), functionName, args, from)).status, "success", functionName);
  };
  const isAdmin = async (account: Address) =>
    (await chain.read<[boolean, number]>(at("AccessManager"), "hasRole", admin, account))[0];
  before(async () => {
    chain = await startNetwork();
    thief = chain.addressOf(accounts.stranger);
    // All is there but the roles.
    const clients = mortal(chain.clients, wholeDeployment - 2, "before");
    await assert.rejects(deployOn(chain, { clients }), /killed/);
    snapshot = await chain.request("evm_snapshot");
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    await chain.request("evm_revert", snapshot);
    snapshot = await chain.request("evm_snapshot");
  });

  /** The run ends without a record, with these words, before the deployer gave up what could still mend it. */
  const assertRefused = async (...messages: readonly RegExp[]) => {
    await assert.rejects(deployOn(chain, { folder }), (error: Error) => {
      for (const message of messages) assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(await isAdmin(chain.addressOf(accounts.deployer)), true);
  };
  const abandoned = /^Abandon|\bAbandon these contracts: deploy anew/;

  it("is finished when it was not", async () => {
    await deployOn(chain);
    assert.equal(await isAdmin(chain.addressOf(accounts.deployer)), false);
  });

  it("is refused with a second administrator, with a member of another role, or with one of a moment", async () => {
    await act("AccessManager", "grantRole", [admin, thief, 0]);
    await act("AccessManager", "grantRole", [7n, thief, 5]);
    await act("AccessManager", "grantRole", [guardian, thief, 0]);
    await act("AccessManager", "revokeRole", [guardian, thief]);
    await assertRefused(
      new RegExp(`members of admin: .*${thief} acting after 0 s.*, expected 0x`),
      new RegExp(`members of role 7: ${thief} acting after 5 s, expected nobody`),
      new RegExp(`before the hand-over, block \\d+: AccessManager.RoleGranted\\(0, ${thief}, 0\\)`, "i"),
      new RegExp(`RoleGranted\\(1, ${thief}, 0\\): no act of this deployment`, "i"),
      abandoned,
    );
  });

  it("is refused when a holder had another delay for a moment", async () => {
    const holder = chain.addressOf(accounts.governor);
    await act("AccessManager", "grantRole", [governor, holder, 0]);
    await assertRefused(new RegExp(`RoleGranted\\(2, ${holder}, 0\\): no act`, "i"), abandoned);
  });

  it("is refused with another TPM verifier, other AK certificates, another verifier where there should be none", async () => {
    await act("CVMRegistry", "setTPMVerifier", [thief]);
    await act("CVMRegistry", "setAKCertificates", [thief]);
    await act("CVMRegistry", "setVerifier", [2, 1, thief, false]);
    await assertRefused(
      new RegExp(`tpmVerifier of CVMRegistry: ${thief}, expected ${at("TPMVerifier").address}`),
      new RegExp(`akCertificates of CVMRegistry: ${thief}, expected ${at("AKCertificates").address}`),
      new RegExp(`verifier of TEE 2, report type 1 in CVMRegistry: ${thief}, expected ${zeroAddress}`),
      abandoned,
    );
  });

  it("is refused with another verifier in the table, and when one stood there for a moment", async () => {
    await act("CVMRegistry", "setVerifier", [1, 1, thief, false]);
    await assertRefused(new RegExp(`the table holds ${thief} for TDXVerifier`), abandoned);
    await act("CVMRegistry", "setVerifier", [1, 1, at("TDXVerifier").address, false]);
    await assertRefused(new RegExp(`CVMRegistry.VerifierSet\\(1, 1, 0x\\w+, ${thief}\\)`, "i"), abandoned);
  });

  for (const name of [
    "CVMRegistry",
    "IntelCollateral",
    "AKCertificates",
    "ProofVerifier",
    "AMDMinimums",
  ] as const)
    it(`is refused with another authority over ${name}, also for a moment`, async () => {
      const foreign = await chain.deploy("AccessManager", [thief]);
      await act("AccessManager", "updateAuthority", [at(name).address, foreign.address]);
      const { address } = at("AccessManager");
      await assertRefused(
        new RegExp(`authority of ${name}: ${foreign.address}, expected ${address}`),
        new RegExp(`${name}.AuthorityUpdated\\(${foreign.address}\\)`, "i"),
      );
      const data = encodeFunctionData({
        abi: foreign.abi,
        functionName: "updateAuthority",
        args: [at(name).address, address],
      });
      assert.equal((await chain.sendData(foreign.address, data, accounts.stranger)).status, "success");
      await assertRefused(
        new RegExp(`${name}.AuthorityUpdated\\(${foreign.address}\\): no act`, "i"),
        abandoned,
      );
    });

  it("is refused with a function that another role may call, and when everybody could for a moment", async () => {
    const { address } = at("AccessManager");
    const registry = at("CVMRegistry").address;
    const selector = selectorOf("setVerifier(uint8,uint8,address,bool)");
    await act("AccessManager", "setTargetFunctionRole", [registry, [selector], everybody]);
    await act("AccessManager", "setTargetFunctionRole", [address, ["0x12345678"], everybody]);
    await assertRefused(
      new RegExp(`who may call 0x12345678 of ${address}: everybody, expected admin`),
      new RegExp(`TargetFunctionRoleUpdated\\(${registry}, ${selector}, ${everybody}\\): no act`, "i"),
      abandoned,
    );
  });

  it("is refused with another administrator or guardian of a role", async () => {
    await act("AccessManager", "setRoleAdmin", [7n, 7n]);
    await act("AccessManager", "setRoleGuardian", [guardian, governor]);
    await act("AccessManager", "setRoleGuardian", [governor, 7n]);
    await assertRefused(
      /who grants role 7: role 7, expected admin; to mend: the administrator, by setRoleAdmin/,
      /who cancels what guardian scheduled: governor, expected admin/,
      /RoleGuardianChanged\(2, 7\): no act of this deployment/,
      abandoned,
    );
  });

  it("is refused with the acts that configuration fails by", async () => {
    await act("AccessManager", "setRoleAdmin", [guardian, 7n]);
    await assertRefused(
      /configuration failed: /,
      /AccessManager.RoleAdminChanged\(1, 7\): no act/,
      abandoned,
    );
  });

  it("is refused with delays that are not the network's, and with a closed contract", async () => {
    const { address } = at("AccessManager");
    await act("AccessManager", "setGrantDelay", [guardian, day]);
    await act("AccessManager", "setTargetAdminDelay", [address, day]);
    await act("AccessManager", "setTargetClosed", [at("CVMRegistry").address, true]);
    await assertRefused(
      /how long a grant of guardian waits: 86400 s, expected 0 s/,
      new RegExp(`how long the administration of ${address} waits: 86400 s, expected 0 s`),
      /whether CVMRegistry is closed: closed, expected open/,
      abandoned,
    );
  });

  it("is refused while an operation is scheduled, and no longer for it once it is cancelled", async () => {
    await act("AccessManager", "grantRole", [admin, thief, 3600]);
    const manager = at("AccessManager");
    const data = encodeFunctionData({
      abi: manager.abi,
      functionName: "grantRole",
      args: [admin, thief, 0],
    });
    await act("AccessManager", "schedule", [manager.address, data, 0], accounts.stranger);
    await act("AccessManager", "revokeRole", [admin, thief]);
    const operation = new RegExp(
      `operation 0x\\w{64}: 0x25c471a0 on ${manager.address}, scheduled by ${thief} for \\d+, expected none; to mend`,
    );
    await assertRefused(operation, /AccessManager.OperationScheduled\(/, abandoned);
    await act("AccessManager", "cancel", [thief, manager.address, data], accounts.deployer);
    await assert.rejects(deployOn(chain), ({ message }: Error) => !operation.test(message));
  });

  const { tee, system, format } = defaultPrograms[0]!;
  for (const [contract, functionName, args, said] of [
    ["CVMRegistry", "bumpEpoch", [1, 1, 1], /CVMRegistry.ClassReopened\(1, 1, 1, 1\)/],
    ["CVMRegistry", "revokeAk", [word], /CVMRegistry.AttestationKeyRevoked\(/],
    ["CVMRegistry", "revokePlatform", [word], /CVMRegistry.PlatformRevoked\(/],
    ["IntelCollateral", "setActiveEvaluation", [20, 20], /IntelCollateral.ActiveEvaluationSet\(20, 20\)/],
    ["IntelCollateral", "deny", [[word]], /IntelCollateral.Denied\(/],
    ["AKCertificates", "revokeCertificate", [word, 1n], /AKCertificates.CertificateRevoked\(/],
    ["AMDMinimums", "raiseMinimum", [1, "0xffffffffffffffff"], /AMDMinimums.MinimumRaised\(1, 0xf{16}\)/],
    ["ProofVerifier", "freezeRelease", [2, "0x11111111"], /ProofVerifier.ReleaseFrozen\(2, 0x11111111\)/],
    [
      "ProofVerifier",
      "admitProgram",
      [tee, system, word, format],
      /ProofVerifier.ProgramAdmitted\(\d, \d, 0x11/,
    ],
    ["AccessManager", "labelRole", [7n, "seven"], /AccessManager.RoleLabel\(7, seven\)/],
  ] as const)
    it(`is refused after ${contract}.${functionName}, which the next run would not undo`, async () => {
      await act(contract, functionName, [...args]);
      await assertRefused(said, abandoned);
    });

  it("is refused for what was done between the last look and the hand-over", async () => {
    const renounce = readArtifact("AccessManager").abi;
    const data = encodeFunctionData({
      abi: renounce,
      functionName: "renounceRole",
      args: [admin, chain.addressOf(accounts.deployer)],
    });
    const sendTransaction = async (parameters: Parameters<WalletClient["sendTransaction"]>[0]) => {
      if (parameters.data === data) await act("AccessManager", "grantRole", [admin, thief, 0]);
      return chain.clients.walletClient.sendTransaction(parameters);
    };
    const walletClient = { ...chain.clients.walletClient, sendTransaction } as unknown as WalletClient;
    const clients = { ...chain.clients, walletClient };
    const members = new RegExp(`members of admin: .*${thief} acting after 0 s`);
    await assert.rejects(deployOn(chain, { folder, clients }), members);
    assert.equal(await isAdmin(chain.addressOf(accounts.deployer)), false);
    // Nor by a later run, when the thief has tidied up.
    await act("AccessManager", "setRoleAdmin", [governor, 0n], accounts.stranger);
    await act("AccessManager", "renounceRole", [admin, thief], accounts.stranger);
    await assert.rejects(deployOn(chain, { folder }), ({ message }: Error) => {
      assert.doesNotMatch(message, /members of admin/);
      assert.match(message, new RegExp(`RoleGranted\\(0, ${thief}, 0\\): no act`, "i"));
      assert.doesNotMatch(message, /RoleAdminChanged/);
      return true;
    });
    assert.deepEqual(readdirSync(folder), []);
  });

  describe("reads logs", () => {
    const withLogs = (getLogs: PublicClient["getLogs"]) => ({
      ...chain.clients,
      publicClient: { ...chain.publicClient, getLogs },
    });

    it("in ranges that the node takes, and finds the same in them", async () => {
      await act("AccessManager", "grantRole", [7n, thief, 0]);
      const { publicClient } = chain;
      let most = 0n;
      const getLogs = (async (filter: { fromBlock: bigint; toBlock: bigint }) => {
        const blocks = filter.toBlock - filter.fromBlock + 1n;
        if (blocks > 3n) throw new Error("at most 3 blocks");
        if (blocks > most) most = blocks;
        return publicClient.getLogs(filter);
      }) as unknown as PublicClient["getLogs"];
      await assert.rejects(deployOn(chain, { clients: withLogs(getLogs) }), /members of role 7: 0x/);
      assert.ok(most > 1n);
    });

    it("of a node that has them, and of no other", async () => {
      const none = (async () => []) as unknown as PublicClient["getLogs"];
      await assert.rejects(
        deployOn(chain, { clients: withLogs(none) }),
        /does not show the deployment among what AccessManager 0x\w+ said since block \d+/,
      );
      const { publicClient } = chain;
      const late = (async (filter: { toBlock: bigint }) => {
        const head = await publicClient.getBlockNumber({ cacheTime: 0 });
        const logs = await publicClient.getLogs(filter);
        return logs.filter(({ blockNumber }) => blockNumber < head);
      }) as unknown as PublicClient["getLogs"];
      await assert.rejects(
        deployOn(chain, { clients: withLogs(late) }),
        /does not show the hand-over among what AccessManager 0x\w+ said/,
      );
      const broken = (async () => Promise.reject(new Error("no logs here"))) as PublicClient["getLogs"];
      await assert.rejects(deployOn(chain, { clients: withLogs(broken) }), /no logs here/);
    });
  });
});
