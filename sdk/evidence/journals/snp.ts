// Journals of Automata's SEV-SNP guests (amd-sev-snp-attestation-sdk), of its second and third form: what was judged, when,
// and by which certificates. Debugging, VMPL and TCB were not looked at: the verifier reads the report itself.
//
//   v2  abi.encode of one struct; the report stands in it
//   v3  u8 result ‖ u64 time ‖ u8 processor ‖ u32 n ‖ bytes32[n] certs ‖ bytes20[n] serials ‖ keccak256(report), big-endian
//
// n is three in both: root, ASK or ASVK, VCEK or VLEK. `certs` are hashes of the chain's beginnings: certs[0] = sha256 of
// the root's DER, certs[i] = sha256(certs[i-1] ‖ sha256(DER of i)).
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters } from "viem";
import { concat, fromHex, keccak256, toHex, uint } from "../bytes.ts";
import type { Refusal } from "../refusal.ts";
import { snpReportLength } from "../snp-report.ts";
import { malformedJournal, u32, u64 } from "./format.ts";

export interface SnpJournal {
  /** 0: the program found report and chain valid. */
  readonly result: number;
  /** Unix seconds. */
  readonly time: bigint;
  /** 0 Milan, 1 Genoa, 2 Bergamo, 3 Siena. */
  readonly processorModel: number;
  /** 32 bytes each, from the root on. */
  readonly certs: readonly Uint8Array[];
  /** 20 bytes each. */
  readonly serials: readonly Uint8Array[];
}

export interface SnpJournalV2 extends SnpJournal {
  readonly report: Uint8Array;
  /** How many certificates, from the root on, the program verified no signature of, because the prover said so. */
  readonly trustedCertsPrefixLen: number;
}

export interface SnpJournalV3 extends SnpJournal {
  /** keccak256, 32 bytes. */
  readonly reportHash: Uint8Array;
}

const chainLength = 3;
const serialLength = 20;

const struct = parseAbiParameters(
  "(uint8 result, uint64 timestamp, uint8 processorModel, bytes rawReport, bytes32[] certs, uint160[] certSerials, uint8 trustedCertsPrefixLen)",
);

export const encodeSnpJournalV2 = (journal: SnpJournalV2): Uint8Array =>
  fromHex(
    encodeAbiParameters(struct, [
      {
        result: journal.result,
        timestamp: journal.time,
        processorModel: journal.processorModel,
        rawReport: toHex(journal.report),
        certs: journal.certs.map(toHex),
        certSerials: journal.serials.map((serial) => BigInt(toHex(serial))),
        trustedCertsPrefixLen: journal.trustedCertsPrefixLen,
      },
    ]),
  );

const notV2 = malformedJournal("output is not the encoding of an SNP journal, version 2");

export function readSnpJournalV2(output: Uint8Array): SnpJournalV2 | Refusal {
  const encoded = toHex(output);
  try {
    const values = decodeAbiParameters(struct, encoded);
    if (encodeAbiParameters(struct, values) !== encoded) return notV2;
    const [{ certs, certSerials, rawReport, timestamp, ...numbers }] = values;
    const report = fromHex(rawReport);
    if (report.length !== snpReportLength)
      return malformedJournal(`report has ${report.length} bytes, due are ${snpReportLength}`);
    if (certs.length !== chainLength || certSerials.length !== chainLength)
      return malformedJournal(
        `journal names ${certs.length} certificates and ${certSerials.length} serials, due are ${chainLength}`,
      );
    return {
      ...numbers,
      time: timestamp,
      certs: certs.map(fromHex),
      serials: certSerials.map((serial) => uint(serial, serialLength)),
      report,
    };
  } catch {
    return notV2;
  }
}

const certsAt = 14;
const serialsAt = certsAt + 32 * chainLength;
const hashAt = serialsAt + serialLength * chainLength;
const v3Length = hashAt + 32;

export const encodeSnpJournalV3 = (journal: SnpJournalV3): Uint8Array =>
  concat(
    uint(journal.result, 1),
    uint(journal.time, 8),
    uint(journal.processorModel, 1),
    uint(journal.certs.length, 4),
    ...journal.certs,
    ...journal.serials,
    journal.reportHash,
  );

export function readSnpJournalV3(output: Uint8Array): SnpJournalV3 | Refusal {
  if (output.length !== v3Length)
    return malformedJournal(`SNP journal has ${output.length} bytes, due are ${v3Length}`);
  const count = u32(output, 10);
  if (count !== chainLength)
    return malformedJournal(`journal names ${count} certificates, due are ${chainLength}`);
  const words = (start: number, length: number) =>
    Array.from({ length: chainLength }, (_, i) => output.slice(start + i * length, start + (i + 1) * length));
  return {
    result: output[0]!,
    time: u64(output, 1),
    processorModel: output[9]!,
    certs: words(certsAt, 32),
    serials: words(serialsAt, serialLength),
    reportHash: output.slice(hashAt),
  };
}

/** The report that a journal is about: its own, or the one beside the proof. */
export const reportHashOf = (journal: SnpJournalV2 | SnpJournalV3): Uint8Array =>
  "report" in journal ? keccak256(journal.report) : journal.reportHash;
