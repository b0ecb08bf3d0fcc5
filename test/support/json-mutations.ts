// Seeded changes of Intel's signed JSON, of the kinds that tell one reader from another. Text is latin1, one character
// a byte. The same seed gives the same texts.
import { tcbStatusNames } from "../../sdk/evidence/tcb-levels.ts";
import type { seededRandom } from "./mutations.ts";

type Random = ReturnType<typeof seededRandom>;

interface Span {
  readonly from: number;
  readonly to: number;
}

const one = <T>(random: Random, values: readonly T[]): T => values[random(values.length)]!;
const cut = (text: string, { from, to }: Span) => text.slice(from, to);
const put = (text: string, { from, to }: Span, instead: string) =>
  text.slice(0, from) + instead + text.slice(to);
const spansOf = (text: string, form: RegExp): Span[] =>
  [...text.matchAll(form)].map((match) => ({ from: match.index, to: match.index + match[0].length }));

/** Replaces one match of `form`, if there is one. */
function replaceOne(text: string, random: Random, form: RegExp, make: (found: string) => string): string {
  const spans = spansOf(text, form);
  if (spans.length === 0) return text;
  const span = one(random, spans);
  return put(text, span, make(cut(text, span)));
}

const anyByte = (random: Random) => String.fromCharCode(random(256));

function changeByte(text: string, random: Random): string {
  const at = random(text.length);
  const byte = random(2) === 0 ? text[random(text.length)]! : anyByte(random);
  return one(random, [
    () => put(text, { from: at, to: at + 1 }, String.fromCharCode(text.charCodeAt(at) ^ (1 << random(8)))),
    () => put(text, { from: at, to: at + 1 }, byte),
    () => put(text, { from: at, to: at }, byte),
    () => put(text, { from: at, to: at + 1 + random(4) }, ""),
    () => text.slice(0, at),
    () => text + one(random, [byte, "\0", " ", "}", text]),
  ])();
}

const numberForms = [
  ...["01", "00", "-0", "-1", "+1", "1e1", "1E0", "0e0", "0.0", "1.", ".5", "0x1", "", " 1", "1 ", "1_0"],
  ...["0", "9", "10", "99", "100", "255", "256", "300", "999", "1000", "65535", "65536", "99999", "100000"],
  ...["4294967296", "18446744073709551616", String(2n ** 256n), String(2n ** 256n + 1n), "9".repeat(90)],
  ...['"1"', "null", "true", "[1]", "{}", ":", ";", "/", "A", "\xb2"],
];
const changeNumber = (text: string, random: Random) =>
  replaceOne(text, random, /(?<=:)\d+(?=[,}])/g, (found) =>
    random(4) === 0 ? String(Number(found) + random(3) - 1) : one(random, numberForms),
  );

const spaces = [" ", "\t", "\n", "\r", "\r\n", "\0", "\v", "\xa0", "\xef\xbb\xbf", "/**/"];
function insertSpace(text: string, random: Random): string {
  const { to } = one(random, spansOf(text, /[{}[\],:]|^/g));
  return put(text, { from: to, to }, one(random, spaces));
}

