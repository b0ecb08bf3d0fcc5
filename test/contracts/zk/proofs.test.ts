// Every real proof verifies in its own release's contract, and whatever is changed in one is refused by name.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { concatHex, sha256, size, slice } from "viem";
import type { Hex } from "viem";
import { proofReleases } from "../../../deployments/proof-releases.ts";
import { overwrite } from "../../support/proof-reports.ts";
import { addTo, mustFind, p, pointsAt, proofs, r, readWord, releaseOf } from "./proofs.ts";
import { startZk, wordOf } from "./proofs.ts";
import type { Proof, Zk } from "./proofs.ts";
import type { Target } from "../../support/intel-chain.ts";

let zk: Zk;
const contracts = new Map<string, Target>();
before(async () => {
  zk = await startZk();
  for (const release of proofReleases) contracts.set(release.selector, await zk.deployRelease(release));
});
after(() => zk.connection.close());

const verifierOf = (proof: Proof) => contracts.get(releaseOf(proof).selector)!;
const judge = (proof: Proof, changes: Partial<Proof> = {}) =>
  zk.judge(verifierOf(proof), { ...proof, ...changes });

const flip = (bytes: Hex, at: number): Hex =>
  overwrite(bytes, at, `0x${(Number(slice(bytes, at, at + 1)) ^ 1).toString(16).padStart(2, "0")}`);

/** The parts of a proof at their places. */
function pointsOf(proof: Hex) {
  const at = pointsAt(proof);
  const part = (from: number, to: number) => slice(proof, at + from, at + to);
  return { at, a: part(0, 64), b: part(64, 192), c: part(192, 256) };
}

/** Changes of A, B and C that leave a proof's form as it is. */
function forgeries(proof: Hex): [name: string, Hex][] {
  const { at, a, b, c } = pointsOf(proof);
  const with_ = (...parts: Hex[]) => overwrite(proof, at, concatHex(parts));
  const negative = (point: Hex) => overwrite(point, 32, wordOf(p - readWord(point, 32)));
  const infinity: Hex = `0x${"00".repeat(64)}`;
  const words = [0, 1, 2, 3, 4, 5, 6, 7];
  return [
    ...words.map((i): [string, Hex] => [`word ${i} plus one`, addTo(proof, at + 32 * i, 1n)]),
    ...words.map((i): [string, Hex] => [`word ${i} plus p`, addTo(proof, at + 32 * i, p)]),
    ...words.map((i): [string, Hex] => [`word ${i} zero`, overwrite(proof, at + 32 * i, wordOf(0n))]),
    ["A and C swapped", with_(c, b, a)],
    ["A negative", with_(negative(a), b, c)],
    ["C negative", with_(a, b, negative(c))],
    ["B with real and imaginary swapped", with_(a, slice(b, 32, 64), slice(b, 0, 32), slice(b, 64), c)],
    ["A at infinity", with_(infinity, b, c)],
    ["C at infinity", with_(a, b, infinity)],
    ["B at infinity", with_(a, infinity, infinity, c)],
    ["all at infinity", with_(infinity, infinity, infinity, infinity)],
  ];
}

describe("real proofs", () => {
  it("are there for every release but those without one", () => {
    const proven = new Set(proofs.map((proof) => releaseOf(proof).version));
    const unproven = proofReleases.filter(({ version }) => !proven.has(version));
    assert.deepEqual(
      unproven.map(({ version }) => version),
      ["v4.0.0-rc.3", "v6.1.0"],
    );
  });

  for (const proof of proofs) {
    const { version, selector } = releaseOf(proof);
    const length = size(proof.proof);

    it(`${proof.id} verifies in ${proof.system} ${version}`, async () => {
      assert.equal(await judge(proof), null);
    });

    it(`proof.seal: ${proof.id} does not with any of its points changed`, async () => {
      for (const [name, changed] of forgeries(proof.proof))
        assert.equal(await judge(proof, { proof: changed }), "ProofInvalid()", name);
    });

    it(`proof.seal: ${proof.id} does not prove another output or program`, async () => {
      const outputs = [
        flip(proof.output, 0),
        flip(proof.output, size(proof.output) - 1),
        slice(proof.output, 1),
        concatHex([proof.output, "0x00"]),
      ];
      for (const output of outputs) assert.equal(await judge(proof, { output }), "ProofInvalid()");
      const programs = [addTo(proof.program, 0, 1n), flip(proof.program, 0), wordOf(0n), wordOf(r)];
      for (const program of programs) assert.equal(await judge(proof, { program }), "ProofInvalid()");
    });

    it(`proof.length, proof.selector: ${proof.id} has one form`, async () => {
      for (const changed of [slice(proof.proof, 0, length - 1), concatHex([proof.proof, "0x00"])])
        assert.equal(await judge(proof, { proof: changed }), `ProofLengthWrong(${size(changed)}, ${length})`);
      assert.equal(await judge(proof, { proof: selector }), `ProofLengthWrong(4, ${length})`);
      for (let i = 0; i < 4; i++) {
        const changed = flip(proof.proof, i);
        assert.equal(await judge(proof, { proof: changed }), `ProofSelectorUnknown(${slice(changed, 0, 4)})`);
      }
      assert.equal(await judge(proof, { proof: "0x" }), "ProofSelectorUnknown(0x00000000)");
      const short = slice(proof.proof, 0, 3);
      assert.equal(await judge(proof, { proof: short }), `ProofSelectorUnknown(${short}00)`);
    });
  }

  it("of one release do not verify in another of the same key", async () => {
    const proof = mustFind("risc0-ethereum-V3_0");
    for (const release of proofReleases) {
      if (release.system !== "RiscZero" || release.version === "3.0") continue;
      const disguised = overwrite(proof.proof, 0, release.selector);
      const verdict = await zk.judge(contracts.get(release.selector)!, { ...proof, proof: disguised });
      assert.equal(verdict, "ProofInvalid()", release.version);
    }
  });
});

