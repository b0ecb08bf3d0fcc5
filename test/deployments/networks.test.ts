// Networks are data; the rules they keep are protocol §3's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  anchorWindows,
  intelSgxRootKey,
  isDevelopment,
  mayTakeProofs,
  networks,
  requireNetworkRules,
} from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";
import { requireDeployable } from "../../scripts/deploy/registry.ts";
import { notesOn, requireAsProbed } from "../../scripts/deploy/probe.ts";
import type { Roots } from "../../scripts/deploy/registry.ts";
import { defaultTrust, googleAkRoot, microsoftAkRoot } from "../../sdk/verify/roots.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";

const all: readonly Network[] = Object.values(networks);
const real = all.filter(({ chainId }) => !isDevelopment(chainId));
const { sepolia } = networks;
const addresses = [1, 2, 3, 4, 5].map((n) => `0x${String(n).repeat(40)}` as const);
const [deployer, admin, governor, guardian, applicationOwner] = addresses as [
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
  `0x${string}`,
];
const holders = { admin, governor, guardian, applicationOwner };

describe("networks", () => {
  it("are named by their keys and have chain ids of their own", () => {
    assert.deepEqual(
      all.map(({ name }) => name),
      Object.keys(networks),
    );
    assert.equal(new Set(all.map(({ chainId }) => chainId)).size, all.length);
  });

  it("have the chain ids that EIP-155 lists", () => {
    const ids = Object.fromEntries(all.map(({ name, chainId }) => [name, chainId]));
    assert.deepEqual(ids, {
      local: 31337,
      sepolia: 11155111,
      hoodi: 560048,
      base: 8453,
      optimism: 10,
      arbitrum: 42161,
      "automata-testnet": 1398243,
    });
  });

  it("keep the rules (protocol §3)", () => {
    for (const network of all) requireNetworkRules(network);
  });

  it("let an anchor be an hour old, or as old as BLOCKHASH remembers", () => {
    for (const { name, anchor, blockMilliseconds } of real) {
      const minutes = (anchor.maxBlocks * blockMilliseconds) / 60_000;
      if (anchor.source === "BLOCKHASH") assert.equal(anchor.maxBlocks, 256, name);
      else assert.equal(minutes, 60, name);
    }
  });

  it("take proofs only with EIP2935 or ARBSYS", () => {
    for (const network of real)
      assert.equal(mayTakeProofs(network), ["EIP2935", "ARBSYS"].includes(network.anchor.source));
    assert.equal(mayTakeProofs(networks["automata-testnet"]), false);
  });

  it("know the windows that RecentBlock.sol has", () => {
    const source = readFileSync("contracts/freshness/RecentBlock.sol", "utf8");
    for (const [name, window] of [
      ["EIP2935", anchorWindows.EIP2935],
      ["BLOCKHASH", anchorWindows.BLOCKHASH],
      ["ARBITRUM", anchorWindows.ARBSYS],
    ] as const) {
      const [, written] = new RegExp(`${name}_WINDOW = ([0-9_]+);`).exec(source)!;
      assert.equal(Number(written!.replaceAll("_", "")), window);
    }
  });

  it("pin the SDK's Intel root", () => {
    assert.equal(toHex(defaultTrust.intelRoot), intelSgxRootKey);
  });

  const withAnchor = (anchor: Partial<Network["anchor"]>, rest: Partial<Network> = {}): Network => ({
    ...sepolia,
    ...rest,
    anchor: { ...sepolia.anchor, ...anchor },
  });
  const broken: readonly (readonly [string, Network, RegExp])[] = [
    ["more blocks than the source remembers", withAnchor({ source: "BLOCKHASH" }), /BLOCKHASH remembers 256/],
    ["no blocks", withAnchor({ maxBlocks: 0 }), /0 blocks old/],
    ["agents anchoring below what counts", withAnchor({ depth: 300 }), /only 300 count/],
    ["block seconds rounded down", withAnchor({ blockSeconds: 11 }), /12000 ms rounded up/],
    ["EIP2935 where it is not there", withAnchor({}, { eip2935: false }), /not there/],
    ["more than an hour", withAnchor({ maxBlocks: 301 }), /older than an hour/],
    [
      "BLOCKHASH with blocks of a second",
      withAnchor({ source: "BLOCKHASH", maxBlocks: 256, blockSeconds: 1 }, { blockMilliseconds: 1000 }),
      /fewer than 5/,
    ],
    ["governance without delay", withAnchor({}, { adminDelaySeconds: 0 }), /less than a day/],
  ];
  for (const [what, network, message] of broken)
    it(`refuse ${what}`, () => assert.throws(() => requireNetworkRules(network), message));
});

