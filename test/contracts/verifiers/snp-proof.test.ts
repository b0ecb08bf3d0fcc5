// What SNPProofVerifier checks behind a proof, on a real report whose journal a stub vouches for: each test changes one
// thing and names the refusal. That proofs hold is tested in test/contracts/zk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { network } from "hardhat";
import { concat, keccak256, numberToHex, sha256, slice } from "viem";
import type { Hex } from "viem";
import {
  capturedProof,
  encodeProofReport,
  encodeSnpV2,
  encodeSnpV3,
  journalFormats,
  readSnpV2,
} from "../../support/proof-reports.ts";
import type { ProofReportParts, SnpJournalParts } from "../../support/proof-reports.ts";
import { hex, refusalOf } from "./outcome.ts";

const { viem, networkHelpers } = await network.create();
const snp = 2;
const risc0 = 3;
const minimums = ["0x04000000000018d9", "0x0a00000000001754", "0x0001000200000047"] as const;
const [owner] = await viem.getWalletClients();
const manager = await viem.deployContract("AccessManager", [owner!.account.address]);
const amd = await viem.deployContract("AMDMinimums", [manager.address, minimums]);
const proofs = await viem.deployContract("StubProofVerifier", [snp, risc0]);
const verifier = await viem.deployContract("SNPProofVerifier", [proofs.address, amd.address, risc0]);

const milan = readSnpV2(capturedProof("gcp-snp-2026-01-21").output);
const genoa = readSnpV2(capturedProof("azure-snp-2026-01-21").output);
const now = BigInt(await networkHelpers.time.latest()) + 100n;
before(() => networkHelpers.time.setNextBlockTimestamp(now).then(() => networkHelpers.mine()));

const program = (format: number): Hex => numberToHex(format, { size: 32 });
type Changes = Partial<SnpJournalParts>;
const journalOf = (base: SnpJournalParts, changes: Changes = {}) => ({ ...base, time: now, ...changes });

const carried = (parts: SnpJournalParts, changes: Partial<ProofReportParts> = {}): Hex =>
  encodeProofReport({
    program: program(journalFormats.snpV2),
    output: encodeSnpV2(parts),
    proof: "0x00",
    statement: "0x",
    ...changes,
  });
const beside = (parts: SnpJournalParts, changes: Partial<ProofReportParts> = {}): Hex =>
  carried(parts, {
    program: program(journalFormats.snpV3),
    output: encodeSnpV3(parts),
    statement: parts.report,
    ...changes,
  });

const verify = (report: Hex) => verifier.read.verify([report]);
const refusal = (report: Hex) => refusalOf(() => verify(report));

function put(bytes: Hex, offset: number, value: Hex): Hex {
  const from = 2 + 2 * offset;
  return `0x${bytes.slice(2, from)}${value.slice(2)}${bytes.slice(from + value.length - 2)}`;
}

