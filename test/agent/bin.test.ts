// The executable as a process.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { configure } from "../../agent/config.ts";
import { post } from "./http.ts";

const bin = fileURLToPath(new URL("../../agent/bin.ts", import.meta.url));

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, output: () => text, ended };
}

async function urlOf(run: Run): Promise<string> {
  for (;;) {
    const found = /"url":"([^"]+)"/.exec(run.output());
    if (found !== null) return found[1]!;
    const next = await Promise.race([once(run.child.stdout!, "data"), run.ended.then(() => null)]);
    assert.notEqual(next, null, run.output());
  }
}

describe("cvm-agent", () => {
  it("prints the configuration in force and exits 0", async () => {
    const run = start(["--print-config", "--platform", "simulated-gcp-tdx"], { CVM_AGENT_PORT: "8001" });
    assert.equal(await run.ended, 0);
    const config = JSON.parse(run.output()) as Record<string, unknown>;
    assert.deepEqual([config.platform, config.port, config.host], ["simulated-gcp-tdx", 8001, "127.0.0.1"]);
  });

  it("shows where a prover's key lies and not the key, and starts with it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cvm-bin-"));
    const [file, key] = [join(folder, "key"), "sk-of-the-operator"];
    await writeFile(file, `${key}\n`, { mode: 0o600 });
    const prover = ["--sp1-prover-url=https://side-car.example", "--sp1-prover-version=v5.0.0"];
    const args = ["--platform=simulated-gcp-tdx", "--port=0", ...prover, `--sp1-prover-key-file=${file}`];
    const printing = start([...args, "--print-config"]);
    assert.equal(await printing.ended, 0);
    const running = start(args);
    assert.equal((await fetch(`${await urlOf(running)}/healthz`)).status, 200);
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0);
    assert.match(printing.output(), /side-car\.example/);
    for (const { output } of [printing, running]) assert.ok(!output().includes(key));
    await rm(folder, { recursive: true });
  });

  it("exits 1 without a TPM left behind when a prover's key file is not there, others' or no key", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cvm-bin-"));
    await writeFile(join(folder, "words"), "two words", { mode: 0o600 });
    await writeFile(join(folder, "open"), "two-words", { mode: 0o640 });
    for (const [name, why] of [
      ["none", /ENOENT/],
      ["words", /holds no API key/],
      ["open", /chmod 600/],
    ] as const) {
      const prover = ["--risc0-prover-url=https://bento.example", "--risc0-prover-version=3.0.5"];
      const args = [...prover, `--risc0-prover-key-file=${join(folder, name)}`];
      const run = start(["--platform=simulated-gcp-tdx", "--port=0", ...args], { TMPDIR: folder });
      assert.equal(await run.ended, 1);
      assert.match(run.output(), why);
      assert.ok(run.output().includes(join(folder, name)) && !/two.words/.test(run.output()));
    }
    assert.deepEqual((await readdir(folder)).sort(), ["open", "words"]);
    await rm(folder, { recursive: true });
  });

  it("stopped while it waits for a proof, it tells the caller and exits 0", async () => {
    let reached = (): void => undefined;
    const isReached = new Promise<void>((resolve) => (reached = resolve));
    // A prover that never answers.
    const prover = createServer(() => reached()).listen(0, "127.0.0.1");
    await once(prover, "listening");
    const proverUrl = `http://127.0.0.1:${(prover.address() as AddressInfo).port}`;
    const run = start(["--platform=simulated-gcp-tdx", "--port=0", `--proving-urls=${proverUrl}`]);
    const zk_config = { url: proverUrl, version: "3.0.5", api_key: "sk-of-a-caller" };
    const url = `${await urlOf(run)}/onchain/registration-collaterals`;
    const waiting = post(url, { report_type: 3, chain_id: "1", zk_config });
    await isReached;
    run.child.kill("SIGTERM");
    const { status, body } = await waiting;
    assert.deepEqual([status, body.code], [503, "CVM_AGENT_STOPPING"]);
    assert.equal(await run.ended, 0);
    assert.ok(!run.output().includes("sk-of-a-caller"));
    prover.closeAllConnections();
    prover.close();
  });

  it("exits 2 on a misspelt flag", async () => {
    const run = start(["--platfrom", "simulated-gcp-tdx"]);
    assert.equal(await run.ended, 2);
    assert.match(run.output(), /platfrom/);
  });

  it("serves, stops on SIGTERM with exit code 0 and leaves no TPM folder behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cvm-bin-"));
    const run = start(["--platform", "simulated-azure-tdx", "--port", "0"], { TMPDIR: folder });
    try {
      const response = await fetch(`${await urlOf(run)}/healthz`);
      assert.equal(response.status, 200);
    } finally {
      run.child.kill("SIGTERM");
    }
    assert.equal(await run.ended, 0);
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  it("stopped while it starts, it still leaves nothing behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cvm-bin-"));
    const run = start(["--platform", "simulated-gcp-tdx", "--port", "0"], { TMPDIR: folder });
    // The first line is logged as soon as the signal handlers stand; the TPM is still to come.
    await once(run.child.stdout!, "data");
    run.child.kill("SIGTERM");
    assert.equal(await run.ended, 0);
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });
});

