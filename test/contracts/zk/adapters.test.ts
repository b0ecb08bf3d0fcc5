// Releases behind the routers of RISC Zero and Succinct, as far as the published contracts can be told by their calls.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { concatHex, getAddress, keccak256, size, slice } from "viem";
import type { Hex } from "viem";
import type { Target } from "../../support/intel-chain.ts";
import { startJudge } from "./judge.ts";
import type { Judge } from "./judge.ts";
import { overwrite } from "../../support/proof-reports.ts";
import { addTo, formats, mustFind, releaseOf, systems, tees, wordOf } from "./proofs.ts";
import type { Proof } from "./proofs.ts";

let j: Judge;
let goBack: () => Promise<void>;
before(async () => {
  j = await startJudge();
  goBack = await j.zk.mark();
});
beforeEach(() => goBack());
after(() => j.zk.connection.close());

const mustSend = async (target: Target, name: string, ...args: unknown[]) =>
  assert.equal((await j.zk.sendFrom(j.zk.accounts[0]!, target, name, ...args)).error, null);

/** What an adapter must do whichever system it is for. */
interface Behind {
  readonly adapter: Target;
  readonly verifier: Target;
  readonly router: Target;
  /** Another contract of the verifier's very code. */
  readonly twin: Target;
}

async function behindRouter(proof: Proof): Promise<Behind & { stop: Target }> {
  const { selector, verifierHash } = releaseOf(proof);
  const verifier = await j.zk.deploy(
    "PublishedRiscZeroVerifier",
    ...[j.verifierOf(selector).address, selector],
  );
  const stop = await j.zk.deploy("PublishedEmergencyStop", verifier.address);
  const twin = await j.zk.deploy("PublishedEmergencyStop", verifier.address);
  const router = await j.zk.deploy("PublishedRouter");
  await mustSend(router, "swap", selector, stop.address);
  const adapter = await j.zk.deploy("RiscZeroRouterAdapter", router.address, verifierHash);
  return { adapter, verifier: stop, router, twin, stop };
}

async function behindGateway(proof: Proof): Promise<Behind> {
  const release = releaseOf(proof);
  if (release.system !== "SP1") throw new Error("a proof of SP1");
  const { selector, verifierHash, vkRoot } = release;
  const args = [j.verifierOf(selector).address, verifierHash, vkRoot];
  const verifier = await j.zk.deploy("PublishedSP1Verifier", ...args);
  const twin = await j.zk.deploy("PublishedSP1Verifier", ...args);
  const gateway = await j.zk.deploy("PublishedGateway");
  await mustSend(gateway, "swap", selector, verifier.address);
  const adapter = await j.zk.deploy("SP1GatewayAdapter", gateway.address, verifierHash, vkRoot);
  return { adapter, verifier, router: gateway, twin };
}

const risc = mustFind("automata-snp-azure-risc0-3.0");
const v5 = mustFind("automata-snp-gcp-sp1-5.0");
const v6 = mustFind("sp1-v6.0.0-groth16");
const scenes: [Proof, (proof: Proof) => Promise<Behind>][] = [
  [risc, behindRouter],
  [v5, behindGateway],
  [v6, behindGateway],
];

for (const [proof, start] of scenes) {
  const { system, version, selector, verifierHash } = releaseOf(proof);
  const stopped = `ProofReleaseStopped(${selector})`;

  describe(`${system} ${version} behind its maker's router`, () => {
    it("states release and pins", async () => {
      const { adapter, verifier } = await start(proof);
      assert.equal(await j.zk.read(adapter, "SELECTOR"), selector);
      assert.equal(await j.zk.read(adapter, "VERIFIER_HASH"), verifierHash);
      assert.equal(await j.zk.read(adapter, "VERIFIER"), getAddress(verifier.address));
      const code = await j.zk.codeAt(verifier.address);
      assert.equal(await j.zk.read(adapter, "VERIFIER_CODE_HASH"), keccak256(code));
    });

    it("verifies what holds, and serves ProofVerifier", async () => {
      const { adapter } = await start(proof);
      assert.equal(await j.zk.judge(adapter, proof), null);
      await j.must("admitRelease", systems[system], selector, adapter.address, verifierHash);
      await j.must("admitProgram", tees.AmdSevSnp, systems[system], proof.program, formats.SNPv3);
      assert.equal(await j.refusal(tees.AmdSevSnp, proof), null);
      const changed = addTo(proof.proof, size(proof.proof) - 32, 1n);
      assert.equal(await j.refusal(tees.AmdSevSnp, proof, { proof: changed }), "ProofInvalid()");
    });

    it("proof.seal: has the maker's refusal as ours", async () => {
      const { adapter } = await start(proof);
      const output = concatHex([proof.output, "0x00"]);
      assert.equal(await j.zk.judge(adapter, { ...proof, output }), "ProofInvalid()");
    });

    it("proof.selector, proof.length: asks for the release's form", async () => {
      const { adapter } = await start(proof);
      const longer = concatHex([proof.proof, "0x00"]);
      const length = size(proof.proof);
      const refusal = (changed: Hex) => j.zk.judge(adapter, { ...proof, proof: changed });
      assert.equal(await refusal(longer), `ProofLengthWrong(${length + 1}, ${length})`);
      assert.equal(
        await refusal(overwrite(proof.proof, 0, "0x01020304")),
        "ProofSelectorUnknown(0x01020304)",
      );
    });

    it("proof.release: stops where the route leads to another verifier", async () => {
      const { adapter, verifier, router, twin } = await start(proof);
      for (const other of [j.verifierOf(selector), twin]) {
        await mustSend(router, "swap", selector, other.address);
        assert.equal(await j.zk.judge(adapter, proof), stopped);
      }
      assert.equal(await j.zk.codeAt(twin.address), await j.zk.codeAt(verifier.address));
    });

    it("proof.release: stops where the route is gone", async () => {
      const { adapter, router } = await start(proof);
      await mustSend(router, "swap", selector, `0x${"00".repeat(20)}`);
      assert.equal(await j.zk.judge(adapter, proof), stopped);
    });

    it("proof.release: stops where the verifier's code is another", async () => {
      const { adapter, verifier } = await start(proof);
      const code = await j.zk.codeAt(verifier.address);
      await j.zk.request("hardhat_setCode", verifier.address, concatHex([code, "0x00"]));
      assert.equal(await j.zk.judge(adapter, proof), stopped);
    });
  });
}