describe("SNPProofVerifier on a real report", () => {
  for (const [name, base, product] of [
    ["Milan of GCP", milan, 1],
    ["Genoa of Azure", genoa, 2],
  ] as const)
    it(`reads ${name}, carried by the journal or beside it`, async () => {
      const { report } = base;
      const claims = await verify(carried(journalOf(base)));
      assert.deepEqual(await verify(beside(journalOf(base))), claims);
      assert.equal(claims.statementId, keccak256(slice(report, 0, 672)));
      assert.equal(claims.reportDataHead + claims.reportDataTail.slice(2), slice(report, 0x50, 0x90));
      assert.equal(claims.legacyRegister, slice(report, 0x140, 0x160));
      assert.equal(claims.legacyTeeMeasurement, claims.teeMeasurement);
      assert.notEqual(BigInt(claims.platformId), 0n);
      assert.deepEqual(
        [claims.product, claims.keyType, claims.tcbStatus, BigInt(claims.validUntil)],
        [product, 0, 1, now + 30n * 86_400n],
      );
    });

  const der = (name: string): Hex => hex(readFileSync(`test/fixtures/hardware/amd-certificates/${name}.der`));
  for (const [name, base, keyType] of [
    ["Milan", milan, 0],
    ["Milan", milan, 1],
    ["Genoa", genoa, 0],
    ["Genoa", genoa, 1],
  ] as const)
    it(`knows AMD's certificates of ${name} for key type ${keyType}`, async () => {
      const root = sha256(der(`ARK-${name}`));
      const ca = sha256(der(keyType === 1 ? `SEV-VLEK-${name}` : `SEV-${name}`));
      const certs = [root, sha256(concat([root, ca])), base.certs[2]!];
      const report = put(base.report, 0x48, numberToHex(keyType << 2, { size: 1 }));
      const claims = await verify(carried(journalOf(base, { report, certs })));
      assert.equal(claims.keyType, keyType);
    });

  it("names no platform for a VLEK, whose CA is another", async () => {
    const report = put(milan.report, 0x48, "0x04");
    const [root] = milan.certs;
    // SHA-256 of SEV-VLEK-Milan, snp.md §4.
    const asvk = "c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5";
    const certs: Hex[] = [root!, sha256(`${root!}${asvk}`), milan.certs[2]!];
    const claims = await verify(carried(journalOf(milan, { report, certs })));
    assert.deepEqual([BigInt(claims.platformId), claims.keyType], [0n, 1]);
    assert.equal(await refusal(carried(journalOf(milan, { report }))), "SNPIssuerUntrusted");
    assert.equal(await refusal(carried(journalOf(milan, { certs }))), "SNPIssuerUntrusted");
  });
});

describe("The proof report (proof.encoding)", () => {
  const good = carried(journalOf(milan));
  const length = (good.length - 2) / 2;
  for (const [what, changed] of [
    ["nothing", "0x"],
    ["three words", slice(good, 0, 96)],
    ["one byte less", slice(good, 0, length - 1)],
    ["a word more", `${good}${"00".repeat(32)}` as Hex],
    ["a byte more", `${good}00` as Hex],
    ["another offset of the output", put(good, 0x3f, "0xa0")],
    ["an offset with dirt above", put(good, 0x20, "0x01")],
    ["another offset of the proof", put(good, 0x5f, "0x00")],
    ["another offset of the statement", put(good, 0x7f, "0x00")],
    ["an output longer than all", put(good, 0x80, "0xff")],
    ["a proof longer than all", put(good, 0x80 + 32 + 1728, "0xff")],
    ["dirty padding", put(good, 0x80 + 32 + 1728 + 32 + 31, "0x01")],
  ] as const)
    it(`refuses ${what}`, async () => {
      assert.equal(await refusal(changed), "ProofReportMalformed");
    });
});

