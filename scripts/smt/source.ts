// Sources as SMTChecker can decide on them. Each change keeps every behaviour of the code or adds some, so that what is
// proved of the changed source holds of the true one; what is refuted may be the change's fault.
import { readFileSync } from "node:fs";
import { list, member, parse, walk } from "./ast.ts";
import type { Node } from "./ast.ts";
import { rewrite } from "./abstraction.ts";
import { libraryAny } from "./any.ts";
import type { Helpers } from "./any.ts";
import { changes } from "./rewriting.ts";
import type { Body } from "./rewriting.ts";

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
  /** Names of properties: the functions they are of are known by them alone. */
  readonly by: readonly string[];
  /** Functions that may return anything. */
  readonly any: readonly string[];
  /** Of SMTChecker: chc, or bmc where that decides nothing. */
  readonly engine: string;
  /** What holds before and behind every round of a function's loops: function and condition. */
  readonly rounds: readonly (readonly [string, string])[];
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
    const code = body.replaceAll(/\s+/g, "");
    const isStated = (statement: string) => code.includes(statement.replaceAll(/\s+/g, ""));
    if (lemma && !(isStated(`require(${lemma.given});`) && isStated(`assert(${lemma.then});`)))
      throw new Error(`${name}: its tags and its code differ; write the same conditions in both`);
    const rounds = tags("round").map((line): [string, string] => {
      const [loop = ""] = line.split(" ");
      return [loop, line.slice(loop.length + 1)];
    });
    const [engine = "chc"] = words("engine");
    const lists = { by: words("by"), any: words("any"), engine, rounds };
    return { file, name, lemma, ...lists };
  });
}

/** The property that nothing reaches its end: proved, it would say that what was proved is of no execution. */
function reachNothing(text: string, name: string): string {
  return text.replace(
    new RegExp(`^(contract ${name} \\{[\\s\\S]*?)\\}\\s*^\\}`, "m"),
    (_, code: string) => `${code.replaceAll(/\bassert\([^;]*;/g, "")} assert(false); } }`,
  );
}

/** The sources that `property` rests on, by their paths, as it wants them read; or that nothing reaches its end. */
export function prepare(
  root: string,
  property: Property,
  all: readonly Property[],
  isEnd: boolean,
): Map<string, string> {
  requireNoCircle(property, all, []);
  const sources = parse(property.file, (path) => {
    const text = readFileSync(`${root}${path.startsWith("@") ? "node_modules/" : ""}${path}`, "utf8");
    const stated = isEnd && path === property.file ? reachNothing(text, property.name) : text;
    // Private functions open to the property.
    return stated.replaceAll(/\bprivate\b/g, "internal");
  });
  const declarations = new Map<number, Node>();
  for (const { tree } of sources.values()) walk(tree, (node) => declarations.set(node.id, node));
  const bodies = new Map<number, Body>();
  for (const name of property.any) bodies.set(find(declarations, name).id, { before: "", after: "" });
  for (const { of, given, then } of property.by.map((name) => mustFindLemma(all, name)))
    bodies.set(find(declarations, of).id, { before: `assert(${given});`, after: `require(${then});` });
  const given = new Map<number, string[]>();
  for (const [name, condition] of property.rounds) {
    const { id } = find(declarations, name);
    given.set(id, [...(given.get(id) ?? []), condition]);
  }
  const helpers: Helpers = new Map();
  const context = {
    declarations,
    bodies,
    given,
    helpers,
    invariants: [],
    initials: findInitials(declarations),
  };
  const check = mustFind(declarations, property.name, "check");
  const reached = reach(check, declarations, bodies);
  const library = "scripts/smt/Any.sol";
  const texts = [...sources].map(([path, { bytes, tree }]): [string, string] => {
    const text = Buffer.from(rewrite(tree, { ...context, bytes, reached }), "latin1").toString();
    // Notes on functions that are left out would fall to others.
    const code = text.replaceAll(/^ *\/\/\/.*\n/gm, "");
    return [path, `// SPDX-License-Identifier: Apache-2.0\nimport {Any} from "${library}";\n${code}`];
  });
  return new Map([...texts, [library, libraryAny(helpers)]]);
}

/** What variables are that are given one value where they are declared, and no other. */
function findInitials(nodes: ReadonlyMap<number, Node>): Map<number, Node> {
  const initials = new Map<number, Node>();
  for (const node of nodes.values()) {
    const value = node.nodeType === "VariableDeclarationStatement" ? member(node, "initialValue") : null;
    const declared = value ? list(node, "declarations") : [];
    if (value && declared.length === 1) initials.set(declared[0]!.id, value);
  }
  for (const node of nodes.values()) for (const id of changes(node)) initials.delete(id);
  return initials;
}

/** Ids of the functions that `from` may call, itself among them; behind a body that stands for another none. */
function reach(
  from: Node,
  declarations: ReadonlyMap<number, Node>,
  bodies: ReadonlyMap<number, Body>,
): Set<number> {
  const reached = new Set<number>();
  const visit = (called: Node) => {
    if (reached.has(called.id)) return;
    reached.add(called.id);
    if (bodies.has(called.id)) return;
    walk(called, (node) => {
      const declaration = declarations.get(Number(node["referencedDeclaration"]));
      if (declaration?.nodeType === "FunctionDefinition") visit(declaration);
    });
  };
  visit(from);
  return reached;
}

/** By library and function. */
function find(declarations: ReadonlyMap<number, Node>, name: string): Node {
  const [library = "", called = ""] = name.split(".");
  return mustFind(declarations, library, called);
}

function mustFind(declarations: ReadonlyMap<number, Node>, contract: string, name: string): Node {
  const found = [...declarations.values()].filter(
    (node) =>
      node.nodeType === "FunctionDefinition" &&
      node["name"] === name &&
      declarations.get(Number(node["scope"]))?.["name"] === contract,
  );
  if (found.length !== 1) throw new Error(`${found.length} functions ${contract}.${name}`);
  return found[0]!;
}

/** A lemma that rested on itself would prove anything. */
function requireNoCircle({ name, by }: Property, all: readonly Property[], above: readonly string[]): void {
  if (above.includes(name)) throw new Error(`${name} rests on itself`);
  for (const next of all.filter((property) => by.includes(property.name)))
    requireNoCircle(next, all, [...above, name]);
}

function mustFindLemma(all: readonly Property[], name: string): Lemma {
  const lemma = all.find((property) => property.name === name)?.lemma;
  if (!lemma) throw new Error(`no lemma ${name}`);
  return lemma;
}
