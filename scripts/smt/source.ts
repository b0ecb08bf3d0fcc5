// Sources as SMTChecker can decide on them. Each change keeps every behaviour of the code or adds some, so that what is
// proved of the changed source holds of the true one; what is refuted may be the change's fault.
import { readFileSync } from "node:fs";

/** What a property says of a function, by the tags of its contract. */
export interface Lemma {
  /** Library and function. */
  readonly of: string;
  /** Conditions on its parameters, which callers are made to prove, and on what it returns. */
  readonly given: string;
  readonly then: string;
}

export interface Property {
  readonly file: string;
  readonly name: string;
  /** Null where it is of no use to others. */
  readonly lemma: Lemma | null;
  /** Names of properties in the same file: the functions they are of are known by them alone. */
  readonly by: readonly string[];
  /** Functions that may return anything. */
  readonly any: readonly string[];
  /** Variables that no refusal looks at. */
  readonly pass: readonly string[];
  /** Words read as numbers of any size, not by the shifts that cut them. */
  readonly wide: readonly string[];
}

/** The properties of one file. */
export function readProperties(file: string, text: string): Property[] {
  const declared = /((?:^\/\/\/.*\n)+)contract (\w+) \{([\s\S]*?)^\}/gm;
  return [...text.matchAll(declared)].map(([, notes = "", name = "", body = ""]) => {
    const tags = (tag: string) =>
      [...notes.matchAll(new RegExp(`@custom:${tag} (.*)`, "g"))].map(([, value = ""]) => value.trim());
    const words = (tag: string) => tags(tag).flatMap((line) => line.split(" "));
    const [of] = tags("of");
    const [given] = tags("given");
    const [then] = tags("then");
    const lemma = of && given && then ? { of, given, then } : null;
    // A lemma is used as it is proved, and in no other form.
    if (lemma && !(body.includes(`require(${lemma.given});`) && body.includes(`assert(${lemma.then});`)))
      throw new Error(`${name}: its tags and its code differ; write the same conditions in both`);
    const lists = { by: words("by"), any: words("any"), pass: words("pass"), wide: words("wide") };
    return { file, name, lemma, ...lists };
  });
}

/** A source at `path`, as `property` wants it read. */
export function prepare(root: string, path: string, property: Property, all: readonly Property[]): string {
  let text = readFileSync(`${root}${path.startsWith("@") ? "node_modules/" : ""}${path}`, "utf8");
  // Private functions open to the property; errors without their names, which the checker would step over.
  text = text.replaceAll(/\bprivate\b/g, "internal").replaceAll(/revert\s+[\w.]+\([^;]*\);/g, "revert();");
  // The same numbers in linear arithmetic: masks of low ones are remainders, those of high ones multiples.
  text = text
    .replaceAll(/ & 0x(f+)\b/g, (_, ones: string) => ` % 0x1${"0".repeat(ones.length)}`)
    .replaceAll(/ & type\(uint(\d+)\)\.max/g, (_, bits: string) => ` % (1 << ${bits})`)
    .replaceAll(/\) & ~uint256\(31\)/g, ") / 32 * 32");
  const masks = /constant (\w+) = type\(uint(\d+)\)\.max;/g;
  for (const [, name, bits] of [...text.matchAll(masks)])
    text = text.replaceAll(new RegExp(` & ${name}\\b`, "g"), ` % (1 << ${bits})`);
  const library = /^library (\w+)/m.exec(text)?.[1] ?? "";
  const ours = (names: readonly string[]) =>
    names.filter((name) => name.startsWith(`${library}.`)).map((name) => name.slice(library.length + 1));
  for (const name of ours(property.wide))
    text = text.replaceAll(new RegExp(`\\b(${name}\\([^()]*\\)) >> \\d+`, "g"), "$1");
  for (const name of ours(property.pass))
    text = text.replaceAll(new RegExp(`if \\([^;{}]*\\b${name}\\b[^;{}]*\\)\\s+revert\\(\\);`, "g"), "");
  for (const name of ours(property.any)) text = replaceBody(text, name, "", "");
  for (const lemma of property.by.map((name) => mustFindLemma(all, name)))
    for (const name of ours([lemma.of]))
      text = replaceBody(text, name, `assert(${lemma.given});`, `require(${lemma.then});`);
  return text;
}

function mustFindLemma(all: readonly Property[], name: string): Lemma {
  const lemma = all.find((property) => property.name === name)?.lemma;
  if (!lemma) throw new Error(`no lemma ${name}`);
  return lemma;
}

/** The function with a body that gives every value to what it returns: those that assembly reads. */
function replaceBody(text: string, name: string, before: string, after: string): string {
  const head = new RegExp(`function ${name}\\([^)]*\\)[^{]*?returns \\(([^)]*)\\) \\{`).exec(text);
  if (!head) throw new Error(`no function ${name} that returns something`);
  const values = head[1]!.split(",").map((value, i) => {
    const words = value.trim().split(/\s+/);
    const isNamed = words.length > 1 && words.at(-1) !== "calldata";
    return isNamed ? words : [...words, `any${i}`];
  });
  // A slice last: the checker forgets every other slice where assembly makes one.
  const read = (isSlice: boolean) => {
    const names = values
      .filter((words) => words.includes("calldata") === isSlice)
      .map((words) => words.at(-1)!);
    const parts = isSlice ? names.flatMap((part) => [`${part}.offset`, `${part}.length`]) : names;
    const reads = parts.map((part, i) => `${part} := calldataload(${32 * i})`).join(" ");
    return parts.length > 0 ? ` assembly ("memory-safe") { ${reads} }` : "";
  };
  const returned = values.map((words) => words.join(" ")).join(", ");
  const signature = head[0].replace(`returns (${head[1]}`, `returns (${returned}`);
  const body = ` ${before}${read(false)} ${after}${read(true)} }`;
  return text.slice(0, head.index) + signature + body + text.slice(endOf(text, head.index + head[0].length));
}

/** Behind the brace that closes a body whose first byte is at `from`. */
function endOf(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === "{") depth++;
    if (text[i] === "}") depth--;
    if (depth === 0) return i + 1;
  }
  throw new Error("a brace is not closed");
}
