// From evidence that is still to be proved to what a program reads, and from its proof to a registration.
import type { ProvableReport, ProvableSnpReport } from "../sdk/evidence/provable-report.ts";
import { encodeProofReport } from "../sdk/evidence/proof-report.ts";
import { fromHex, keccak256 } from "../sdk/evidence/bytes.ts";
import { journalFormats } from "../sdk/evidence/journals/index.ts";
import type { JournalFormat } from "../sdk/evidence/journals/index.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import type { Refusal } from "../sdk/evidence/refusal.ts";
import { teeTypes } from "../sdk/evidence/registration.ts";
import type { Registration } from "../sdk/evidence/registration.ts";
import { readSnpReport } from "../sdk/evidence/snp-report.ts";
import { readTdxQuote } from "../sdk/evidence/tdx-quote.ts";
import type { TdxCollateral } from "../sdk/evidence/tdx-collateral.ts";
import { amdAuthorities } from "../sdk/verify/snp/amd-certificates.ts";
import { originOf } from "../sdk/verify/snp/report.ts";
import type { Proof } from "./client.ts";
import { ProvingError } from "./error.ts";
import { dcapCollateral, dcapInput, snpV2Input, snpV3Input } from "./guest-input.ts";

export interface ProvingBasis {
  /** Unix seconds: what the program takes for now, and the journal says. */
  readonly timestamp: bigint;
  /** Intel's documents, for a quote. */
  readonly collateral: TdxCollateral | null;
}

/** AMD's root and CA: a verifier compares their hashes with AMD's, so the program is told to trust both. */
const trustedCertificates = 2;

function snpInput({ report, vek }: ProvableSnpReport, format: JournalFormat, timestamp: bigint): Uint8Array {
  const read = readSnpReport(report);
  const origin = isRefusal(read) ? read : originOf(read);
  if (isRefusal(origin)) throw new ProvingError("proving.request", origin.detail);
  const chain = [...amdAuthorities(origin.product, origin.keyType), vek];
  if (format === journalFormats.snpV2) return snpV2Input({ timestamp, trustedCertificates, report, chain });
  if (format === journalFormats.snpV3) return snpV3Input({ timestamp, report, chain });
  throw new ProvingError("proving.config", `no SNP program writes journals of format ${format}`);
}

/** What the program reads. Throws ProvingError. */
export function guestInput(
  provable: ProvableReport,
  format: JournalFormat,
  { timestamp, collateral }: ProvingBasis,
): Uint8Array {
  if (provable.tee === teeTypes.amdSevSnp) return snpInput(provable, format, timestamp);
  if (format !== journalFormats.dcap)
    throw new ProvingError("proving.config", `no TDX program writes journals of format ${format}`);
  if (collateral === null)
    throw new ProvingError(
      "proving.config",
      "no source of Intel's documents is configured: a quote needs them",
    );
  const { quote } = provable;
  return dcapInput({ timestamp, quote, collateral: dcapCollateral(collateral) });
}

/** Id of the TEE statement that is proved, 32 bytes, as the registry's verifiers give it (protocol §2). */
export function statementIdOf(provable: ProvableReport): Uint8Array | Refusal {
  const read =
    provable.tee === teeTypes.intelTdx ? readTdxQuote(provable.quote) : readSnpReport(provable.report);
  if (isRefusal(read)) return read;
  return keccak256("bodyBytes" in read ? read.bodyBytes : read.signed);
}

/** The registration with the proof in place of what was proved; nothing that is signed changes. */
export function withProof(
  registration: Registration,
  provable: ProvableReport,
  { program, output, proof }: Proof,
  format: JournalFormat,
): Registration {
  const isHashed = format === journalFormats.snpV3 && provable.tee === teeTypes.amdSevSnp;
  const statement = isHashed ? provable.report : new Uint8Array(0);
  return {
    ...registration,
    teeAttestationReport: encodeProofReport({ program: fromHex(program), output, proof, statement }),
  };
}
