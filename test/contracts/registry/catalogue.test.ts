import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toFunctionSelector } from "viem";
import { attestCvmCertifiedSelector, attestCvmSelector } from "../../../sdk/evidence/calldata.ts";
import { checks } from "../../../sdk/checks.ts";
import { readArtifact } from "../../../scripts/artifact.ts";

function errorsOf(name: string): string[] {
  return readArtifact(name).abi.flatMap((item) =>
    item.type === "error" ? [`${item.name}(${item.inputs.map(({ type }) => type).join(",")})`] : [],
  );
}

describe("the catalogue of checks in the contracts' ABIs", () => {
  it("finds every refusal of a registration in the registry's ABI", () => {
    const declared = errorsOf("CVMRegistry");
    const wanted = checks.filter(({ id, error }) => error !== null && !id.startsWith("policy."));
    assert.deepEqual(
      wanted.map(({ error }) => error).filter((error) => !declared.includes(error!)),
      [],
    );
  });

  it("finds every refusal of a policy in the application's ABI", () => {
    const declared = errorsOf("AttestedOracle");
    const wanted = checks.filter(({ id }) => id.startsWith("policy."));
    assert.deepEqual(
      wanted.map(({ error }) => error).filter((error) => !declared.includes(error!)),
      [],
    );
  });

  it("keeps the selectors of the walkthrough", () => {
    const selectors = readArtifact("CVMRegistry")
      .abi.filter((item) => item.type === "function")
      .map((item) => toFunctionSelector(item));
    for (const selector of [attestCvmSelector, attestCvmCertifiedSelector, "0xf473d8ea"] as const)
      assert.ok(selectors.includes(selector), `${selector} is missing`);
    assert.deepEqual([attestCvmSelector, attestCvmCertifiedSelector], ["0xdf42b054", "0x2b19318e"]);
  });
});
