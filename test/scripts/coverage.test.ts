import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { linesOf } from "../../scripts/coverage/lines.ts";
import { instrument, keepMemory } from "../../scripts/coverage/plugin.ts";

const source = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

contract Door {
    function open(uint256 key) external pure returns (uint256) {
        // The key of the house.
        if (key != 7) revert();
        return key;
    }
}
`;

const library = `assembly {
      let ptr := mload(0x40)
      mstore(ptr, coverageId)
      pop(
        staticcall(gas(), at, ptr, 32, 0, 0)
      )
    }`;

describe("coverage of the contracts", () => {
  it("puts the word at the free memory pointer back after a report", () => {
    const steps = keepMemory(library).match(/mload\(\w+\)|mstore\(\w+, \w+\)|staticcall/g);
    assert.deepEqual(steps, [
      "mload(0x40)",
      "mload(ptr)",
      "mstore(ptr, coverageId)",
      "staticcall",
      "mstore(ptr, kept)",
    ]);
  });

  it("refuses a library of EDR's that writes in another way", () => {
    assert.throws(() => keepMemory(library.replace("coverageId", "id")), /library has changed/);
  });

  it("counts a line as run when all statements on it are", () => {
    const { statements } = instrument("contracts/Door.sol", source);
    const read = (run: number) =>
      linesOf(
        "contracts/Door.sol",
        source,
        statements,
        new Set(statements.slice(0, run).map(({ tag }) => tag)),
      );
    assert.equal(statements.length, 3, "the condition, the revert, the return");
    assert.deepEqual(
      read(1).map(({ number, isRun }) => [number, isRun]),
      [
        [7, false],
        [8, false],
      ],
    );
    assert.deepEqual(
      read(2).map(({ text, isRun }) => [text, isRun]),
      [
        ["if (key != 7) revert();", true],
        ["return key;", false],
      ],
    );
    assert.ok(read(3).every(({ isRun }) => isRun));
  });
});
