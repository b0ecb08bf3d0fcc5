// Keys and releases as data: they are the published ones, their selectors follow from them, and the contracts state what
// the data says.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { concatHex, hexToBytes, slice } from "viem";
import type { Hex } from "viem";
import { riscZeroKey } from "../../../deployments/proof-keys.ts";
import type { NegatedKey, Point, Point2 } from "../../../deployments/proof-keys.ts";
import {
  developmentSelector,
  proofReleases,
  riscZeroReleases,
  riscZeroRouters,
  sp1Gateways,
  sp1Releases,
} from "../../../deployments/proof-releases.ts";
import { fixture, p, startZk, wordOf } from "./proofs.ts";
import type { Zk } from "./proofs.ts";

const sha256 = (...parts: Hex[]): Hex =>
  `0x${createHash("sha256")
    .update(hexToBytes(concatHex(parts)))
    .digest("hex")}`;
const tagOf = (tag: string): Hex => `0x${createHash("sha256").update(tag).digest("hex")}`;
/** RISC Zero's digest of a structure: name, digests below, and how many in two bytes, little endian. */
const structOf = (tag: string, downs: Hex[]): Hex =>
  sha256(tagOf(tag), ...downs, `0x${downs.length.toString(16).padStart(2, "0")}00`);
const pointDigest = ({ x, y }: Point): Hex => sha256(wordOf(x), wordOf(y));
const point2Digest = (point: Point2): Hex => sha256(...point.map(wordOf));
const zero: Hex = `0x${"00".repeat(32)}`;
const reversed = (word: Hex): Hex => `0x${Buffer.from(hexToBytes(word)).reverse().toString("hex")}`;

const keyDigest = (): Hex => {
  const { alpha, beta, gamma, delta, ic } = riscZeroKey;
  const list = ic.reduceRight<Hex>(
    (tail, point) => structOf("risc0_groth16.VerifyingKey.IC", [pointDigest(point), tail]),
    zero,
  );
  const g2 = [beta, gamma, delta].map(point2Digest);
  return structOf("risc0_groth16.VerifyingKey", [pointDigest(alpha), ...g2, list]);
};

const negate = ([x1, x0, y1, y0]: Point2): Point2 => [x1, x0, p - y1, p - y0];

describe("RISC Zero's verifying key", () => {
  it("is the published one", () => {
    type Pair = [string, string];
    const { verifyingKey } = fixture<{
      verifyingKey: { alpha: Pair; beta: Pair[]; gamma: Pair[]; delta: Pair[]; ic: Pair[] };
    }>("risc0-verifying-key.json");
    const point = ([x, y]: Pair): Point => ({ x: BigInt(x), y: BigInt(y) });
    const point2 = (pairs: Pair[]) => pairs.flat().map(BigInt);
    const { alpha, beta, gamma, delta, ic } = verifyingKey;
    assert.deepEqual(riscZeroKey, {
      alpha: point(alpha),
      beta: point2(beta),
      gamma: point2(gamma),
      delta: point2(delta),
      ic: ic.map(point),
    });
  });

  it("has the digest that selectors are made of", () => {
    assert.equal(keyDigest(), "0x21c5fdd9b4d576b17581f50b755482ba7a2134a3b5186e8e454acfa1f69511ab");
  });
});

describe("RISC Zero's releases", () => {
  it("have the published control roots and ids", () => {
    type Row = { version: string; controlRoot: string; bn254ControlId?: string };
    const published = fixture<{ bn254ControlId: string; selectors: Record<string, Row> }>(
      "risc0-verifying-key.json",
    );
    assert.deepEqual(
      riscZeroReleases.map(({ selector, version, controlRoot, bn254ControlId }) => [
        ...[selector, version, controlRoot, bn254ControlId],
      ]),
      Object.entries(published.selectors).map(([selector, row]) => [
        ...[selector, row.version, `0x${row.controlRoot}`],
        `0x${row.bn254ControlId ?? published.bn254ControlId}`,
      ]),
    );
  });

  for (const { version, verifierHash, controlRoot, bn254ControlId } of riscZeroReleases)
    it(`${version}: verifier parameters follow from control root, control id and key`, () => {
      const downs = [controlRoot, reversed(bn254ControlId), keyDigest()];
      assert.equal(verifierHash, structOf("risc0.Groth16ReceiptVerifierParameters", downs));
    });
});

describe("SP1's releases", () => {
  type Constants = Record<string, string>;
  const published = fixture<{
    versions: Record<string, { constants: Constants; hexConstantsInWrapper: string[] }>;
  }>("sp1-groth16-verifying-keys.json").versions;

  function keyOf(constants: Constants): NegatedKey {
    const point = (name: string): Point => ({
      x: BigInt(constants[`${name}_X`]!),
      y: BigInt(constants[`${name}_Y`]!),
    });
    const point2 = (name: string): Point2 => [
      BigInt(constants[`${name}_NEG_X_1`]!),
      BigInt(constants[`${name}_NEG_X_0`]!),
      BigInt(constants[`${name}_NEG_Y_1`]!),
      BigInt(constants[`${name}_NEG_Y_0`]!),
    ];
    const inputs = Object.keys(constants).filter((name) => /^PUB_\d+_X$/.test(name));
    return {
      alpha: point("ALPHA"),
      betaNeg: point2("BETA"),
      gammaNeg: point2("GAMMA"),
      deltaNeg: point2("DELTA"),
      ic: [point("CONSTANT"), ...inputs.map((_, i) => point(`PUB_${i}`))],
    };
  }

  it("are those of the published list", () => {
    assert.deepEqual(
      sp1Releases.map(({ version }) => version),
      Object.keys(published),
    );
  });

  for (const { version, key, verifierHash, vkRoot } of sp1Releases)
    it(`${version} has the published key, hash and root`, () => {
      const { constants, hexConstantsInWrapper } = published[version]!;
      assert.deepEqual(key, keyOf(constants));
      assert.deepEqual(vkRoot === zero ? [verifierHash] : [verifierHash, vkRoot], hexConstantsInWrapper);
    });
});

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
      assert.equal(await zk.read(contract, "VERIFIER_KEY_DIGEST"), keyDigest());
      assert.equal(await zk.read(contract, "CONTROL_ROOT"), release.controlRoot);
      assert.equal(await zk.read(contract, "BN254_CONTROL_ID"), release.bn254ControlId);
    });

  it("have one selector each, and none is that of development mode", () => {
    const selectors = [...proofReleases.map(({ selector }) => selector), developmentSelector];
    assert.equal(new Set(selectors).size, selectors.length);
  });

  it("stop what is unsound and nothing else", () => {
    const stateOf = (state: string) =>
      proofReleases.filter((release) => release.state === state).map(({ version }) => version);
    assert.deepEqual(stateOf("stopped"), ["2.0", "2.1"]);
    assert.deepEqual(stateOf("live"), ["2.2", "3.0", "v5.0.0", "v6.0.0"]);
    assert.deepEqual(stateOf("disabled"), ["5.0-rc.1", "v6.1.0"]);
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
    const beyond = wordOf(0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n);
    await assert.rejects(zk.deploy("RiscZeroGroth16", controlRoot, beyond), /VerifyingKeyInvalid/);
  });

  it("negate a point of G2 as SP1 does", () => {
    const { beta } = riscZeroKey;
    // SP1 v4 and v5 took alpha and beta of the set-up that RISC Zero took.
    assert.deepEqual(negate(beta), sp1Releases[0]!.key.betaNeg);
  });
});
