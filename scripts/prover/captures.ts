// Real proofs that were captured in the field, by what they prove: program and TEE report. The local prover server answers
// with them, so nothing here can prove anything new.
import { readFileSync } from "node:fs";
import { decodeAbiParameters, parseAbiParameters } from "viem";
import { fromBase64 } from "../../sdk/evidence/base64.ts";
import { ascii, fromHex, isEqual, keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import type { Hex } from "../../sdk/evidence/bytes.ts";

export type CapturedSystem = "risc0" | "sp1";
type Format = "snp-v2" | "snp-v3" | "dcap";

export interface Capture {
  readonly name: string;
  readonly system: CapturedSystem;
  readonly program: Hex;
  readonly format: Format;
  readonly output: Uint8Array;
  /** Selector first. */
  readonly proof: Uint8Array;
}

interface CaseFile {
  readonly journal?: Hex;
  readonly publicValues?: Hex;
  readonly seal?: Hex;
  readonly proof?: Hex;
  readonly imageId?: Hex;
  readonly vkey?: Hex;
}

const cases = [
  ["automata-dcap-tdx-risc0", "dcap"],
  ["automata-dcap-tdx-sp1-groth16", "dcap"],
  ["automata-snp-azure-risc0-3.0", "snp-v3"],
  ["automata-snp-gcp-risc0-2.2", "snp-v2"],
  ["automata-snp-gcp-sp1-5.0", "snp-v3"],
] as const;

function caseOf(name: string, format: Format): Capture {
  const file = JSON.parse(readFileSync(`test/fixtures/zk/cases/${name}.json`, "utf8")) as CaseFile;
  return {
    name,
    format,
    system: file.imageId === undefined ? "sp1" : "risc0",
    program: (file.imageId ?? file.vkey)!,
    output: fromHex((file.journal ?? file.publicValues)!),
    proof: fromHex((file.seal ?? file.proof)!),
  };
}

// Program ids of the 1.5 captures (zk.md §4): the calldata does not carry them.
const registrations = [
  ["azure-snp-2026-01-21", "snp-v2", "0x00d2342d2400bed28302507269281dcb2c621bae91a0626796ce637f01c928d8"],
  ["gcp-snp-2026-01-21", "snp-v2", "0x00d2342d2400bed28302507269281dcb2c621bae91a0626796ce637f01c928d8"],
  ["gcp-tdx-2026-01-21", "dcap", "0x008228a87e56a065fb3ad27026aef08acc97d72d289439e8dab0d53baaea9f26"],
] as const;

// v1.5: registerCvm(cloudType, teeType, teeTTL, teeReportType, teeAttestationReport, …); the report is (output, proof).
const registrationHead = parseAbiParameters("uint8, uint8, uint256, uint8, bytes");
const report = parseAbiParameters("(bytes output, bytes proofBytes)");

function registrationOf(name: string, format: Format, program: Hex): Capture {
  const file = `test/fixtures/hardware/${name}/registration.json`;
  const { calldata } = JSON.parse(readFileSync(file, "utf8")) as { calldata: string };
  const bytes = fromBase64(ascii(calldata))!;
  const [, , , , teeReport] = decodeAbiParameters(registrationHead, toHex(bytes.subarray(4)));
  const [{ output, proofBytes }] = decodeAbiParameters(report, teeReport);
  return { name, format, program, system: "sp1", output: fromHex(output), proof: fromHex(proofBytes) };
}

export const readCaptures = (): readonly Capture[] => [
  ...cases.map(([name, format]) => caseOf(name, format)),
  ...registrations.map(([name, format, program]) => registrationOf(name, format, program)),
];

const snpV2Input = parseAbiParameters(
  "(uint64 timestamp, uint8 trustedCertsPrefixLen, bytes rawReport, bytes[] vekDerChain)",
);
const snpV3Input = parseAbiParameters("(uint64 timestamp, bytes rawReport, bytes[] vekDerChain)");
const dcapInput = parseAbiParameters("bytes collateral, bytes quote, uint64 timestamp");
const snpV2Journal = parseAbiParameters(
  "(uint8 result, uint64 timestamp, uint8 processorModel, bytes rawReport, bytes32[] certs, uint160[] certSerials, uint8 trustedCertsPrefixLen)",
);

/** The report or quote in a program's input. Throws what viem throws when it is another program's. */
export function reportIn(format: Format, input: Uint8Array): Uint8Array {
  const data = toHex(input);
  if (format === "snp-v2") return fromHex(decodeAbiParameters(snpV2Input, data)[0].rawReport);
  if (format === "snp-v3") return fromHex(decodeAbiParameters(snpV3Input, data)[0].rawReport);
  return fromHex(decodeAbiParameters(dcapInput, data)[1]);
}

// A quote is a header of 48 bytes and the TD report body of 584; in a journal that stands after u16 length, quote version 2,
// body type 2, status 1 and FMSPC 6.
const bodyOfQuote = (quote: Uint8Array): Uint8Array => quote.subarray(48, 632);
export const bodyOfJournal = (journal: Uint8Array): Uint8Array => journal.subarray(13, 597);

/** SNP report that a v2 journal carries whole. */
export const reportOfJournal = (journal: Uint8Array): Uint8Array =>
  fromHex(decodeAbiParameters(snpV2Journal, toHex(journal))[0].rawReport);

function isOf({ format, output }: Capture, reportOrQuote: Uint8Array): boolean {
  if (format === "snp-v2") return isEqual(reportOfJournal(output), reportOrQuote);
  if (format === "snp-v3") return isEqual(output.subarray(-32), keccak256(reportOrQuote));
  return isEqual(bodyOfJournal(output), bodyOfQuote(reportOrQuote));
}

/** The capture of this program over the report in the input, or why there is none. */
export function findCapture(
  captures: readonly Capture[],
  system: CapturedSystem,
  program: string,
  input: Uint8Array,
): Capture | string {
  const ofProgram = captures.filter((each) => each.system === system && each.program === program);
  if (ofProgram.length === 0) return `no proof of program ${program} is held`;
  let wanted: Uint8Array;
  try {
    wanted = reportIn(ofProgram[0]!.format, input);
  } catch {
    return `the input is not that of a ${ofProgram[0]!.format} program`;
  }
  return (
    ofProgram.find((capture) => isOf(capture, wanted)) ??
    `no proof of program ${program} over this report is held`
  );
}
