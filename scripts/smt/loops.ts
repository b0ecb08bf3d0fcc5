// Loops as one round.
import { end, list, member, start, typeOf, walk } from "./ast.ts";
import type { Node } from "./ast.ts";
import { anyOf, isCalldata } from "./assembly.ts";
import { changes, noRule } from "./rewriting.ts";
import type { Rewriting } from "./rewriting.ts";

/**
 * A round from any state that the loop may be in, and behind it any state that the loop may end in. What the property
 * says of every round is to be proved of the first, and of each that follows another.
 */
export function cutLoop(node: Node, by: Rewriting, rewrite: (node: Node, by: Rewriting) => string): string {
  const text = (name: string) => {
    const part = member(node, name);
    // A statement that is no block ends before its semicolon.
    return part
      ? `${rewrite(part, by)}${by.bytes[end(part)] === ";" || name === "loopExpression" ? ";" : ""}`
      : "";
  };
  const condition = member(node, "condition");
  const any = changedBy(node, by).map(
    (variable) =>
      `${String(variable["name"])} = ${anyOf(isCalldata(variable) ? "uint256" : typeOf(variable))};`,
  );
  const assert = by.invariants.map((invariant) => `assert(${invariant});`).join(" ");
  const require = by.invariants.map((invariant) => `require(${invariant});`).join(" ");
  const round = `${text("body")} ${text("loopExpression")} ${assert} revert();`;
  const rest = by.bytes[end(node)] === ";" ? " 0" : "";
  return `{ ${text("initializationExpression")} ${assert} ${any.join(" ")} ${require}
    if (${condition ? rewrite(condition, by) : "true"}) { ${round} } }${rest}`;
}

/** Variables that one round leaves to the next. */
function changedBy(node: Node, by: Rewriting): Node[] {
  const changed = new Set<Node>();
  walk(node, (below) => {
    const isOdd = ["Break", "Continue", "ForStatement", "WhileStatement"].includes(below.nodeType);
    if (isOdd && below !== node) noRule(below, by);
    if (typeOf(below).endsWith(" memory")) noRule(below, by);
    for (const id of changes(below)) changed.add(by.declarations.get(id)!);
  });
  const first = member(node, "initializationExpression");
  const own = first?.nodeType === "VariableDeclarationStatement" ? list(first, "declarations") : [];
  const isInside = (variable: Node) => start(variable) >= start(node) && end(variable) <= end(node);
  return [...changed].filter((variable) => !isInside(variable) || own.includes(variable));
}
