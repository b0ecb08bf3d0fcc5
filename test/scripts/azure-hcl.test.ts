// Kind azure-hcl: real HCL reports, TD quotes, TPM quotes and AK chains of Azure through `cvm verify` and through the
// contracts. Both must end in the same check.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { simulate } from "../../scripts/simulate/verdict.ts";
import type { CheckId } from "../../sdk/checks.ts";
import { readHclReport } from "../../sdk/evidence/hcl-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { verifyInput } from "../../sdk/verify/input-verdict.ts";
import { isUnreadable, parseInput } from "../../sdk/verify/input.ts";
import { defaultFloor } from "../../sdk/verify/policy.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { hardware, runtimeClaims } from "../contracts/verifiers/captured.ts";
import { collateralFrom, quoteBytes } from "../support/tdx-vectors.ts";

const reports = JSON.parse(
  readFileSync(new URL("../fixtures/hardware/azure-hcl/reports.json", import.meta.url), "utf8"),
) as Record<string, { hclReport: string; length: number }>;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
function reportOf(id: string): Buffer {
  const { hclReport, length } = reports[id]!;
  const blob = Buffer.alloc(length);
  Buffer.from(hclReport, "base64").copy(blob);
  return blob;
}

const machines = {
  "2025": {
    id: "azure-tdx-full-2025",
    tdQuote: "v4-azure-tdx-176466225138046427",
    at: Date.parse("2026-02-19T12:00:00Z"),
    documents: ["tdx-90c06f000000-e18-2026-02-18", "tdqe-e18-2026-02-18", "platform-2026-02-18"],
  },
  "2026": {
    id: "azure-tdx-full-2026",
    tdQuote: "v4-azure-tdx-with-ak-intermedia",
    at: Date.parse("2026-06-08T12:45:00Z"),
    documents: ["tdx-90c06f000000-e19-2026-06-08", "tdqe-e19-2026-06-08", "platform-2026-06-08"],
  },
} as const;
type Machine = keyof typeof machines;

/** Everything that the machine of a year brings. */
function evidenceOf(year: Machine): Record<string, unknown> {
  const { id, tdQuote, documents } = machines[year];
  const { attest, signature, pcrs, certs } = hardware[id]!;
  const [tcbInfo, qeIdentity, pckCrl] = documents;
  const rootCrl = year === "2025" ? "root-2025-03-20" : "root-2026-02-26";
  return {
    kind: "azure-hcl",
    hclReport: hex(reportOf(id)),
    tdQuote: hex(quoteBytes(tdQuote)),
    collateral: collateralJson(collateralFrom({ tcbInfo, qeIdentity, rootCrl, pckCrl })),
    attest,
    signature,
    pcrs: { bank: "sha256", values: pcrs },
    // The chain of 2025 was published without its issuers.
    ...(year === "2026" ? { akCertificates: certs } : {}),
  };
}

/** `cvm verify` and the contracts, whose verdicts and claims must agree. */
async function judge(content: Record<string, unknown>, year: Machine = "2026") {
  const input = parseInput(JSON.stringify(content));
  if (isUnreadable(input)) throw new Error(input.unreadable);
  const now = BigInt(machines[year].at / 1000);
  const settings = { now, trust: defaultTrust, floor: defaultFloor, golden: null };
  const verdict = verifyInput(input, settings);
  if (isRefusal(input)) return { verdict, gas: {} };
  const onChain = await simulate(input, settings);
  assert.equal(onChain.error, verdict.error);
  assert.equal(onChain.verdict, verdict.verdict);
  if (verdict.error === null) assert.deepEqual(onChain.claims, verdict.claims);
  return { verdict, gas: onChain.gas };
}

const without = (content: Record<string, unknown>, ...names: string[]) =>
  Object.fromEntries(Object.entries(content).filter(([name]) => !names.includes(name)));

