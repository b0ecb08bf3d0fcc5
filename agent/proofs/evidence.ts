// Evidence that is still to be proved, with what a program reads of it.
import { guestInput, ProvingError } from "../../proving/index.ts";
import { readDcapJournal } from "../../sdk/evidence/journals/index.ts";
import { isEqual, toHex } from "../../sdk/evidence/bytes.ts";
import { readProvableReport } from "../../sdk/evidence/provable-report.ts";
import type { ProvableReport } from "../../sdk/evidence/provable-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import type { ProofProgram } from "../../sdk/verify/zk/programs.ts";
import { documentsProblem } from "./failure.ts";
import type { DocumentSource } from "./settings.ts";

export interface ProvableEvidence {
  readonly registration: Registration;
  readonly provable: ProvableReport;
  readonly input: Uint8Array;
}

// A chain refuses proofs of its future, and this machine's clock may be ahead of the chain's. Programs take evidence and
// documents of a minute ago as well.
const clockMarginSeconds = 60n;

/** Throws CollateralError, or the reason of the signal: the source may know none. */
async function documentsOf(
  quote: Uint8Array,
  source: DocumentSource,
  signal: AbortSignal,
): Promise<TdxCollateral> {
  const platform = platformOfQuote(quote);
  if (platform === null) throw new Error("the quote of this platform names no PCK certificate");
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop);
  });
  const query = { fmspc: toHex(platform.fmspc).slice(2), ca: platform.ca };
  return Promise.race([source.tdxCollateral(query), stopped]).finally(() =>
    signal.removeEventListener("abort", stop),
  );
}

export interface EvidenceBasis {
  readonly program: ProofProgram;
  readonly documents: DocumentSource | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Throws ProblemError where the documents are at fault. */
export async function provableEvidence(
  registration: Registration,
  { program, documents, now, signal }: EvidenceBasis,
): Promise<ProvableEvidence> {
  const provable = readProvableReport(registration);
  if (provable === null || isRefusal(provable))
    throw new Error("the TEE report of this platform is none that a program reads");
  const isQuote = provable.tee === teeTypes.intelTdx && documents !== null;
  try {
    const collateral = isQuote ? await documentsOf(provable.quote, documents, signal) : null;
    const timestamp = BigInt(Math.floor(now / 1_000)) - clockMarginSeconds;
    return { registration, provable, input: guestInput(provable, program.format, { timestamp, collateral }) };
  } catch (error) {
    throw documentsProblem(error);
  }
}

/**
 * A proof that holds may be another machine's: what a prover answers must be about the quote that it was asked for. The
 * agent's platforms are TDX; of an SNP report the chain says the same.
 */
export function requireOwnQuote({ provable }: ProvableEvidence, output: Uint8Array): void {
  if (provable.tee !== teeTypes.intelTdx) return;
  const [quote, journal] = [readTdxQuote(provable.quote), readDcapJournal(output)];
  if (isRefusal(quote)) throw new Error(`the TDX quote of this platform is malformed: ${quote.detail}`);
  if (isRefusal(journal)) throw new ProvingError("proving.receipt-wrong", journal.detail);
  if (!isEqual(journal.body, quote.bodyBytes))
    throw new ProvingError("proving.receipt-wrong", "the proof is about another quote");
}
