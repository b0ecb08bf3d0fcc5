import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fromHex, keccak256 } from "viem";
import type { Address } from "viem";
import { intelSgxRootKey, networks } from "../../../deployments/networks.ts";
import { deployRegistry } from "../../../scripts/deploy.ts";
import { saltOf } from "../../../scripts/deploy/factory.ts";
import type { Deployment } from "../../../scripts/deploy.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import { startChain } from "./chain.ts";
import type { Chain } from "./chain.ts";

const roots = { intelRoot: fromHex(intelSgxRootKey, "bytes"), akRoots: [] };

describe("deployment", () => {
  const folder = mkdtempSync(join(tmpdir(), "cvm-deployment-"));
  let chain: Chain;
  let first: Deployment;
  before(async () => {
    chain = await startChain();
    first = await deployRegistry({ ...chain.clients, network: networks.local, roots, folder });
  });
  after(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => ({ address: first.contracts[name]!.address, abi: readArtifact(name).abi });

  it("leaves a registry whose table, dependencies and anchor are those it wrote down", async () => {
    const written = JSON.parse(readFileSync(join(folder, "local.json"), "utf8")) as Deployment;
    assert.equal(written.chainId, 31337);
    for (const { address, codeHash } of Object.values(written.contracts)) {
      const code = await chain.publicClient.getCode({ address });
      assert.equal(keccak256(code!), codeHash);
    }
    const registry = at("CVMRegistry");
    const expected: [string, unknown[], Address][] = [
      ["verifierOf", [1, 1], first.contracts["TDXVerifier"]!.address],
      ["tpmVerifier", [], first.contracts["TPMVerifier"]!.address],
      ["akCertificates", [], first.contracts["AKCertificates"]!.address],
      ["authority", [], first.contracts["AccessManager"]!.address],
    ];
    for (const [name, args, address] of expected)
      assert.equal(await chain.read(registry, name, ...args), address);
    assert.equal(await chain.read(registry, "maxAnchorBlocks"), BigInt(written.anchor.maxBlocks));
    assert.equal(await chain.read(at("AttestedOracle"), "registry"), registry.address);
  });

  it("puts each contract where the factory says before, for this deployer alone", async () => {
    const factory = at("DeploymentFactory");
    const said = (deployer: Address, name: string) =>
      chain.read<Address>(factory, "addressOf", deployer, saltOf(name));
    for (const name of ["CVMRegistry", "TDXVerifier"]) {
      assert.equal(await said(chain.addressOf(0), name), first.contracts[name]!.address);
      assert.notEqual(await said(chain.addressOf(1), name), first.contracts[name]!.address);
    }
  });

  it("leaves the example with the default floor", async () => {
    const floor = await chain.read<Record<string, unknown>>(at("AttestedOracle"), "floor");
    assert.deepEqual([floor["tcbStatuses"], floor["keyProtection"], floor["teeFresh"]], [6, 2, true]);
  });

  it("changes nothing when it runs again", async () => {
    const nonce = () => chain.publicClient.getTransactionCount({ address: chain.addressOf(0) });
    const before = await nonce();
    const again = await deployRegistry({ ...chain.clients, network: networks.local, roots, folder });
    assert.equal(await nonce(), before);
    assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(first)));
  });

  it("refuses a network that is not the one behind the endpoint", async () => {
    const other = await startChain(1337);
    await assert.rejects(
      deployRegistry({ ...other.clients, network: networks.local, roots, folder: null }),
      /local is chain 31337, not 1337/,
    );
  });

  it("keeps every contract below the limit of EIP-170", async () => {
    for (const { address } of Object.values(first.contracts)) {
      const code = await chain.publicClient.getCode({ address });
      assert.ok((code!.length - 2) / 2 <= 24_576);
    }
  });
});
