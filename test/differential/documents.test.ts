// Intel's documents, contract and JSON.parse: random documents within the bounds are read alike, and a changed byte
// is refused or leaves a document that JSON.parse reads the same. FUZZ_RUNS multiplies what runs by default.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse, refusal } from "../contracts/verifiers/document-door.ts";
import type { JsonKind } from "../contracts/verifiers/document-door.ts";
import {
  readEvaluationNumbers,
  readQeIdentity,
  readTcbInfo,
  statusNames,
  svnStatuses,
} from "../contracts/verifiers/intel-documents.ts";
import type {
  EvaluationNumbers,
  QeIdentity,
  SvnLevel,
  TcbInfo,
  TcbLevel,
} from "../contracts/verifiers/intel-documents.ts";
import { seededRandom } from "../support/mutations.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 25);
const editsPerDocument = 12;

type Random = ReturnType<typeof seededRandom>;
const one = <T>(random: Random, values: readonly T[]): T => values[random(values.length)]!;
const maybe = (random: Random) => random(2) === 0;
const list = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const pad = (value: number, digits: number) => String(value).padStart(digits, "0");

// Small numbers and the bounds are likelier than the rest.
const upTo = (random: Random, most: number) =>
  random(3) === 0 ? one(random, [0, 1, 9, 10, 99, 100, most]) : random(most + 1);
const hexDigits = (random: Random, digits: number) =>
  random(4) === 0 ? "0".repeat(digits) : list(digits, () => "0123456789abcdefABCDEF"[random(22)]!).join("");

function date(random: Random): string {
  const [year, month] = [1950 + random(200), 1 + random(12)];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = random(3) === 0 ? days : 1 + random(days);
  const [hour, minute, second] = [random(24), random(60), random(60)];
  return `${year}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}Z`;
}

/** Any byte that stands for itself in a string: no control, quote or backslash. */
const text = (random: Random) =>
  list(random(70), () => {
    const code = 0x20 + random(0xe0);
    return code === 0x22 || code === 0x5c ? "!" : String.fromCharCode(code);
  }).join("");

const tail = (random: Random, statuses: readonly string[] = statusNames) => ({
  tcbDate: date(random),
  tcbStatus: one(random, statuses),
  ...(maybe(random) && { advisoryIDs: list(1 + random(6), () => `INTEL-SA-${pad(upTo(random, 65535), 5)}`) }),
});

/** `count` different numbers up to `most`, the largest first. */
function descending(random: Random, count: number, most: number): number[] {
  const all = new Set<number>();
  while (all.size < count) all.add(random(most + 1));
  return [...all].sort((a, b) => b - a);
}

const svnLevels = (random: Random, count: number, most: number): SvnLevel[] =>
  descending(random, count, most).map((isvsvn) => ({ tcb: { isvsvn }, ...tail(random, svnStatuses) }));

function component(random: Random, svn: number) {
  const names = ["BIOS", "OS/VMM", "TDX Module", text(random)];
  return {
    svn,
    ...(random(3) === 0 && { category: one(random, names) }),
    ...(random(3) === 0 && { type: one(random, names) }),
  };
}

/** Levels in order: the next is that before it with one number lowered and any of lower rank behind it. */
function tcbLevels(random: Random, count: number): TcbLevel[] {
  const rank = list(33, (i) => upTo(random, i === 16 ? 65535 : 255));
  rank[0] = 255;
  const written = list(33, (i) => component(random, i));
  return list(count, (level) => {
    if (level > 0) {
      const at = one(
        random,
        [...rank.keys()].filter((i) => rank[i]! > 0),
      );
      rank[at] = random(rank[at]!);
      for (let i = at + 1; i < 33; i++) if (random(4) === 0) rank[i] = upTo(random, i === 16 ? 65535 : 255);
    }
    // As Intel writes them, each component is called the same in every level; now and then not.
    const components = rank.map((svn, i) =>
      random(8) === 0 ? component(random, svn) : { ...written[i]!, svn },
    );
    const tcb = {
      sgxtcbcomponents: components.slice(0, 16),
      pcesvn: rank[16]!,
      tdxtcbcomponents: components.slice(17),
    };
    return { tcb, ...tail(random) };
  });
}

const module = (random: Random) => ({
  mrsigner: hexDigits(random, 96),
  attributes: hexDigits(random, 16),
  attributesMask: hexDigits(random, 16),
});

