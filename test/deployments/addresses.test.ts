// Same addresses on every chain for us, and nobody else can have them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeFunctionData, keccak256 } from "viem";
import type { Hex, WalletClient } from "viem";
import { networks } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { librariesOf, readArtifact } from "../../scripts/artifact.ts";
import { create2Address, deployContract } from "../../scripts/create2.ts";
import {
  addressOf,
  factoryAddress as addressOfFactory,
  releasedFactory,
  saltOf,
} from "../../scripts/deploy/factory.ts";
import { deployedNames } from "../../scripts/deploy/verification.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import type { Chain } from "../contracts/registry/chain.ts";
import { accounts, deployOn, startNetwork } from "./chain.ts";

const addressesOf = ({ contracts }: Deployment) =>
  Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address]));

const factoryAddress = addressOfFactory();
const factory = { address: factoryAddress, abi: readArtifact("DeploymentFactory").abi };
const deployData = (name: string, code: Hex) =>
  encodeFunctionData({ abi: factory.abi, functionName: "deploy", args: [saltOf(name), code] });

const as = (chain: Chain, index: number) => {
  const account = { address: chain.addressOf(index), type: "json-rpc" };
  const walletClient = { ...chain.clients.walletClient, account } as WalletClient;
  return { ...chain.clients, walletClient };
};

// PUSH1 1 PUSH0 RETURN: leaves a contract of one STOP.
const someCode: Hex = "0x60015ff3";

describe("addresses", () => {
  it("rest on the released factory: a change of its code moves everything", () => {
    assert.equal(factoryAddress, releasedFactory);
  });

  it("are the same on networks whose constructors are told different things", async () => {
    const { sepolia, "automata-testnet": automata } = networks;
    assert.notDeepEqual(sepolia.anchor, automata.anchor);
    const one = await deployOn(await startNetwork(sepolia), { network: sepolia });
    const other = await deployOn(await startNetwork(automata), { network: automata });
    assert.deepEqual(addressesOf(one), addressesOf(other));
    const [left, right] = [one, other].map(({ contracts }) => contracts["CVMRegistry"]!);
    assert.notDeepEqual(left!.args, right!.args);
    assert.notEqual(left!.codeHash, right!.codeHash);
  });

  it("are known before anything is deployed", async () => {
    const chain = await startNetwork();
    const deployer = chain.addressOf(accounts.deployer);
    const { contracts } = await deployOn(chain);
    for (const [name, { address }] of Object.entries(contracts)) {
      if (name === "DeploymentFactory") continue;
      assert.equal(addressOf(deployer, name), address);
      assert.equal(await chain.read(factory, "addressOf", deployer, saltOf(name)), address);
    }
  });

  it("are others for another sender, so that ours cannot be taken", async () => {
    const chain = await startNetwork();
    await deployContract(chain.clients, {}, "DeploymentFactory", []);
    const [deployer, stranger] = [chain.addressOf(accounts.deployer), chain.addressOf(accounts.stranger)];
    await chain.sendData(factoryAddress, deployData("CVMRegistry", someCode), accounts.stranger);
    assert.notEqual(
      await chain.publicClient.getCode({ address: addressOf(stranger, "CVMRegistry") }),
      undefined,
    );
    assert.equal(
      await chain.publicClient.getCode({ address: addressOf(deployer, "CVMRegistry") }),
      undefined,
    );
    const ours = addressesOf(await deployOn(chain));
    const theirs = addressesOf(await deployOn(chain, { clients: as(chain, 6) }));
    for (const name of Object.keys(ours))
      if (name !== "DeploymentFactory") assert.notEqual(ours[name], theirs[name]);
  });

  it("are those of P256.FALLBACK and its fellows where the chain has no precompile", async () => {
    const network: Network = { ...networks.sepolia, p256Precompile: false };
    const chain = await startNetwork(network);
    const { contracts } = await deployOn(chain, { network });
    assert.equal(contracts["P256Fallback"]!.address, create2Address(readArtifact("P256Fallback").bytecode));
    assert.deepEqual(Object.keys(contracts).toSorted(), deployedNames().toSorted());
  });
});

describe("the factory", () => {
  it("remembers what it deployed, and deploys a salt once", async () => {
    const chain = await startNetwork();
    await deployContract(chain.clients, {}, "DeploymentFactory", []);
    const address = addressOf(chain.addressOf(accounts.deployer), "X");
    await chain.sendData(factoryAddress, deployData("X", someCode));
    assert.equal(await chain.read(factory, "creationCodeHashOf", address), keccak256(someCode));
    assert.notEqual(await chain.refusalOf(factory, deployData("X", someCode)), null);
    assert.notEqual(await chain.refusalOf(factory, deployData("Y", "0x")), null);
  });

  it("hands on what a constructor reverts with", async () => {
    const chain = await startNetwork();
    await deployContract(chain.clients, {}, "DeploymentFactory", []);
    const { abi, bytecode } = readArtifact("AccessManager");
    const data = deployData("AccessManager", `${bytecode}${"00".repeat(32)}`);
    const refusal = await chain.refusalOf({ ...factory, abi: [...abi, ...factory.abi] }, data);
    assert.equal(refusal, "AccessManagerInvalidInitialAdmin");
  });
});

describe("what stands in place", () => {
  it("is refused when the same deployer put other code or arguments there", async () => {
    const chain = await startNetwork();
    await deployContract(chain.clients, {}, "DeploymentFactory", []);
    await chain.sendData(factoryAddress, deployData("TPMVerifier", someCode));
    await assert.rejects(deployOn(chain), /stands something else than TPMVerifier with these arguments/);

    const other = await startNetwork();
    await deployOn(other);
    const evaluation = { tcbInfo: 20, qeIdentity: 20 };
    const raised = deployOn(other, { network: { ...networks.sepolia, evaluation } });
    await assert.rejects(raised, /something else than IntelCollateral/);
  });

  it("is refused when its code is not the artifact's, whatever its immutables", async () => {
    const libraries = librariesOf(readArtifact("CVMRegistry"));
    for (const name of ["AccessManager", "IntelCollateral", ...libraries, "CVMRegistry", "AttestedOracle"]) {
      const chain = await startNetwork();
      const { contracts } = await deployOn(chain);
      const { address } = contracts[name]!;
      const code = (await chain.publicClient.getCode({ address }))!;
      const at = code.indexOf("6080604052", 2);
      const changed = `${code.slice(0, at)}6080604051${code.slice(at + 10)}`;
      await chain.request("hardhat_setCode", address, changed);
      await assert.rejects(deployOn(chain), new RegExp(`something else than ${name}`));
    }
  });

  it("is refused when it stands at the factory's or the proxy's address", async () => {
    const chain = await startNetwork();
    await chain.request("hardhat_setCode", factoryAddress, "0x00");
    await assert.rejects(deployOn(chain), /something else, not DeploymentFactory/);
    const proxyless = await startNetwork();
    await proxyless.request("hardhat_setCode", "0x4e59b44847b379578588920cA78FbF26c0B4956C", "0x00");
    await assert.rejects(deployOn(proxyless), /is not the deterministic deployment proxy here/);
    await proxyless.request("hardhat_setCode", "0x4e59b44847b379578588920cA78FbF26c0B4956C", "0x");
    await assert.rejects(deployOn(proxyless), /no deterministic deployment proxy/);
  });
});