describe("RISC Zero's router", () => {
  it("proof.release: stops a release by its tombstone, for ever", async () => {
    const { adapter, router } = await behindRouter(risc);
    await mustSend(router, "removeVerifier", "0x73c457ba");
    assert.equal(await j.zk.judge(adapter, risc), "ProofReleaseStopped(0x73c457ba)");
  });

  it("proof.release: stops a release by its emergency stop", async () => {
    const { adapter, stop } = await behindRouter(risc);
    await mustSend(stop, "estop");
    assert.equal(await j.zk.judge(adapter, risc), "ProofReleaseStopped(0x73c457ba)");
  });

  it("forwards verifyIntegrity, with its form, its refusal and its stop", async () => {
    const { adapter, stop } = await behindRouter(risc);
    const proof = mustFind("risc0-ethereum-V3_0");
    const claimDigest = "0x196cb48d86169e90c105e595a02aef4cbc6e2c9e5a9caa1a74c2ebbd29211480";
    const integrity = async (seal: Hex, digest: Hex = claimDigest) =>
      (await j.zk.call(adapter, "verifyIntegrity", { seal, claimDigest: digest })).error;
    assert.equal(await integrity(proof.proof), null);
    assert.equal(await integrity(proof.proof, addTo(claimDigest, 0, 1n)), "ProofInvalid()");
    assert.equal(await integrity(slice(proof.proof, 0, 259)), "ProofLengthWrong(259, 260)");
    await mustSend(stop, "estop");
    assert.equal(await integrity(proof.proof), "ProofReleaseStopped(0x73c457ba)");
  });

  it("must lead to a verifier of the release at deployment", async () => {
    const { verifierHash } = releaseOf(risc);
    const router = await j.zk.deploy("PublishedRouter");
    const refused = (error: RegExp) =>
      assert.rejects(j.zk.deploy("RiscZeroRouterAdapter", router.address, verifierHash), error);
    await refused(/SelectorUnknown/);
    await mustSend(router, "swap", "0x73c457ba", j.zk.accounts[1]);
    await refused(/RouteMismatch/);
    const other = await j.zk.deploy("PublishedEmergencyStop", j.verifierOf("0xbb001d44").address);
    await mustSend(router, "swap", "0x73c457ba", other.address);
    await refused(/RouteMismatch/);
  });
});

describe("Succinct's gateway", () => {
  it("proof.release: stops a release by freezing its route", async () => {
    for (const proof of [v5, v6]) {
      const { selector } = releaseOf(proof);
      const { adapter, router } = await behindGateway(proof);
      await mustSend(router, "freezeRoute", selector);
      assert.equal(await j.zk.judge(adapter, proof), `ProofReleaseStopped(${selector})`);
    }
  });

  it("proof.exit-code, proof.vk-root: are ours to name", async () => {
    const { adapter } = await behindGateway(v6);
    const exited = overwrite(v6.proof, 4, wordOf(1n));
    assert.equal(await j.zk.judge(adapter, { ...v6, proof: exited }), "ProofExitCodeWrong(1)");
    const root = addTo(slice(v6.proof, 36, 68), 0, 1n);
    const rooted = overwrite(v6.proof, 36, root);
    assert.equal(await j.zk.judge(adapter, { ...v6, proof: rooted }), `ProofVKRootWrong(${root})`);
  });

  it("must lead to a verifier of the release at deployment", async () => {
    const release = releaseOf(v6);
    if (release.system !== "SP1") throw new Error("v6 is SP1's");
    const { selector, verifierHash, vkRoot } = release;
    const gateway = await j.zk.deploy("PublishedGateway");
    const refused = (root = vkRoot) =>
      assert.rejects(j.zk.deploy("SP1GatewayAdapter", gateway.address, verifierHash, root), /RouteMismatch/);
    await refused();
    const published = (hash: Hex, root: Hex) =>
      j.zk.deploy("PublishedSP1Verifier", j.verifierOf(selector).address, hash, root);
    const otherHash = await published(addTo(verifierHash, 0, 1n), vkRoot);
    await mustSend(gateway, "swap", selector, otherHash.address);
    await refused();
    const right = await published(verifierHash, vkRoot);
    await mustSend(gateway, "swap", selector, right.address);
    await refused(wordOf(1n));
    await j.zk.deploy("SP1GatewayAdapter", gateway.address, verifierHash, vkRoot);
    await mustSend(gateway, "freezeRoute", selector);
    await refused();
  });
});
