// `node scripts/deploy.ts` as an operator runs it, over HTTP.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { network as hardhat } from "hardhat";
import { concat, getAddress, toFunctionSelector } from "viem";
import { privateKeyToAddress } from "viem/accounts";
import type { Hex } from "viem";
import { deploymentSchema } from "../../scripts/deploy/record.ts";
import { deployedContracts } from "../../scripts/deploy/verification.ts";
import type { ImmediateAct } from "../../scripts/roles/act.ts";
import { developmentKey } from "../../scripts/local-chain.ts";
import { wholeDeployment } from "./chain.ts";

const holders = {
  admin: `0x${"a1".repeat(20)}`,
  governor: `0x${"b2".repeat(20)}`,
  guardian: `0x${"c3".repeat(20)}`,
  applicationOwner: `0x${"d4".repeat(20)}`,
} as const;
const deployer = `0x${"e5".repeat(20)}` as const;

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code?: number;
}

const runScript = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> =>
  promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } }).catch(
    (error: Run) => error,
  );
const runAs = (key: Hex | undefined, ...args: string[]): Promise<Run> =>
  runScript(["scripts/deploy.ts", ...args], key === undefined ? {} : { DEPLOYER_PRIVATE_KEY: key });
const run = (...args: string[]) => runAs(undefined, ...args);
const roles = (...args: string[]) => runScript(["scripts/roles.ts", ...args]);

const named = Object.entries({
  "--admin": holders.admin,
  "--governor": holders.governor,
  "--guardian": holders.guardian,
  "--application-owner": holders.applicationOwner,
}).flat();

describe("node scripts/deploy.ts without a node", () => {
  it("prints the dry run of a network", async () => {
    const { stdout } = await run(
      "--network",
      "automata-testnet",
      "--dry-run",
      ...named,
      "--deployer",
      deployer,
    );
    assert.match(stdout, /^note: no EIP-2935: anchors fall back to BLOCKHASH/m);
    assert.match(stdout, new RegExp(`^${wholeDeployment} transactions, \\d+ gas; nothing was sent$`, "m"));
    assert.match(stdout, /^governor +0xb2B2\w+ +acts after 86400 s, is granted after 86400 s$/im);
  });

  it("ends with a message and status 1 where it refuses", async () => {
    const refused = await run("--network", "sepolia", "--dry-run", "--deployer", deployer);
    assert.match(refused.stderr, /^chain 11155111 is no development chain: name its admin$/m);
    assert.equal(refused.code, 1);
    assert.match((await run("--network", "mainnet")).stderr, /no network mainnet/);
    const foreign = await run("--network", "base", "--dry-run", "--roots", "roots.json", ...named);
    assert.match(foreign.stderr, /^--roots is for development chains: base takes the vendors' own/m);
    assert.equal(foreign.code, 1);
  });

  it("writes the input of source verification", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cvm-verification-"));
    await run("--verification-input", folder);
    assert.deepEqual(
      readdirSync(folder).toSorted(),
      deployedContracts()
        .map((name) => `${name}.json`)
        .toSorted(),
    );
    rmSync(folder, { recursive: true });
  });
});

describe("node scripts/deploy.ts against a node", () => {
  const folder = mkdtempSync(join(tmpdir(), "cvm-command-"));
  let server: Awaited<ReturnType<typeof hardhat.createServer>>;
  let where: string[];
  let rpc: string;
  before(async () => {
    server = await hardhat.createServer({ network: "default" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    rpc = `http://${address}:${port}`;
    where = ["--network", "local", "--rpc", rpc, "--out", folder];
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const sent = ({ stdout }: Run) => stdout.split("\n").filter((line) => line.startsWith("sent 0x")).length;

  it("deploys, writes the file, and has nothing left to do", async () => {
    const first = await runAs(developmentKey, ...where, ...named);
    assert.equal(first.stderr, "");
    assert.equal(sent(first), wholeDeployment);
    const text = readFileSync(join(folder, "local.json"), "utf8");
    const { deployer: recorded, roles: recordedRoles } = deploymentSchema.parse(JSON.parse(text));
    assert.equal(recorded, privateKeyToAddress(developmentKey));
    assert.equal(recordedRoles.admin.holder.toLowerCase(), holders.admin);

    assert.equal(sent(await runAs(developmentKey, ...where, ...named)), 0);
    assert.equal(readFileSync(join(folder, "local.json"), "utf8"), text);
    const { stdout } = await runAs(developmentKey, ...where, ...named, "--dry-run");
    assert.match(stdout, /^0 transactions, 0 gas; nothing was sent$/m);
  });

  it("has holders who are told what to send, and what is scheduled", async () => {
    const record = join(folder, "local.json");
    const ak = `0x${"a1".repeat(32)}`;
    const { stdout } = await roles("act", record, "CVMRegistry.revokeAk", ak);
    const { contracts } = deploymentSchema.parse(JSON.parse(readFileSync(record, "utf8")));
    const { act, role, call } = JSON.parse(stdout) as ImmediateAct;
    assert.deepEqual([act, role], [`CVMRegistry.revokeAk(${ak})`, "guardian"]);
    assert.deepEqual(call, {
      from: getAddress(holders.guardian),
      to: contracts["CVMRegistry"]!.address,
      data: concat([toFunctionSelector("function revokeAk(bytes32)"), ak as Hex]),
    });
    assert.equal((await roles("pending", record, "--rpc", rpc)).stdout, "[]\n");
  });

  it("end with a message and status 2 where they ask for what there is not", async () => {
    const record = join(folder, "local.json");
    for (const [message, ...args] of [
      [
        /^roles: no role of AccessManager makes "CVMRegistry.attestCvm"/,
        "act",
        record,
        "CVMRegistry.attestCvm",
      ],
      [/^roles: akId is 0x and 64 hex digits, not "0x00"/, "act", record, "CVMRegistry.revokeAk", "0x00"],
      [/^roles: node scripts\/roles.ts act/, "pending", record],
      [/^roles: ENOENT/, "act", join(folder, "none.json"), "CVMRegistry.revokeAk", "0x00"],
    ] as const) {
      const { stderr, code } = await roles(...args);
      assert.match(stderr, message);
      assert.equal(code, 2);
    }
    const elsewhere = { ...(JSON.parse(readFileSync(record, "utf8")) as object), chainId: 1 };
    writeFileSync(join(folder, "other.json"), JSON.stringify(elsewhere));
    const { stderr } = await roles("pending", join(folder, "other.json"), "--rpc", rpc);
    assert.match(stderr, /is chain 31337, the deployment is on 1$/m);
  });
});
