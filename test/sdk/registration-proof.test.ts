// Captured registrations of SP1 proofs, transcoded and judged end to end (protocol §12), and what changed proofs end in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, fromHex, isEqual, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { encodeProofReport, readProofReport } from "../../sdk/evidence/proof-report.ts";
import type { ProofReport } from "../../sdk/evidence/proof-report.ts";
import { recodeProofReport } from "../../sdk/evidence/proof-recoding.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import type { RegistrationContext } from "../../sdk/verify/context.ts";
import { defaultFloor } from "../../sdk/verify/policy.ts";
import { acceptanceOf, verifyCalldata, verifyRegistration } from "../../sdk/verify/registration.ts";
import { checkProof, findRelease, knownPrograms, knownReleases } from "../../sdk/verify/zk/index.ts";
import type { ProofRelease } from "../../sdk/verify/zk/index.ts";
import { captures } from "../support/captured-reports.ts";
import {
  flip,
  mustFindCaptured,
  mustReadCalldata,
  mustReadRegistration,
  offline,
  offlineFor,
} from "./fixtures.ts";

/** Block times of the captures (protocol §12: within a day of the journal's time). */
const times = {
  "gcp-snp-2026-01-21": 1_768_977_000n,
  "azure-snp-2026-01-21": 1_768_979_400n,
  "gcp-tdx-2026-01-21": 1_768_975_700n,
} as const;
type Capture = keyof typeof times;

const contextOf = (capture: Capture, by: Partial<RegistrationContext> = {}): RegistrationContext => ({
  ...offline,
  now: times[capture],
  ...by,
});
const errorOf = (capture: Capture, registration: Registration, by: Partial<RegistrationContext> = {}) =>
  verifyRegistration(registration, contextOf(capture, by)).error;

function proofReportOf({ teeAttestationReport }: Registration): ProofReport {
  const report = readProofReport(teeAttestationReport);
  if (isRefusal(report)) throw new Error(report.detail);
  return report;
}
const withReport = (registration: Registration, by: Partial<ProofReport>): Registration => ({
  ...registration,
  teeAttestationReport: encodeProofReport({ ...proofReportOf(registration), ...by }),
});

const expected = {
  "gcp-snp-2026-01-21": {
    flags: { runtimeClaims: false, pcrReportId: true },
    trust: { pcrTrust: 1, keyProtection: 1, akCertified: true },
    product: 1,
    failed: [
      "policy.report-type",
      "policy.tee-fresh",
      "policy.tpm-fresh",
      "policy.key-protection",
      "policy.binding",
    ],
  },
  "azure-snp-2026-01-21": {
    flags: { runtimeClaims: true, pcrReportId: false },
    trust: { pcrTrust: 0, keyProtection: 0, akCertified: false },
    product: 2,
    failed: [
      "policy.report-type",
      "policy.tee-fresh",
      "policy.tpm-fresh",
      "policy.key-protection",
      "policy.pcr-trust",
    ],
  },
} as const;

describe("captured registrations of SNP proofs (protocol §12)", () => {
  for (const capture of ["gcp-snp-2026-01-21", "azure-snp-2026-01-21"] as const) {
    const { flags, trust, product, failed } = expected[capture];
    it(`${capture}, transcoded, is recorded with report type SP1`, () => {
      const calldata = transcodeRegistration(mustReadCalldata(capture));
      assert.ok(!isRefusal(calldata));
      const report = verifyCalldata(calldata, contextOf(capture));
      assert.equal(report.error, null);
      assert.ok(report.checks.every(({ status }) => status === "pass"));
      const claims = report.claims!;
      const [file] = Object.entries(captures).find(([, folder]) => folder === capture)!;
      const vector = mustFindCaptured(file);
      assert.equal(toHex(claims.identityHash), vector.identityHash65);
      for (const name of [
        "statementId",
        "akId",
        "selectionHash",
        "pcrMeasurement",
        "teeMeasurement",
        "platformId",
        "measurementHash",
      ] as const)
        assert.equal(toHex(claims[name]), vector[name], name);
      assert.deepEqual([claims.tee, claims.reportType], [teeTypes.amdSevSnp, reportTypes.sp1]);
      assert.deepEqual(claims.assurance, {
        teeFresh: false,
        tpmFresh: false,
        teeNamesAk: false,
        quoteNamesTee: false,
        ...flags,
        ...trust,
        tcbStatus: 1,
        keyType: 0,
        product,
      });
      assert.deepEqual(report.acceptance, { accepted: false, failed });
    });

    it(`${capture}: the default floor takes no report type but Solidity, by policy.report-type alone`, () => {
      const { claims } = verifyRegistration(mustReadRegistration(capture), contextOf(capture));
      const failedWith = (kinds: readonly number[]) =>
        acceptanceOf(claims!, times[capture], { ...defaultFloor, reportTypes: kinds }).failed;
      assert.ok(failedWith([reportTypes.solidity]).includes("policy.report-type"));
      assert.ok(failedWith([reportTypes.riscZero]).includes("policy.report-type"));
      assert.ok(!failedWith([reportTypes.sp1]).includes("policy.report-type"));
    });
  }

  it("is up to date by the minimum of who asks", () => {
    const registration = mustReadRegistration("gcp-snp-2026-01-21");
    const context = contextOf("gcp-snp-2026-01-21", { snpMinimumTcb: {} });
    assert.equal(verifyRegistration(registration, context).claims!.assurance.tcbStatus, 5);
  });

  it("ends thirty days after the proof", () => {
    const { claims } = verifyRegistration(
      mustReadRegistration("azure-snp-2026-01-21"),
      contextOf("azure-snp-2026-01-21"),
    );
    // The journal's time.
    assert.equal(claims!.validUntil, 1_768_978_717n + 30n * 86_400n);
  });
});

