// Verifying keys, selectors and states of releases, and program ids, against what their publishers print (zk.md §1, §2, §4).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toNegatedKey } from "../../deployments/proof-releases.ts";
import type { NegatedKey, Point, Point2 } from "../../deployments/proof-releases.ts";
import { fromHex, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import { journalFormats } from "../../sdk/evidence/journals/index.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";
import {
  defaultPrograms,
  knownPrograms,
  knownReleases,
  registryReleases,
  riscZeroClaim,
  riscZeroKey,
  riscZeroKeyDigest,
} from "../../sdk/verify/zk/index.ts";
import type { Groth16Key } from "../../sdk/verify/zk/index.ts";
import { proofCase } from "../support/proofs.ts";
import { fixtureText } from "./fixtures.ts";

type Pair = readonly [string, string];

interface RiscZeroFile {
  readonly verifyingKey: {
    readonly alpha: Pair;
    readonly beta: readonly [Pair, Pair];
    readonly gamma: readonly [Pair, Pair];
    readonly delta: readonly [Pair, Pair];
    readonly ic: readonly Pair[];
  };
  readonly bn254ControlId: string;
  readonly selectors: Readonly<
    Record<
      string,
      { readonly version: string; readonly controlRoot: string; readonly bn254ControlId?: string }
    >
  >;
}
interface Sp1File {
  readonly versions: Readonly<
    Record<
      string,
      { readonly constants: Readonly<Record<string, string>>; readonly hexConstantsInWrapper: string[] }
    >
  >;
}
const riscZeroFile = JSON.parse(fixtureText("zk/risc0-verifying-key.json")) as RiscZeroFile;
const sp1File = JSON.parse(fixtureText("zk/sp1-groth16-verifying-keys.json")) as Sp1File;

/** Imaginary part first in the file. */
const published = ([[x1, x0], [y1, y0]]: readonly [Pair, Pair]) => [x0, x1, y0, y1].map(BigInt);

/** The points of G2 are negative in the file, as contracts take them. */
function publishedKey(constants: Readonly<Record<string, string>>): NegatedKey {
  const value = (name: string) => BigInt(constants[name]!);
  const point = (name: string): Point => ({ x: value(`${name}_X`), y: value(`${name}_Y`) });
  const negative = (name: string): Point2 => [
    value(`${name}_NEG_X_1`),
    value(`${name}_NEG_X_0`),
    value(`${name}_NEG_Y_1`),
    value(`${name}_NEG_Y_0`),
  ];
  const inputs = Object.keys(constants).filter((name) => /^PUB_\d_X$/.test(name)).length;
  return {
    alpha: point("ALPHA"),
    betaNeg: negative("BETA"),
    gammaNeg: negative("GAMMA"),
    deltaNeg: negative("DELTA"),
    ic: [point("CONSTANT"), ...[...Array(inputs).keys()].map((i) => point(`PUB_${i}`))],
  };
}

const standing = (system: number) =>
  knownReleases
    .filter((release) => release.system === system)
    .map(({ version, selector, state }) => [version, selector, state]);

describe("releases of RISC Zero", () => {
  it("have the published verifying key, whose digest is the published one", () => {
    const { alpha, beta, gamma, delta, ic } = riscZeroFile.verifyingKey;
    const key = {
      alpha: alpha.map(BigInt),
      beta: published(beta),
      gamma: published(gamma),
      delta: published(delta),
      ic: ic.map((point) => point.map(BigInt)),
    };
    assert.deepEqual(riscZeroKey, key as unknown as Groth16Key);
    assert.equal(
      toHex(riscZeroKeyDigest(riscZeroKey)),
      "0x21c5fdd9b4d576b17581f50b755482ba7a2134a3b5186e8e454acfa1f69511ab",
    );
  });

  it("have selectors that follow from control root, control id and key", () => {
    const releases = Object.entries(riscZeroFile.selectors);
    assert.equal(releases.length, 8);
    for (const [selector, { version, controlRoot, bn254ControlId }] of releases) {
      const release = knownReleases.find((known) => known.selector === selector);
      assert.ok(release?.system === reportTypes.riscZero && release.parameters !== null, selector);
      const { parameters } = release;
      assert.ok("controlRoot" in parameters);
      assert.equal(release.version, version);
      assert.equal(toHex(parameters.controlRoot), `0x${controlRoot}`);
      assert.equal(
        toHex(parameters.bn254ControlId),
        `0x${bn254ControlId ?? riscZeroFile.bn254ControlId}`,
        version,
      );
    }
  });

  it("stand as their router does: 2.0, 2.1 and development stopped for ever", () =>
    assert.deepEqual(standing(reportTypes.riscZero), [
      ["1.0", "0x310fe598", "retired"],
      ["1.1", "0x50bd1769", "retired"],
      ["1.2", "0xc101b42b", "retired"],
      ["2.0", "0x9f39696c", "stopped"],
      ["2.1", "0xf536085a", "stopped"],
      ["2.2", "0xbb001d44", "live"],
      ["3.0", "0x73c457ba", "live"],
      ["5.0-rc.1", "0xc27d1bc0", "disabled"],
      ["development", "0xffffffff", "stopped"],
    ]));

  it("prove a claim whose digest is the published one", () => {
    const { program, output } = proofCase("risc0-ethereum-V3_0");
    assert.equal(
      toHex(riscZeroClaim(program, sha256(output))),
      "0x196cb48d86169e90c105e595a02aef4cbc6e2c9e5a9caa1a74c2ebbd29211480",
    );
  });
});

describe("releases of SP1", () => {
  for (const [version, { constants, hexConstantsInWrapper }] of Object.entries(sp1File.versions))
    it(`${version} has the published key, VERIFIER_HASH and VK_ROOT`, () => {
      const release = knownReleases.find((known) => known.version === version);
      assert.ok(release?.parameters != null && "key" in release.parameters);
      const { key, vkRoot } = release.parameters;
      assert.deepEqual(toNegatedKey(key), publishedKey(constants));
      const [hash, root] = hexConstantsInWrapper;
      assert.equal(toHex(release.verifierHash), hash);
      assert.equal(release.selector, hash!.slice(0, 10));
      assert.equal(vkRoot === null ? undefined : toHex(vkRoot), root);
    });

  it("stand: v5.0.0 and v6.0.0 live", () =>
    assert.deepEqual(standing(reportTypes.sp1), [
      ["v4.0.0-rc.3", "0x11b6a09d", "retired"],
      ["v5.0.0", "0xa4594c59", "live"],
      ["v6.0.0", "0x0e78f4db", "live"],
      ["v6.1.0", "0x4388a21c", "disabled"],
      ["development", "0xffffffff", "stopped"],
    ]));
});

describe("a registry's releases", () => {
  it("are by default the live and the stopped ones", () =>
    assert.deepEqual(
      registryReleases.map(({ version }) => version),
      ["2.0", "2.1", "2.2", "3.0", "development", "v5.0.0", "v6.0.0", "development"],
    ));
});

describe("programs", () => {
  it("are known once, by 32 bytes", () => {
    const ids = knownPrograms.map(({ id }) => toHex(id));
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.equal(fromHex(id).length, 32);
  });
  it("of SNP with a time in their journal are admitted by default, none of TDX (its guests take debug enclaves)", () => {
    const { snpV1, dcap } = journalFormats;
    for (const [format, count] of [
      [snpV1, 2],
      [dcap, 3],
    ] as const)
      assert.equal(knownPrograms.filter((known) => known.format === format).length, count);
    assert.deepEqual(
      defaultPrograms,
      knownPrograms.filter(({ format }) => format !== snpV1 && format !== dcap),
    );
    assert.ok(defaultPrograms.every(({ tee }) => tee === teeTypes.amdSevSnp));
  });
});
