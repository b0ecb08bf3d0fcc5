// `cvm verify`: verdicts, exit status and what stands on stdout, for every kind of file (specs/evidence-input.md).
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { runVerify, timeOf } from "../../cli/verify.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { InputVerdict } from "../../sdk/verify/input-verdict.ts";
import { fixtureBytes, fixtureText, flip, mustFindCaptured, mustFindTpm } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-verify-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const at = ["--at", "2026-02-05T00:00:00Z"];
const noClock = () => {
  throw new Error("the clock is read although --at is given");
};

function judge(content: unknown, ...flags: string[]): InputVerdict & { readonly status: number } {
  const { status, stdout, stderr } = runVerify([fileOf(content), ...at, "--json", ...flags], noClock);
  assert.equal(stderr, "");
  return { status, ...(JSON.parse(stdout) as InputVerdict) };
}

const { calldata } = JSON.parse(fixtureText("hardware/azure-tdx-2025-08-26/registration.json")) as {
  calldata: string;
};
const quote = fixtureBytes("hardware/tdx-quotes/v5-gotdx.bin");

describe("kind registration", () => {
  it("accepts a captured registration; the floor does not admit it", () => {
    const verdict = judge({ kind: "registration", calldata });
    assert.equal(verdict.status, 0);
    assert.equal(verdict.verdict, "accepted");
    assert.equal(verdict.error, null);
    const vector = mustFindCaptured("v1.0/azure/tdx/azure-tdx-registration.json");
    assert.equal(verdict.claims["identityHash"], vector.identityHash64);
    assert.equal(verdict.claims["measurementHash"], vector.measurementHash);
    assert.equal(verdict.claims["platformId"], vector.platformId);
    assert.equal(verdict.acceptance?.accepted, false);
  });

  it("takes hex with and without 0x", () => {
    const hex = Buffer.from(calldata, "base64").toString("hex");
    for (const text of [hex, `0x${hex}`])
      assert.equal(judge({ kind: "registration", calldata: text }).status, 0);
  });

  it("transcodes other generations", () => {
    const file = fixtureText("hardware/gcp-tdx-2025-12-18/registration.json");
    assert.equal(judge({ ...(JSON.parse(file) as object), kind: "registration" }).status, 0);
  });

  for (const [capture, file] of [
    ["gcp-tdx-2025-12-18", "reattestation"],
    ["gcp-tdx-2026-01-21", "rotate"],
  ] as const)
    it(`refuses a captured ${file} by name`, () => {
      const content = JSON.parse(fixtureText(`hardware/${capture}/${file}.json`)) as object;
      const verdict = judge({ ...content, kind: "registration" });
      assert.equal(verdict.status, 1);
      assert.equal(verdict.error, "calldata.selector");
    });

  it("compares with golden measurements where they are given", () => {
    const vector = mustFindCaptured("v1.0/azure/tdx/azure-tdx-registration.json");
    const failedWith = (hash: string) =>
      judge({ kind: "registration", calldata }, "--golden", fileOf([hash])).acceptance!.failed;
    assert.ok(!failedWith(vector.measurementHash).includes("policy.measurement"));
    assert.ok(failedWith(`0x${"00".repeat(32)}`).includes("policy.measurement"));
  });

  it("accepts by a floor that says so in words", () => {
    const policy = fileOf({
      requireTeeFresh: false,
      requireTpmFresh: false,
      minKeyProtection: "unproven",
      minPcrTrust: { azure: "none" },
      tcbStatuses: ["Unset"],
    });
    const { acceptance } = judge({ kind: "registration", calldata }, "--policy", policy);
    assert.deepEqual(acceptance, { accepted: true, failed: [] });
  });
});

describe("kind tdx-quote", () => {
  it("lists the TCB checks as skipped, and claims no TCB status", () => {
    const verdict = judge({ kind: "tdx-quote", quote: toHex(quote) });
    assert.equal(verdict.status, 0);
    assert.equal(verdict.claims["tcbStatus"], "Unset");
    assert.equal(verdict.claims["debug"], false);
    const statusOf = (id: string) => verdict.checks.find((check) => check.id === id)?.status;
    assert.equal(statusOf("tdx.signature"), "pass");
    assert.equal(statusOf("tdx.tcb-level"), "skip");
  });

  it("names the failed check", () => {
    const verdict = judge({ kind: "tdx-quote", quote: toHex(flip(quote, 200)) });
    assert.equal(verdict.error, "tdx.signature");
    assert.deepEqual(verdict.claims, {});
  });

  it("takes another root", () => {
    const verdict = judge({ kind: "tdx-quote", quote: toHex(quote), roots: { intel: "00".repeat(64) } });
    assert.equal(verdict.error, "tdx.root");
  });
});

