// Finds the checks of a source, and how to write each so that one constant switches it off.
import { createHash } from "node:crypto";
import { findInAssembly } from "./assembly.ts";
import { findRefusals } from "./refusals.ts";
import type { Node, Source } from "./tree.ts";
import { childrenOf, rangeOf } from "./tree.ts";

/** What is put where: `before` at `from`, `after` at `to`; `instead` in place of what stands between. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly before: string;
  readonly after: string;
  readonly instead?: string;
}

export interface Check {
  readonly file: string;
  readonly line: number;
  /** Contract or library, and function. */
  readonly place: string;
  readonly text: string;
  /** 64 hexadecimal digits, found as they are in the bytecode: zeros in their place delete the check. */
  readonly key: string;
  readonly edits: readonly Edit[];
}

/** Where a finder has come to. */
export interface Context {
  readonly source: Source;
  readonly sources: ReadonlyMap<number, Source>;
  readonly declared: ReadonlyMap<number, Node>;
  /** Ids of the functions that do nothing but revert. */
  readonly refusers: ReadonlySet<number>;
  readonly add: (node: Node, write: (key: string) => Edit[]) => void;
}

/** The condition of Solidity that the patch makes false. */
export const isOn = (key: string): string => `_isOn(0x${key})`;

export function around(node: Node, before: string, after: string): Edit {
  const [from, to] = rangeOf(node);
  return { from, to, before, after };
}

/** The checks of contracts/**, mocks left out, in the order of the files. */
export function findChecks(sources: readonly Source[]): Check[] {
  const declared = new Map<number, Node>();
  const owners = new Map<number, Source>();
  for (const source of sources)
    visit(source.tree, (node) => {
      if (node.id === undefined) return;
      declared.set(node.id, node);
      owners.set(node.id, source);
    });
  const refusers = findRefusers(declared);
  return sources
    .filter(({ file }) => file.startsWith("contracts/") && !file.startsWith("contracts/mocks/"))
    .flatMap((source) => checksOf(source, { sources: owners, declared, refusers }));
}

function checksOf(source: Source, known: Omit<Context, "source" | "add">): Check[] {
  const checks: Check[] = [];
  const seen = new Map<string, number>();
  let place = "";
  const add: Context["add"] = (node, write) => {
    const [from, to] = rangeOf(node);
    const text = source.bytes.toString("utf8", from, to).replaceAll(/\s+/g, " ");
    const line = source.bytes.toString("utf8", 0, from).split("\n").length;
    const name = `${source.file} ${place} ${text}`;
    const ordinal = (seen.get(name) ?? 0) + 1;
    seen.set(name, ordinal);
    const digest = createHash("sha256").update(`${name} ${ordinal}`).digest("hex");
    // Never a leading zero: the compiler would push fewer bytes.
    const key = `f${digest.slice(1)}`;
    checks.push({ file: source.file, line, place, text, key, edits: write(key) });
  };
  const context = { ...known, source, add };
  for (const unit of childrenOf(source.tree)) {
    const members = unit.nodeType === "ContractDefinition" ? childrenOf(unit) : [unit];
    for (const member of members) {
      if (member.nodeType !== "FunctionDefinition") continue;
      place = [unit.name, member.name || (member["kind"] as string)].filter(Boolean).join(".");
      findRefusals(member, context);
      visit(member, (node) => {
        if (node.nodeType === "InlineAssembly") findInAssembly(node, context);
      });
    }
  }
  return checks;
}

export function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const child of childrenOf(node)) visit(child, see);
}

/** Functions that end in a revert whatever they are given: a call of one is a revert. */
function findRefusers(declared: ReadonlyMap<number, Node>): Set<number> {
  const refusers = new Set<number>();
  const functions = [...declared.values()].filter(({ nodeType }) => nodeType === "FunctionDefinition");
  for (let before = -1; before !== refusers.size;) {
    before = refusers.size;
    for (const { id, body } of functions as (Node & { body?: Node })[])
      if (body && isRefusal((body["statements"] as Node[]).at(-1), declared, refusers)) refusers.add(id ?? 0);
  }
  return refusers;
}

/** Whether a statement reverts, by itself or by a function that does nothing else. */
export function isRefusal(
  statement: Node | undefined,
  declared: ReadonlyMap<number, Node>,
  refusers: ReadonlySet<number>,
): boolean {
  if (statement?.nodeType === "RevertStatement") return true;
  if (statement?.nodeType === "UncheckedBlock" || statement?.nodeType === "Block")
    return isRefusal((statement["statements"] as Node[]).at(-1), declared, refusers);
  if (statement?.nodeType !== "ExpressionStatement") return false;
  const call = statement["expression"] as Node;
  const called = (call["expression"] as Node | undefined)?.["referencedDeclaration"] as number | undefined;
  return call.nodeType === "FunctionCall" && called !== undefined && refusers.has(called);
}
