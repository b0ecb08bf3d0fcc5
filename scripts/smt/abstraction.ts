// A source in numbers alone, rewritten node by node: bytes of calldata are their length, what is read from them is any
// number, and so is what bits make. Every behaviour of the code is kept or some are added, so that what is proved of the
// changed source holds of the true one; what is refuted may be the change's fault. What has no rule is an error.
import { children, end, list, member, mustHave, start, typeOf } from "./ast.ts";
import type { Node } from "./ast.ts";
import { join, shiftLeft } from "./any.ts";
import { anyOf, isCalldata, rewriteAssembly } from "./assembly.ts";
import { valueOf } from "./constants.ts";
import { cutLoop } from "./loops.ts";
import { noRule } from "./rewriting.ts";
import type { Body, Rewriting } from "./rewriting.ts";

type Rule = (node: Node, by: Rewriting) => string | null;

export function rewrite(node: Node, by: Rewriting): string {
  const rule = rules[node.nodeType];
  return rule?.(node, by) ?? splice(node, by, start(node), end(node));
}

/** The text from `from` to `until` with what is below `node` rewritten. */
function splice(node: Node, by: Rewriting, from: number, until: number): string {
  let text = "";
  let at = from;
  for (const child of children(node)) {
    if (start(child) < at || end(child) > until) continue;
    text += by.bytes.slice(at, start(child)) + rewrite(child, by);
    at = end(child);
  }
  return text + by.bytes.slice(at, until);
}

const rules: Readonly<Record<string, Rule>> = {
  // Other properties.
  ContractDefinition: (node, by) => {
    const isReached = list(node, "nodes").some(({ id }) => by.reached.has(id));
    return node["contractKind"] === "contract" && !isReached ? "" : null;
  },
  FunctionDefinition: (node, by) => {
    const scope = by.declarations.get(Number(node["scope"]));
    if (!by.reached.has(node.id)) return scope?.["contractKind"] === "library" ? "" : null;
    const body = by.bodies.get(node.id);
    if (body) return replaceBody(node, by, body);
    return splice(node, { ...by, invariants: by.given.get(node.id) ?? [] }, start(node), end(node));
  },
  VariableDeclaration: (node) => (isCalldata(node) ? `uint256 ${String(node["name"])}` : null),
  WhileStatement: (node, by) => cutLoop(node, by, rewrite),
  ForStatement: (node, by) => cutLoop(node, by, rewrite),
  DoWhileStatement: (node, by) => noRule(node, by),
  RevertStatement: () => "revert()",
  InlineAssembly: (node, by) => rewriteAssembly(node, by.declarations),
  BinaryOperation: (node, by) =>
    combine(node, String(node["operator"]), mustHave(node, "leftExpression"), by),
  Assignment: (node, by) => {
    const operator = /^(<<|>>|[&|^])=$/.exec(String(node["operator"]))?.[1];
    const target = mustHave(node, "leftHandSide");
    if (!operator) return null;
    if (target.nodeType !== "Identifier") return noRule(node, by);
    return `${rewrite(target, by)} = ${combine(node, operator, target, by)}`;
  },
  UnaryOperation: (node, by) => {
    if (node["operator"] !== "~" || typeOf(node).startsWith("int_const")) return null;
    if (!typeOf(node).startsWith("uint")) return anyOf(typeOf(node));
    return `(type(${typeOf(node)}).max - (${rewrite(mustHave(node, "subExpression"), by)}))`;
  },
  Identifier: constant,
  MemberAccess: (node, by) => {
    const known = constant(node, by);
    if (known !== null) return known;
    const of = mustHave(node, "expression");
    return isCalldata(of) && node["memberName"] === "length" ? rewrite(of, by) : null;
  },
  IndexAccess: (node, by) => {
    const of = mustHave(node, "baseExpression");
    const index = member(node, "indexExpression");
    if (!isCalldata(of) || !index) return null;
    return `bytes1(uint8(Any.byteAt(${rewrite(of, by)}, ${rewrite(index, by)})))`;
  },
  IndexRangeAccess: (node, by) => {
    if (!isCalldata(mustHave(node, "baseExpression"))) return noRule(node, by);
    const of = rewrite(mustHave(node, "baseExpression"), by);
    const from = member(node, "startExpression");
    const until = member(node, "endExpression");
    const first = from ? rewrite(from, by) : "0";
    return until ? `Any.part(${of}, ${first}, ${rewrite(until, by)})` : `Any.rest(${of}, ${first})`;
  },
  FunctionCall: (node, by) => {
    const [argument] = list(node, "arguments");
    if (!list(node, "arguments").some(isCalldata)) return null;
    const callee = mustHave(node, "expression");
    const isOurs = by.reached.has(Number(callee["referencedDeclaration"]));
    if (isOurs) return null;
    if (!/^bytes\d+$/.test(typeOf(node))) return noRule(node, by);
    // keccak256, or the first bytes.
    return anyOf(typeOf(node), `Any.read(${rewrite(argument!, by)})`);
  },
};

