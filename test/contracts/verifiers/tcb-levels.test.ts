// TCB matching by words against its plain twin, on random TCB infos whose SVNs lie close to the platform's.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { toFunctionSelector } from "viem";
import type { Hex } from "viem";
import { decodeRevert, revertDataOf } from "../../../sdk/registry/revert.ts";
import { newDice } from "./parity.ts";
import { hex } from "./outcome.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 300);
const { viem } = await network.create();
const harness = await viem.deployContract("TCBHarness");

type Dice = (bound: number) => number;
const bytes = (count: number, next: () => number) => Uint8Array.from({ length: count }, next);
const statuses = [1, 2, 3, 4, 5, 6, 9];
const statusOf = (dice: Dice) => statuses[dice(statuses.length)]!;
/** Near the platform's 0x7f to 0x81, where a compare by words could borrow, and sometimes an extreme. */
const near = (dice: Dice) => () => [0x7e, 0x7f, 0x80, 0x81][dice(4)]!;
const own = (dice: Dice) => () => (dice(60) === 0 ? 0x7f : [0x80, 0x81, 0xff][dice(3)]!);
const low = (dice: Dice) => () => (dice(60) === 0 ? 0x82 : dice(0x81));

function moduleOf(dice: Dice, id: number): number[] {
  const hasSigner = dice(8) === 0;
  const levels = id === 0 ? 0 : 1 + dice(3);
  return [
    id,
    (hasSigner ? 1 : 0) | (dice(12) === 0 ? 2 : 0),
    ...(hasSigner ? bytes(48, () => dice(2) * dice(3)) : []),
    levels,
    ...Array.from({ length: levels }, (_, at) => [8 - 3 * at, statusOf(dice)]).flat(),
  ];
}

function blobOf(dice: Dice): Uint8Array {
  const levels = Array.from({ length: 1 + dice(4) }, () => [
    ...bytes(32, dice(3) === 0 ? near(dice) : low(dice)),
    0,
    dice(14),
    statusOf(dice),
  ]);
  const modules = [0, 1, 3].slice(0, dice(10) === 0 ? 2 : 3).map((id) => moduleOf(dice, id));
  const pceId = [0, dice(30) === 0 ? 1 : 0];
  return Uint8Array.from([
    ...bytes(32, () => dice(256)),
    ...pceId,
    levels.length,
    ...levels.flat(),
    modules.length,
    ...modules.flat(),
  ]);
}

function bodyOf(dice: Dice): Uint8Array {
  const body = new Uint8Array(dice(2) === 0 ? 584 : 648);
  const svn = () => [2 + dice(9), [0, 1, 1, 3][dice(4)]!, ...bytes(14, own(dice))];
  body.set(svn());
  if (body.length === 648) body.set(svn(), 584);
  if (dice(10) === 0) body[64 + dice(48)] = 1;
  return body;
}

/** head: layout, FMSPC 6, PCEID 2, component SVNs 16, PCESVN 2, QE ISVSVN 2, CA id, version 2. */
function hostOf(dice: Dice) {
  const head = [1, ...new Uint8Array(8), ...bytes(16, own(dice)), 0, 10 + dice(8), 0, 4 + dice(6), 1, 0, 0];
  return { head: BigInt(hex(Uint8Array.from(head))), tail: 0n, platformId: hex(new Uint8Array(32)) };
}

const qeLevelsOf = (dice: Dice): bigint =>
  [8, 6, 4]
    .slice(0, 1 + dice(3))
    .reduce((word, svn, at) => word | (BigInt((svn << 4) | statusOf(dice)) << BigInt(20 * at)), 0n);

async function outcomeOf(call: () => Promise<bigint>): Promise<string> {
  try {
    return String(await call());
  } catch (error) {
    const { name, args } = decodeRevert(revertDataOf(error)!);
    return `${name}(${args.join()})`;
  }
}

interface Scene {
  /** Status of a level that the platform's SGX components reach and its TDX components do not; then of the next. */
  sgx?: number;
  platform?: number;
  /** Status of the module's level. */
  module?: number;
  qe?: number;
  length?: number;
  /** First three components of teeTcbSvn2, and of the newest level. */
  current?: number[];
  latest?: number[];
}

