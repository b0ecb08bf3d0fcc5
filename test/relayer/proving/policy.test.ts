// Provers and market as an operator configures them; what is half configured does not start.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import { memoryJournal, provingClient, systemTimer } from "../../../proving/index.ts";
import { readMarketFile } from "../../../relayer/proving/market-file.ts";
import { defaultProverSettings, provingPolicyOf } from "../../../relayer/proving/policy.ts";
import type { ProverSettings } from "../../../relayer/proving/policy.ts";
import { wallet } from "./support/market-scene.ts";
import { temporaryFolder } from "../support/relayer.ts";

const key = "sk-very-secret-0123456789";
const policyOf = (change: Partial<ProverSettings>) =>
  provingPolicyOf({ ...defaultProverSettings, ...change });
const context = { journal: memoryJournal(), timer: systemTimer, verify: () => true };

function privateFile(t: TestContext, name: string, text: string): string {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

const program = `0x${"ab".repeat(32)}`;
const marketOf = (walletKeyFile: string) => ({
  rpcUrl: "https://rpc.example/key",
  chainId: 8453,
  address: "0xfd152dadc5183870710fe54f939eae3ab9f0fe82",
  walletKeyFile,
  selector: "0x73c457ba",
  terms: {
    ...{ minPrice: "0", maxPrice: "1000000000000000", lockCollateral: "0" },
    ...{ startDelay: 30, rampUpPeriod: 60, lockTimeout: 300, timeout: 570 },
  },
  priceCeiling: "1000000000000000",
  walletCeiling: "2000000000000000",
  maxFeePerGas: "1000000000",
  imageUrls: { [program]: "https://images.example/snp" },
  orderStreamUrl: "https://stream.example",
  logBlocks: 500,
});

describe("the provers of a configuration", () => {
  it("are none by default", () => assert.equal(policyOf({}), null));

  it("are a side-car and a Bento, their keys from private files and shown nowhere", (t) => {
    const file = privateFile(t, "key", `${key}\n`);
    const policy = policyOf({
      sp1ProverUrl: "https://sp1.example",
      sp1ProverKeyFile: file,
      risc0ProverUrl: "https://bento.example/api",
      risc0StorageOrigins: ["https://bucket.example"],
    });
    assert.ok(
      policy !== null && policy.paths.sp1?.kind === "sidecar" && policy.paths.risc0?.kind === "bento",
    );
    assert.equal(policy.paths.sp1.apiKey?.reveal(), key);
    assert.equal(policy.paths.risc0.apiKey, null);
    assert.deepEqual(policy.allowedUrls, ["https://sp1.example", "https://bento.example/api"]);
    assert.ok(!inspect(policy, { depth: 9 }).includes(key) && !JSON.stringify(policy).includes(key));
    for (const [system, name] of [["sp1", "sidecar"] as const, ["risc0", "bento"] as const])
      assert.equal(provingClient(system, policy, context).name, name);
  });

  it("can be the market, with its order stream", (t) => {
    const walletKey = privateFile(t, "wallet", `0x${"42".repeat(32)}`);
    const marketFile = privateFile(t, "market.json", JSON.stringify(marketOf(walletKey)));
    const policy = policyOf({ marketFile })!;
    assert.equal(provingClient("risc0", policy, context).name, "boundless");
    assert.deepEqual(policy.allowedUrls, ["https://stream.example"]);
    const options = readMarketFile(marketFile);
    assert.equal(options.wallet.address, wallet.address);
    assert.equal(options.imageUrl(program as `0x${string}`), "https://images.example/snp");
    assert.throws(() => options.imageUrl(`0x${"00".repeat(32)}`), /proving.config/);
    assert.deepEqual([options.terms.maxPrice, options.market.chainId], [10n ** 15n, 8453n]);
  });

  it("refuses a key file that others may read, one without a key, and two provers of RISC Zero", (t) => {
    const open = privateFile(t, "open", key);
    chmodSync(open, 0o644);
    const none = privateFile(t, "none", "two words");
    const at = (sp1ProverKeyFile: string) => policyOf({ sp1ProverUrl: "https://a", sp1ProverKeyFile });
    assert.throws(() => at(open), /chmod 600/);
    assert.throws(
      () => at(none),
      (error: Error) => /holds no API key/.test(error.message) && !error.message.includes("two words"),
    );
    assert.throws(() => policyOf({ risc0ProverUrl: "https://a", marketFile: none }), /not both/);
  });
});

describe("a market file", () => {
  const mistakes: readonly (readonly [string, RegExp, (market: ReturnType<typeof marketOf>) => unknown])[] = [
    ["a member nobody knows", /Unrecognized key/, (market) => ({ ...market, fast: true })],
    ["no price ceiling", /priceCeiling/, (market) => ({ ...market, priceCeiling: undefined })],
    ["a price that is a number", /priceCeiling/, (market) => ({ ...market, priceCeiling: 1e15 })],
    ["a selector in upper case", /selector/, (market) => ({ ...market, selector: "0x73C457BA" })],
    ["an address cut short", /address/, (market) => ({ ...market, address: "0x12" })],
    [
      "terms without an end",
      /terms.timeout/,
      (market) => ({ ...market, terms: { ...market.terms, timeout: null } }),
    ],
    [
      "a program id that is none",
      /imageUrls/,
      (market) => ({ ...market, imageUrls: { "0x12": "https://a.example" } }),
    ],
    [
      "an order stream of another kind",
      /orderStreamUrl/,
      (market) => ({ ...market, orderStreamUrl: "ws://a" }),
    ],
  ];
  for (const [name, words, change] of mistakes)
    it(`refuses ${name}`, (t) => {
      const walletKey = privateFile(t, "wallet", `0x${"42".repeat(32)}`);
      const file = privateFile(t, "market.json", JSON.stringify(change(marketOf(walletKey))));
      assert.throws(() => readMarketFile(file), words);
    });

  it("refuses what is no JSON, and a wallet's key that others may read", (t) => {
    assert.throws(() => readMarketFile(privateFile(t, "market.json", "{")), /cannot be read as JSON/);
    const walletKey = privateFile(t, "wallet", `0x${"42".repeat(32)}`);
    chmodSync(walletKey, 0o640);
    const file = privateFile(t, "other.json", JSON.stringify(marketOf(walletKey)));
    assert.throws(() => readMarketFile(file), /chmod 600/);
  });
});
