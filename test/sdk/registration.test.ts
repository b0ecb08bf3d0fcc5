// Captured registrations, end to end, and what each changed part of them ends in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { identityHash } from "../../sdk/evidence/binding.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { emptyRegistry } from "../../sdk/verify/context.ts";
import { verifyCalldata, verifyRegistration } from "../../sdk/verify/registration.ts";
import type { RegistrationClaims } from "../../sdk/verify/registration.ts";
import {
  flip,
  mustFindCaptured,
  mustReadCalldata,
  mustReadRegistration,
  offline,
  offlineFor,
} from "./fixtures.ts";
import type { CapturedVector } from "./fixtures.ts";
import { changedRegistrations, withWc } from "./changed-registrations.ts";

const azure = mustReadRegistration("azure-tdx-2025-08-26");
const gcp = mustReadRegistration("gcp-tdx-2025-12-18");

const errorOf = (registration: Registration, context = offlineFor(registration)) =>
  verifyRegistration(registration, context).error;

function assertVector(claims: RegistrationClaims, vector: CapturedVector, identity: string) {
  assert.equal(toHex(claims.identityHash), identity);
  for (const name of ["statementId", "akId", "selectionHash", "pcrMeasurement", "teeMeasurement"] as const)
    assert.equal(toHex(claims[name]), vector[name], name);
  assert.equal(toHex(claims.platformId), vector.platformId);
  assert.equal(toHex(claims.measurementHash), vector.measurementHash);
  const measured = [...Array(24).keys()].filter((index) => claims.measuredPcrs & (1 << index));
  assert.deepEqual(measured, vector.measuredPcrs);
}

const flags = { teeFresh: false, tpmFresh: false, teeNamesAk: false, quoteNamesTee: false };
const plain = { keyProtection: 0, tcbStatus: 1, keyType: 0, product: 0 };

describe("captured registrations (protocol §12)", () => {
  it("Azure TDX 0xdf42b054, unchanged, is recorded: runtimeClaims, pcrTrust none, unproven, not fresh", () => {
    const report = verifyCalldata(mustReadCalldata("azure-tdx-2025-08-26"), offline);
    assert.equal(report.error, null);
    const vector = mustFindCaptured("v1.0/azure/tdx/azure-tdx-registration.json");
    assertVector(report.claims!, vector, vector.identityHash64);
    const expected = {
      ...flags,
      ...plain,
      runtimeClaims: true,
      pcrReportId: false,
      pcrTrust: 0,
      akCertified: false,
    };
    assert.deepEqual(report.claims!.assurance, expected);
    assert.deepEqual(report.acceptance, {
      accepted: false,
      failed: ["policy.tee-fresh", "policy.tpm-fresh", "policy.key-protection", "policy.pcr-trust"],
    });
  });

  it("GCP TDX 0x4a231d6f, transcoded, is recorded: pcrReportId, host, unproven, not fresh", () => {
    const calldata = transcodeRegistration(mustReadCalldata("gcp-tdx-2025-12-18"));
    assert.ok(!isRefusal(calldata));
    const report = verifyCalldata(calldata, offlineFor(gcp));
    assert.equal(report.error, null);
    const vector = mustFindCaptured("v1.0/gcp/tdx/gcp-tdx-registration.json");
    assertVector(report.claims!, vector, vector.identityHash65);
    const expected = {
      ...flags,
      ...plain,
      runtimeClaims: false,
      pcrReportId: true,
      pcrTrust: 1,
      akCertified: true,
    };
    assert.deepEqual(report.claims!.assurance, expected);
    assert.equal(report.acceptance!.accepted, false);
  });

  it("times are now, and the end is the earliest of the chains", () => {
    const { claims } = verifyRegistration(gcp, offlineFor(gcp));
    assert.equal(claims!.teeTime, offline.now);
    assert.equal(claims!.tpmTime, offline.now);
    // The TCB info of 2026-01-27 ends first.
    assert.equal(claims!.validUntil, BigInt(Date.parse("2026-02-26T09:01:45Z") / 1000));
  });

  for (const [capture, date] of [
    ["azure-tdx-2025-08-26", "2025-08-26T12:00:00Z"],
    ["gcp-tdx-2025-12-18", "2025-12-18T12:00:00Z"],
  ] as const)
    it(`${capture} is refused at its own date, for which no collateral is known`, () => {
      const now = BigInt(Date.parse(date) / 1000);
      const registration = mustReadRegistration(capture);
      assert.equal(errorOf(registration, { ...offline, now, tdxCollateral: null }), "tdx.root-crl-missing");
    });

  it("is refused without collateral", () => {
    assert.equal(errorOf(gcp, { ...offline, tdxCollateral: null }), "tdx.root-crl-missing");
  });

  it("is refused with collateral of another platform", () => {
    assert.equal(errorOf(gcp, offline), "tdx.tcb-info-missing");
  });

  for (const [capture, file] of [
    ["gcp-tdx-2025-12-18", "reattestation"],
    ["gcp-tdx-2026-01-21", "rotate"],
  ] as const)
    it(`${capture} ${file} is no registration`, () => {
      const refusal = transcodeRegistration(mustReadCalldata(capture, file));
      assert.ok(isRefusal(refusal));
      assert.equal(refusal.check, "calldata.selector");
    });
});

