// Evidence that is still to be proved: its form, and the verdict on everything but the proof.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { concat, isEqual, keccak256, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import {
  encodeProvableSnpReport,
  isProvableCalldata,
  readProvableReport,
} from "../../sdk/evidence/provable-report.ts";
import type { ProvableSnpReport } from "../../sdk/evidence/provable-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { verifyProvable } from "../../sdk/verify/provable.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { amdAuthorities } from "../../sdk/verify/snp/amd-certificates.ts";
import { defaultSnpMinimumTcb } from "../../sdk/verify/snp/minimums.ts";
import { pinnedCerts, snpKeyTypes, snpProducts } from "../../sdk/verify/snp/products.ts";
import { judgeProvableSnp } from "../../sdk/verify/snp/provable.ts";
import { fixtureBytes, fixturePath, flip, mustReadRegistration, offlineFor } from "./fixtures.ts";

const { sp1, riscZero, solidity } = reportTypes;
const { intelTdx, amdSevSnp } = teeTypes;

const real: readonly (ProvableSnpReport & { readonly name: string })[] = readdirSync(
  fixturePath("snp/veks"),
).map((file) => ({
  name: file.replace(/\.der$/, ""),
  tee: amdSevSnp,
  report: fixtureBytes(`snp/reports/${file.replace(/\.der$/, ".bin")}`),
  vek: fixtureBytes(`snp/veks/${file}`),
}));
const some = real[0]!;
const basis = { time: 1_768_977_000n, minimumTcb: defaultSnpMinimumTcb };

const tdx = mustReadRegistration("gcp-tdx-2025-12-18");
const proven = mustReadRegistration("gcp-snp-2026-01-21");
const withReport = (by: Partial<Registration>): Registration => ({ ...proven, ...by });
const snpWith = (teeAttestationReport: Uint8Array) => withReport({ teeAttestationReport });

describe("the form of evidence to be proved", () => {
  const bytes = encodeProvableSnpReport(some);

  it("of SNP is ff10, report, length, certificate", () => {
    assert.equal(bytes.length, 2 + 1184 + 2 + some.vek.length);
    assert.deepEqual(readProvableReport(snpWith(bytes)), {
      tee: amdSevSnp,
      report: some.report,
      vek: some.vek,
    });
  });

  it("of TDX is the raw quote, of either version", () => {
    const quote = tdx.teeAttestationReport;
    for (const reportType of [sp1, riscZero])
      assert.deepEqual(readProvableReport({ ...tdx, reportType }), { tee: intelTdx, quote });
    const v5 = concat(Uint8Array.of(5), quote.subarray(1));
    assert.deepEqual(readProvableReport({ ...tdx, reportType: sp1, teeAttestationReport: v5 }), {
      tee: intelTdx,
      quote: v5,
    });
  });

  const broken = {
    "nothing behind the mark": bytes.subarray(0, 2),
    "a report cut short": bytes.subarray(0, 1185),
    "no certificate": concat(bytes.subarray(0, 1186), new Uint8Array(2)),
    "a certificate cut short": bytes.subarray(0, -1),
    "a byte behind the certificate": concat(bytes, Uint8Array.of(0)),
    "a length with another high byte": flip(bytes, 1186),
    "a length with another low byte": flip(bytes, 1187),
    "more certificate than a length can say": concat(bytes, new Uint8Array(65_536)),
  };
  for (const [name, each] of Object.entries(broken))
    it(`snp.length: ${name}`, () => {
      const read = readProvableReport(snpWith(each));
      assert.ok(read !== null && isRefusal(read) && read.check === "snp.length");
    });

  const others: Readonly<Record<string, Registration>> = {
    "a proof": proven,
    "evidence that Solidity verifies": { ...tdx, reportType: solidity },
    "an SNP report that nobody marks": snpWith(some.report),
    "another first byte of the mark": snpWith(flip(bytes, 0)),
    "another second byte of the mark": snpWith(flip(bytes, 1)),
    "a quote of an SNP machine": snpWith(tdx.teeAttestationReport),
    "an SNP report of a TDX machine": { ...tdx, reportType: sp1, teeAttestationReport: bytes },
    "a compact quote": {
      ...tdx,
      reportType: sp1,
      teeAttestationReport: concat(Uint8Array.of(0xff, 1), bytes),
    },
    "no report": snpWith(new Uint8Array(0)),
  };
  for (const [name, registration] of Object.entries(others))
    it(`is not that of ${name}`, () => {
      assert.equal(readProvableReport(registration), null);
      assert.equal(isProvableCalldata(encodeAttestCvm(registration)), false);
    });
});

describe("AMD's certificates", () => {
  for (const product of Object.values(snpProducts))
    for (const keyType of Object.values(snpKeyTypes))
      it(`of product ${product} and key type ${keyType} are those that are pinned`, () => {
        const [root, issuer] = amdAuthorities(product, keyType);
        const hashes = [sha256(root), sha256(sha256(root), sha256(issuer))];
        assert.deepEqual(hashes, pinnedCerts(product, keyType));
      });
});

