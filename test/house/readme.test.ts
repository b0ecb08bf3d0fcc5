// The README shows code that is there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

describe("README", () => {
  it("shows the example application as it stands", () => {
    const [, shown] = /```solidity\n([\s\S]*?)\n```/.exec(readFileSync("README.md", "utf8"))!;
    const source = readFileSync("contracts/examples/AttestedOracle.sol", "utf8");
    assert.ok(source.endsWith(`${shown}\n`));
    // What a dApp writes is short.
    assert.ok(shown!.split("\n").length <= 40);
  });
});
