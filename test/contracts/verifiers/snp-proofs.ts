// Verifiers of proofs on a chain of their own whose proofs a stub vouches for: tests of what is checked behind them.
import { network } from "hardhat";
import { numberToHex } from "viem";
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
import { refusalOf } from "./outcome.ts";

const [snp, risc0] = [2, 3];

/** Least TCB of Milan, Genoa and Turin. */
export const minimums = ["0x04000000000018d9", "0x0a00000000001754", "0x0001000200000047"] as const;

/** A program of the stub's names the format of its journal. */
export const program = (format: number): Hex => numberToHex(format, { size: 32 });

/** Journals of version 2 of two captured machines. */
export const milan = readSnpV2(capturedProof("gcp-snp-2026-01-21").output);
export const genoa = readSnpV2(capturedProof("azure-snp-2026-01-21").output);

/** A proof report whose journal carries the SNP report. */
export const carried = (parts: SnpJournalParts, changes: Partial<ProofReportParts> = {}): Hex =>
  encodeProofReport({
    program: program(journalFormats.snpV2),
    output: encodeSnpV2(parts),
    proof: "0x00",
    statement: "0x",
    ...changes,
  });

/** One with the SNP report beside a journal that has its hash. */
export const beside = (parts: SnpJournalParts, changes: Partial<ProofReportParts> = {}): Hex =>
  carried(parts, {
    program: program(journalFormats.snpV3),
    output: encodeSnpV3(parts),
    statement: parts.report,
    ...changes,
  });

export async function startSnpProofs() {
  const { viem, networkHelpers } = await network.create();
  const [owner] = await viem.getWalletClients();
  const manager = await viem.deployContract("AccessManager", [owner!.account.address]);
  const amd = await viem.deployContract("AMDMinimums", [manager.address, minimums]);
  const proofs = await viem.deployContract("StubProofVerifier", [snp, risc0]);
  const verifier = await viem.deployContract("SNPProofVerifier", [proofs.address, amd.address, risc0]);
  const now = BigInt(await networkHelpers.time.latest()) + 100n;
  await networkHelpers.time.setNextBlockTimestamp(now);
  await networkHelpers.mine();
  const verify = (report: Hex) => verifier.read.verify([report]);
  return {
    viem,
    manager,
    amd,
    now,
    verify,
    refusal: (report: Hex) => refusalOf(() => verify(report)),
    journalOf: (base: SnpJournalParts, changes: Partial<SnpJournalParts> = {}) => ({
      ...base,
      time: now,
      ...changes,
    }),
  };
}
