// TDXProofVerifier on a chain that holds all of Intel's documents that a real journal names; a stub vouches for the proof.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach } from "node:test";
import { numberToHex, size } from "viem";
import type { Hex } from "viem";
import { startIntelChain } from "../../support/intel-chain.ts";
import type { IntelChain, Target } from "../../support/intel-chain.ts";
import { encodeProofReport, journalFormats } from "../../support/proof-reports.ts";
import type { ProofReportParts } from "../../support/proof-reports.ts";
import { collateralFrom } from "../../support/tdx-vectors.ts";

const [tdx, sp1] = [1, 2];
/** Evaluation of the journal's documents. */
const evaluation = { tcbInfo: 17, qeIdentity: 17 };

/** Time of the journal: 2025-06-05T03:45:00Z. */
export const provenAt = 1_749_095_100;
export const documents = {
  tcbInfo: "tdx-00806f050000-e17-2025-06-04",
  qeIdentity: "tdqe-e17-2025-06-04",
  rootCrl: "root-2025-03-20",
  pckCrl: "platform-2025-06-04",
};
export const { journal } = JSON.parse(readFileSync("test/fixtures/tdx/dcap-journal.json", "utf8")) as {
  journal: Hex;
};

// Where the parts of the journal begin.
export const body = 13;
export const bodyEnd = body + 584;
export const timeAt = size(journal) - 200;
export const hashes = size(journal) - 192;

export interface Claims {
  readonly platformId: Hex;
  readonly validUntil: number;
  readonly tcbStatus: number;
}

export const reportOf = (output: Hex, changes: Partial<ProofReportParts> = {}): Hex =>
  encodeProofReport({
    program: numberToHex(journalFormats.dcap, { size: 32 }),
    output,
    proof: "0x00",
    statement: "0x",
    ...changes,
  });

/** A chain that holds nothing yet. */
export async function startTdxProofs() {
  const chain = await startIntelChain({ at: provenAt, ...evaluation });
  const proofs = await chain.deploy("StubProofVerifier", [tdx, sp1]);
  const args = [proofs.address, chain.collateral.address, sp1] as const;
  const verifier: Target = await chain.deploy("TDXProofVerifier", args);
  return { chain, verifier };
}

/** One that holds all documents, back in that state before each test. */
export function withTdxProofs() {
  let started: { chain: IntelChain; verifier: Target } | null = null;
  let goBack: () => Promise<void>;
  before(async () => {
    started = await startTdxProofs();
    assert.equal(await started.chain.upsert(collateralFrom(documents)), null);
    goBack = await started.chain.mark();
  });
  beforeEach(() => goBack());
  after(() => started!.chain.close());
  const outcome = (output: Hex, changes?: Partial<ProofReportParts>) =>
    started!.chain.call<Claims>(started!.verifier, "verify", reportOf(output, changes));
  const errorOf = async (output: Hex, changes?: Partial<ProofReportParts>) =>
    (await outcome(output, changes)).error;
  return {
    chain: () => started!.chain,
    outcome,
    /** The error with its arguments, or null. */
    errorOf,
    /** Its name alone. */
    nameOf: async (output: Hex, changes?: Partial<ProofReportParts>) =>
      (await errorOf(output, changes))?.replace(/\(.*/, "") ?? null,
    goBack: () => goBack(),
  };
}
