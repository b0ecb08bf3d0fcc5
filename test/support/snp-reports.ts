// Real SEV-SNP reports (test/fixtures/snp/PROVENANCE.md) and journals around them, as a proven program would put them out.
import { readFileSync } from "node:fs";
import { concat, fromHex, keccak256 } from "../../sdk/evidence/bytes.ts";
import { encodeSnpJournalV2, encodeSnpJournalV3, journalFormats } from "../../sdk/evidence/journals/index.ts";
import type { JournalFormat, SnpJournal } from "../../sdk/evidence/journals/index.ts";
import type { CheckId } from "../../sdk/checks.ts";
import type { ProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import {
  defaultSnpMinimumTcb,
  judgeSnpOutput,
  pinnedCerts,
  snpKeyTypes,
  snpProducts,
} from "../../sdk/verify/snp/index.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const read = (path: string) => new Uint8Array(readFileSync(new URL(path, fixtures)));

export const snpReportBytes = (name: string): Uint8Array => read(`snp/reports/${name}.bin`);
export const amdCertificate = (name: string): Uint8Array => read(`hardware/amd-certificates/${name}.der`);

const { milan, genoa, turin } = snpProducts;
const { vcek, vlek } = snpKeyTypes;

/** Reports that say their CPU, what they are of, and whether the default minimum calls them up to date. */
export const snpReports = [
  { name: "milan-v3-vcek-dstack", product: milan, keyType: vcek, isCurrent: false },
  { name: "milan-v3-vcek-azure-a", product: milan, keyType: vcek, isCurrent: true },
  { name: "milan-v4-vcek-gcp-a", product: milan, keyType: vcek, isCurrent: true },
  { name: "milan-v5-vcek-gcp-vmpl1", product: milan, keyType: vcek, isCurrent: true },
  { name: "milan-v3-vlek-aws", product: milan, keyType: vlek, isCurrent: true },
  { name: "genoa-v3-vcek-azure", product: genoa, keyType: vcek, isCurrent: true },
  { name: "turin-v5-vcek", product: turin, keyType: vcek, isCurrent: true },
] as const;

export const proofTime = 1_770_000_000n;

/** A journal that finds nothing wrong, by the certificates of a product and key type. */
export function goodJournal(product: number, keyType: number): SnpJournal {
  return {
    result: 0,
    time: proofTime,
    // No journal has a model for Turin.
    processorModel: product - 1,
    certs: [...pinnedCerts(product, keyType), new Uint8Array(32).fill(7)],
    serials: [fromHex("00".repeat(20)), fromHex("01".repeat(20)), new Uint8Array(20)],
  };
}

/** The report that a proof of this journal travels in. */
export function snpProof(
  journal: SnpJournal,
  report: Uint8Array,
  format: JournalFormat = journalFormats.snpV3,
  trustedCertsPrefixLen = 1,
): ProofReport {
  const isV2 = format === journalFormats.snpV2;
  return {
    program: new Uint8Array(32),
    output: isV2
      ? encodeSnpJournalV2({ ...journal, report, trustedCertsPrefixLen })
      : encodeSnpJournalV3({ ...journal, reportHash: keccak256(report) }),
    proof: new Uint8Array(0),
    statement: isV2 ? new Uint8Array(0) : report,
  };
}

/** Protocol §6: measurement ‖ policy ‖ vmpl ‖ hostData ‖ idKeyDigest ‖ authorKeyDigest ‖ familyId ‖ imageId ‖ guestSvn. */
export function snpMeasurement(report: Uint8Array): Uint8Array {
  const fields = [
    [0x90, 48],
    [0x08, 8],
    [0x30, 4],
    [0xc0, 32],
    [0xe0, 48],
    [0x110, 48],
    [0x10, 16],
    [0x20, 16],
    [0x04, 4],
  ] as const;
  return keccak256(...fields.map(([at, length]) => report.subarray(at, at + length)));
}

/** The report with other bytes at an offset. */
export const edited = (report: Uint8Array, at: number, ...bytes: number[]): Uint8Array =>
  concat(report.slice(0, at), Uint8Array.from(bytes), report.slice(at + bytes.length));

const trust = { now: proofTime, minimumTcb: defaultSnpMinimumTcb };

export const judgeOutput = (proof: ProofReport, format: JournalFormat = 3, by: Partial<typeof trust> = {}) =>
  judgeSnpOutput(proof, format, { ...trust, ...by });

export function errorOfOutput(...args: Parameters<typeof judgeOutput>): CheckId | null {
  const judged = judgeOutput(...args);
  return isRefusal(judged) ? judged.check : null;
}

export function mustJudgeOutput(...args: Parameters<typeof judgeOutput>) {
  const judged = judgeOutput(...args);
  if (isRefusal(judged)) throw new Error(`${judged.check}: ${judged.detail}`);
  return judged;
}
