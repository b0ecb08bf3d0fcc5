// Committed storage layouts are what the compiler says today.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { readArtifact } from "../../scripts/artifact.ts";
import { deployedContracts, verificationInput } from "../../scripts/deploy/verification.ts";
import { storageDocument, storageFile } from "../../scripts/generated.ts";
import { compile } from "../../scripts/solc.ts";
import { statefulContracts, storageLayout } from "../../scripts/storage-layout.ts";

describe("storage layouts", () => {
  for (const contract of statefulContracts)
    it(`of ${contract} is current (else: node scripts/generated.ts --write)`, async () => {
      assert.equal(readFileSync(storageFile(contract), "utf8"), await storageDocument(contract));
      assert.ok(storageLayout(contract).storage.length > 0);
    });

  it("are committed for contracts that hold state, and for those alone", () => {
    const files = readdirSync("deployments/storage").map((file) => file.replace(".json", ""));
    assert.deepEqual(files.toSorted(), [...statefulContracts].toSorted());
    for (const contract of deployedContracts()) {
      if ((statefulContracts as readonly string[]).includes(contract)) continue;
      assert.deepEqual(storageLayout(contract).storage, [], contract);
    }
  });

  it("have the slots that scripts/deploy/manager.ts reads", () => {
    const { storage, structs } = storageLayout("AccessManager");
    const slotOf = (name: string) => storage.find((variable) => variable.name === name)!.at;
    assert.deepEqual([slotOf("_targets"), slotOf("_roles")], ["0+0", "1+0"]);
    const at = (struct: string, member: string) =>
      structs[`struct AccessManager.${struct}`]!.find(({ name }) => name === member)!.at;
    assert.deepEqual([at("Role", "grantDelay"), at("TargetConfig", "adminDelay")], ["1+16", "1+0"]);
  });

  it("would be refused with the compiler's words where a source does not compile", () => {
    const { inputSourceName } = readArtifact("DeploymentFactory");
    const input = verificationInput("DeploymentFactory");
    const sources = { ...input.sources, [inputSourceName]: { content: "contract {}" } };
    assert.throws(() => compile({ ...input, sources }), /ParserError/);
  });
});