describe("the captured registration of a TDX proof (protocol §12)", () => {
  const capture = "gcp-tdx-2026-01-21";
  /** A registry whose governor took what is not taken by default. */
  const admitting = { proofPrograms: knownPrograms };
  it("is refused by tdx.proof-pck-crl with the documents of e18, which the proof rests on but for that list", () => {
    const registration = mustReadRegistration(capture);
    assert.equal(errorOf(capture, registration, admitting), "tdx.proof-pck-crl");
    const { tdxCollateral } = offlineFor(mustReadRegistration("gcp-tdx-2025-12-18"));
    assert.ok(tdxCollateral != null);
    const report = verifyRegistration(registration, contextOf(capture, { ...admitting, tdxCollateral }));
    assert.equal(report.error, "tdx.proof-pck-crl");
    const passed = report.checks.filter(({ status }) => status === "pass").map(({ id }) => id);
    for (const id of ["proof.seal", "tdx.proof-root", "tdx.proof-signer", "tdx.proof-root-crl"] as const)
      assert.ok(passed.includes(id), id);
  });
  it("is refused by tdx.proof-root where nothing is held", () =>
    assert.equal(
      errorOf(capture, mustReadRegistration(capture), { ...admitting, tdxCollateral: null }),
      "tdx.proof-root",
    ));
  it("is refused by proof.program where nobody admitted the program", () =>
    assert.equal(errorOf(capture, mustReadRegistration(capture)), "proof.program"));
});