describe("SP1's public inputs", () => {
  it("proof.seal: are below the group order, so that a program has one name", async () => {
    for (const proof of proofs) {
      if (proof.system !== "SP1") continue;
      assert.equal(await judge(proof, { program: addTo(proof.program, 0, r) }), "ProofInvalid()", proof.id);
      assert.equal(await judge(proof, { program: addTo(proof.program, 0, 2n * r) }), "ProofInvalid()");
    }
  });

  const v6 = mustFind("sp1-v6.0.0-groth16");
  const [exitCodeAt, vkRootAt, nonceAt] = [4, 36, 68] as const;

  it("proof.exit-code: only 0 is taken", async () => {
    for (const code of [1n, r, 2n ** 255n]) {
      const proof = overwrite(v6.proof, exitCodeAt, wordOf(code));
      assert.equal(await judge(v6, { proof }), `ProofExitCodeWrong(${code})`);
    }
  });

  it("proof.vk-root: only the release's is taken", async () => {
    const root = slice(v6.proof, vkRootAt, vkRootAt + 32);
    for (const wrong of [addTo(root, 0, 1n), addTo(root, 0, r), wordOf(0n)]) {
      const proof = overwrite(v6.proof, vkRootAt, wrong);
      assert.equal(await judge(v6, { proof }), `ProofVKRootWrong(${wrong})`);
    }
  });

  it("refuse the exit code before the root", async () => {
    const proof = overwrite(addTo(v6.proof, vkRootAt, 1n), exitCodeAt, wordOf(7n));
    assert.equal(await judge(v6, { proof }), "ProofExitCodeWrong(7)");
  });

  it("proof.seal: the nonce is proven, and below the group order", async () => {
    for (const amount of [1n, r])
      assert.equal(await judge(v6, { proof: addTo(v6.proof, nonceAt, amount) }), "ProofInvalid()");
  });

  it("are five from v6 on: proofs of one form are not taken for the other", async () => {
    const v5 = mustFind("automata-snp-gcp-sp1-5.0");
    const short = concatHex([slice(v6.proof, 0, 4), slice(v6.proof, 100)]);
    assert.equal(await judge(v6, { proof: short }), "ProofLengthWrong(260, 356)");
    const long = concatHex([slice(v5.proof, 0, 4), slice(v6.proof, 4, 100), slice(v5.proof, 4)]);
    assert.equal(await judge(v5, { proof: long }), "ProofLengthWrong(356, 260)");
  });

  it("of v6.1, which no real proof is held of, are refused like any others", async () => {
    const release = proofReleases.find(({ version }) => version === "v6.1.0")!;
    if (release.system !== "SP1") throw new Error("v6.1.0 is SP1's");
    const proof = overwrite(overwrite(v6.proof, 0, release.selector), vkRootAt, release.vkRoot);
    assert.equal(await zk.judge(contracts.get(release.selector)!, { ...v6, proof }), "ProofInvalid()");
  });
});

describe("verifyIntegrity", () => {
  const proof = mustFind("risc0-ethereum-V3_0");
  // As risc0-ethereum's test has it (contracts/test/TestReceiptV3_0.sol, CLAIM_DIGEST).
  const claimDigest = "0x196cb48d86169e90c105e595a02aef4cbc6e2c9e5a9caa1a74c2ebbd29211480";
  const integrity = async (seal: Hex, digest: Hex) =>
    (await zk.call(verifierOf(proof), "verifyIntegrity", { seal, claimDigest: digest })).error;

  it("takes the claim that program and journal make", async () => {
    assert.equal(await integrity(proof.proof, claimDigest), null);
  });

  it("proof.seal: refuses every other claim, each of its bytes counts", async () => {
    for (let i = 0; i < 32; i++)
      assert.equal(await integrity(proof.proof, flip(claimDigest, i)), "ProofInvalid()", String(i));
    assert.equal(await integrity(proof.proof, sha256(proof.output)), "ProofInvalid()");
  });

  it("proof.selector, proof.length: asks for the same form", async () => {
    assert.equal(await integrity(flip(proof.proof, 3), claimDigest), "ProofSelectorUnknown(0x73c457bb)");
    assert.equal(await integrity(slice(proof.proof, 0, 259), claimDigest), "ProofLengthWrong(259, 260)");
  });
});
