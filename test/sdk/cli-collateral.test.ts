// `cvm collateral`: what it writes, and how it ends.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runCollateral } from "../../cli/collateral.ts";
import { collateral, fmspc, now, startPcs } from "./pcs.ts";

const pcs = await startPcs();
after(() => pcs.close());

describe("cvm collateral", () => {
  const folder = mkdtempSync(join(tmpdir(), "cvm-collateral-"));
  after(() => rmSync(folder, { recursive: true }));
  const out = join(folder, "collateral.json");
  const run = (...args: string[]) => runCollateral([...args, "--base-url", pcs.url], () => BigInt(now));

  it("writes the collateral object of evidence files", async () => {
    assert.deepEqual(await run(fmspc, "--out", out), { status: 0, stdout: "", stderr: "" });
    assert.deepEqual(JSON.parse(readFileSync(out, "utf8")), collateral);
  });

  it("ends in 1 when the service does not have it, and says what to do", async () => {
    const { status, stderr } = await run("000000000000", "--out", out);
    assert.equal(status, 1);
    assert.match(stderr, /status 404; check the FMSPC.*fault: caller/);
  });

  for (const [name, args] of [
    ["no FMSPC", ["--out", out]],
    ["no file", [fmspc]],
    ["a malformed FMSPC", ["B0C0", "--out", out]],
    ["an unknown CA", [fmspc, "--out", out, "--ca", "root"]],
    ["an unknown update", [fmspc, "--out", out, "--update", "late"]],
    ["a number that is none", [fmspc, "--out", out, "--number", "x"]],
    ["a number beside an update", [fmspc, "--out", out, "--number", "17", "--update", "early"]],
    ["an unknown flag", [fmspc, "--out", out, "--json"]],
    ["a folder that does not exist", [fmspc, "--out", join(folder, "none", "file")]],
  ] as const)
    it(`ends in 2 on ${name}`, async () => {
      const { status, stdout, stderr } = await run(...args);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.notEqual(stderr, "");
    });
});
