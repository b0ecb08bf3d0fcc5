// A file that brings its own root in place of Intel's: judged by it, as the format says, and said to be.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { runTcb } from "../../cli/tcb.ts";
import { runVerify } from "../../cli/verify.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { ownRootsNotice } from "../../sdk/verify/input-roots.ts";
import type { InputVerdict } from "../../sdk/verify/input-verdict.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";
import { capturedCollateral } from "../support/tdx-vectors.ts";
import { fixtureBytes } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-roots-"));
after(() => rmSync(folder, { recursive: true }));

const now = 1_770_249_600n;
const clock = () => now;
let files = 0;
function fileOf(content: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const ownRoot = toHex(simulatorTrustRoots().intelRoot);
let forged = "";
before(async () => {
  forged = fileOf({
    kind: "tdx-quote",
    quote: toHex(await simulatedQuote({ seed: 1 })),
    collateral: collateralJson(simulatedTdxCollateral({ now: new Date(Number(now) * 1000) })),
    roots: { intel: ownRoot },
  });
});
const real = (roots?: object) =>
  fileOf({
    kind: "tdx-quote",
    quote: toHex(fixtureBytes("hardware/tdx-quotes/v5-gotdx.bin")),
    collateral: collateralJson(capturedCollateral.azure),
    roots,
  });
const verify = (...args: string[]) => runVerify(args, clock);
const verdictOf = (file: string) => JSON.parse(verify(file, "--json").stdout) as InputVerdict;
const rootDetail = ({ checks }: InputVerdict) => checks.find(({ id }) => id === "tdx.root")?.detail;

describe("an evidence file with a root of its own", () => {
  it("is accepted under it, and no word says that the root is Intel's or pinned", () => {
    const { status, stdout } = verify(forged);
    assert.equal(status, 0);
    assert.deepEqual(stdout.split("\n").slice(0, 2), ["accepted", ownRootsNotice]);
    assert.ok(!stdout.includes("pinned"));
    const verdict = verdictOf(forged);
    assert.deepEqual(verdict.roots, { intel: ownRoot });
    assert.match(rootDetail(verdict)!, /not Intel's/);
  });

  it("is said to be so when it is refused, too", () => {
    const file = real({ intel: ownRoot });
    const { status, stdout } = verify(file);
    assert.equal(status, 1);
    assert.ok(stdout.startsWith(`rejected by tdx.root\n${ownRootsNotice}\n`));
    assert.ok(!stdout.includes("pinned"));
    assert.deepEqual(verdictOf(file).roots, { intel: ownRoot });
  });

  it("is not one where it names Intel's own root, or none", () => {
    for (const file of [real(), real({ intel: toHex(intelRoot) })]) {
      const verdict = verdictOf(file);
      assert.deepEqual([verdict.verdict, "roots" in verdict], ["accepted", false]);
      assert.match(rootDetail(verdict)!, /pinned Intel root/);
      assert.ok(!verify(file).stdout.includes(ownRootsNotice));
    }
  });

  it("is said to be so by cvm tcb", () => {
    const own = runTcb([forged], clock);
    assert.ok(own.stdout.startsWith(`${ownRootsNotice}\nplatform: `));
    const json = (file: string) => JSON.parse(runTcb([file, "--json"], clock).stdout) as object;
    assert.deepEqual((json(forged) as InputVerdict).roots, { intel: ownRoot });
    assert.ok(!("roots" in json(real())));
    assert.ok(runTcb([real({ intel: ownRoot })], clock).stdout.startsWith(`${ownRootsNotice}\nrejected by`));
  });
});
