// Evidence files: one JSON form for `cvm verify` and simulate (specs/evidence-input.md). Parses and validates fields,
// judges nothing.
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { AnchorBlock, MeasureablePcr } from "../evidence/registration.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";
import type { LogFiles } from "./boot/logs.ts";
import {
  bytesField,
  bytesList,
  collateralOf,
  isFields,
  malformed,
  naturalField,
  optionalBytes,
} from "./input-fields.ts";
import type { Fields } from "./input-fields.ts";
import { logsOf } from "./input-logs.ts";
import { proofOf } from "./input-proof.ts";
import type { ZkProofInput } from "./input-proof.ts";

export const inputKinds = [
  "tdx-quote",
  "snp-report",
  "tpm-quote",
  "azure-hcl",
  "zk-proof",
  "collaterals",
  "registration",
] as const;
export type InputKind = (typeof inputKinds)[number];

export interface TdxQuoteInput {
  readonly kind: "tdx-quote";
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral | null;
  /** x‖y that replaces the production root, or null. */
  readonly intelRoot: Uint8Array | null;
  readonly logs: LogFiles;
}

export type AkSource =
  | { readonly form: "tpmtPublic"; readonly bytes: Uint8Array }
  | { readonly form: "spki"; readonly bytes: Uint8Array }
  | { readonly form: "certificates"; readonly certs: readonly Uint8Array[] };

/** A TPM quote, whoever its key is. */
export interface QuoteInput {
  readonly attest: Uint8Array;
  readonly signature: Uint8Array;
  /** Name of the bank, e.g. sha256. */
  readonly bank: string;
  readonly pcrs: readonly MeasureablePcr[];
  readonly nonce: Uint8Array | null;
  readonly logs: LogFiles;
}

export interface TpmQuoteInput extends QuoteInput {
  readonly kind: "tpm-quote";
  readonly ak: AkSource;
}

export interface AzureHclInput {
  readonly kind: "azure-hcl";
  readonly report:
    { readonly blob: Uint8Array } | { readonly teeReport: Uint8Array; readonly runtimeClaims: Uint8Array };
  /** Null: the key of the runtime claims alone. */
  readonly ak: AkSource | null;
  readonly quote: QuoteInput | null;
  readonly tdQuote: Uint8Array | null;
  readonly collateral: TdxCollateral | null;
  readonly intelRoot: Uint8Array | null;
  readonly logs: LogFiles;
}

export interface RegistrationInput {
  readonly kind: "registration";
  readonly calldata: Uint8Array;
  readonly anchorBlock: AnchorBlock | null;
  readonly collateral: TdxCollateral | null;
  readonly intelRoot: Uint8Array | null;
  readonly logs: LogFiles;
  /** For `checkCVMSignature`, simulate only. */
  readonly message: Uint8Array | null;
  readonly signature: Uint8Array | null;
}

/** A kind of the format for which this version has no verifier. */
export interface UnsupportedInput {
  readonly kind: Exclude<InputKind, "tdx-quote" | "tpm-quote" | "azure-hcl" | "zk-proof" | "registration">;
}

export type EvidenceInput =
  TdxQuoteInput | TpmQuoteInput | AzureHclInput | ZkProofInput | RegistrationInput | UnsupportedInput;

/** The file cannot be read as an evidence file at all: exit status 2, unlike a refusal. */
export interface UnreadableInput {
  readonly unreadable: string;
}

function intelRootOf(fields: Fields): Uint8Array | null | Refusal {
  if (fields["roots"] === undefined || fields["roots"] === null) return null;
  if (!isFields(fields["roots"])) return malformed("roots", "an object");
  const root = optionalBytes(fields["roots"], "intel");
  if (root === null || isRefusal(root)) return root;
  return root.length === 64 ? root : malformed("roots.intel", "64 bytes");
}

/** What kinds with a TDX quote have beside it. */
function surroundingsOf(fields: Fields): Pick<TdxQuoteInput, "collateral" | "intelRoot" | "logs"> | Refusal {
  const collateral = collateralOf(fields["collateral"]);
  if (isRefusal(collateral)) return collateral;
  const intelRoot = intelRootOf(fields);
  if (isRefusal(intelRoot)) return intelRoot;
  const logs = logsOf(fields);
  if (isRefusal(logs)) return logs;
  return { collateral, intelRoot, logs };
}

function tdxQuote(fields: Fields): TdxQuoteInput | Refusal {
  const quote = bytesField(fields, "quote");
  if (isRefusal(quote)) return quote;
  const surroundings = surroundingsOf(fields);
  if (isRefusal(surroundings)) return surroundings;
  return { kind: "tdx-quote", quote, ...surroundings };
}

/** Null when the file names no AK. */
function akOf(fields: Fields): AkSource | null | Refusal {
  const given = ["akPublic", "akSpki", "akCertificates"].filter((name) => (fields[name] ?? null) !== null);
  if (given.length === 0) return null;
  if (given.length !== 1)
    return refuse("input.field", "exactly one of akPublic, akSpki, akCertificates is due");
  if (given[0] === "akCertificates") {
    const certs = bytesList(fields, "akCertificates");
    return isRefusal(certs) ? certs : { form: "certificates", certs };
  }
  const bytes = bytesField(fields, given[0]!);
  if (isRefusal(bytes)) return bytes;
  return { form: given[0] === "akPublic" ? "tpmtPublic" : "spki", bytes };
}

