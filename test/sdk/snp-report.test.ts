// What of an SNP report is refused whatever proves it, AMD's certificates, and what firmware is up to date (protocol §6, snp.md
// §2 to §7).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CheckId } from "../../sdk/checks.ts";
import { concat, isEqual, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { journalFormats, readSnpJournalV3 } from "../../sdk/evidence/journals/index.ts";
import type { SnpJournal } from "../../sdk/evidence/journals/index.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readSnpReport } from "../../sdk/evidence/snp-report.ts";
import {
  defaultSnpMinimumTcb,
  pinnedCerts,
  productOf,
  snpProducts,
  snpProofScope,
} from "../../sdk/verify/snp/index.ts";
import { proofCase } from "../support/proofs.ts";
import {
  amdCertificate,
  edited,
  errorOfOutput,
  goodJournal,
  mustJudgeOutput,
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

describe("AMD's certificates", () => {
  const names = { [milan]: "Milan", [genoa]: "Genoa", [turin]: "Turin" };
  for (const [product, name] of Object.entries(names))
    it(`of ${name} are pinned as journals name them: sha256(ARK), sha256(that ‖ sha256(ASK or ASVK))`, () => {
      for (const [keyType, issuer] of [`SEV-${name}`, `SEV-VLEK-${name}`].entries()) {
        const root = sha256(amdCertificate(`ARK-${name}`));
        const second = sha256(concat(root, sha256(amdCertificate(issuer))));
        assert.deepEqual(pinnedCerts(Number(product), keyType).map(toHex), [root, second].map(toHex));
      }
    });
  it("are those of real journals", () => {
    for (const name of ["automata-snp-azure-risc0-3.0", "automata-snp-gcp-sp1-5.0"]) {
      const real = readSnpJournalV3(proofCase(name).output);
      assert.ok(!isRefusal(real));
      assert.deepEqual(real.certs.slice(0, 2), [...pinnedCerts(milan, 0)]);
    }
  });
});

describe("snp.product", () => {
  const of = (family: number, model: number) => {
    const product = productOf(Uint8Array.of(family, model, 1));
    return isRefusal(product) ? product.check : product;
  };
  it("is told by CPU family and model, to the last one of each range", () => {
    for (const model of [0x00, 0x01, 0x0f]) assert.equal(of(0x19, model), milan);
    for (const model of [0x10, 0x11, 0x1f, 0xa0, 0xaf]) assert.equal(of(0x19, model), genoa);
    for (const model of [0x00, 0x02, 0x11]) assert.equal(of(0x1a, model), turin);
  });
  it("is none of another CPU, Venice and the zero of version 2 included", () => {
    for (const [family, model] of [
      [0x19, 0x20],
      [0x19, 0x9f],
      [0x19, 0xb0],
      [0x1a, 0x12],
      [0x1a, 0x50],
      [0x1b, 0x00],
      [0x17, 0x01],
      [0x00, 0x00],
    ] as const)
      assert.equal(of(family, model), "snp.product", `${family}/${model}`);
  });
});

describe("what of the report is refused", () => {
  const errorAt = (at: number, ...bytes: number[]) => errorOfOutput(ofReport(edited(report, at, ...bytes)));

  it("snp.length: a byte more or less beside the journal; within one, proof.journal", () => {
    for (const bytes of [report.subarray(1), concat(report, Uint8Array.of(0)), new Uint8Array(0)]) {
      assert.equal(errorOfOutput(ofReport(bytes)), "snp.length");
      assert.equal(errorOfOutput(snpProof(journal, bytes, snpV2), snpV2), "proof.journal");
    }
  });
  it("snp.version: other than 3, 4 and 5", () => {
    for (const version of [3, 4, 5]) assert.equal(errorAt(0, version), null);
    for (const version of [0, 1, 2, 6, 255]) assert.equal(errorAt(0, version), "snp.version");
    assert.equal(errorAt(0, 4, 0, 0, 1), "snp.version");
  });
  it("snp.signature-algorithm: other than 1", () => {
    for (const algorithm of [0, 2]) assert.equal(errorAt(0x34, algorithm), "snp.signature-algorithm");
    assert.equal(errorAt(0x37, 1), "snp.signature-algorithm");
  });
  it("snp.padding: behind r, s and the signature, to the last byte", () => {
    for (const at of [0x2a0 + 48, 0x2a0 + 71, 0x2a0 + 72 + 48, 0x2a0 + 143, 0x2a0 + 144, 1183])
      assert.equal(errorAt(at, 1), "snp.padding", `${at}`);
    for (const at of [0x2a0, 0x2a0 + 47, 0x2a0 + 72, 0x2a0 + 119]) assert.equal(errorAt(at, 1), null);
  });
  it("snp.signing-key: neither VCEK nor VLEK, or a reserved bit", () => {
    assert.equal(errorAt(0x48, 1), null);
    for (const key of [2, 3, 4, 5, 6, 7]) assert.equal(errorAt(0x48, key << 2), "snp.signing-key");
    for (const bytes of [
      [0x20, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 0, 0x80],
      [4, 0, 0, 0x80],
    ])
      assert.equal(errorAt(0x48, ...bytes), "snp.signing-key");
  });
  it("snp.chip-masked: a VCEK whose chip does not show; a VLEK's may not", () => {
    assert.equal(errorAt(0x48, 2), "snp.chip-masked");
    assert.equal(errorAt(0x48, 3), "snp.chip-masked");
    const masked = edited(report, 0x1a0, ...new Uint8Array(64));
    assert.equal(errorOfOutput(ofReport(masked)), "snp.chip-masked");
    assert.equal(errorOfOutput(ofReport(edited(masked, 0x1df, 1))), null);
    const vlek = edited(vlekReport, 0x48, vlekReport[0x48]! | 2);
    assert.equal(errorOfOutput(ofReport(vlek, { certs: goodJournal(milan, 1).certs })), null);
  });
  it("snp.product: another CPU", () => assert.equal(errorAt(0x188, 0x19, 0x20), "snp.product"));
  it("snp.debug: policy bit 19", () => assert.equal(errorAt(0x0a, 0x0b), "snp.debug"));
  it("snp.migratable: policy bit 18, or a migration agent", () => {
    assert.equal(errorAt(0x0a, 0x07), "snp.migratable");
    for (const at of [0x160, 0x17f]) assert.equal(errorAt(at, 0xfe), "snp.migratable");
    assert.equal(errorAt(0x160, ...new Uint8Array(32)), "snp.migratable");
  });
  it("snp.policy: bit 17 clear, or one of 63:26; the others are free", () => {
    assert.equal(errorAt(0x0a, 0x01), "snp.policy");
    for (const [at, bits] of [
      [0x0b, 0x04],
      [0x0b, 0x80],
      [0x0c, 1],
      [0x0f, 0x80],
    ] as const)
      assert.equal(errorAt(at, bits), "snp.policy");
    assert.equal(errorAt(0x08, 0xff, 0xff, 0xf3, 0x03), null);
  });
  it("snp.vmpl: above 3, the host's included", () => {
    for (const vmpl of [0, 1, 2, 3]) assert.equal(errorAt(0x30, vmpl), null);
    for (const bytes of [
      [4, 0, 0, 0],
      [0, 0, 0, 1],
      [0xff, 0xff, 0xff, 0xff],
    ])
      assert.equal(errorAt(0x30, ...bytes), "snp.vmpl");
  });
  it("PLATFORM_INFO is no reason", () => assert.equal(errorAt(0x40, 0xff, 0xff), null));

  it("in the order of the catalogue: with everything wrong the first is named, mended the next", () => {
    type Subject = { journal: SnpJournal; bytes: Uint8Array; trusted: number };
    const mends: [CheckId, (of: Subject) => void][] = [
      ["snp.version", (of) => (of.bytes = edited(of.bytes, 0, 4))],
      ["snp.signature-algorithm", (of) => (of.bytes = edited(of.bytes, 0x34, 1))],
      ["snp.padding", (of) => (of.bytes = edited(of.bytes, 1183, 0))],
      ["snp.signing-key", (of) => (of.bytes = edited(of.bytes, 0x48, 2))],
      ["snp.chip-masked", (of) => (of.bytes = edited(of.bytes, 0x48, 0))],
      ["snp.product", (of) => (of.bytes = edited(of.bytes, 0x189, 1))],
      ["snp.proof-product", (of) => (of.journal = { ...of.journal, processorModel: 0 })],
      ["snp.proof-chain", (of) => (of.trusted = 2)],
      [
        "snp.root",
        (of) => (of.journal = { ...of.journal, certs: of.journal.certs.with(0, journal.certs[0]!) }),
      ],
      ["snp.issuer", (of) => (of.journal = { ...of.journal, certs: journal.certs })],
      ["snp.debug", (of) => (of.bytes = edited(of.bytes, 0x0a, 0x04))],
      ["snp.migratable", (of) => (of.bytes = edited(of.bytes, 0x0a, 0x00))],
      ["snp.policy", (of) => (of.bytes = edited(of.bytes, 0x0a, 0x03))],
      ["snp.vmpl", (of) => (of.bytes = edited(of.bytes, 0x30, 1))],
    ];
    const edits = [
      [0, 9],
      [0x34, 9],
      [1183, 9],
      [0x48, 0xfe],
      [0x189, 0x99],
      [0x0a, 0x0c],
      [0x30, 9],
    ] as const;
    const of: Subject = {
      trusted: 3,
      journal: { ...journal, processorModel: 9, certs: journal.certs.map(() => new Uint8Array(32)) },
      bytes: edits.reduce((bytes, [at, value]) => edited(bytes, at, value), report),
    };
    const errorNow = () => errorOfOutput(snpProof(of.journal, of.bytes, snpV2, of.trusted), snpV2);
    for (const [check, mend] of mends) {
      assert.equal(errorNow(), check);
      mend(of);
    }
    assert.equal(errorNow(), null);
    const reached = mends.map(([check]) => check);
    assert.deepEqual(
      snpProofScope.filter((id) => id.startsWith("snp.") && id !== "snp.length"),
      reached,
    );
  });
});

describe("TCB status", () => {
  const statusOf = (bytes: Uint8Array, minimumTcb = defaultSnpMinimumTcb) =>
    mustJudgeOutput(ofReport(bytes), snpV3, { minimumTcb }).tcbStatus;
  const exact = () => {
    const minimum = defaultSnpMinimumTcb[milan]!;
    return edited(edited(report, 0x180, ...minimum), 0x1e0, ...minimum);
  };
  it("is UpToDate at the minimum, and OutOfDate one below in any byte of reported or committed TCB", () => {
    assert.equal(statusOf(exact()), 1);
    for (const from of [0x180, 0x1e0])
      defaultSnpMinimumTcb[milan]!.forEach((svn, at) => {
        if (svn > 0) assert.equal(statusOf(edited(exact(), from + at, svn - 1)), 5, `${from + at}`);
        assert.equal(statusOf(edited(exact(), from + at, svn + 1)), 1);
      });
  });
  it("compares byte by byte, never as a number: more of one does not make up for less of another", () =>
    assert.equal(statusOf(edited(exact(), 0x180, 0xff, 0xff, 0, 0, 0, 0, 0x17, 0xff)), 5));
  it("does not look at the current or launch TCB", () =>
    assert.equal(statusOf(edited(edited(exact(), 0x38, 0), 0x1f0, 0)), 1));
  it("is by the minimum of the product, and OutOfDate without one", () => {
    assert.equal(statusOf(exact(), { [genoa]: new Uint8Array(8) }), 5);
    assert.equal(statusOf(exact(), { [milan]: new Uint8Array(8).fill(255) }), 5);
    assert.equal(statusOf(exact(), { [milan]: new Uint8Array(8) }), 1);
  });
  it("has default minimums that real machines of each product reach", () => {
    for (const { name, product, isCurrent } of snpReports) {
      const read = readSnpReport(snpReportBytes(name));
      assert.ok(!isRefusal(read));
      const minimum = defaultSnpMinimumTcb[product]!;
      const reaches = [read.reportedTcb, read.committedTcb].every((tcb) =>
        tcb.every((svn, at) => svn >= minimum[at]!),
      );
      assert.equal(reaches, isCurrent, name);
    }
  });
  it("platform ids of VLEK reports are zero though a chip shows", () => {
    const shown = edited(vlekReport, 0x1a0, 1, 2, 3);
    const claims = mustJudgeOutput(ofReport(shown, { certs: goodJournal(milan, 1).certs }));
    assert.ok(isEqual(claims.platformId, new Uint8Array(32)));
  });
});
