import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Check } from "../../scripts/deletions/checks.ts";
import { dependantsOf } from "../../scripts/deletions/dependants.ts";
import { drawSample } from "../../scripts/deletions/sample.ts";
import type { Source } from "../../scripts/deletions/tree.ts";

const source = (file: string, ...imported: string[]): Source => {
  const nodes = imported.map((absolutePath) => ({ nodeType: "ImportDirective", src: "0:0:0", absolutePath }));
  return { file, bytes: Buffer.from(""), tree: { nodeType: "SourceUnit", src: "0:0:0", nodes } };
};
const dependants = dependantsOf([
  source("Library.sol"),
  source("Base.sol", "Library.sol"),
  source("Small.sol", "Base.sol"),
  source("Large.sol", "Library.sol", "Cycle.sol"),
  source("Cycle.sol", "Large.sol"),
]);
const sizes = new Map([
  ["Small.sol", 10],
  ["Large.sol", 90],
]);
const check = (file: string, key: string): Check => {
  return { file, key, line: 1, place: "", text: "", edits: [] };
};
const checks = ["Library.sol", "Base.sol", "Small.sol", "Large.sol"].flatMap((file) =>
  [1, 2, 3].map((i) => check(file, `${file} ${i}`)),
);
const draw = (seed: string, count: number, code: number) =>
  drawSample(checks, seed, { count, code }, dependants, sizes).map(({ key }) => key);

describe("sample of deletions", () => {
  it("knows what the compiler builds again for a source", () => {
    assert.deepEqual([...dependants.get("Base.sol")!].sort(), ["Base.sol", "Small.sol"]);
    assert.equal(dependants.get("Library.sol")!.size, 5);
    assert.deepEqual([...dependants.get("Cycle.sol")!].sort(), ["Cycle.sol", "Large.sol"]);
  });

  it("is the same for the same commit, and another for others", () => {
    assert.deepEqual(draw("a commit", 4, 100), draw("a commit", 4, 100));
    const samples = ["a", "b", "c", "d"].map((seed) => draw(seed, 4, 100).join());
    assert.equal(new Set(samples).size, 4);
  });

  it("takes no more code than is allowed for it, counting each contract once", () => {
    for (const seed of ["a", "b", "c", "d"])
      assert.ok(draw(seed, 12, 10).every((key) => /^(Base|Small)/.test(key)));
    assert.equal(draw("a", 12, 10).length, 6);
    assert.equal(draw("a", 12, 100).length, 12);
    assert.deepEqual(draw("a", 12, 9), []);
  });
});