describe("kind tpm-quote", () => {
  const ecc = mustFindTpm("sim-quote-ecc");
  const content = { kind: "tpm-quote", attest: ecc.attest, signature: ecc.signature, pcrs: ecc.pcrs };

  it("accepts a quote by TPMT_PUBLIC and by SPKI", () => {
    const verdict = judge({
      ...content,
      akPublic: ecc.akTpmtPublic,
      nonce: ecc.nonce,
      eventLog: ecc.eventLog,
    });
    assert.equal(verdict.status, 0);
    assert.equal(verdict.claims["extraData"], `0x${ecc.nonce}`);
    assert.match(String(verdict.claims["akName"]), /^0x000b[0-9a-f]{64}$/);
    assert.equal(judge({ ...content, akSpki: ecc.akSpki }).status, 0);
  });

  it("accepts no certificates of a CA that nobody pinned", () =>
    assert.equal(judge({ ...content, akCertificates: ecc.akCertChain }).error, "ak.root"));
  it("accepts no key that signs anything", () => {
    const forged = mustFindTpm("neg-unrestricted-signer");
    const { attest, signature, pcrs, signerTpmtPublic } = forged;
    const verdict = judge({ kind: "tpm-quote", attest, signature, pcrs, akPublic: signerTpmtPublic });
    assert.equal(verdict.error, "ak.attributes");
  });
  it("wants the nonce", () =>
    assert.equal(judge({ ...content, akSpki: ecc.akSpki, nonce: "00" }).error, "tpm.nonce"));
  it("wants the event log to give the values", () => {
    const log = mustFindTpm("gcp-cos85-nonce9009-sha256").eventLog;
    assert.equal(judge({ ...content, akSpki: ecc.akSpki, eventLog: log }).error, "tpm.event-log");
  });
});

describe("other files", () => {
  for (const kind of ["snp-report", "azure-hcl", "zk-proof", "collaterals"])
    it(`kind ${kind} is rejected for want of a verifier`, () => {
      const verdict = judge({ kind });
      assert.equal(verdict.status, 1);
      assert.equal(verdict.error, "tee.report-type-unsupported");
    });

  for (const [what, content] of Object.entries({
    "a missing field": { kind: "tdx-quote" },
    "a field of another type": { kind: "tdx-quote", quote: 5 },
    "characters of neither encoding": { kind: "registration", calldata: "0x??" },
    "no AK": { kind: "tpm-quote", attest: "", signature: "", pcrs: { bank: "sha256", values: {} } },
    "an anchor block without a hash": {
      kind: "registration",
      calldata,
      anchorBlock: { chainId: 1, number: 2 },
    },
  }))
    it(`${what} is a rejection by input.field`, () => assert.equal(judge(content).error, "input.field"));

  for (const [what, args] of Object.entries({
    "no file": [] as string[],
    "two files": [fileOf("{}"), fileOf("{}")],
    "a file that is not there": [join(folder, "missing.json")],
    "a file that is not JSON": [fileOf("quote")],
    "a list": [fileOf("[]")],
    "an unknown kind": [fileOf({ kind: "sgx-quote" })],
    "an unknown flag": [fileOf({ kind: "tdx-quote" }), "--trust-me"],
    "a time that is none": [fileOf({ kind: "tdx-quote" }), "--at", "soon"],
    "a policy that is none": [fileOf({ kind: "tdx-quote" }), "--policy", fileOf("[]")],
  }))
    it(`${what} ends in 2 with nothing on stdout`, () => {
      const { status, stdout, stderr } = runVerify(
        [...args, ...at.slice(0, args.includes("--at") ? 0 : 2)],
        noClock,
      );
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.notEqual(stderr, "");
    });
});

describe("the command", () => {
  it("reads times as unix seconds and ISO 8601, without an offset as UTC", () => {
    assert.equal(timeOf("1770249600"), 1_770_249_600n);
    for (const text of [
      "2026-02-05",
      "2026-02-05T00:00:00Z",
      "2026-02-05T00:00:00",
      "2026-02-05T01:00:00+01:00",
    ])
      assert.equal(timeOf(text), 1_770_249_600n, text);
    for (const text of ["", "-1", "2026-13-01", "yesterday", "2026"])
      assert.ok(timeOf(text) !== 1_770_249_600n);
  });

  it("runs as a program", async () => {
    const bin = new URL("../../cli/bin.ts", import.meta.url).pathname;
    const file = fileOf({ kind: "registration", calldata });
    const { stdout } = await promisify(execFile)(process.execPath, [bin, "verify", file, ...at]);
    assert.match(stdout, /^accepted\n {2}pass {2}calldata\.selector/);
    const failure = promisify(execFile)(process.execPath, [bin, "verify"]);
    await assert.rejects(failure, { code: 2 });
  });
});