describe("calldata", () => {
  const calldata = mustReadCalldata("azure-tdx-2025-08-26");
  const error = (bytes: Uint8Array) => verifyCalldata(bytes, offline).error;

  it("another selector ends in calldata.selector", () =>
    assert.equal(error(flip(calldata, 0)), "calldata.selector"));
  it("a trailing byte ends in calldata.canonical", () =>
    assert.equal(error(Uint8Array.of(...calldata, 0)), "calldata.canonical"));
  it("a truncation ends in calldata.canonical", () =>
    assert.equal(error(calldata.subarray(0, -32)), "calldata.canonical"));
  it("no bytes end in calldata.selector", () => assert.equal(error(new Uint8Array(0)), "calldata.selector"));
  it("dirty padding of the report ends in calldata.canonical", () => {
    const report = azure.teeAttestationReport.length;
    const at = 4 + 5 * 32 + 32 + report;
    assert.equal(error(flip(calldata, at)), "calldata.canonical");
  });
  it("what is decoded encodes to the same bytes", () => assert.deepEqual(encodeAttestCvm(azure), calldata));
});

describe("a changed registration", () => {
  const wc = azure.workloadCollaterals;
  const gcpWc = gcp.workloadCollaterals;
  for (const [what, registration, error] of changedRegistrations)
    it(`${what} ends in ${error}`, () => assert.equal(errorOf(registration), error));

  it("the root may be left out of an AK chain", () => {
    assert.equal(errorOf(withWc(gcp, { certs: gcpWc.certs.slice(0, 2) })), null);
  });

  it("the selection is the sender's in un-anchored evidence and enters the measurement", () => {
    const changed = withWc(azure, { pcrs: wc.pcrs.map((pcr) => ({ ...pcr, measurePcr: pcr.index !== 4 })) });
    const [a, b] = [verifyRegistration(azure, offline), verifyRegistration(changed, offline)];
    assert.notEqual(toHex(a.claims!.measurementHash), toHex(b.claims!.measurementHash));
  });

  it("without a pinned root nobody certifies the AK", () => {
    const context = { ...offlineFor(gcp), trust: { ...offline.trust, akRoots: [] } };
    assert.equal(errorOf(gcp, context), "ak.root");
  });

  it("a certificate seen before raises pcrTrust, unless it has expired", () => {
    const trustOf = (notAfter: bigint) => {
      const certifiedAk = () => ({ isTrusted: true, notAfter });
      return verifyRegistration(azure, { ...offline, certifiedAk }).claims!;
    };
    const certified = trustOf(offline.now + 1n);
    assert.equal(certified.assurance.pcrTrust, 2);
    assert.equal(certified.assurance.akCertified, true);
    assert.equal(certified.validUntil, offline.now + 1n);
    assert.equal(trustOf(offline.now - 1n).assurance.akCertified, false);
  });
});

describe("what the registry holds", () => {
  const { claims } = verifyRegistration(azure, offline);
  const errorWith = (by: Partial<typeof emptyRegistry>) =>
    errorOf(azure, { ...offline, registry: { ...emptyRegistry, ...by } });
  const { cvmIdentity } = azure.workloadCollaterals;
  const other = toHex(identityHash({ ...cvmIdentity, data: Uint8Array.of(4, ...cvmIdentity.data) }));
  const record = {
    identityHash: claims!.identityHash,
    recordedBlock: 0n,
    isLive: true,
    teeTime: 0n,
    tpmTime: 0n,
  };

  it("a revoked AK", () => assert.equal(errorWith({ akRevoked: () => true }), "ak.revoked"));
  it("a retired key, in the other spelling too", () => {
    assert.equal(errorWith({ isRetired: () => true }), "record.identity-retired");
    assert.equal(errorWith({ isRetired: (hash) => toHex(hash) === other }), "record.identity-retired");
  });
  it("a key that lives under another AK", () => {
    const isTaken = () => ({ akId: new Uint8Array(32), keyProtection: 0, isAnchored: false });
    assert.equal(errorWith({ isTaken }), "record.identity-taken");
  });
  it("un-anchored evidence of a recorded AK", () => {
    assert.equal(errorWith({ recordOfAk: () => record }), "record.unanchored");
  });
});

describe("the list of checks", () => {
  it("names each check once, the failed one by its own words, and nothing passed behind it", () => {
    const { checks, error } = verifyRegistration(
      withWc(gcp, { reportId: flip(gcp.workloadCollaterals.reportId, 0) }),
      offlineFor(gcp),
    );
    assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
    assert.equal(checks.filter(({ status }) => status === "fail").length, 1);
    const at = checks.findIndex(({ id }) => id === error);
    assert.ok(checks.slice(at + 1).every(({ status }) => status === "skip"));
    assert.ok(checks.find(({ id }) => id === "tdx.signature")?.status === "pass");
  });
});
