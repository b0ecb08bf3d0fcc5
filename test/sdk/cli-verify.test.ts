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
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { capturedCollateral, quoteBytes } from "../support/tdx-vectors.ts";
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
const collateral = collateralJson(capturedCollateral.azure);

describe("kind registration", () => {
  it("accepts a captured registration; the floor does not admit it", () => {
    const verdict = judge({ kind: "registration", calldata, collateral });
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
      assert.equal(judge({ kind: "registration", calldata: text, collateral }).status, 0);
  });

  it("transcodes other generations", () => {
    const file = fixtureText("hardware/gcp-tdx-2025-12-18/registration.json");
    const content = { ...(JSON.parse(file) as object), collateral: collateralJson(capturedCollateral.gcp) };
    assert.equal(judge({ ...content, kind: "registration" }).status, 0);
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
      judge({ kind: "registration", calldata, collateral }, "--golden", fileOf([hash])).acceptance!.failed;
    assert.ok(!failedWith(vector.measurementHash).includes("policy.measurement"));
    assert.ok(failedWith(`0x${"00".repeat(32)}`).includes("policy.measurement"));
  });

  it("accepts by a floor that says so in words", () => {
    const policy = fileOf({
      requireTeeFresh: false,
      requireTpmFresh: false,
      minKeyProtection: "unproven",
      minPcrTrust: { azure: "none" },
    });
    const { acceptance } = judge({ kind: "registration", calldata, collateral }, "--policy", policy);
    assert.deepEqual(acceptance, { accepted: true, failed: [] });
  });
});

describe("kind tdx-quote", () => {
  it("accepts a quote with its collateral and claims its TCB status", () => {
    const verdict = judge({ kind: "tdx-quote", quote: toHex(quote), collateral });
    assert.equal(verdict.status, 0);
    const { claims } = verdict;
    for (const name of ["tcbStatus", "platformStatus", "moduleStatus", "qeStatus"])
      assert.equal(claims[name], "UpToDate", name);
    assert.equal(claims["debug"], false);
    assert.deepEqual(claims["advisoryIds"], []);
    assert.equal(claims["fmspc"], "0x90c06f000000");
    assert.equal(claims["collateralValidUntil"], Date.parse("2026-02-26T09:46:32Z") / 1000);
    assert.ok(verdict.checks.every(({ status }) => status === "pass"));
    assert.equal(verdict.checks.at(-1)?.id, "tdx.tcb-accepted");
  });

  it("names what is missing without collateral", () => {
    const verdict = judge({ kind: "tdx-quote", quote: toHex(quote) });
    assert.equal(verdict.error, "tdx.root-crl-missing");
    assert.deepEqual(verdict.claims, {});
  });

  it("judges collateral first", () => {
    const changed = { ...collateral, tcb_info: collateral["tcb_info"]!.replace("TDX", "SGX") };
    const verdict = judge({ kind: "tdx-quote", quote: "00", collateral: changed });
    assert.equal(verdict.error, "tdx.tcb-info-signature");
  });

  it("fills in the claims of a status that the policy does not accept, and a policy may widen it", () => {
    const outdated = { kind: "tdx-quote", quote: toHex(quoteBytes("v5-alibaba")), collateral };
    const verdict = judge(outdated);
    assert.equal(verdict.status, 1);
    assert.equal(verdict.error, "tdx.tcb-accepted");
    assert.equal(verdict.claims["tcbStatus"], "OutOfDate");
    assert.ok((verdict.claims["advisoryIds"] as string[]).length > 0);
    const policy = fileOf({ tcbStatuses: ["UpToDate", "OutOfDate"] });
    assert.equal(judge(outdated, "--policy", policy).status, 0);
  });

  it("takes base64, CRLF and a missing last line end in collateral", () => {
    const base64 = (name: string) => Buffer.from(collateral[name]!, "hex").toString("base64");
    const changed = {
      ...collateral,
      root_ca_crl: base64("root_ca_crl"),
      pck_crl: `0x${collateral["pck_crl"]!}`,
      tcb_info_signature: base64("tcb_info_signature"),
      pck_crl_issuer_chain: collateral["pck_crl_issuer_chain"]!.trimEnd(),
      tcb_info_issuer_chain: collateral["tcb_info_issuer_chain"]!.replaceAll("\n", "\r\n"),
    };
    assert.equal(judge({ kind: "tdx-quote", quote: toHex(quote), collateral: changed }).status, 0);
  });

  for (const name of Object.keys(collateralJson(capturedCollateral.azure)))
    for (const [what, value] of Object.entries({ missing: undefined, "a number": 1, "of no encoding": "?" }))
      if (what !== "of no encoding" || !["tcb_info", "qe_identity"].includes(name))
        it(`collateral with ${name} ${what} is a rejection by input.field`, () => {
          const changed = { ...collateral, [name]: value };
          const verdict = judge({ kind: "tdx-quote", quote: toHex(quote), collateral: changed });
          assert.equal(verdict.error, "input.field");
        });

  it("names the failed check", () => {
    const verdict = judge({ kind: "tdx-quote", quote: toHex(flip(quote, 200)), collateral });
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
  for (const kind of ["snp-report", "collaterals"])
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
    const file = fileOf({ kind: "registration", calldata, collateral });
    const { stdout } = await promisify(execFile)(process.execPath, [bin, "verify", file, ...at]);
    assert.match(stdout, /^accepted\n {2}pass {2}tdx\.pck-chain/);
    const failure = promisify(execFile)(process.execPath, [bin, "verify"]);
    await assert.rejects(failure, { code: 2 });
  });
});
