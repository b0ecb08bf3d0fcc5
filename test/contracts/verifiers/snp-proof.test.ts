// What SNPProofVerifier checks of proof reports and journals, on real reports: each test changes one thing and names the
// refusal. That proofs hold is tested in test/contracts/zk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { concat, keccak256, numberToHex, sha256, slice } from "viem";
import type { Hex } from "viem";
import { encodeSnpV2, encodeSnpV3, journalFormats, overwrite } from "../../support/proof-reports.ts";
import { hex } from "./outcome.ts";
import { beside, carried, genoa, milan, program, startSnpProofs } from "./snp-proofs.ts";

const { journalOf, now, refusal, verify } = await startSnpProofs();

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
      const report = overwrite(base.report, 0x48, numberToHex(keyType << 2, { size: 1 }));
      const claims = await verify(carried(journalOf(base, { report, certs })));
      assert.equal(claims.keyType, keyType);
    });

  it("names no platform for a VLEK, whose CA is another", async () => {
    const report = overwrite(milan.report, 0x48, "0x04");
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
    ["another offset of the output", overwrite(good, 0x3f, "0xa0")],
    ["an offset with dirt above", overwrite(good, 0x20, "0x01")],
    ["another offset of the proof", overwrite(good, 0x5f, "0x00")],
    ["another offset of the statement", overwrite(good, 0x7f, "0x00")],
    ["an output longer than all", overwrite(good, 0x80, "0xff")],
    ["a proof longer than all", overwrite(good, 0x80 + 32 + 1728, "0xff")],
    ["a length that is the largest number", overwrite(good, 0x80, `0x${"ff".repeat(32)}`)],
    ["a statement without its padding", slice(carried(journalOf(milan), { statement: "0x01" }), 0, -31)],
    ["dirty padding", overwrite(good, 0x80 + 32 + 1728 + 32 + 31, "0x01")],
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
    ["v2 with another offset of the struct", overwrite(v2, 31, "0x40")],
    ["v2 with a dirty result", overwrite(v2, 0x20 + 30, "0x01")],
    ["v2 with a dirty time", overwrite(v2, 0x40 + 23, "0x01")],
    ["v2 with a dirty processor model", overwrite(v2, 0x60 + 30, "0x01")],
    ["v2 with another offset of the report", overwrite(v2, 0x80 + 31, "0xc0")],
    ["v2 with another offset of the certificates", overwrite(v2, 0xa0 + 31, "0x80")],
    ["v2 with another offset of the serials", overwrite(v2, 0xc0 + 31, "0x80")],
    ["v2 with a dirty prefix length", overwrite(v2, 0xe0 + 30, "0x01")],
    ["v2 with a shorter report", overwrite(v2, 0x100 + 31, "0x80")],
    ["v2 with another count of certificates", overwrite(v2, 0x120 + 1184 + 31, "0x02")],
    ["v2 with another count of serials", overwrite(v2, 0x120 + 1184 + 128 + 31, "0x02")],
    ...[1, 2, 3].map(
      (i) =>
        [`v2 with a dirty serial ${i}`, overwrite(v2, 0x120 + 1184 + 128 + 32 * i + 11, "0x01")] as const,
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
    ["v3 with another count", overwrite(v3, 13, "0x02")],
  ] as const)
    it(`refuses ${what}`, async () => {
      assert.equal(await refusal(beside(journalOf(milan), { output })), "ProofJournalMalformed");
    });
  for (const format of [journalFormats.snpV1, journalFormats.dcap, 0])
    it(`refuses format ${format}`, async () => {
      for (const report of [carried, beside])
        assert.equal(
          await refusal(report(journalOf(milan), { program: program(format) })),
          "ProofJournalMalformed",
        );
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
    for (const statement of ["0x", genoa.report, `${report}00`, overwrite(report, 700, "0x01")] as Hex[])
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

  // A program of version 2 verifies no signature of a certificate that the prover called trusted.
  for (const [trustedPrefix, outcome] of [
    [0, null],
    [1, null],
    [2, null],
    [3, "SNPProofChainUnverified"],
    [4, "SNPProofChainUnverified"],
    [255, "SNPProofChainUnverified"],
  ] as const)
    it(`holds ${trustedPrefix} trusted certificates against the two that are compared (snp.proof-chain)`, async () => {
      const forged = [milan.certs[0]!, milan.certs[1]!, `0x${"ba".repeat(32)}`] as const;
      for (const certs of [milan.certs, forged])
        assert.equal(await refusal(carried(journalOf(milan, { certs, trustedPrefix }))), outcome);
      // Version 3 has no such number.
      assert.equal(await refusal(beside(journalOf(milan, { trustedPrefix }))), null);
    });

  it("names the product before the chain, and the chain before whose it is (snp.proof-chain)", async () => {
    const of = (changes: Partial<typeof milan>) =>
      refusal(carried(journalOf(milan, { trustedPrefix: 3, ...changes })));
    assert.equal(await of({ processorModel: 1 }), "SNPProofProductMismatch");
    assert.equal(await of({ certs: genoa.certs }), "SNPProofChainUnverified");
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