function identities(random: Random) {
  const ids = descending(random, 1 + random(16), 254);
  return ids.map((id) => {
    const digits = (id + 1).toString(16).padStart(2, "0");
    return {
      id: `TDX_${maybe(random) ? digits : digits.toUpperCase()}`,
      ...module(random),
      tcbLevels: svnLevels(random, 1 + random(random(8) === 0 ? 32 : 3), 255),
    };
  });
}

const randomTcbInfo = (random: Random): TcbInfo => ({
  id: "TDX",
  version: 3,
  issueDate: date(random),
  nextUpdate: date(random),
  fmspc: hexDigits(random, 12),
  pceId: hexDigits(random, 4),
  tcbType: 0,
  tcbEvaluationDataNumber: upTo(random, 65535),
  tdxModule: module(random),
  ...(random(4) > 0 && { tdxModuleIdentities: identities(random) }),
  tcbLevels: tcbLevels(random, 1 + random(random(8) === 0 ? 32 : 4)),
});

const randomQeIdentity = (random: Random): QeIdentity => ({
  id: "TD_QE",
  version: 2,
  issueDate: date(random),
  nextUpdate: date(random),
  tcbEvaluationDataNumber: upTo(random, 65535),
  miscselect: hexDigits(random, 8),
  miscselectMask: hexDigits(random, 8),
  attributes: hexDigits(random, 32),
  attributesMask: hexDigits(random, 32),
  mrsigner: hexDigits(random, 64),
  isvprodid: upTo(random, 65535),
  tcbLevels: svnLevels(random, 1 + random(8), 65535),
});

const randomNumbers = (random: Random): EvaluationNumbers => ({
  id: "TDX",
  version: 1,
  issueDate: date(random),
  nextUpdate: date(random),
  tcbEvalNumbers: descending(random, 1 + random(32), 65535).map((tcbEvaluationDataNumber) => ({
    tcbEvaluationDataNumber,
    tcbRecoveryEventDate: date(random),
    tcbDate: date(random),
  })),
});

/** One byte replaced, removed or put in; most often by what stands in such documents. */
function edit(text: string, random: Random): string {
  const at = random(text.length);
  const character = maybe(random) ? text[random(text.length)]! : String.fromCharCode(random(256));
  const kept = random(4);
  return text.slice(0, at) + (kept === 0 ? "" : character) + text.slice(kept === 1 ? at : at + 1);
}

for (const [kind, seed, make, read, errors] of [
  ["tcbInfo", 3, randomTcbInfo, readTcbInfo, /^TDXTCBInfo(Malformed|Unsupported|Unordered)$/],
  ["qeIdentity", 2, randomQeIdentity, readQeIdentity, /^TDXQEIdentity(Malformed|Unsupported|Unordered)$/],
  ["evaluationNumbers", 1, randomNumbers, readEvaluationNumbers, /^TDXEvaluationNumbersMalformed$/],
] as const satisfies readonly (readonly [JsonKind, number, unknown, unknown, RegExp])[])
  describe(`${kind}, contract and JSON.parse`, () => {
    it(`agree on ${runs} random documents`, async () => {
      const random = seededRandom(seed);
      for (let run = 0; run < runs; run++) {
        const document = JSON.stringify(make(random));
        assert.deepEqual((await parse[kind](document))[0], read(document), document);
      }
    });

    it(`agree on ${runs * editsPerDocument} documents with a changed byte, or the contract refuses`, async () => {
      const random = seededRandom(seed + 10);
      const outcomes = { refused: 0, read: 0 };
      for (let run = 0; run < runs; run++) {
        const document = JSON.stringify(make(random));
        for (let i = 0; i < editsPerDocument; i++) {
          const edited = edit(document, random);
          const error = await refusal(kind, edited);
          if (error !== null) {
            assert.match(error, errors, edited);
            outcomes.refused++;
            continue;
          }
          // What is read is the one text of its meaning.
          assert.equal(JSON.stringify(JSON.parse(edited)), edited);
          assert.deepEqual((await parse[kind](edited))[0], read(edited), edited);
          outcomes.read++;
        }
      }
      assert.ok(outcomes.refused > 0 && outcomes.read > 0, JSON.stringify(outcomes));
    });
  });