/** Constants by their values: one engine knows none of another library. */
function constant(node: Node, by: Rewriting): string | null {
  const declaration = by.declarations.get(Number(node["referencedDeclaration"]));
  const isConstant = declaration?.["constant"] === true && typeOf(node) === "uint256";
  const value = isConstant ? valueOf(node, by.declarations) : null;
  return value === null ? null : `uint256(${value})`;
}

/** The head of a function with a body that gives every value to what it returns. */
function replaceBody(node: Node, by: Rewriting, { before, after }: Body): string {
  const returned = mustHave(node, "returnParameters");
  const values = list(returned, "parameters").map((value, i) => ({
    name: String(value["name"]) || `any${i}`,
    type: isCalldata(value) ? "uint256" : typeOf(value),
  }));
  if (values.length === 0) throw new Error(`${String(node["name"])} returns nothing`);
  const head = splice(node, by, start(node), start(returned));
  const names = values.map(({ name, type }) => `${type} ${name}`).join(", ");
  const read = values.map(({ name, type }) => `${name} = ${anyOf(type)};`).join(" ");
  const parameters = list(mustHave(node, "parameters"), "parameters");
  // It may write there.
  if (parameters.some((one) => one["storageLocation"] === "memory")) return noRule(node, by);
  // Conditions speak of bytes as the code does.
  const lengths = parameters.filter(isCalldata);
  const inNumbers = (text: string) =>
    [...lengths, ...list(returned, "parameters").filter(isCalldata)].reduce(
      (changed, { name }) =>
        changed.replaceAll(new RegExp(`\\b${String(name)}\\.length\\b`, "g"), String(name)),
      text,
    );
  return `${head}(${names}) { ${inNumbers(before)} ${read} ${inNumbers(after)} }`;
}

/** log2 of a power of two, else null. */
function exponent(value: bigint): number | null {
  const digits = value.toString(2);
  return /^10*$/.test(digits) ? digits.length - 1 : null;
}

/** An operation on bits in the arithmetic that it is, or any number within what is always true of it. */
function combine(node: Node, operator: string, left: Node, by: Rewriting): string | null {
  if (!["&", "|", "^", "<<", ">>"].includes(operator) || typeOf(node).startsWith("int_const")) return null;
  const type = typeOf(node);
  if (!type.startsWith("uint")) return anyOf(type);
  const right = mustHave(node, node.nodeType === "Assignment" ? "rightHandSide" : "rightExpression");
  const [a, b] = [rewrite(left, by), rewrite(right, by)];
  const word = (text: string) => (type === "uint256" ? text : `${type}(${text})`);
  if (operator === "|") return word(join(by.helpers, [a, zeros(left, by)], [b, zeros(right, by)]));
  if (operator === "^") return anyOf(type);
  const known = valueOf(right, by.declarations);
  if (operator === "&")
    return word(mask(a, known) ?? mask(b, valueOf(left, by.declarations)) ?? `Any.and(${a}, ${b})`);
  if (known === null || known > 255n || type !== "uint256")
    return operator === ">>" ? word(`Any.upTo(${a})`) : anyOf(type);
  if (operator === ">>") return `((${a}) / (1 << ${known}))`;
  return shiftLeft(by.helpers, a, Number(known));
}

/** How many low bits of an expression are zero, whatever its parts are. */
function zeros(node: Node, by: Rewriting): number {
  if (node.nodeType === "TupleExpression") return zeros(list(node, "components")[0]!, by);
  const initial = by.initials.get(Number(node["referencedDeclaration"]));
  if (node.nodeType === "Identifier" && initial) return zeros(initial, by);
  if (node.nodeType !== "BinaryOperation" || typeOf(node) !== "uint256") return 0;
  const [left, right] = [mustHave(node, "leftExpression"), mustHave(node, "rightExpression")];
  if (node["operator"] === "|") return Math.min(zeros(left, by), zeros(right, by));
  const known = node["operator"] === "<<" ? valueOf(right, by.declarations) : null;
  return known !== null && known < 256n ? Number(known) : 0;
}

/** The low bits are a remainder, the high ones a multiple. */
function mask(value: string, known: bigint | null): string | null {
  if (known === null || known === 0n) return null;
  const full = (1n << 256n) - 1n;
  const isFull = known === full;
  const low = exponent(known + 1n);
  const high = exponent(full - known + 1n);
  if (isFull) return `(${value})`;
  if (low !== null) return `((${value}) % (1 << ${low}))`;
  if (high !== null) return `((${value}) / (1 << ${high}) * (1 << ${high}))`;
  return null;
}
