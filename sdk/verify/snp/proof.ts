// Judges what a believed program put out about an SNP report, and then the report itself, of which the program looked at
// signature and certificates only.
import type { CheckId } from "../../checks.ts";
import { isEqual, keccak256, toHex } from "../../evidence/bytes.ts";
import { journalFormats, readSnpJournalV2, readSnpJournalV3 } from "../../evidence/journals/index.ts";
import type { JournalFormat, SnpJournalV2, SnpJournalV3 } from "../../evidence/journals/index.ts";
import type { ProofReport } from "../../evidence/proof-report.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { readSnpReport } from "../../evidence/snp-report.ts";
import type { SnpReport } from "../../evidence/snp-report.ts";
import type { TeeClaims } from "../tee.ts";
import { checkProofTime } from "../zk/proof.ts";
import type { SnpMinimumTcb } from "./minimums.ts";
import { checkCerts, checkProcessorModel } from "./products.ts";
import { snpClaims } from "./claims.ts";
import { checkGuest, originOf } from "./report.ts";

/** Everything behind the pairing, in order. */
export const snpProofScope = [
  "proof.journal",
  "proof.result",
  "proof.time",
  "proof.statement",
  "snp.length",
  "snp.version",
  "snp.signature-algorithm",
  "snp.padding",
  "snp.signing-key",
  "snp.chip-masked",
  "snp.product",
  "snp.proof-product",
  "snp.proof-chain",
  "snp.root",
  "snp.issuer",
  "snp.debug",
  "snp.migratable",
  "snp.policy",
  "snp.vmpl",
] as const satisfies readonly CheckId[];

export interface SnpProofTrust {
  /** Unix seconds. */
  readonly now: bigint;
  readonly minimumTcb: SnpMinimumTcb;
}

type Journal = SnpJournalV2 | SnpJournalV3;

interface ProvenReport {
  readonly journal: Journal;
  /** As proven, or why it is not. */
  readonly report: Uint8Array | Refusal;
}

/** The report is in the journal, and nothing may stand beside it; or the journal has its hash. */
function readOutput({ output, statement }: ProofReport, format: JournalFormat): ProvenReport | Refusal {
  const hash = keccak256(statement);
  if (format === journalFormats.snpV2) {
    const journal = readSnpJournalV2(output);
    if (isRefusal(journal)) return journal;
    const mismatch = refuse("proof.statement", `the journal has its report, beside it is ${toHex(hash)}`);
    return { journal, report: statement.length === 0 ? journal.report : mismatch };
  }
  if (format !== journalFormats.snpV3)
    return refuse("proof.journal", `no SNP report is taken from journals of format ${format}`);
  const journal = readSnpJournalV3(output);
  if (isRefusal(journal)) return journal;
  const due = journal.reportHash;
  const mismatch = refuse("proof.statement", `report is ${toHex(hash)}, proven is ${toHex(due)}`);
  return { journal, report: isEqual(hash, due) ? statement : mismatch };
}

/** Root and intermediate are compared with AMD's here; the VEK's certificate only the program can verify. */
const comparedCertificates = 2;

function checkVerifiedChain(journal: Journal): Refusal | null {
  // Programs of version 3 verify every signature.
  const trusted = "trustedCertsPrefixLen" in journal ? journal.trustedCertsPrefixLen : 0;
  return trusted <= comparedCertificates
    ? null
    : refuse(
        "snp.proof-chain",
        `the prover called ${trusted} certificates trusted, ${comparedCertificates} may be: nobody verified the VEK's`,
      );
}

function claimsOf(report: SnpReport, journal: Journal, { minimumTcb }: SnpProofTrust): TeeClaims | Refusal {
  const { certs, processorModel, time } = journal;
  const origin = originOf(report);
  if (isRefusal(origin)) return origin;
  const { product, keyType } = origin;
  const refusal =
    checkProcessorModel(processorModel, product) ??
    checkVerifiedChain(journal) ??
    checkCerts(certs, product, keyType) ??
    checkGuest(report);
  return refusal ?? snpClaims(report, origin, { time, minimumTcb });
}

/** What the output of a proof says that `judgeProof` believed. */
export function judgeSnpOutput(
  proof: ProofReport,
  format: JournalFormat,
  trust: SnpProofTrust,
): TeeClaims | Refusal {
  const proven = readOutput(proof, format);
  if (isRefusal(proven)) return proven;
  const { journal } = proven;
  if (journal.result !== 0)
    return refuse("proof.result", `the program ended in result ${journal.result}, due is 0`);
  const late = checkProofTime(journal.time, trust.now);
  if (late !== null) return late;
  if (isRefusal(proven.report)) return proven.report;
  const report = readSnpReport(proven.report);
  return isRefusal(report) ? report : claimsOf(report, journal, trust);
}
