// Checks written in Solidity: conditions that lead to a refusal, each of its terms by itself; terms of verdicts; calls
// made only because they may revert; modifiers; bits of a policy.
import type { Context, Edit } from "./checks.ts";
import { around, isOn, isRefusal, visit } from "./checks.ts";
import type { Node } from "./tree.ts";
import { calleeOf, isNode, operandsOf, rangeOf, statementsOf, withoutParentheses } from "./tree.ts";

export function findRefusals(definition: Node, context: Context): void {
  for (const modifier of definition["modifiers"] as Node[]) findModifier(modifier, definition, context);
  if (!isNode(definition["body"])) return;
  const ownStatements = new Set(statementsOf(definition["body"]));
  visit(definition["body"], (node) => {
    if (node.nodeType === "IfStatement") findCondition(node, context);
    if (node.nodeType === "ExpressionStatement") findCall(node, context);
    if (node.nodeType === "Return") findVerdict(node["expression"], context);
    if (node.nodeType === "VariableDeclarationStatement") findVerdict(node["initialValue"], context);
    if (node.nodeType === "Assignment") findVerdict(node["rightHandSide"], context);
    if (node.nodeType === "FunctionCall") findPolicyBit(node, context);
    const isLast = ownStatements.has(node) && !context.refusers.has(definition.id ?? 0);
    if (isLast && isRefusal(node, context.declared, context.refusers)) addStatement(node, context);
  });
}

/** `if (A || B) revert` is two checks, `if (!(A && B)) revert` as well. */
function findCondition(statement: Node, context: Context): void {
  const condition = statement["condition"] as Node;
  if (refuses(statement["trueBody"], context)) addTerms(condition, "||", context);
  else if (refuses(statement["falseBody"], context)) addTerms(condition, "&&", context);
}

/** Terms of a condition: of `||` each is made false, of `&&` each is made true, and `!` turns one into the other. */
function addTerms(condition: Node, operator: "||" | "&&", context: Context): void {
  for (const term of operandsOf(condition, operator)) {
    const bare = withoutParentheses(term);
    const negated = bare.nodeType === "UnaryOperation" && bare["operator"] === "!";
    const inner = negated ? withoutParentheses(bare["subExpression"] as Node) : bare;
    const other = operator === "||" ? "&&" : "||";
    if (negated && inner.nodeType === "BinaryOperation" && inner["operator"] === other)
      addTerms(inner, other, context);
    else addTerm(term, operator, context);
  }
}

function addTerm(term: Node, operator: "||" | "&&", context: Context): void {
  context.add(term, (key) => [
    operator === "||" ? around(term, "((", `) && ${isOn(key)})`) : around(term, "((", `) || !${isOn(key)})`),
  ]);
}

function refuses(body: unknown, { declared, refusers }: Context): boolean {
  const last = statementsOf(body).at(-1);
  if (last?.nodeType === "Return") return isZero(last["expression"]);
  return isRefusal(last, declared, refusers);
}

function isZero(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (value.nodeType === "TupleExpression") return (value["components"] as unknown[]).every(isZero);
  return value.nodeType === "Literal" && (value["value"] === "0" || value["value"] === "false");
}

/** A verdict of several terms; one of a single term is judged where it is asked for. */
function findVerdict(value: unknown, context: Context): void {
  if (!isNode(value)) return;
  for (const operator of ["&&", "||"] as const)
    if (operandsOf(value, operator).length > 1) addTerms(value, operator, context);
}

/** `_if(condition, BIT)` of AssurancePolicy, and require and assert of the language. */
function findPolicyBit(call: Node, context: Context): void {
  const { name } = call["expression"] as Node;
  const [condition] = call["arguments"] as Node[];
  if (condition === undefined) return;
  if (name === "_if") addTerms(condition, "||", context);
  if (name === "require" || name === "assert") addTerms(condition, "&&", context);
}

/** A call whose result nobody wants and which writes nothing is made because it may revert. */
function findCall(statement: Node, context: Context): void {
  const callee = calleeOf(statement["expression"], context.declared);
  if (callee?.nodeType !== "FunctionDefinition" || context.refusers.has(callee.id ?? 0)) return;
  const isReader = callee["stateMutability"] === "pure" || callee["stateMutability"] === "view";
  if (isReader || /^_?(require|check)/.test(callee.name ?? "")) addStatement(statement, context);
}

function addStatement(statement: Node, { source, add }: Context): void {
  const [from, to] = rangeOf(statement);
  const end = source.bytes.indexOf(";", to - 1) + 1;
  // In braces of its own: it may stand between an `if` and its `else`.
  add(statement, (key) => [{ from, to: end, before: `{ if (${isOn(key)}) { `, after: " } }" }]);
}

/** A modifier is written out at the head of the body: its statements before `_`, where it has no parameters. */
function findModifier(invocation: Node, definition: Node, context: Context): void {
  const id = (invocation["modifierName"] as Node)["referencedDeclaration"] as number;
  const modifier = context.declared.get(id);
  if (modifier?.nodeType !== "ModifierDefinition") return;
  const statements = (modifier["body"] as Node)["statements"] as Node[];
  const last = statements.at(-1);
  if (last?.nodeType !== "PlaceholderStatement" || invocation["arguments"]) return;
  const [first] = rangeOf(statements[0] ?? last);
  const text = context.sources.get(id)?.bytes.toString("utf8", first, rangeOf(last)[0]) ?? "";
  const [from, to] = rangeOf(invocation);
  const head = rangeOf(definition["body"] as Node)[0] + 1;
  context.add(invocation, (key): Edit[] => [
    { from, to, before: "", after: "", instead: "" },
    { from: head, to: head, before: `if (${isOn(key)}) { ${text} }`, after: "" },
  ]);
}
