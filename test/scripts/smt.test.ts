import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { prepare, readProperties } from "../../scripts/smt/source.ts";

const head = "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.37;\n";
const statement = (tags: string, parameters: string, code: string) =>
  `${head}import {L} from "./L.sol";\n${tags}contract Property {\nfunction check(${parameters}) external pure { ${code} }\n}\n`;

/** A library of one function `f` of these parameters, and a property of it, as the checker is given them. */
function rewritten(parameters: string, code: string, tags = "/// a property\n", isEnd = false): string {
  const root = `${mkdtempSync(join(tmpdir(), "smt-"))}/`;
  const f = `function f(${parameters}) private pure returns (uint256 r) { ${code} }`;
  const library = `error E(uint256);\nlibrary L {\nuint256 private constant TEN = 9 + 1;\n${f}\n}\n`;
  const isBytes = parameters.startsWith("bytes");
  const text = statement(tags, parameters, `L.f(a); assert(a${isBytes ? ".length" : ""} > 1);`);
  try {
    mkdirSync(`${root}s`);
    writeFileSync(`${root}s/L.sol`, head + library);
    writeFileSync(`${root}s/P.sol`, text);
    const [property] = readProperties("s/P.sol", text);
    const texts = prepare(root, property!, [property!], isEnd);
    return [...texts.values()].join("\n").replaceAll(/\s+/g, " ");
  } finally {
    rmSync(root, { recursive: true });
  }
}

const holds = (text: string, ...parts: string[]) => {
  for (const part of parts) assert.ok(text.includes(part), `${part}\nis not in\n${text}`);
};

describe("sources for SMTChecker", () => {
  it("make bytes of calldata their length, and check what is cut out of them", () => {
    const code =
      "bytes calldata c = a[4:]; r = uint256(bytes32(a[1:r])) + c.length + uint256(uint8(a[TEN]));";
    holds(
      rewritten("bytes calldata a", code),
      "function f(uint256 a) internal pure",
      "uint256 c = Any.rest(a, 4);",
      "+ c + uint256(uint8(bytes1(uint8(Any.byteAt(a, uint256(10))))))",
      "Any.read(Any.part(a, 1, r))",
      "require(from <= until && until <= length);",
      "assert(a > 1);",
    );
  });

  it("make shifts and masks arithmetic", () => {
    const text = rewritten("uint256 a", "r = ((a >> 8) & 0xff) + (a & ~uint256(31)) + (a << 3);");
    holds(
      text,
      "((((((a) / (1 << 8)))) % (1 << 8)))",
      "(((a) / (1 << 5) * (1 << 5)))",
      "Any.shl3(a)",
      "return a % (1 << 253) * (1 << 3);",
    );
  });

  it("add up what has no bits in common, and know little of other bits", () => {
    const text = rewritten("uint256 a", "uint256 high = a << 64; r = high | (a << 32); r ^= a; r = r & a;");
    holds(text, "r = Any.or32And64(high, (Any.shl32(a)));", "if (b < 1 << 64) return a + b;");
    holds(text, "r = Any.word();", "r = Any.and(r, a);");
  });

  it("make a loop one round from any state, and hold every round to what is said of it", () => {
    const tags = "/// a property\n/// @custom:round L.f r <= a\n";
    const text = rewritten("uint256 a", "while (r < a) ++r;", tags);
    holds(
      text,
      "{ assert(r <= a); r = Any.word(); require(r <= a); if (r < a) { ++r; assert(r <= a); revert(); } }",
    );
  });

  it("take what assembly assigns for any value", () => {
    const assembly = 'assembly ("memory-safe") { let x := 1 r := calldataload(x) }';
    holds(rewritten("uint256 a", assembly), "{ r = Any.word(); }");
  });

  it("are refused where there is no rule", () => {
    const refused = {
      "no rule for Break": "while (r < a) { ++r; break; }",
      "assembly calls mstore": 'assembly ("memory-safe") { mstore(0, a) }',
      "no rule for WhileStatement": "while (r < a) { while (r < 9) ++r; }",
    };
    for (const [message, code] of Object.entries(refused))
      assert.throws(() => rewritten("uint256 a", code), new RegExp(message));
  });

  it("state for the second proof that nothing reaches the end", () => {
    const text = rewritten("uint256 a", "if (a < 5) revert E(a); r = a;", "/// a property\n", true);
    holds(text, "if (a < 5) revert(); r = a;", "L.f(a); assert(false);");
    assert.ok(!text.includes("assert(a > 1)"));
  });

  it("rest on no lemma that rests on itself", () => {
    const tags =
      "/// a lemma\n/// @custom:of L.f\n/// @custom:given a > 2\n/// @custom:then a > 1\n/// @custom:by Property\n";
    const [lemma] = readProperties(
      "s/P.sol",
      statement(tags, "uint256 a", "require(a > 2); L.f(a); assert(a > 1);"),
    );
    assert.throws(() => prepare(tmpdir(), lemma!, [lemma!], false), /rests on itself/);
    assert.throws(
      () => readProperties("s/P.sol", statement(tags, "uint256 a", "L.f(a); assert(a > 1);")),
      /differ/,
    );
  });
});
