// docs/attacks.md cites checks and tests that are there, and leaves no weakness or incident out.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { checks } from "../../sdk/checks.ts";

const text = readFileSync("docs/attacks.md", "utf8");
const rows = text.split("\n").filter((line) => /^\| [WS]\d+ \|/.test(line));
const quoted = [...text.matchAll(/`([^`]+)`/g)].map(([, words]) => words!);

describe("docs/attacks.md", () => {
  it("has every weakness and every incident, each with a test", () => {
    const numbers = rows.map((row) => row.split(" ")[1]);
    const expected = [
      ...Array.from({ length: 16 }, (_, at) => `W${at + 1}`),
      ...Array.from({ length: 23 }, (_, at) => `S${at + 1}`),
    ];
    assert.deepEqual(numbers, expected);
    for (const row of rows) assert.match(row, /`test\/[^`]+\.test\.ts`/);
  });

  it("cites checks of the catalogue alone", () => {
    const ids = new Set(checks.map(({ id }) => id));
    const cited = quoted.filter((words) => /^[a-z0-9]+\.[a-z0-9-]+$/.test(words));
    assert.ok(cited.length > 60);
    assert.deepEqual(
      cited.filter((id) => !ids.has(id)),
      [],
    );
  });

  it("cites files that are there", () => {
    const files = quoted.filter((words) => /^(test|sdk|docs)\//.test(words));
    assert.deepEqual(
      files.filter((file) => !existsSync(file)),
      [],
    );
  });
});
