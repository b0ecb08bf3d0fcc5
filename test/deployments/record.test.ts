// deployments/<network>.json has one form, the schema's, and source verification gives back the code that it names.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import { networks } from "../../deployments/networks.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { deploymentJsonSchema, deploymentSchema, readDeployment } from "../../scripts/deploy/record.ts";
import { deployedContracts, verificationInput } from "../../scripts/deploy/verification.ts";
import { writeVerificationInputs } from "../../scripts/deploy/verification.ts";
import type { VerificationInput } from "../../scripts/deploy/verification.ts";
import { compile } from "../../scripts/solc.ts";
import type { Deployment } from "../../scripts/deploy.ts";
import { deployOn, startNetwork } from "./chain.ts";
import type { Chain } from "../contracts/registry/chain.ts";

const { sepolia } = networks;

describe("a written deployment", () => {
  let folder: string;
  let file: string;
  let chain: Chain;
  let deployment: Deployment;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cvm-record-"));
    file = join(folder, "sepolia.json");
    chain = await startNetwork();
    deployment = await deployOn(chain, { folder });
  });
  after(() => rmSync(folder, { recursive: true }));

  it("has the schema of deployments/schema.json (else: node scripts/generated.ts --write)", () => {
    assert.equal(readFileSync("deployments/schema.json", "utf8"), deploymentJsonSchema());
  });

  it("is the deployment, and reads back as such", () => {
    assert.deepEqual(readDeployment(file, sepolia.chainId), deployment);
  });

  it("names codes, transactions and blocks that the chain has", async () => {
    for (const [name, { address, codeHash, tx, block }] of Object.entries(deployment.contracts)) {
      assert.equal(keccak256((await chain.publicClient.getCode({ address }))!), codeHash, name);
      const receipt = await chain.publicClient.getTransactionReceipt({ hash: tx! });
      assert.equal(Number(receipt.blockNumber), block);
    }
  });

  it("names what it rests on and who could change that", () => {
    assert.deepEqual(
      Object.entries(deployment.external).map(([name, { owner }]) => [name, owner]),
      [
        ["create2Proxy", "none"],
        ["p256Verify", "none (rules of the chain)"],
        ["history", "none (rules of the chain)"],
      ],
    );
    assert.match(deployment.compiler.version, /^0\.8\.37\+commit/);
  });

  it("is refused when a part of it is missing, unknown or of another form", () => {
    const parsed = () => JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, unknown>>;
    for (const change of [
      (text: ReturnType<typeof parsed>) => delete text["roles"],
      (text: ReturnType<typeof parsed>) => (text["more"] = {}),
      (text: ReturnType<typeof parsed>) => (text["roots"]!["intelRoot"] = "0x00"),
      (text: ReturnType<typeof parsed>) => (text["anchor"]!["source"] = "ORACLE"),
      (text: ReturnType<typeof parsed>) => (text["anchor"]!["maxBlocks"] = -1),
      (text: ReturnType<typeof parsed>) => delete text["targetAdminDelays"]!["CVMRegistry"],
    ]) {
      const text = parsed();
      change(text);
      assert.equal(deploymentSchema.safeParse(text).success, false);
      const broken = join(folder, "broken.json");
      writeFileSync(broken, JSON.stringify(text));
      assert.throws(() => readDeployment(broken, sepolia.chainId), /broken.json is no deployment/);
    }
  });

  it("is refused for another chain, and not asked for where there is none", () => {
    assert.throws(() => readDeployment(file, 1), /tells of chain 11155111, not of 1/);
    assert.equal(readDeployment(join(folder, "none.json"), 1), null);
  });

  it("is of this form where one is committed", () => {
    for (const committed of readdirSync("deployments").filter((name) => /^(?!schema).*\.json$/.test(name))) {
      const text = JSON.parse(readFileSync(`deployments/${committed}`, "utf8")) as Deployment;
      assert.equal(deploymentSchema.parse(text).network, committed.replace(".json", ""));
    }
  });

  it("names a code that the compiler makes of the verification input", () => {
    const { inputSourceName } = readArtifact("TPMVerifier");
    const output = compile(verificationInput("TPMVerifier")).contracts[inputSourceName]!["TPMVerifier"];
    const { object } = (output as { evm: { deployedBytecode: { object: string } } }).evm.deployedBytecode;
    assert.equal(keccak256(`0x${object}`), deployment.contracts["TPMVerifier"]!.codeHash);
  });
});

describe("verification inputs", () => {
  const folder = mkdtempSync(join(tmpdir(), "cvm-verification-"));
  after(() => rmSync(folder, { recursive: true }));

  it("are written for every contract, with its own sources and no mocks", () => {
    const files = writeVerificationInputs(folder);
    assert.deepEqual(
      files,
      deployedContracts().map((name) => `${folder}/${name}.json`),
    );
    for (const [at, name] of deployedContracts().entries()) {
      const input = JSON.parse(readFileSync(files[at]!, "utf8")) as VerificationInput;
      assert.ok(readArtifact(name).inputSourceName in input.sources, name);
      for (const source of Object.keys(input.sources)) assert.doesNotMatch(source, /mocks/);
      assert.equal((input.settings as { viaIR?: boolean }).viaIR, true);
    }
  });

  it("use no opcode that chains before Osaka lack", () => {
    for (const name of deployedContracts())
      assert.equal(hasClz(readArtifact(name).deployedBytecode), false, name);
  });
});

/** EIP-7939 CLZ: the only opcode of Osaka. The last two bytes give the length of the metadata, which is no code. */
function hasClz(deployed: Hex): boolean {
  const code = Buffer.from(deployed.slice(2).replaceAll(/__\$\w{34}\$__/g, "00".repeat(20)), "hex");
  const end = code.length - 2 - code.readUInt16BE(code.length - 2);
  for (let at = 0; at < end; ++at) {
    const opcode = code[at]!;
    if (opcode === 0x1e) return true;
    // PUSH1 to PUSH32.
    if (opcode >= 0x60 && opcode <= 0x7f) at += opcode - 0x5f;
  }
  return false;
}
