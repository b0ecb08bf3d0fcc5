import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ConfigError, maskedConfig, readConfig } from "../../relayer/config.ts";
import { localSigner, signerFromFile } from "../../relayer/signers/local.ts";
import { FakeNode } from "./support/fake-node.ts";
import { startRpcProxy } from "./support/rpc-proxy.ts";
import { registry, temporaryFolder } from "./support/relayer.ts";

const key = `0x${"42".repeat(32)}`;
const least = ["--rpc-url", "http://127.0.0.1:8545", "--registry", registry];
const env = { CVM_RELAYER_SIGNER_KEY: key };

describe("configuration", () => {
  it("prefers flag over environment over file over default", (t) => {
    const file = join(temporaryFolder(t), "relayer.json");
    writeFileSync(file, JSON.stringify({ port: 1, maxBumps: 1, pollMs: 1 }));
    const { config } = readConfig([...least, "--config", file, "--port", "3"], {
      ...env,
      CVM_RELAYER_PORT: "2",
      CVM_RELAYER_MAX_BUMPS: "2",
    });
    assert.deepEqual([config.port, config.maxBumps, config.pollMs, config.host], [3, 2, 1, "127.0.0.1"]);
  });

  it("shows itself without key, password or RPC path", () => {
    const { config } = readConfig(
      ["--rpc-url", "https://u:p@rpc.example/v3/apikey", "--registry", registry],
      {
        ...env,
        CVM_RELAYER_DATABASE_URL: "postgresql://relayer:hunter2@db.example/relayer",
      },
    );
    const shown = maskedConfig(config);
    for (const secret of ["4242", "apikey", "u:p", "hunter2"]) assert.ok(!shown.includes(secret), secret);
    assert.match(shown, /https:\/\/rpc\.example/);
  });

  it("shows of every URL the origin alone", () => {
    const secret = "https://user:SECRET@host.example/v1/SECRET?token=SECRET";
    const flags = ["collateral-url", "sp1-prover-url", "risc0-prover-url", "risc0-storage-origins"];
    const { config } = readConfig([...least, ...flags.flatMap((flag) => [`--${flag}`, secret])], env);
    const shown = maskedConfig(config);
    assert.ok(!shown.includes("SECRET"), shown);
    assert.equal(shown.split("https://host.example").length - 1, flags.length);
  });

  it("knows every variable it reads, and the one of a secret's file", (t) => {
    const file = join(temporaryFolder(t), "url");
    writeFileSync(file, "postgresql://db.example/relayer\n");
    const { config } = readConfig(least, { ...env, CVM_RELAYER_DATABASE_URL_FILE: file, CVM_AGENT_X: "1" });
    assert.equal(config.databaseUrl, "postgresql://db.example/relayer");
  });

  it("takes report types in their order, and program ids in either spelling", () => {
    const ids = ["0x" + "AB".repeat(32), "cd".repeat(32)];
    const args = [...least, "--report-types", "sp1, solidity", "--proving-programs", ids.join(",")];
    const { config } = readConfig(args, env);
    assert.deepEqual(config.reportTypes, ["sp1", "solidity"]);
    assert.deepEqual(config.provingPrograms, [`0x${"ab".repeat(32)}`, `0x${"cd".repeat(32)}`]);
  });

  const mistakes: readonly [string, string[], NodeJS.ProcessEnv][] = [
    ["a missing RPC URL", ["--registry", registry], env],
    ["a missing key", least, {}],
    ["an unknown flag", [...least, "--fast"], env],
    ["a port that is no number", [...least, "--port", "http"], env],
    ["a registry that is no address", ["--rpc-url", "http://a", "--registry", "0x1"], env],
    ["no report type", [...least, "--report-types", ","], env],
    ["an unknown report type", [...least, "--report-types", "solidity,plonk"], env],
    ["a report type twice", [...least, "--report-types", "sp1,sp1"], env],
    ["a program id that is none", [...least, "--proving-programs", "0x12"], env],
    ["a prover that is no URL", [...least, "--sp1-prover-url", "prover"], env],
    ["a misspelt variable", least, { ...env, CVM_RELAYER_AGENT_HOST: "agent.internal" }],
    ["an RPC URL of another kind", ["--rpc-url", "ws://a", "--registry", registry], env],
  ];
  for (const [title, args, environment] of mistakes)
    it(`refuses ${title}`, () => assert.throws(() => readConfig(args, environment), ConfigError));
});

describe("local signer", () => {
  it("refuses a key file that others may read, and a key that is none without repeating it", (t) => {
    const file = join(temporaryFolder(t), "key");
    writeFileSync(file, key);
    chmodSync(file, 0o644);
    assert.throws(() => signerFromFile(file), /chmod 600/);
    chmodSync(file, 0o600);
    assert.equal(signerFromFile(file).address, localSigner(key).address);
    assert.throws(
      () => localSigner("0xSECRET"),
      (error: Error) => !error.message.includes("SECRET"),
    );
  });
});

describe("cvm-relayer", () => {
  const halves = [
    ["a report type without its prover", ["--report-types", "sp1"], /no prover of sp1/],
    ["a market file that is not there", ["--market-file", "/nowhere.json"], /cannot be read as JSON/],
    ["two provers of RISC Zero", ["--risc0-prover-url", "http://a", "--market-file", "b"], /not both/],
  ] as const;
  for (const [title, args, words] of halves)
    it(`ends with exit code 2 on ${title}`, () => {
      const { status, stderr } = spawnSync(process.execPath, ["relayer/bin.ts", ...least, ...args], {
        env: { ...process.env, ...env },
        encoding: "utf8",
      });
      assert.equal(status, 2, stderr);
      assert.match(stderr, words);
    });

  it("ends cleanly on SIGTERM in the middle of its start", async (t) => {
    const node = await new FakeNode().listen();
    const proxy = await startRpcProxy(node.url);
    t.after(() => [node, proxy].forEach((each) => each.close()));
    // Asked before anything is open: the signal comes before the answer.
    proxy.onRequest = ({ method }) => {
      if (method === "eth_chainId") child.kill("SIGTERM");
      return null;
    };
    const args = ["--rpc-url", proxy.url, "--registry", registry, "--port", "0"];
    const child = spawn(process.execPath, ["relayer/bin.ts", ...args, "--store-folder", temporaryFolder(t)], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    t.after(() => child.kill("SIGKILL"));
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("starts, serves and ends cleanly on SIGTERM", async (t) => {
    const node = await new FakeNode().listen();
    t.after(() => node.close());
    const child = spawn(
      process.execPath,
      [
        "relayer/bin.ts",
        "--rpc-url",
        node.url,
        "--registry",
        registry,
        "--port",
        "0",
        "--store-folder",
        temporaryFolder(t),
      ],
      { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] },
    );
    t.after(() => child.kill("SIGKILL"));
    const exited = new Promise<number | null>((resolve) => child.on("exit", resolve));
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
        const match = /"url":"(http:[^"]+)"/.exec(output);
        if (match) resolve(match[1]!);
      });
      child.on("exit", () => reject(new Error(`ended early: ${output}`)));
    });
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    child.kill("SIGTERM");
    assert.equal(await exited, 0);
    assert.ok(!output.includes("4242424242"));
  });
});
