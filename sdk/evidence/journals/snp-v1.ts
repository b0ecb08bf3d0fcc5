// The first form of Automata's SEV-SNP journals (2024-11), read for `cvm verify` only: it says no time, so that a proof of
// it would be fresh for ever. Packed, big-endian:
//
//   u8 option ‖ u8 processor ‖ u32 length ‖ report ‖ sha256 of the root's DER; with a TPM (options 1 and 2) then
//   u32 length ‖ TPM quote ‖ u16 algorithm ‖ PCR 10 ‖ hash of the AK's root, perhaps ‖ hash of the EK's root
import { concat, uint } from "../bytes.ts";
import { isRefusal } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { snpReportLength } from "../snp-report.ts";
import { malformedJournal, u16, u32 } from "./format.ts";

/** What the guest's vTPM added. */
export interface SnpJournalTpm {
  readonly quote: Uint8Array;
  /** TPM_ALG_ID of the bank. */
  readonly algorithm: number;
  readonly pcr10: Uint8Array;
  /** 32 bytes each. */
  readonly akRoot: Uint8Array;
  readonly ekRoot: Uint8Array | null;
}

export interface SnpJournalV1 {
  /** 0 SEV, 1 SEV_IMA, 2 SEV_TPM. */
  readonly option: number;
  readonly processorModel: number;
  readonly report: Uint8Array;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** With options 1 and 2, and only with them. */
  readonly tpm: SnpJournalTpm | null;
}

const rootEnd = 6 + snpReportLength + 32;
/** TPM_ALG_SHA1 and TPM_ALG_SHA256 (TCG Algorithm Registry). */
const pcrLengths: Readonly<Record<number, number>> = { 0x0004: 20, 0x000b: 32 };

export const encodeSnpJournalV1 = ({ option, processorModel, report, root, tpm }: SnpJournalV1): Uint8Array =>
  concat(
    uint(option, 1),
    uint(processorModel, 1),
    uint(report.length, 4),
    report,
    root,
    ...(tpm === null
      ? []
      : [uint(tpm.quote.length, 4), tpm.quote, uint(tpm.algorithm, 2), tpm.pcr10, tpm.akRoot]),
    tpm?.ekRoot ?? new Uint8Array(0),
  );

function readTpm(output: Uint8Array): SnpJournalTpm | Refusal {
  const cut = malformedJournal(`SNP journal of ${output.length} bytes disagrees with its parts`);
  const quoteAt = rootEnd + 4;
  if (output.length < quoteAt) return cut;
  const pcrAt = quoteAt + u32(output, rootEnd) + 2;
  if (output.length < pcrAt) return cut;
  const algorithm = u16(output, pcrAt - 2);
  const pcrLength = pcrLengths[algorithm];
  if (pcrLength === undefined) return malformedJournal(`PCR 10 is of algorithm ${algorithm}`);
  const akAt = pcrAt + pcrLength;
  const rest = output.length - akAt;
  if (rest !== 32 && rest !== 64) return cut;
  return {
    quote: output.subarray(quoteAt, pcrAt - 2),
    algorithm,
    pcr10: output.subarray(pcrAt, akAt),
    akRoot: output.subarray(akAt, akAt + 32),
    ekRoot: rest === 64 ? output.subarray(akAt + 32) : null,
  };
}

export function readSnpJournalV1(output: Uint8Array): SnpJournalV1 | Refusal {
  const option = output[0] ?? 0;
  if (output.length < rootEnd || option > 2 || u32(output, 2) !== snpReportLength)
    return malformedJournal(
      `SNP journal of ${output.length} bytes has option ${option}, or no report of 1184 bytes`,
    );
  const tpm = option === 0 ? null : readTpm(output);
  if (isRefusal(tpm)) return tpm;
  if (tpm === null && output.length !== rootEnd)
    return malformedJournal(`SNP journal has ${output.length} bytes, due are ${rootEnd}`);
  return {
    option,
    processorModel: output[1]!,
    report: output.subarray(6, 6 + snpReportLength),
    root: output.subarray(6 + snpReportLength, rootEnd),
    tpm,
  };
}