describe("a changed registration of a proof", () => {
  const capture = "gcp-snp-2026-01-21";
  const snp = mustReadRegistration(capture);
  const { program, output, proof } = proofReportOf(snp);
  const errorWith = (by: Partial<ProofReport>) => errorOf(capture, withReport(snp, by));

  it("proof.encoding: another form, trailing bytes, dirty padding", () => {
    const report = snp.teeAttestationReport;
    for (const teeAttestationReport of [
      new Uint8Array(0),
      concat(report, new Uint8Array(32)),
      report.subarray(0, -32),
      flip(report, 63),
      flip(report, report.length - 40),
    ])
      assert.equal(errorOf(capture, { ...snp, teeAttestationReport }), "proof.encoding");
  });
  it("every part of the proof is refused by name", () => {
    assert.equal(errorWith({ program: flip(program, 0) }), "proof.program");
    assert.equal(errorWith({ proof: flip(proof, 0) }), "proof.selector");
    assert.equal(errorWith({ proof: concat(fromHex("ffffffff"), proof.subarray(4)) }), "proof.release");
    assert.equal(errorWith({ proof: proof.subarray(1) }), "proof.selector");
    assert.equal(errorWith({ proof: proof.subarray(0, -1) }), "proof.length");
    for (const at of [4, 100, 259]) assert.equal(errorWith({ proof: flip(proof, at) }), "proof.seal");
    for (const at of [31, 70, 500, 1500]) assert.equal(errorWith({ output: flip(output, at) }), "proof.seal");
    assert.equal(errorWith({ statement: Uint8Array.of(0) }), "proof.statement");
  });
  it("proof.program: SNP by a program of TDX, and what no list admits", () => {
    const tdx = proofReportOf(mustReadRegistration("gcp-tdx-2026-01-21"));
    assert.equal(errorWith(tdx), "proof.program");
    assert.equal(errorOf(capture, snp, { proofPrograms: [] }), "proof.program");
    assert.equal(errorOf(capture, { ...snp, tee: teeTypes.intelTdx }), "proof.program");
    assert.equal(errorOf(capture, { ...snp, reportType: reportTypes.riscZero }), "proof.program");
  });
  it("proof.release and proof.selector: by the releases of who asks", () => {
    const stopped = knownReleases.map((release): ProofRelease =>
      release.selector === "0xa4594c59" ? { ...release, state: "stopped" } : release,
    );
    assert.equal(errorOf(capture, snp, { proofReleases: stopped }), "proof.release");
    assert.equal(errorOf(capture, snp, { proofReleases: [] }), "proof.selector");
    const retired = withReport(snp, { proof: concat(fromHex("11b6a09d"), proof.subarray(4)) });
    assert.equal(errorOf(capture, retired), "proof.selector");
    assert.equal(errorOf(capture, retired, { proofReleases: knownReleases }), "proof.release");
  });
  it("proof.time: more than a day later, or before it was made", () => {
    assert.equal(errorOf(capture, snp, { now: times[capture] + 2n * 86_400n }), "proof.time");
    assert.equal(errorOf(capture, snp, { now: times[capture] - 86_400n }), "proof.time");
  });
  it("tee.report-type-unsupported: SNP reports without a proof, and kinds that are switched off", () => {
    assert.equal(
      errorOf(capture, { ...snp, reportType: reportTypes.solidity }),
      "tee.report-type-unsupported",
    );
    const supportedReports = [{ tee: teeTypes.intelTdx, reportType: reportTypes.solidity }];
    assert.equal(errorOf(capture, snp, { supportedReports }), "tee.report-type-unsupported");
  });
  it("the halves of two machines do not go together: binding.none", () => {
    const azure = mustReadRegistration("azure-snp-2026-01-21");
    const spliced = { ...snp, teeAttestationReport: azure.teeAttestationReport };
    assert.equal(errorOf("azure-snp-2026-01-21", spliced), "binding.none");
  });
  it("calldata.canonical holds for proofs too", () => {
    const calldata = encodeAttestCvm(snp);
    assert.equal(verifyCalldata(calldata, contextOf(capture)).error, null);
    const longer = concat(calldata, new Uint8Array(32));
    assert.equal(verifyCalldata(longer, contextOf(capture)).error, "calldata.canonical");
  });
});

describe("transcoding adds the program of the capture", () => {
  for (const capture of Object.keys(times) as Capture[])
    it(`${capture}: pairing holds for it, and it is known for its TEE`, () => {
      const registration = mustReadRegistration(capture);
      const report = proofReportOf(registration);
      const due = { ...report, system: registration.reportType };
      const release = findRelease(due, knownReleases);
      assert.ok(!isRefusal(release));
      assert.equal(release.version, "v5.0.0");
      assert.equal(checkProof(due, release), null);
      assert.ok(knownPrograms.some(({ id, tee }) => isEqual(id, report.program) && tee === registration.tee));
      assert.equal(report.statement.length, 0);
    });

  it("and knows none of another selector, TEE or form", () => {
    const { output, proof } = proofReportOf(mustReadRegistration("gcp-snp-2026-01-21"));
    const word = (value: number) => concat(new Uint8Array(31), Uint8Array.of(value));
    const padded = (bytes: Uint8Array) => concat(bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));
    const lengthOf = (bytes: Uint8Array) => fromHex(bytes.length.toString(16).padStart(64, "0"));
    const recorded = (of: Uint8Array) => {
      const first = concat(lengthOf(output), padded(output));
      const second = fromHex((64 + first.length).toString(16).padStart(64, "0"));
      return concat(word(32), word(64), second, first, lengthOf(of), padded(of));
    };
    const checkOf = (tee: number, report: Uint8Array) => {
      const recoded = recodeProofReport(tee, report);
      return isRefusal(recoded) ? recoded.check : null;
    };
    assert.equal(checkOf(2, recorded(proof)), null);
    assert.equal(checkOf(3, recorded(proof)), "proof.program");
    assert.equal(checkOf(2, recorded(flip(proof, 0))), "proof.program");
    assert.equal(checkOf(2, concat(recorded(proof), word(0))), "proof.encoding");
    assert.equal(checkOf(2, new Uint8Array(0)), "proof.encoding");
  });
});