describe("SNP journals (proof.journal)", () => {
  const v2 = encodeSnpV2(journalOf(milan));
  const v3 = encodeSnpV3(journalOf(milan));
  const two = { certs: milan.certs.slice(0, 2), serials: milan.serials.slice(0, 2) };
  for (const [what, output] of [
    ["v2 that is empty", "0x"],
    ["v2 cut", slice(v2, 0, 1727)],
    ["v2 with a byte more", `${v2}00` as Hex],
    ["v2 of two certificates", encodeSnpV2(journalOf(milan, two))],
    ["v2 with another offset of the struct", put(v2, 31, "0x40")],
    ["v2 with a dirty result", put(v2, 0x20 + 30, "0x01")],
    ["v2 with a dirty time", put(v2, 0x40 + 23, "0x01")],
    ["v2 with a dirty processor model", put(v2, 0x60 + 30, "0x01")],
    ["v2 with another offset of the report", put(v2, 0x80 + 31, "0xc0")],
    ["v2 with another offset of the certificates", put(v2, 0xa0 + 31, "0x80")],
    ["v2 with another offset of the serials", put(v2, 0xc0 + 31, "0x80")],
    ["v2 with a dirty prefix length", put(v2, 0xe0 + 30, "0x01")],
    ["v2 with a shorter report", put(v2, 0x100 + 31, "0x80")],
    ["v2 with another count of certificates", put(v2, 0x120 + 1184 + 31, "0x02")],
    ["v2 with another count of serials", put(v2, 0x120 + 1184 + 128 + 31, "0x02")],
    ...[1, 2, 3].map(
      (i) => [`v2 with a dirty serial ${i}`, put(v2, 0x120 + 1184 + 128 + 32 * i + 11, "0x01")] as const,
    ),
  ] as const)
    it(`refuses ${what}`, async () => {
      assert.equal(await refusal(carried(journalOf(milan), { output })), "ProofJournalMalformed");
    });
  for (const [what, output] of [
    ["v3 that is empty", "0x"],
    ["v3 cut", slice(v3, 0, 201)],
    ["v3 with a byte more", `${v3}00` as Hex],
    ["v3 of two certificates", encodeSnpV3(journalOf(milan, two))],
    ["v3 with another count", put(v3, 13, "0x02")],
  ] as const)
    it(`refuses ${what}`, async () => {
      assert.equal(await refusal(beside(journalOf(milan), { output })), "ProofJournalMalformed");
    });
  for (const format of [journalFormats.snpV1, journalFormats.dcap, 0])
    it(`refuses format ${format}`, async () => {
      const report = carried(journalOf(milan), { program: program(format) });
      assert.equal(await refusal(report), "ProofJournalMalformed");
    });
});

describe("What an SNP journal says", () => {
  for (const result of [1, 2, 3, 255])
    it(`refuses result ${result} (proof.result)`, async () => {
      assert.equal(await refusal(carried(journalOf(milan, { result }))), "ProofResultFailed");
      assert.equal(await refusal(beside(journalOf(milan, { result }))), "ProofResultFailed");
    });

  it("takes a day, to the second (proof.time)", async () => {
    const at = (time: bigint) => refusal(carried(journalOf(milan, { time })));
    assert.equal(await at(now), null);
    assert.equal(await at(now - 86_400n), null);
    assert.equal(await at(now - 86_401n), "ProofTimeOutOfRange");
    assert.equal(await at(now + 2n), "ProofTimeOutOfRange");
    assert.equal(await at(0n), "ProofTimeOutOfRange");
    assert.equal(await at(2n ** 64n - 1n), "ProofTimeOutOfRange");
  });

  it("wants the proven report beside a hash, and nothing beside a report (proof.statement)", async () => {
    const good = journalOf(milan);
    const { report } = good;
    for (const statement of ["0x", genoa.report, `${report}00`, put(report, 700, "0x01")] as Hex[])
      assert.equal(await refusal(beside(good, { statement })), "ProofStatementMismatch");
    assert.equal(await refusal(carried(good, { statement: report })), "ProofStatementMismatch");
  });

  for (const [model, outcome] of [
    [0, null],
    [1, "SNPProofProductMismatch"],
    [2, "SNPProofProductMismatch"],
    [3, "SNPProofProductMismatch"],
    [4, "SNPProofProductMismatch"],
    [255, "SNPProofProductMismatch"],
  ] as const)
    it(`holds processor model ${model} against the report's CPU (snp.proof-product)`, async () => {
      assert.equal(await refusal(carried(journalOf(milan, { processorModel: model }))), outcome);
      const other = outcome === null || model > 3 ? "SNPProofProductMismatch" : null;
      assert.equal(await refusal(carried(journalOf(genoa, { processorModel: model }))), other);
    });

  it("compares the first two certificates with AMD's (snp.root, snp.issuer)", async () => {
    const of = (...certs: Hex[]) => refusal(carried(journalOf(milan, { certs })));
    const [root, issuer, vek] = milan.certs as [Hex, Hex, Hex];
    assert.equal(await of(root, issuer, `0x${"11".repeat(32)}`), null);
    assert.equal(await of(genoa.certs[0]!, issuer, vek), "SNPRootUntrusted");
    assert.equal(await of(root, genoa.certs[1]!, vek), "SNPIssuerUntrusted");
    assert.equal(await of(`0x${"00".repeat(32)}`, issuer, vek), "SNPRootUntrusted");
    assert.equal(await of(root, `0x${"00".repeat(32)}`, vek), "SNPIssuerUntrusted");
  });
});

