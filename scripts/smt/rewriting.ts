// What a rewriting knows of the sources.
import { children, end, mustHave, start } from "./ast.ts";
import type { Node } from "./ast.ts";
import type { Helpers } from "./any.ts";

export interface Rewriting {
  readonly bytes: string;
  /** All declarations by their ids. */
  readonly declarations: ReadonlyMap<number, Node>;
  /** Ids of the functions that the property reaches: others of libraries are left out. */
  readonly reached: ReadonlySet<number>;
  /** What variables are that nothing changes, by id. */
  readonly initials: ReadonlyMap<number, Node>;
  /** Bodies that stand for the true ones, by id of the function. */
  readonly bodies: ReadonlyMap<number, Body>;
  /** What the property says of every round of the loops of a function, by its id. */
  readonly given: ReadonlyMap<number, readonly string[]>;
  /** The same of the function that is being rewritten. */
  readonly invariants: readonly string[];
  readonly helpers: Helpers;
}

/** What callers have to prove, and what they may then take for granted of values that may be anything. */
export interface Body {
  readonly before: string;
  readonly after: string;
}

export function noRule(node: Node, by: Rewriting): never {
  throw new Error(`no rule for ${node.nodeType} ${by.bytes.slice(start(node), end(node))}`);
}

/** Ids of the variables that a node itself changes, not what is below it. */
export function changes(node: Node): number[] {
  const isStep = node.nodeType === "UnaryOperation" && /\+\+|--|delete/.test(String(node["operator"]));
  if (isStep) return targets(mustHave(node, "subExpression"));
  if (node.nodeType === "Assignment") return targets(mustHave(node, "leftHandSide"));
  if (node.nodeType !== "InlineAssembly") return [];
  return (node["externalReferences"] as readonly { declaration: number }[]).map(
    ({ declaration }) => declaration,
  );
}

/** A member of a struct, an element or a component of a tuple is taken for the whole. */
function targets(node: Node): number[] {
  const own = node.nodeType === "Identifier" ? [Number(node["referencedDeclaration"])] : [];
  return [...own, ...children(node).flatMap(targets)];
}
