// Releases as their contracts take them, who state what the list says. test/sdk/zk-releases.test.ts holds the list against the
// published numbers.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { slice, toHex } from "viem";
import {
  proofReleases,
  riscZeroReleases,
  riscZeroRouters,
  sp1Gateways,
  sp1Releases,
} from "../../../deployments/proof-releases.ts";
import type { NegatedKey } from "../../../deployments/proof-releases.ts";
import { developmentSelector, riscZeroKey, riscZeroKeyDigest } from "../../../sdk/verify/zk/index.ts";
import { r, startZk, wordOf } from "./proofs.ts";
import type { Zk } from "./proofs.ts";

describe("releases", () => {
  let zk: Zk;
  before(async () => {
    zk = await startZk();
  });
  after(() => zk.connection.close());

  for (const release of proofReleases)
    it(`${release.system} ${release.version} deploys and states its hash and selector`, async () => {
      const contract = await zk.deployRelease(release);
      assert.equal(await zk.read(contract, "VERIFIER_HASH"), release.verifierHash);
      assert.equal(await zk.read(contract, "SELECTOR"), release.selector);
      assert.equal(release.selector, slice(release.verifierHash, 0, 4));
      if (release.system === "SP1") {
        assert.equal(await zk.read(contract, "VK_ROOT"), release.vkRoot);
        return;
      }
      assert.equal(await zk.read(contract, "VERIFIER_KEY_DIGEST"), toHex(riscZeroKeyDigest(riscZeroKey)));
      assert.equal(await zk.read(contract, "CONTROL_ROOT"), release.controlRoot);
      assert.equal(await zk.read(contract, "BN254_CONTROL_ID"), release.bn254ControlId);
    });

  it("have one selector each, and none is that of development mode", () => {
    const selectors = [...proofReleases.map(({ selector }) => selector), developmentSelector];
    assert.equal(new Set(selectors).size, selectors.length);
  });

  it("have routers on chains of both lists", () => {
    for (const chainId of [1, 11155111, 560048, 8453, 84532, 42161, 10]) {
      assert.ok(chainId in riscZeroRouters, String(chainId));
      assert.ok(chainId in sp1Gateways, String(chainId));
    }
  });

  it("refuse a key whose points are none: VerifyingKeyInvalid", async () => {
    const { key, verifierHash, vkRoot } = sp1Releases[1]!;
    const refused = async (changed: NegatedKey, root = vkRoot) =>
      assert.rejects(zk.deploy("SP1Groth16", changed, verifierHash, root), /VerifyingKeyInvalid/);
    const offCurve = { x: key.ic[1]!.x, y: key.ic[1]!.y + 1n };
    await refused({ ...key, ic: [key.ic[0]!, offCurve, key.ic[2]!] });
    await refused({ ...key, ic: [...key.ic, key.ic[0]!] });
    await refused({ ...key, ic: key.ic.slice(0, 2) });
    await refused(key, wordOf(1n));
  });

  it("takes no control id beyond the group order: VerifyingKeyInvalid", async () => {
    const { controlRoot } = riscZeroReleases[0]!;
    await assert.rejects(zk.deploy("RiscZeroGroth16", controlRoot, wordOf(r)), /VerifyingKeyInvalid/);
  });
});