function pcrsOf(values: Fields): MeasureablePcr[] | Refusal {
  const pcrs: MeasureablePcr[] = [];
  for (const name of Object.keys(values)) {
    const pcr = /^\d{1,3}$/.test(name)
      ? bytesField(values, name)
      : malformed("pcrs.values", "keyed by PCR index");
    if (isRefusal(pcr)) return pcr;
    const index = Number(name);
    pcrs.push({ index, pcr, allEvents: [], measureEventsIdx: [], measurePcr: true });
  }
  return pcrs.sort((a, b) => a.index - b.index);
}

function quoteOf(fields: Fields): QuoteInput | Refusal {
  const attest = bytesField(fields, "attest");
  if (isRefusal(attest)) return attest;
  const signature = bytesField(fields, "signature");
  if (isRefusal(signature)) return signature;
  const list = fields["pcrs"];
  if (!isFields(list) || typeof list["bank"] !== "string" || !isFields(list["values"]))
    return malformed("pcrs", "{bank, values}");
  const pcrs = pcrsOf(list["values"]);
  if (isRefusal(pcrs)) return pcrs;
  const nonce = optionalBytes(fields, "nonce");
  if (isRefusal(nonce)) return nonce;
  const logs = logsOf(fields);
  if (isRefusal(logs)) return logs;
  return { attest, signature, bank: list["bank"].toLowerCase(), pcrs, nonce, logs };
}

function tpmQuote(fields: Fields): TpmQuoteInput | Refusal {
  const quote = quoteOf(fields);
  if (isRefusal(quote)) return quote;
  const ak = akOf(fields);
  if (ak === null) return refuse("input.field", "exactly one of akPublic, akSpki, akCertificates is due");
  return isRefusal(ak) ? ak : { kind: "tpm-quote", ak, ...quote };
}

function hclReportOf(fields: Fields): AzureHclInput["report"] | Refusal {
  const blob = optionalBytes(fields, "hclReport");
  if (isRefusal(blob)) return blob;
  const isSplit = (fields["teeReport"] ?? fields["runtimeClaims"] ?? null) !== null;
  if ((blob !== null) === isSplit)
    return refuse("input.field", "hclReport is due, or teeReport with runtimeClaims");
  if (blob !== null) return { blob };
  const teeReport = bytesField(fields, "teeReport");
  if (isRefusal(teeReport)) return teeReport;
  const runtimeClaims = bytesField(fields, "runtimeClaims");
  return isRefusal(runtimeClaims) ? runtimeClaims : { teeReport, runtimeClaims };
}

function azureHcl(fields: Fields): AzureHclInput | Refusal {
  const report = hclReportOf(fields);
  if (isRefusal(report)) return report;
  const ak = akOf(fields);
  if (isRefusal(ak)) return ak;
  const hasQuote = ["attest", "signature", "pcrs"].some((name) => (fields[name] ?? null) !== null);
  const quote = hasQuote ? quoteOf(fields) : null;
  if (isRefusal(quote)) return quote;
  const tdQuote = optionalBytes(fields, "tdQuote");
  if (isRefusal(tdQuote)) return tdQuote;
  const surroundings = surroundingsOf(fields);
  if (isRefusal(surroundings)) return surroundings;
  return { kind: "azure-hcl", report, ak, quote, tdQuote, ...surroundings };
}

function anchorBlockOf(value: unknown): AnchorBlock | null | Refusal {
  if (value === undefined || value === null) return null;
  if (!isFields(value)) return malformed("anchorBlock", "an object");
  const chainId = naturalField(value, "chainId");
  if (isRefusal(chainId)) return chainId;
  const blockNumber = naturalField(value, "number");
  if (isRefusal(blockNumber)) return blockNumber;
  const registry = bytesField(value, "registry");
  if (isRefusal(registry)) return registry;
  const blockHash = bytesField(value, "hash");
  if (isRefusal(blockHash)) return blockHash;
  if (registry.length !== 20) return malformed("anchorBlock.registry", "20 bytes");
  if (blockHash.length !== 32) return malformed("anchorBlock.hash", "32 bytes");
  return { chainId, registry, blockNumber, blockHash };
}

function registration(fields: Fields): RegistrationInput | Refusal {
  const calldata = bytesField(fields, "calldata");
  if (isRefusal(calldata)) return calldata;
  const anchorBlock = anchorBlockOf(fields["anchorBlock"]);
  if (isRefusal(anchorBlock)) return anchorBlock;
  const surroundings = surroundingsOf(fields);
  if (isRefusal(surroundings)) return surroundings;
  const message = optionalBytes(fields, "message");
  if (isRefusal(message)) return message;
  const signature = optionalBytes(fields, "signature");
  if (isRefusal(signature)) return signature;
  return { kind: "registration", calldata, anchorBlock, ...surroundings, message, signature };
}

/** Reads the text of an evidence file. */
export function parseInput(text: string): EvidenceInput | Refusal | UnreadableInput {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { unreadable: "the file is not JSON" };
  }
  if (!isFields(value)) return { unreadable: "the file is not a JSON object" };
  const kind = inputKinds.find((known) => known === value["kind"]);
  if (kind === undefined) return { unreadable: `kind is none of ${inputKinds.join(", ")}` };
  if (kind === "tdx-quote") return tdxQuote(value);
  if (kind === "tpm-quote") return tpmQuote(value);
  if (kind === "azure-hcl") return azureHcl(value);
  if (kind === "zk-proof") return proofOf(value);
  if (kind === "registration") return registration(value);
  return { kind };
}

export const isUnreadable = (input: object): input is UnreadableInput => "unreadable" in input;