describe("what may be deployed", () => {
  const simulated = { intelRoot: new Uint8Array(64).fill(1), akRoots: [] };

  it("takes simulated roots and the deployer's own account on development chains alone", () => {
    requireDeployable(networks.local, simulated, deployer, {});
    for (const network of real) {
      assert.throws(() => requireDeployable(network, simulated, deployer, holders), /never simulated ones/);
      const mixed = { ...defaultTrust, akRoots: [{ cloud: 1, der: new Uint8Array(3) }] };
      assert.throws(() => requireDeployable(network, mixed, deployer, holders), /is none of the clouds'/);
      const intel = { ...defaultTrust, intelRoot: new Uint8Array(64).fill(1) };
      assert.throws(
        () => requireDeployable(network, intel, deployer, holders),
        /never simulated ones: Intel/,
      );
      requireDeployable(network, defaultTrust, deployer, holders);
    }
  });

  it("takes a vendor's root for its own cloud alone, and at least one", () => {
    const { intelRoot } = defaultTrust;
    const refused: readonly (readonly [Roots["akRoots"], RegExp])[] = [
      [[{ ...googleAkRoot, cloud: 4 }], /is the root of cloud 1, not of cloud 4/],
      [[googleAkRoot, { ...microsoftAkRoot, cloud: 4 }], /is the root of cloud 2, not of cloud 4/],
      [
        [
          { ...microsoftAkRoot, cloud: 1 },
          { ...googleAkRoot, cloud: 2 },
        ],
        /is the root of cloud 2, not of cloud 1/,
      ],
      [[], /name at least one root of a cloud/],
    ];
    for (const [akRoots, message] of refused)
      assert.throws(() => requireDeployable(sepolia, { intelRoot, akRoots }, deployer, holders), message);
    for (const root of [googleAkRoot, microsoftAkRoot])
      requireDeployable(sepolia, { intelRoot, akRoots: [root] }, deployer, holders);
  });

  it("wants every holder named, and none of them the deployer", () => {
    for (const name of ["admin", "governor", "guardian", "applicationOwner"] as const) {
      const without = Object.fromEntries(Object.entries(holders).filter(([holder]) => holder !== name));
      assert.throws(() => requireDeployable(sepolia, defaultTrust, deployer, without), new RegExp(name));
      const zero = { ...holders, [name]: `0x${"00".repeat(20)}` as const };
      assert.throws(() => requireDeployable(sepolia, defaultTrust, deployer, zero), new RegExp(name));
      const own = { ...holders, [name]: deployer };
      assert.throws(() => requireDeployable(sepolia, defaultTrust, deployer, own), /must not stay/);
    }
  });

  it("wants a guardian who is neither administrator nor governor", () => {
    for (const name of ["admin", "governor"] as const) {
      const same = { ...holders, guardian: holders[name] };
      assert.throws(() => requireDeployable(sepolia, defaultTrust, deployer, same), /must be two/);
    }
  });
});

describe("what a chain says of itself", () => {
  const asSaid = (network: Network) => ({
    p256Precompile: network.p256Precompile,
    eip2935: network.eip2935,
    arbSys: network.anchor.source === "ARBSYS",
  });

  it("is taken when it is what the data say, or more on a development chain, and refused otherwise", () => {
    for (const network of all) {
      requireAsProbed(network, asSaid(network));
      for (const fact of ["p256Precompile", "eip2935", "arbSys"] as const) {
        const other = { ...asSaid(network), [fact]: !asSaid(network)[fact] };
        const isMore = isDevelopment(network.chainId) && other[fact];
        if (isMore) requireAsProbed(network, other);
        else assert.throws(() => requireAsProbed(network, other), /correct the data before deploying/);
      }
    }
  });

  it("comes with a word on what a network lacks", () => {
    assert.deepEqual(notesOn(sepolia), []);
    const ofAutomata = notesOn(networks["automata-testnet"]).join();
    assert.match(ofAutomata, /BLOCKHASH and hold for 8.5 minutes,its report types of proofs must stay off/);
    assert.doesNotMatch(notesOn(networks.local).join(), /proofs/);
    assert.match(notesOn({ ...sepolia, p256Precompile: false }).join(), /P256Fallback is deployed first/);
  });
});