const relaunchOf = (scene: Scene) => {
  const {
    sgx,
    platform = 1,
    module = 5,
    qe = 1,
    length = 648,
    current = [5, 1, 3],
    latest = [5, 1, 3],
  } = scene;
  const levelOf = (components: number[], status: number) => [
    ...[...new Uint8Array(16), ...components, ...new Uint8Array(16 - components.length)],
    ...[0, 0, status],
  ];
  const levels = sgx === undefined ? [] : [levelOf([...latest, 0xff], sgx)];
  levels.push(levelOf(latest, platform));
  const body = new Uint8Array(length);
  body.set([3, 1, 3]);
  if (length === 648) body.set(current, 584);
  // Head and PCEID, then the levels, then module 1 with levels 5 and 3.
  const blob = [...new Uint8Array(34), levels.length, ...levels.flat(), 1, 1, 0, 2, 5, 1, 3, module];
  const host = { head: 1n << 248n, tail: 0n, platformId: hex(new Uint8Array(32)) };
  return [hex(Uint8Array.from(blob)), hex(body), host, BigInt(qe)] as const;
};

// What is due by the rule of Intel's DCAP library, as test/sdk/tdx-tcb.test.ts has it of the SDK.
const relaunches: readonly (readonly [what: string, scene: Scene, status: number])[] = [
  ["an old module", {}, 7],
  ["an old module and an SVN to harden", { platform: 2 }, 7],
  ["an old module and a configuration", { platform: 3 }, 8],
  ["an old module, a configuration and an SVN to harden", { platform: 4 }, 8],
  ["an old module of an old platform", { platform: 5 }, 5],
  ["SGX up to date, TDX to configure", { sgx: 1, platform: 3 }, 8],
  ["SGX to configure, TDX up to date", { sgx: 3, platform: 1 }, 8],
  ["SGX out of date, TDX up to date", { sgx: 5, platform: 1 }, 5],
  ["a module that is up to date, on an old platform", { sgx: 1, platform: 5, module: 1 }, 5],
  ["an old quoting enclave", { qe: 5 }, 5],
  ["no newer module", { current: [4, 1, 3] }, 5],
  ["a newer module, an old third component", { current: [5, 1, 2] }, 5],
  ["a newer module of version 0", { current: [5, 0, 3] }, 7],
  ["no newer module of version 0", { current: [4, 0, 3] }, 5],
  ["a report without teeTcbSvn2", { length: 584, latest: [0, 0, 0] }, 5],
];

describe("TCB levels", () => {
  it(`are matched as the plain twin matches them, ${runs} times`, async () => {
    const dice = newDice(11);
    const seen = new Set<string>();
    for (let run = 0; run < runs; run++) {
      const args = [
        hex(blobOf(dice)),
        hex(bodyOf(dice)),
        hostOf(dice),
        qeLevelsOf(dice),
      ] as const satisfies readonly [Hex, Hex, object, bigint];
      const fast = await outcomeOf(async () => (await harness.simulate.judge([...args])).result);
      assert.equal(fast, await outcomeOf(() => harness.read.judgePlainly([...args])), `run ${run}`);
      seen.add(fast.replace(/\(.*/, ""));
    }
    for (const due of [
      "TDXTCBLevelUnmatched",
      "TDXTCBRevoked",
      "TDXModuleUnknown",
      "TDXModuleSignerMismatch",
      "TDXPCEIdMismatch",
      "5",
      "6",
    ])
      assert.ok(seen.has(due), `${due} was never met: ${[...seen].join(" ")}`);
  });

  for (const [what, scene, status] of relaunches)
    it(`advise a relaunch or not: ${what}: ${status}`, async () => {
      const args = relaunchOf(scene);
      assert.equal((await harness.simulate.judge(args)).result, BigInt(status));
      assert.equal(await harness.read.judgePlainly(args), BigInt(status));
    });

  // Whoever brings a document chooses the gas: a sixty-fourth is left when the creation of its code runs out.
  it("are refused, not lost, where the limit of a call leaves nothing to keep them with", async () => {
    const dice = newDice(12);
    const args = [hex(new Uint8Array(20_000)), hex(bodyOf(dice)), hostOf(dice), 0n] as const;
    const refused = toFunctionSelector("CodeStorageFailed()");
    await assert.rejects(harness.simulate.judge(args, { gas: 3_500_000n }), (error) => {
      assert.equal(revertDataOf(error), refused);
      return true;
    });
  });

  // Behind two bytes of length a longer list would be kept cut. No limit of the EVM's stops it on this chain.
  it("are refused, not cut, where a chain takes more code than two bytes can count", async () => {
    const { viem: unlimited } = await network.create({
      network: "default",
      override: {
        allowUnlimitedContractSize: true,
        blockGasLimit: 1_000_000_000n,
        transactionGasCap: 1_000_000_000n,
      },
    });
    const roomy = await unlimited.deployContract("TCBHarness");
    const dice = newDice(13);
    const args = [hex(new Uint8Array(65_535)), hex(bodyOf(dice)), hostOf(dice), 0n] as const;
    await assert.rejects(roomy.simulate.judge(args, { gas: 90_000_000n }), (error) => {
      assert.equal(revertDataOf(error), toFunctionSelector("CodeStorageFailed()"));
      return true;
    });
  });
});
