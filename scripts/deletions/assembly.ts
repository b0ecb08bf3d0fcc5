// Checks written in assembly: the terms of `and` and `or` that compare, and whatever is or-ed into a word that says
// that something is wrong.
import type { Context } from "./checks.ts";
import { around, visit } from "./checks.ts";
import type { Node } from "./tree.ts";

const comparisons = new Set(["lt", "gt", "slt", "sgt", "eq", "iszero"]);
// Where the checks are bits of a word; elsewhere `or` builds values.
const flaws = new Set(["broken", "wide"]);
// A verdict that begins with one comparison, before others are joined to it.
const verdicts = new Set(["ok", "isShort", "isZero", "good", "opens"]);

const nameOf = (call: unknown): string => (call as { functionName?: Node }).functionName?.name ?? "";
const argumentsOf = (call: Node): Node[] => call["arguments"] as Node[];
const compares = (node: Node): boolean => comparisons.has(nameOf(node));

export function findInAssembly(block: Node, context: Context): void {
  const seen = new Set<Node>();
  const addTrue = (term: Node): void => {
    if (seen.has(term)) return;
    seen.add(term);
    context.add(term, (key) => [around(term, "or(", `, iszero(lt(calldatasize(), 0x${key})))`)]);
  };
  const addFalse = (term: Node): void => {
    if (seen.has(term)) return;
    seen.add(term);
    context.add(term, (key) => [around(term, "mul(", `, lt(calldatasize(), 0x${key}))`)]);
  };
  visit(block["AST"] as Node, (node) => {
    if (nameOf(node) === "and") argumentsOf(node).filter(compares).forEach(addTrue);
    const value = node["value"] as Node | null | undefined;
    if (node.nodeType !== "YulVariableDeclaration" && node.nodeType !== "YulAssignment") return;
    const [target] = (node["variables"] ?? node["variableNames"]) as Node[];
    if (!value || target?.name === undefined) return;
    if (verdicts.has(target.name) && compares(value)) addTrue(value);
    if (flaws.has(target.name))
      orTerms(value)
        .filter((term) => term.name !== target.name)
        .forEach(addFalse);
  });
}

function orTerms(value: Node): Node[] {
  return nameOf(value) === "or" ? argumentsOf(value).flatMap(orTerms) : [value];
}
