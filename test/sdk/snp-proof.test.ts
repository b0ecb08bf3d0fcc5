// What a proof says of an SNP report, on real reports and a real proof (protocol §6, zk.md §4).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { platformId } from "../../sdk/evidence/binding.ts";
import { concat, keccak256 } from "../../sdk/evidence/bytes.ts";
import { journalFormats, readSnpJournalV3 } from "../../sdk/evidence/journals/index.ts";
import type { SnpJournal } from "../../sdk/evidence/journals/index.ts";
import type { ProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { pinnedCerts, snpProducts } from "../../sdk/verify/snp/index.ts";
import { proofCase } from "../support/proofs.ts";
import {
  edited,
  errorOfOutput,
  goodJournal,
  mustJudgeOutput,
  proofTime,
  snpMeasurement,
  snpProof,
  snpReportBytes,
  snpReports,
} from "../support/snp-reports.ts";

const { snpV2, snpV3 } = journalFormats;
const { milan, genoa, turin } = snpProducts;

const report = snpReportBytes("milan-v4-vcek-gcp-a");
const vlekReport = snpReportBytes("milan-v3-vlek-aws");
const journal = goodJournal(milan, 0);
const ofReport = (bytes: Uint8Array, by: Partial<SnpJournal> = {}) => snpProof({ ...journal, ...by }, bytes);
const withoutStatement = (of: ProofReport): ProofReport => ({ ...of, statement: new Uint8Array(0) });

describe("real reports", () => {
  for (const { name, product, keyType, isCurrent } of snpReports.filter((of) => of.product !== turin))
    for (const format of [snpV2, snpV3] as const)
      it(`${name}, journal v${format}`, () => {
        const bytes = snpReportBytes(name);
        const claims = mustJudgeOutput(snpProof(goodJournal(product, keyType), bytes, format), format);
        const chip = platformId(2, product, bytes.subarray(0x1a0, 0x1e0));
        assert.deepEqual(claims, {
          statementId: keccak256(bytes.subarray(0, 672)),
          teeMeasurement: snpMeasurement(bytes),
          legacyTeeMeasurement: snpMeasurement(bytes),
          platformId: keyType === 1 ? new Uint8Array(32) : chip,
          reportData: bytes.subarray(0x50, 0x90),
          legacyRegister: bytes.subarray(0x140, 0x160),
          validUntil: proofTime + 30n * 86_400n,
          tcbStatus: isCurrent ? 1 : 5,
          keyType,
          product,
        });
      });

  it("of Turin is read, but no journal has a model for it: snp.proof-product", () => {
    const { name, product, keyType } = snpReports.find((of) => of.product === turin)!;
    for (const processorModel of [0, 1, 2, 3, 4, 255]) {
      const proof = snpProof({ ...goodJournal(product, keyType), processorModel }, snpReportBytes(name));
      assert.equal(errorOfOutput(proof), "snp.proof-product");
    }
  });

  for (const name of ["milan-v2-vcek-google", "milan-v2-vcek-coco", "milan-v2-vcek-automata"])
    it(`${name} does not say its CPU: snp.version`, () =>
      assert.equal(errorOfOutput(ofReport(snpReportBytes(name))), "snp.version"));

  it("beside a real proof: the one that the journal of automata-snp-gcp-sp1-5.0 is about", () => {
    const { program, output, proof } = proofCase("automata-snp-gcp-sp1-5.0");
    const real = { program, output, proof, statement: report };
    const read = readSnpJournalV3(output);
    assert.ok(!isRefusal(read));
    const claims = mustJudgeOutput(real, snpV3, { now: read.time });
    assert.deepEqual([claims.product, claims.keyType, claims.tcbStatus], [milan, 0, 1]);
    assert.equal(
      errorOfOutput({ ...real, statement: vlekReport }, snpV3, { now: read.time }),
      "proof.statement",
    );
  });
});

describe("what the output says", () => {
  it("proof.journal: another form of journal, or none of an SNP report", () => {
    assert.equal(errorOfOutput(ofReport(report), snpV2), "proof.journal");
    assert.equal(errorOfOutput(snpProof(journal, report, snpV2), snpV3), "proof.journal");
    for (const format of [journalFormats.snpV1, journalFormats.dcap])
      assert.equal(errorOfOutput(ofReport(report), format), "proof.journal");
  });
  it("proof.result: anything but 0", () => {
    for (const result of [1, 2, 3, 255])
      assert.equal(errorOfOutput(ofReport(report, { result })), "proof.result");
  });
  it("proof.time: from a day before now to now, no second more", () => {
    const at = (now: bigint) => errorOfOutput(ofReport(report), snpV3, { now });
    assert.equal(at(proofTime), null);
    assert.equal(at(proofTime + 86_400n), null);
    assert.equal(at(proofTime + 86_401n), "proof.time");
    assert.equal(at(proofTime - 1n), "proof.time");
    const time = 2n ** 64n - 1n;
    assert.equal(errorOfOutput(ofReport(report, { time })), "proof.time");
    assert.equal(errorOfOutput(ofReport(report, { time: 0n })), "proof.time");
  });
  it("proof.statement: the report that was proven beside v3, nothing beside v2", () => {
    const v3 = ofReport(report);
    assert.equal(errorOfOutput(withoutStatement(v3)), "proof.statement");
    for (let at = 0; at < report.length; at += 31)
      assert.equal(
        errorOfOutput({ ...v3, statement: edited(report, at, report[at]! ^ 1) }),
        "proof.statement",
        `${at}`,
      );
    assert.equal(errorOfOutput({ ...v3, statement: concat(report, Uint8Array.of(0)) }), "proof.statement");
    const v2 = snpProof(journal, report, snpV2);
    for (const statement of [report, Uint8Array.of(0)])
      assert.equal(errorOfOutput({ ...v2, statement }, snpV2), "proof.statement");
  });
  it("snp.root and snp.issuer: the chain of another product, key type or maker", () => {
    const [root, issuer] = journal.certs as readonly [Uint8Array, Uint8Array];
    const third = journal.certs[2]!;
    const other = new Uint8Array(32).fill(1);
    const errorWith = (...certs: Uint8Array[]) => errorOfOutput(ofReport(report, { certs }));
    assert.equal(errorWith(other, issuer, third), "snp.root");
    assert.equal(errorWith(pinnedCerts(genoa, 0)[0], issuer, third), "snp.root");
    assert.equal(errorWith(root, other, third), "snp.issuer");
    assert.equal(errorWith(root, pinnedCerts(milan, 1)[1], third), "snp.issuer");
    assert.equal(errorWith(root, root, third), "snp.issuer");
    const vlek = ofReport(vlekReport, { certs: journal.certs });
    assert.equal(errorOfOutput(vlek), "snp.issuer");
  });
  it("snp.proof-chain: the prover called the VEK's certificate trusted, so nobody verified it", () => {
    const errorWith = (trusted: number, by: Partial<SnpJournal> = {}) =>
      errorOfOutput(snpProof({ ...journal, ...by }, report, snpV2, trusted), snpV2);
    for (const trusted of [0, 1, 2]) assert.equal(errorWith(trusted), null);
    for (const trusted of [3, 4, 255]) assert.equal(errorWith(trusted), "snp.proof-chain");
    assert.equal(errorWith(3, { processorModel: 1 }), "snp.proof-product");
    assert.equal(errorWith(3, { certs: goodJournal(genoa, 0).certs }), "snp.proof-chain");
  });
  it("snp.proof-product: the model of another product; Bergamo and Siena are Genoa", () => {
    for (const model of [1, 2, 3, 4])
      assert.equal(errorOfOutput(ofReport(report, { processorModel: model })), "snp.proof-product");
    const ofGenoa = snpReportBytes("genoa-v3-vcek-azure");
    for (const [model, due] of [
      [0, "snp.proof-product"],
      [1, null],
      [2, null],
      [3, null],
      [4, "snp.proof-product"],
    ] as const) {
      const proof = snpProof({ ...goodJournal(genoa, 0), processorModel: model }, ofGenoa);
      assert.equal(errorOfOutput(proof), due);
    }
  });
});
