// A proof of an evidence file: its fields, the verdict on it alone, and what its output says where the program is known. A
// registry wants more: a live release, an admitted program, and the TEE statement judged.
import { toHex } from "../evidence/bytes.ts";
import {
  journalFormats,
  readDcapJournal,
  readSnpJournalV1,
  readSnpJournalV2,
  readSnpJournalV3,
} from "../evidence/journals/index.ts";
import type { JournalFormat } from "../evidence/journals/index.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { reportTypes, teeTypes } from "../evidence/registration.ts";
import { nameOf } from "./claims-json.ts";
import type { JsonClaims } from "./claims-json.ts";
import { bytesField, malformed } from "./input-fields.ts";
import type { Fields } from "./input-fields.ts";
import type { Trail } from "./verdict.ts";
import {
  checkProof,
  knownReleases,
  findProgram,
  findRelease,
  knownPrograms,
  proofScopeOf,
  selectorOf,
} from "./zk/index.ts";
import type { Proof } from "./zk/index.ts";

export interface ZkProofInput extends Proof {
  readonly kind: "zk-proof";
}

const systems: Readonly<Record<string, number>> = { risc0: reportTypes.riscZero, sp1: reportTypes.sp1 };

/** Either spelling, RISC Zero's or SP1's, and not both. */
function oneOf(fields: Fields, ...names: readonly [string, string]): Uint8Array | Refusal {
  const given = names.filter((name) => (fields[name] ?? null) !== null);
  return given.length === 1
    ? bytesField(fields, given[0]!)
    : refuse("input.field", `exactly one of ${names.join(", ")} is due`);
}

export function proofOf(fields: Fields): ZkProofInput | Refusal {
  const name = fields["system"];
  const system = typeof name === "string" && Object.hasOwn(systems, name) ? systems[name]! : null;
  if (system === null) return malformed("system", "risc0 or sp1");
  const proof = oneOf(fields, "seal", "proof");
  if (isRefusal(proof)) return proof;
  const program = oneOf(fields, "imageId", "vkey");
  if (isRefusal(program)) return program;
  if (program.length !== 32) return malformed("imageId or vkey", "32 bytes");
  const output = oneOf(fields, "journal", "publicValues");
  return isRefusal(output) ? output : { kind: "zk-proof", system, program, output, proof };
}

const readers: Readonly<Record<JournalFormat, (output: Uint8Array) => object | Refusal>> = {
  [journalFormats.snpV1]: readSnpJournalV1,
  [journalFormats.snpV2]: readSnpJournalV2,
  [journalFormats.snpV3]: readSnpJournalV3,
  [journalFormats.dcap]: readDcapJournal,
};

/** Bytes in hex, times as numbers, the rest as it is. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

/** Advisories are text; of a guest's bytes that are none, what can be shown. */
function journalJson(journal: object): unknown {
  if (!("advisoryIds" in journal)) return plain(journal);
  const ids = journal.advisoryIds as readonly Uint8Array[];
  return plain({ ...journal, advisoryIds: ids.map((id) => new TextDecoder().decode(id)) });
}

/** What the proof ends in, and what it proves. The output of a program that nobody knows stays bytes. */
export function judgeProofInput(input: ZkProofInput, trail: Trail): readonly [Refusal | null, JsonClaims] {
  trail.enter(proofScopeOf(input, knownReleases));
  const release = findRelease(input, knownReleases);
  if (isRefusal(release)) return [release, {}];
  const refusal = checkProof(input, release);
  if (refusal !== null) return [refusal, {}];
  const { version, state } = release;
  const selector = selectorOf(input.proof);
  const claims = { version, releaseState: state, selector, program: toHex(input.program) };
  const program = findProgram(knownPrograms, input.system, input.program);
  const unknown = { tee: null, isProgramAdmitted: false, journalFormat: null, journal: null };
  if (program === undefined) return [null, { ...claims, ...unknown }];
  trail.enter(["proof.journal"]);
  const journal = readers[program.format](input.output);
  if (isRefusal(journal)) return [journal, claims];
  return [
    null,
    {
      ...claims,
      tee: nameOf(teeTypes, program.tee),
      isProgramAdmitted: program.isAdmitted,
      journalFormat: nameOf(journalFormats, program.format),
      journal: journalJson(journal),
    },
  ];
}