const stringParts = [
  ...['\\"', "\\\\", "\\n", "\\u0041", "\\/", "\\", '"', "\t", "\0", "\x1f", "\x7f", "\x80", "\xff"],
  ...["\xc3\xa9", "\xed\xa0\x80", " ", "'", "x".repeat(31), "y".repeat(32), "z".repeat(33)],
];
/** Something put into a string, names of members included. */
function changeString(text: string, random: Random): string {
  const spans = spansOf(text, /(?<=")[^"]*(?=")/g);
  if (spans.length === 0) return text;
  const { from, to } = one(random, spans);
  const at = from + random(to - from + 1);
  return put(text, { from: at, to: at }, one(random, stringParts));
}

const dates = [
  ...["2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2000-02-29T23:59:59Z"],
  ...["1949-12-31T23:59:59Z", "1950-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"],
  ...["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", "2024-00-10T00:00:00Z", "2024-13-10T00:00:00Z"],
  ...["2024-04-31T00:00:00Z", "2024-04-00T00:00:00Z", "2024-04-30T24:00:00Z", "2024-04-30T23:60:00Z"],
  ...["2024-04-30T23:59:60Z", "2024-04-30t23:59:59z", "2024-04-30 23:59:59Z", "2024-04-30T23:59:59.0Z"],
  ...["2024-04-30T23:59:59", "2024-04-30T23:59:5:Z", "+024-04-30T23:59:59Z", "2024-4-30T23:59:59Z", ""],
];
const changeDate = (text: string, random: Random) =>
  replaceOne(text, random, /\d{4}-\d\d-\d\dT[\d:]{8}Z/g, () => one(random, dates));

const changeHex = (text: string, random: Random) =>
  replaceOne(text, random, /(?<=")[0-9A-Fa-f]{4,}(?=")/g, (found) =>
    one(random, [
      () => found.toLowerCase(),
      () => found.toUpperCase(),
      () => found + one(random, ["0", "00", " "]),
      () => found.slice(random(3)),
      () => found.slice(1) + one(random, ["g", "G", "/", ":", "@", "`", "\xb0", "f", "F"]),
      () => "0".repeat(found.length - 1) + one(random, ["0", "1"]),
    ])(),
  );

const identifiers = /TDX_[0-9A-Fa-f]+|INTEL-SA-\d+|(?<="id":")[^"]*|(?<="tcbStatus":")[A-Za-z]+/g;
const changeIdentifier = (text: string, random: Random) =>
  replaceOne(text, random, identifiers, (found) =>
    one(random, [
      () => one(random, tcbStatusNames),
      () =>
        one(random, ["TDX_00", "TDX_01", "TDX_03", "TDX_ff", "TDX_FF", "TDX_1", "TDX_001", "TDX_0g", "TDX"]),
      () =>
        one(random, [
          "INTEL-SA-65535",
          "INTEL-SA-65536",
          "INTEL-SA-00000",
          "INTEL-SA-0000:",
          "intel-sa-00001",
        ]),
      () => one(random, ["TD_QE", "QE", "SGX", "TDX", "TDXX", "TD", ""]),
      () => found.toLowerCase(),
      () => found + found.slice(-1),
    ])(),
  );

const member = /"\w+":(?:"[^"]*"|\d+|\[(?:"[^"]*",?)*\])/g;
function changeMember(text: string, random: Random): string {
  const spans = spansOf(text, member);
  if (spans.length === 0) return text;
  const at = random(spans.length);
  const [first, next] = [spans[at]!, spans[(at + 1 + random(2)) % spans.length]!];
  const found = cut(text, first);
  const name = /^"\w+"/.exec(found)![0];
  return one(random, [
    () => put(text, first, `${found},${found}`),
    () => put(text, first, `${found},${name}:0`),
    () => put(text, { from: first.from, to: first.to + 1 }, ""),
    () => put(text, { from: first.from - 1, to: first.to }, ""),
    () =>
      put(
        text,
        first,
        found.replace(/^"(.)/, (_, head: string) => `"${head.toUpperCase()}`),
      ),
    () => put(text, first, `"more":1,${found}`),
    () =>
      first.to < next.from
        ? text.slice(0, first.from) +
          cut(text, next) +
          text.slice(first.to, next.from) +
          found +
          text.slice(next.to)
        : text,
  ])();
}

/** Where an element that begins at `from` ends: behind its closing bracket. */
function elementAt(text: string, from: number): Span {
  let depth = 0;
  for (let to = from; to < text.length; to++) {
    if ("{[".includes(text[to]!)) depth++;
    if ("}]".includes(text[to]!) && --depth === 0) return { from, to: to + 1 };
  }
  return { from, to: text.length };
}

/** An object or list: repeated, repeated many times, left out, emptied, or swapped with the one behind it. */
function changeElement(text: string, random: Random): string {
  const starts = spansOf(text, /[[{]/g);
  if (starts.length === 0) return text;
  const span = elementAt(text, one(random, starts).from);
  const found = cut(text, span);
  return one(random, [
    () => put(text, span, `${found},${found}`),
    () =>
      put(
        text,
        span,
        Array(2 + random(40))
          .fill(found)
          .join(),
      ),
    () => put(text, { from: span.from, to: span.to + 1 }, ""),
    () => put(text, span, found.startsWith("[") ? "[]" : "{}"),
    () => {
      if (text[span.to] !== ",") return text;
      const next = elementAt(text, span.to + 1);
      return put(text, { from: span.from, to: next.to }, `${cut(text, next)},${found}`);
    },
  ])();
}

const changes = [
  changeByte,
  changeByte,
  changeNumber,
  changeNumber,
  insertSpace,
  changeString,
  changeDate,
  changeHex,
  changeIdentifier,
  changeMember,
  changeElement,
];

/** A text with one change, now and then two: what the second finds may hide behind the first. */
export function mutateJson(text: string, random: Random): string {
  const changed = one(random, changes)(text, random);
  return random(4) === 0 && changed.length > 0 ? one(random, changes)(changed, random) : changed;
}
