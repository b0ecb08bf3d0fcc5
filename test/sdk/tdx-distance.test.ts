// `cvm tcb`: what a platform lacks, for the operator.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runTcb } from "../../cli/tcb.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { tcbDistance } from "../../sdk/verify/tdx/index.ts";
import type { TcbDistance } from "../../sdk/verify/tdx/index.ts";
import {
  capturedCollateral,
  collateralFrom,
  mustFindSynthetic,
  mustJudge,
  quoteBytes,
  real,
  realTrust,
  syntheticRoot,
} from "../support/tdx-vectors.ts";
import { capturedAt, fixtureText } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-tcb-"));
after(() => rmSync(folder, { recursive: true }));

function ofSynthetic(name: string): TcbDistance {
  const { quote, collateral, now } = mustFindSynthetic(name);
  const trust = { intelRoot: syntheticRoot, now };
  const distance = tcbDistance(quote, { ...trust, collateral: mustJudge(collateral, trust) });
  assert.ok(!isRefusal(distance));
  return distance;
}

describe("distance to TCB levels", () => {
  it("of a current platform is nothing", () => {
    const { platform, module, qe } = ofSynthetic("ok-v4");
    for (const levels of [platform, module, qe]) {
      assert.equal(levels[0]!.isMatched, true);
      assert.deepEqual(levels[0]!.behind, []);
      assert.equal(levels.filter(({ isMatched }) => isMatched).length, 1);
    }
  });

  it("names the module that is behind", () => {
    const { platform, module } = ofSynthetic("module-outofdate");
    assert.equal(platform[0]!.isMatched, true);
    const [first] = module;
    assert.deepEqual(
      first!.behind.map(({ component }) => component),
      ["TDX module isvsvn"],
    );
    assert.ok(first!.behind[0]!.have < first!.behind[0]!.need);
    assert.equal(module.find(({ isMatched }) => isMatched)!.status, "OutOfDate");
  });

  it("names the quoting enclave that is behind", () => {
    const { qe } = ofSynthetic("qe-outofdate");
    assert.equal(qe[0]!.behind[0]!.component, "QE isvsvn");
  });

  it("names PCESVN and components", () => {
    assert.ok(
      ofSynthetic("platform-pcesvn-low").platform[0]!.behind.some(({ component }) => component === "pcesvn"),
    );
    const lower = ofSynthetic("tdx-lower-than-sgx").platform[0]!.behind;
    assert.deepEqual(
      lower.map(({ component }) => component.split(" ")[0]),
      ["tdx"],
    );
  });

  it("leaves out components 0 and 1 where the module has levels of its own", () => {
    const { platform } = ofSynthetic("module-01-isvsvn4-naive");
    assert.deepEqual(platform[0]!.behind, []);
    assert.deepEqual(ofSynthetic("ok-module-v0").module, []);
  });

  it("speaks of a platform at no level at all", () => {
    const { platform } = ofSynthetic("platform-none");
    assert.ok(platform.every(({ isMatched, behind }) => !isMatched && behind.length > 0));
  });

  it("of a real platform names Intel's components, dates and advisories", () => {
    const vector = real.cases.find(({ quote }) => quote === "v5-azure-outdated")!;
    const trust = realTrust(vector.now);
    const collateral = mustJudge(collateralFrom(vector, vector.tcbSigning), trust);
    const distance = tcbDistance(quoteBytes(vector.quote), { ...trust, collateral });
    assert.ok(!isRefusal(distance));
    const behind = distance.platform.flatMap((level) => level.behind);
    assert.ok(behind.some(({ name }) => /^BIOS|^OS\/VMM/.test(name)));
    assert.ok(distance.platform.every(({ tcbDate }) => tcbDate > 1_500_000_000));
    assert.ok(distance.platform.some(({ advisoryIds }) => advisoryIds.length > 0));
  });

  it("is of genuine quotes only", () => {
    const { quote, collateral, now } = mustFindSynthetic("quote-sign-wrong-key");
    const trust = { intelRoot: syntheticRoot, now };
    const distance = tcbDistance(quote, { ...trust, collateral: mustJudge(collateral, trust) });
    assert.ok(isRefusal(distance) && distance.check === "tdx.signature");
  });
});

describe("cvm tcb", () => {
  const at = ["--at", String(capturedAt)];
  const noClock = () => {
    throw new Error("the clock is read although --at is given");
  };
  let files = 0;
  const run = (content: unknown, ...flags: string[]) => {
    const path = join(folder, `${files++}.json`);
    writeFileSync(path, JSON.stringify(content));
    return runTcb([path, ...at, ...flags], noClock);
  };
  const collateral = collateralJson(capturedCollateral.azure);
  const fileOf = (name: string) => ({ kind: "tdx-quote", quote: toHex(quoteBytes(name)), collateral });

  it("ends in 0 for a current platform, in 1 with its shortfalls for one behind", () => {
    const { status, stdout } = run(fileOf("v5-gotdx"));
    assert.equal(status, 0);
    assert.match(stdout, /^platform: UpToDate\n {2}\* /);
    const behind = run(fileOf("v5-alibaba"));
    assert.equal(behind.status, 1);
    assert.match(behind.stdout, /: has \d+, needs \d+/);
  });

  it("prints JSON", () => {
    const { stdout } = run(fileOf("v5-alibaba"), "--json");
    const { error, platform } = JSON.parse(stdout) as TcbDistance & { error: string | null };
    assert.equal(error, null);
    assert.equal(typeof platform[0]!.behind, "object");
  });

  it("takes registrations", () => {
    const { calldata } = JSON.parse(fixtureText("hardware/azure-tdx-2025-08-26/registration.json")) as {
      calldata: string;
    };
    assert.equal(run({ kind: "registration", calldata, collateral }).status, 0);
  });

  it("names why a file has no distance", () => {
    const missing = run({ ...fileOf("v5-gotdx"), collateral: null }, "--json");
    assert.equal(missing.status, 1);
    assert.equal((JSON.parse(missing.stdout) as { error: string }).error, "tdx.root-crl-missing");
    assert.match(run({ kind: "snp-report" }).stdout, /^rejected by tee\.report-type-unsupported/);
    assert.match(run({ kind: "tdx-quote" }).stdout, /^rejected by input\.field/);
  });

  it("ends in 2 for wrong usage", () => {
    const { status, stdout, stderr } = runTcb([], noClock);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^cvm tcb: usage: cvm tcb/);
  });
});
