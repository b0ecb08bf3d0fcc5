// Journal of Automata's DCAP guest, version 1.1 (automata-dcap-attestation), of TDX quotes. Big-endian:
//
//   u16 length ‖ VerifiedOutput ‖ u64 time ‖ six hashes of Intel's documents
//   VerifiedOutput: u16 quote version ‖ u16 body type ‖ u8 TCB status ‖ FMSPC 6 ‖ TD report ‖ advisories
//
// Advisories are abi.encode(string[]), and nothing at all where there are none. Body type 2 is a TD report 1.0, 3 is 1.5.
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters } from "viem";
import { concat, fromHex, toHex, uint } from "../bytes.ts";
import { isRefusal } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import { tdReport10, tdReport15 } from "../tdx-quote.ts";
import { malformedJournal, u16, u64 } from "./format.ts";

/** keccak256, 32 bytes each: of contents for the first two, of TBS DER for the rest. In the journal's order. */
export interface DcapDocuments {
  readonly tcbInfo: Uint8Array;
  readonly qeIdentity: Uint8Array;
  readonly root: Uint8Array;
  readonly signer: Uint8Array;
  readonly rootCrl: Uint8Array;
  readonly pckCrl: Uint8Array;
}

export interface DcapJournal {
  readonly quoteVersion: number;
  /** The guest's numbers (specs/zk.md §4), not those of protocol §13. */
  readonly tcbStatus: number;
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
  /** 584 or 648 bytes. */
  readonly body: Uint8Array;
  /** UTF-8 as the guest wrote it. */
  readonly advisoryIds: readonly Uint8Array[];
  /** Unix seconds. */
  readonly time: bigint;
  readonly documents: DcapDocuments;
}

const headLength = 11;
/** By quote version: version 4 has no TD report 1.5. */
const bodiesOf: Readonly<Record<number, readonly (typeof tdReport10 | typeof tdReport15)[]>> = {
  4: [tdReport10],
  5: [tdReport10, tdReport15],
};
const documentNames = ["tcbInfo", "qeIdentity", "root", "signer", "rootCrl", "pckCrl"] as const;
const tailLength = 8 + 32 * documentNames.length;
// A string and bytes are encoded alike, and bytes of no text stay what they are.
const strings = parseAbiParameters("bytes[]");

const encodeAdvisories = (ids: readonly Uint8Array[]): Uint8Array =>
  ids.length === 0 ? new Uint8Array(0) : fromHex(encodeAbiParameters(strings, [ids.map(toHex)]));

export function encodeDcapJournal(journal: DcapJournal): Uint8Array {
  const { body, documents } = journal;
  const type = body.length === tdReport15.length ? tdReport15.type : tdReport10.type;
  const output = concat(
    uint(journal.quoteVersion, 2),
    uint(type, 2),
    uint(journal.tcbStatus, 1),
    journal.fmspc,
    body,
    encodeAdvisories(journal.advisoryIds),
  );
  const hashes = documentNames.map((name) => documents[name]);
  return concat(uint(output.length, 2), output, uint(journal.time, 8), ...hashes);
}

const badAdvisories = malformedJournal("advisories are not abi.encode(string[]), or are an empty list");

function readAdvisories(bytes: Uint8Array): Uint8Array[] | Refusal {
  if (bytes.length === 0) return [];
  const encoded = toHex(bytes);
  try {
    const [ids] = decodeAbiParameters(strings, encoded);
    const isCanonical = ids.length > 0 && encodeAbiParameters(strings, [ids]) === encoded;
    return isCanonical ? ids.map(fromHex) : badAdvisories;
  } catch {
    return badAdvisories;
  }
}

export function readDcapJournal(journal: Uint8Array): DcapJournal | Refusal {
  const cut = malformedJournal(`DCAP journal of ${journal.length} bytes disagrees with its parts`);
  if (journal.length < 2 + headLength + tailLength) return cut;
  const end = 2 + u16(journal, 0);
  if (journal.length !== end + tailLength) return cut;
  const output = journal.subarray(2, end);
  const [quoteVersion, type] = [u16(output, 0), u16(output, 2)];
  const body = bodiesOf[quoteVersion]?.find((known) => known.type === type);
  if (body === undefined) return malformedJournal(`quote version is ${quoteVersion}, body type ${type}`);
  const bodyEnd = headLength + body.length;
  if (output.length < bodyEnd) return cut;
  const advisoryIds = readAdvisories(output.subarray(bodyEnd));
  if (isRefusal(advisoryIds)) return advisoryIds;
  const hashAt = (i: number) => journal.slice(end + 8 + 32 * i, end + 40 + 32 * i);
  const documents = Object.fromEntries(documentNames.map((name, i) => [name, hashAt(i)]));
  return {
    quoteVersion,
    tcbStatus: output[4]!,
    fmspc: output.slice(5, headLength),
    body: output.slice(headLength, bodyEnd),
    advisoryIds,
    time: u64(journal, end),
    documents: documents as unknown as DcapDocuments,
  };
}
