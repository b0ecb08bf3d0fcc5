// The catalogue's five faces agree: ids, Solidity errors, codes, specification and runbook.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { checkByError, checkById, checkCode, checks, errorName, errorsOf } from "../../sdk/checks.ts";

const interfaces = readdirSync("contracts/interfaces").filter((file) => file.endsWith("Errors.sol"));
const solidityErrors = interfaces.flatMap((file) => {
  const source = readFileSync(`contracts/interfaces/${file}`, "utf8");
  return [...source.matchAll(/error (\w+)\(([^)]*)\);/g)].map(
    ([, name, parameters]) => `${name}(${parameters!.replaceAll(" ", "")})`,
  );
});
const specification = readFileSync("docs/specification.md", "utf8");
const runbook = readFileSync("docs/runbook.md", "utf8");

describe("check catalogue", () => {
  it("names each check, error and code once", () => {
    for (const faces of [checks.map((check) => check.id), checks.flatMap(errorsOf), checks.map(checkCode)])
      assert.equal(new Set(faces).size, faces.length);
  });

  it("has exactly the errors that the Solidity interfaces declare", () => {
    assert.deepEqual(solidityErrors.toSorted(), checks.flatMap(errorsOf).toSorted());
  });

  it("is numbered in the specification in its own order", () => {
    const rules = [...specification.matchAll(/^\| R-(\d+) \| `([^`]+)` \|/gm)];
    assert.deepEqual(
      rules.map(([, number, id]) => [Number(number), id]),
      checks.map((check, at) => [at + 1, check.id]),
    );
  });

  it("has one runbook anchor per check", () => {
    const anchors = [...runbook.matchAll(/^### (.+)$/gm)].map(([, anchor]) => anchor);
    assert.deepEqual(
      anchors,
      checks.map((check) => check.id.replaceAll(".", "-")),
    );
  });

  it("maps both ways", () => {
    assert.equal(checkByError("TDXDebugEnabled")?.id, "tdx.debug");
    assert.equal(errorName(checkById("tdx.debug")), "TDXDebugEnabled");
    assert.equal(checkCode(checkById("tdx.debug")), "CVM_TDX_DEBUG_ENABLED");
    assert.equal(checkByError("TDXTCBRevoked"), checkByError("TDXTCBLevelUnmatched"));
    assert.equal(checkByError("Panic"), undefined);
  });
});