describe("SNP reports", () => {
  const changed = (offset: number, value: Hex) => put(milan.report, offset, value);
  const cases: readonly (readonly [what: string, report: Hex, refused: string | null])[] = [
    ["version 2", changed(0, "0x02"), "SNPVersionUnsupported"],
    ["version 3", changed(0, "0x03"), null],
    ["version 5", changed(0, "0x05"), null],
    ["version 6", changed(0, "0x06"), "SNPVersionUnsupported"],
    ["version 5 in the wrong byte order", changed(0, "0x00000005"), "SNPVersionUnsupported"],
    ["another signature algorithm", changed(0x34, "0x02"), "SNPSignatureAlgorithmUnsupported"],
    ["dirt above the signature algorithm", changed(0x37, "0x01"), "SNPSignatureAlgorithmUnsupported"],
    ["dirt behind r", changed(0x2d0, "0x01"), "SNPPaddingNotZero"],
    ["dirt before s", changed(0x2e7, "0x01"), "SNPPaddingNotZero"],
    ["dirt behind s", changed(0x318, "0x01"), "SNPPaddingNotZero"],
    ["dirt at the end of s", changed(0x32f, "0x01"), "SNPPaddingNotZero"],
    ["dirt behind the signature", changed(0x330, "0x01"), "SNPPaddingNotZero"],
    ["dirt in the first half line", changed(0x33f, "0x01"), "SNPPaddingNotZero"],
    ["dirt further behind", changed(0x340, "0x01"), "SNPPaddingNotZero"],
    ["dirt in the last byte", changed(0x49f, "0x01"), "SNPPaddingNotZero"],
    ["another r", changed(0x2a0, "0x00"), null],
    ["an author key", changed(0x48, "0x01"), null],
    ["signing key 2", changed(0x48, "0x08"), "SNPSigningKeyUnsupported"],
    ["signing key none", changed(0x48, "0x1c"), "SNPSigningKeyUnsupported"],
    ["a reserved bit of KEY_INFO", changed(0x48, "0x20"), "SNPSigningKeyUnsupported"],
    ["the last bit of KEY_INFO", changed(0x4b, "0x80"), "SNPSigningKeyUnsupported"],
    ["a masked chip", changed(0x48, "0x02"), "SNPChipMasked"],
    ["no chip", changed(0x1a0, `0x${"00".repeat(64)}`), "SNPChipMasked"],
    ["half a chip", changed(0x1a0, `0x${"00".repeat(63)}`), null],
    ["another half of a chip", changed(0x1a1, `0x${"00".repeat(63)}`), null],
    ["family 0x18", changed(0x188, "0x18"), "SNPProductUnknown"],
    ["a Genoa model", changed(0x189, "0x10"), "SNPProofProductMismatch"],
    ["the last Milan model", changed(0x189, "0x0f"), null],
    ["model 0x20", changed(0x189, "0x20"), "SNPProductUnknown"],
    ["model 0x9f", changed(0x189, "0x9f"), "SNPProductUnknown"],
    ["model 0xa0", changed(0x189, "0xa0"), "SNPProofProductMismatch"],
    ["model 0xaf", changed(0x189, "0xaf"), "SNPProofProductMismatch"],
    ["model 0xb0", changed(0x189, "0xb0"), "SNPProductUnknown"],
    ["a Turin", changed(0x188, "0x1a11"), "SNPProofProductMismatch"],
    ["a Venice", changed(0x188, "0x1a50"), "SNPProductUnknown"],
    ["a debug guest", changed(0x0a, "0x0b"), "SNPDebugEnabled"],
    ["a guest that may migrate", changed(0x0a, "0x07"), "SNPMigratable"],
    ["a migration agent", changed(0x160, "0x00"), "SNPMigratable"],
    ["the end of a migration agent's id", changed(0x17f, "0xfe"), "SNPMigratable"],
    ["a policy without bit 17", changed(0x0a, "0x01"), "SNPPolicyReserved"],
    ["every known policy bit", changed(0x08, "0xfffff303"), null],
    ["bit 26 of the policy", changed(0x0b, "0x04"), "SNPPolicyReserved"],
    ["bit 63 of the policy", changed(0x0f, "0x80"), "SNPPolicyReserved"],
    ["VMPL 3", changed(0x30, "0x03"), null],
    ["VMPL 4", changed(0x30, "0x04"), "SNPVMPLOutOfRange"],
    ["a report of the host", changed(0x30, "0xffffffff"), "SNPVMPLOutOfRange"],
  ];
  for (const [what, report, refused] of cases)
    it(`${refused === null ? "takes" : "refuses"} ${what}`, async () => {
      assert.equal(await refusal(carried(journalOf(milan, { report }))), refused);
      assert.equal(await refusal(beside(journalOf(milan, { report }))), refused);
    });

  for (const report of ["0x", slice(milan.report, 0, 1183), `${milan.report}00`] as Hex[])
    it(`refuses ${(report.length - 2) / 2} bytes`, async () => {
      assert.equal(await refusal(beside(journalOf(milan, { report }))), "SNPReportLengthWrong");
    });

  it("is up to date when reported and committed TCB reach the minimum in every component", async () => {
    const statusOf = async (report: Hex) => (await verify(carried(journalOf(milan, { report })))).tcbStatus;
    const tcb = (reported: Hex, committed: Hex) => put(put(milan.report, 0x180, reported), 0x1e0, committed);
    const [least] = minimums;
    assert.equal(await statusOf(tcb(least, least)), 1);
    for (const [component, below] of [
      [0, "0x03"],
      [6, "0x17"],
      [7, "0xd8"],
    ] as const) {
      assert.equal(await statusOf(tcb(put(least, component, below), least)), 5);
      assert.equal(await statusOf(tcb(least, put(least, component, below))), 5);
    }
    assert.equal(await statusOf(tcb("0x05000000000018d9", "0xffffffffffffffff")), 1);
    assert.equal(await statusOf(tcb("0xff000000000017ff", least)), 5);
  });
});