describe("configuration", () => {
  const of = (args: string[], environment: NodeJS.ProcessEnv = {}) => {
    const configured = configure(["--platform", "simulated-gcp-tdx", ...args], environment);
    return "config" in configured ? configured.config : configured;
  };
  const refusal = (args: string[], environment: NodeJS.ProcessEnv = {}): string => {
    const configured = of(args, environment);
    assert.ok("usage" in configured && configured.isError);
    return configured.usage.split("\n")[0]!;
  };

  it("lets flags win over variables, and variables over defaults", () => {
    const config = of(["--port", "1"], { CVM_AGENT_PORT: "2", CVM_AGENT_HOST: "::1" });
    assert.ok("port" in config);
    assert.deepEqual([config.port, config.host, config.tpm], [1, "::1", "auto"]);
  });

  it("refuses unknown variables of its prefix, and reads no others", () => {
    assert.match(refusal([], { CVM_AGENT_ALLOW_UNANCHORD: "false" }), /CVM_AGENT_ALLOW_UNANCHORD/);
    assert.ok("port" in of([], { CVM_RELAYER_PORT: "x", PATH: "/" }));
  });

  it("refuses values that are not of their kind, by name", () => {
    for (const [flag, value] of [
      ["port", "70000"],
      ["port", "-1"],
      ["allow-unanchored", "yes"],
      ["caller-token-hashes", "abc"],
      ["caller-token-hashes", ""],
      ["tpm", "none"],
      ["max-body-bytes", "0"],
      ["log-level", "loud"],
    ] as const)
      assert.match(refusal([`--${flag}=${value}`]), new RegExp(`^${flag}:`));
  });

  it("opens to everybody by no list alone, not by an empty one", () => {
    assert.match(refusal([], { CVM_AGENT_CALLER_TOKEN_HASHES: "" }), /^caller-token-hashes: .*not empty/);
    const config = of([]);
    assert.ok("port" in config);
    assert.deepEqual(config["caller-token-hashes"], []);
  });

  it("reads provers, and refuses one that is named in part", () => {
    const config = of(["--proving-urls=https://a.example,http://127.0.0.1:8091/x"], {
      CVM_AGENT_RISC0_PROVER_URL: "https://bento.example",
      CVM_AGENT_RISC0_PROVER_VERSION: "2.2.0",
    });
    assert.ok("port" in config);
    assert.deepEqual(config["proving-urls"], ["https://a.example", "http://127.0.0.1:8091/x"]);
    const { "risc0-prover-url": url, "risc0-prover-version": version } = config;
    assert.deepEqual([url, version], ["https://bento.example", "2.2.0"]);
    assert.deepEqual([config["sp1-prover-url"], config["sp1-prover-version"]], [null, "v5.0.0"]);
    assert.equal(config["proving-timeout-ms"], 900_000);
    for (const [flags, expected] of [
      [["--risc0-prover-key-file=key"], /^risc0-prover-url: is needed with --risc0-prover-key-file/],
      [["--proving-urls=https://a.example,,"], /^proving-urls: /],
      [["--proving-urls=https://key@a.example"], /^proving-urls: /],
      [["--collateral-url=ftp://a.example"], /^collateral-url: /],
      [["--risc0-prover-url=https://a.example", "--risc0-prover-version=x"], /^risc0-prover-version: /],
    ] as const)
      assert.match(refusal([...flags]), expected);
  });

  it("refuses positional arguments and a platform that is none", () => {
    assert.match(refusal(["extra"]), /extra/);
    assert.match(refusal(["--platform", "gcp"]), /^platform: is one of/);
  });
});