describe("kind azure-hcl", () => {
  for (const year of ["2025", "2026"] as const)
    it(`judges all that the machine of ${year} brings`, async () => {
      const { verdict, gas } = await judge(evidenceOf(year), year);
      assert.equal(verdict.error, null);
      const { claims } = verdict;
      assert.equal(claims["tcbStatus"], "UpToDate");
      assert.equal(claims["hclAkPub"], `0x${hardware[machines[year].id]!.ak!}`);
      assert.equal((claims["userData"] as string).length, 2 + 128);
      assert.ok(Array.isArray(claims["pcrSelection"]) && claims["pcrSelection"].length === 24);
      const steps = year === "2026" ? ["akCertificates", "verify", "verifyNewHost"] : ["verify"];
      for (const step of steps) assert.ok(gas[step]! > 21_000, step);
    });

  it("takes the report in its parts", async () => {
    const report = readHclReport(reportOf(machines["2026"].id));
    if (isRefusal(report)) throw new Error(report.detail);
    const parts = { teeReport: hex(report.teeReport), runtimeClaims: hex(report.runtimeClaims) };
    assert.equal(
      (await judge({ ...without(evidenceOf("2026"), "hclReport"), ...parts })).verdict.error,
      null,
    );
    assert.equal(Buffer.from(report.runtimeClaims).toString(), runtimeClaims[machines["2026"].id]);
  });

  it("accepts nothing whose TEE nobody signed for: tee.report-type-unsupported", async () => {
    const { verdict } = await judge(without(evidenceOf("2026"), "tdQuote", "collateral"));
    assert.equal(verdict.error, "tee.report-type-unsupported");
    for (const id of Object.keys(reports).filter((name) => !name.startsWith("neg-"))) {
      const alone = await judge({ kind: "azure-hcl", hclReport: hex(reportOf(id)) });
      const isOldForm = !(runtimeClaims[id] ?? "").includes('"user-data"');
      const due: CheckId = isOldForm ? "azure.claims-layout" : "tee.report-type-unsupported";
      assert.equal(alone.verdict.error, due, id);
    }
  });

  const changed = (content: Record<string, unknown>): Record<string, unknown> => ({
    ...evidenceOf("2026"),
    ...content,
  });
  const flipped = (at: number) => {
    const blob = reportOf(machines["2026"].id);
    blob[at]! ^= 1;
    return hex(blob);
  };
  const other = evidenceOf("2025");
  const cases: readonly (readonly [string, Record<string, unknown>, CheckId])[] = [
    [
      "claims that were edited",
      { hclReport: hex(reportOf("neg-azure-claims-tampered")) },
      "azure.claims-hash",
    ],
    ["request data relabelled", { hclReport: hex(reportOf("neg-azure-version2-relabel")) }, "azure.hcl"],
    ["another machine's report", { hclReport: other["hclReport"] }, "azure.hcl-report"],
    ["another machine's TD quote", { tdQuote: other["tdQuote"] }, "azure.hcl-report"],
    [
      "another machine's TPM quote",
      { attest: other["attest"], signature: other["signature"], pcrs: other["pcrs"] },
      "tpm.signature",
    ],
    [
      "an AK chain that does not end at a root",
      { akCertificates: hardware["azure-tdx-full-2026"]!.certs!.slice(0, 2) },
      "ak.root",
    ],
    [
      "an AK chain of another cloud",
      { akCertificates: hardware["automata-gcp-ecc-quote"]!.certs },
      "ak.cloud",
    ],
    ["a nonce that was not quoted", { nonce: "00" }, "tpm.nonce"],
    [
      "a changed PCR",
      { pcrs: { bank: "sha256", values: { ...hardware["azure-tdx-full-2026"]!.pcrs, 4: "11".repeat(32) } } },
      "tpm.pcr-digest",
    ],
    ["a byte of the TDREPORT", { hclReport: flipped(32 + 600) }, "azure.hcl-report"],
    ["a byte of the claims", { hclReport: flipped(1236 + 900) }, "azure.claims-hash"],
  ];
  for (const [what, content, error] of cases)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal((await judge(changed(content))).verdict.error, error);
    });

  it("refuses a file without a report, and one with two: input.field", async () => {
    for (const content of [
      without(evidenceOf("2026"), "hclReport"),
      changed({ teeReport: "00", runtimeClaims: "00" }),
    ])
      assert.equal((await judge(content)).verdict.error, "input.field");
  });
});

describe("HCL report", () => {
  const blob = reportOf(machines["2026"].id);
  const refused = (change: (copy: Buffer) => Buffer) => {
    const report = readHclReport(change(Buffer.from(blob)));
    return isRefusal(report) ? report.check : null;
  };
  const put = (at: number, value: number) => (copy: Buffer) => {
    copy.writeUInt32LE(value, at);
    return copy;
  };
  for (const [what, change] of [
    ["a cut header", (copy: Buffer) => copy.subarray(0, 1235)],
    ["another signature", put(0, 0)],
    ["version 3", put(4, 3)],
    ["another request type", put(12, 1)],
    ["another data size", put(1216, 1)],
    ["request data of version 2", put(1220, 2)],
    ["a VBS report", put(1224, 1)],
    ["claims hashed by SHA-384", put(1228, 2)],
    ["claims that end behind the report", (copy: Buffer) => put(1216, 20 + 2000)(put(1232, 2000)(copy))],
    ["a byte behind the claims", put(2596, 1)],
    ["a byte behind the TDREPORT", put(32 + 1024, 1)],
    ["a TDREPORT labelled as SNP report and back", put(1224, 5)],
  ] as const)
    it(`refuses ${what}: azure.hcl`, () => {
      assert.equal(refused(change), "azure.hcl");
    });

  it("does not read what no two firmwares agree on: size and status", () => {
    for (const at of [8, 16, 20, 24, 28]) assert.equal(refused(put(at, 0xffff)), null);
  });
});