describe("AMDMinimums", () => {
  it("only rises, in every component", async () => {
    const own = await viem.deployContract("AMDMinimums", [manager.address, minimums]);
    const raise = (product: number, minimum: Hex) => own.write.raiseMinimum([product, minimum]);
    await raise(1, "0x05000000000018d9");
    assert.equal(await own.read.minimumOf([1]), "0x05000000000018d9");
    await assert.rejects(raise(1, "0x04000000000018d9"), /MinimumLowered/);
    await assert.rejects(raise(1, "0xff000000000017ff"), /MinimumLowered/);
    await assert.rejects(raise(1, "0xffffffffffffffd8"), /MinimumLowered/);
    assert.equal(await own.read.minimumOf([1]), "0x05000000000018d9");
  });

  it("calls a product without minimum out of date", async () => {
    const none = ["0x0000000000000000", minimums[1], minimums[2]] as const;
    const own = await viem.deployContract("AMDMinimums", [manager.address, none]);
    const best = "0xffffffffffffffff";
    assert.equal(await own.read.statusOf([1, best, best]), 5);
    assert.equal(await own.read.statusOf([4, best, best]), 5);
    assert.equal(await own.read.statusOf([2, best, best]), 1);
  });

  it("is governance's alone", async () => {
    const [, stranger] = await viem.getWalletClients();
    const attempt = amd.write.raiseMinimum([1, "0xffffffffffffffff"], { account: stranger!.account });
    await assert.rejects(attempt, /AccessManagedUnauthorized/);
  });
});
