// The catalogue of proving errors is the one in the documentation, and every code of it is met by a test.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { ProvingError, provingErrors, wordsOf } from "../../proving/error.ts";
import type { ProvingErrorCode } from "../../proving/error.ts";

const codes = Object.keys(provingErrors) as ProvingErrorCode[];

describe("proving errors", () => {
  it("are those of docs/proving.md, in its order", () => {
    const rows = readFileSync("docs/proving.md", "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `proving."));
    const expected = codes.map((code) => {
      const { fault, advice } = provingErrors[code];
      return `| \`${code}\` | ${fault} | ${advice} |`;
    });
    assert.deepEqual(
      rows.map((row) => row.replace(/ +/g, " ")),
      expected,
    );
  });

  it("are each thrown somewhere and met by a test", () => {
    const textOf = (folder: string) =>
      readdirSync(folder)
        .filter((file) => file.endsWith(".ts") && file !== "error.ts" && file !== "error.test.ts")
        .map((file) => readFileSync(`${folder}/${file}`, "utf8"))
        .join("\n");
    const sources = ["proving", "relayer/proving"].map(textOf).join("\n");
    const tests = ["test/proving", "test/relayer/proving"].map(textOf).join("\n");
    for (const code of codes) {
      assert.ok(sources.includes(`"${code}"`), code);
      assert.ok(tests.includes(`"${code}"`), code);
    }
  });

  it("say code, what happened and what to do", () => {
    const error = new ProvingError("proving.timeout", "it took too long");
    assert.equal(
      error.message,
      `proving.timeout: it took too long; ${provingErrors["proving.timeout"].advice}`,
    );
    assert.deepEqual([error.fault, error.retryable], ["network", true]);
    assert.equal(new ProvingError("proving.failed", "").retryable, false);
  });

  it("show a service's words as one line of at most 200 characters", () => {
    assert.equal(wordsOf("a\nb\u0000c\u009fd"), "a b c d");
    assert.equal(wordsOf("x".repeat(300)).length, 200);
    for (const none of ["", undefined, null, 5, {}]) assert.equal(wordsOf(none), "no detail");
  });
});