describe("an SNP report to be proved", () => {
  for (const { name, ...provable } of real)
    it(`is good: ${name}`, () => {
      const claims = judgeProvableSnp(provable, basis);
      assert.ok(!isRefusal(claims));
      assert.equal(toHex(claims.statementId), toHex(keccak256(provable.report.subarray(0, 0x2a0))));
      assert.equal(claims.keyType, name.includes("vlek") ? 1 : 0);
      assert.equal(claims.product, { milan: 1, genoa: 2, turin: 3 }[name.split("-")[0]!]);
    });

  const errorOf = (change: Partial<ProvableSnpReport>) => {
    const claims = judgeProvableSnp({ ...some, ...change }, basis);
    return isRefusal(claims) ? claims : null;
  };

  it("proof.result: no byte that is signed may change, of report or certificate", () => {
    for (let at = 0x50; at < 0x90; at++)
      assert.equal(errorOf({ report: flip(some.report, at) })?.check, "proof.result");
    for (let at = 20; at < some.vek.length; at += 37) {
      const refusal = errorOf({ vek: flip(some.vek, at) });
      assert.equal(refusal?.check, "proof.result", `byte ${at}`);
    }
  });

  it("proof.result: r and s are the VEK's", () => {
    for (const at of [0x2a0, 0x2a0 + 72])
      assert.match(errorOf({ report: flip(some.report, at) })?.detail ?? "", /not signed by the VEK/);
  });

  it("proof.result: the certificate is one of AMD's CA for this product and type of key", () => {
    for (const { vek } of real) {
      const refusal = errorOf({ vek });
      if (isEqual(vek, some.vek)) assert.equal(refusal, null);
      else assert.match(refusal!.detail, /^a program would refuse this: /);
    }
    const [root, issuer] = amdAuthorities(snpProducts.milan, snpKeyTypes.vcek);
    for (const vek of [root, issuer]) assert.match(errorOf({ vek })!.detail, /not signed by AMD's CA/);
    assert.match(errorOf({ vek: Uint8Array.of(0x30) })!.detail, /the VEK certificate: /);
  });

  const refusedFirst = {
    "snp.version": 0,
    "snp.signature-algorithm": 0x34,
    "snp.padding": 0x2a0 + 60,
  } as const;
  for (const [check, at] of Object.entries(refusedFirst))
    it(`${check}: before its signature is looked at`, () =>
      assert.equal(errorOf({ report: flip(some.report, at, 0x40) })?.check, check));
});

describe("a registration to be proved", () => {
  const asType = (reportType: number): Registration => ({ ...tdx, reportType });

  it("is judged as Solidity would judge its quote", () => {
    const context = offlineFor(tdx);
    const [direct, provable] = [
      verifyCalldata(encodeAttestCvm(tdx), context),
      verifyProvable(encodeAttestCvm(asType(sp1)), context),
    ];
    assert.equal(provable.error, null);
    assert.deepEqual(
      { ...provable.claims, reportType: solidity, requestHash: null },
      { ...direct.claims, requestHash: null },
    );
  });

  it("is refused for what is wrong with its quote, or its machine", () => {
    const broken = { ...asType(sp1), teeAttestationReport: flip(tdx.teeAttestationReport, 100) };
    assert.equal(verifyProvable(encodeAttestCvm(broken), offlineFor(tdx)).error, "tdx.signature");
    const { workloadCollaterals } = tdx;
    const tpmQuote = flip(workloadCollaterals.tpmQuote, workloadCollaterals.tpmQuote.length - 1);
    const other = { ...asType(sp1), workloadCollaterals: { ...workloadCollaterals, tpmQuote } };
    assert.match(verifyProvable(encodeAttestCvm(other), offlineFor(tdx)).error!, /^tpm\./);
  });

  it("proof.encoding: what has its proof is not to be proved, what lacks it not to be recorded", () => {
    const context = { ...offlineFor(tdx), now: 1_768_977_000n };
    assert.equal(verifyProvable(encodeAttestCvm(proven), context).error, "proof.encoding");
    assert.equal(verifyCalldata(encodeAttestCvm(proven), context).error, null);
    assert.equal(verifyCalldata(encodeAttestCvm(asType(sp1)), context).error, "proof.encoding");
    const snp = encodeAttestCvm(snpWith(encodeProvableSnpReport(some)));
    assert.equal(verifyCalldata(snp, context).error, "proof.encoding");
  });

  it("snp.length, proof.result: an SNP registration ends in what is wrong with its report", () => {
    const context = { ...offlineFor(tdx), now: 1_768_977_000n };
    const errorOf = (bytes: Uint8Array) => verifyProvable(encodeAttestCvm(snpWith(bytes)), context).error;
    const bytes = encodeProvableSnpReport(some);
    assert.equal(errorOf(bytes.subarray(0, -1)), "snp.length");
    assert.equal(errorOf(flip(bytes, 2 + 0x60)), "proof.result");
    // A real report of another machine: its AK is not this quote's.
    assert.match(errorOf(bytes)!, /^(binding|ak|tee)\./);
  });
});
