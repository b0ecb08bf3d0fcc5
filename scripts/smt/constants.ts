// Values of expressions that the source itself fixes: masks and distances of shifts.
import { list, member, mustHave, typeOf } from "./ast.ts";
import type { Node } from "./ast.ts";

const word = (1n << 256n) - 1n;

/** The value, or null where it is not known or is no number from 0 to 2^256 - 1. */
export function valueOf(node: Node, declarations: ReadonlyMap<number, Node>): bigint | null {
  const value = read(node, declarations);
  return value !== null && value >= 0n && value <= word ? value : null;
}

function read(node: Node, declarations: ReadonlyMap<number, Node>): bigint | null {
  const of = (name: string) => valueOf(mustHave(node, name), declarations);
  switch (node.nodeType) {
    case "Literal":
      return /^(0x[0-9a-f]+|[0-9_]+)$/i.test(String(node["value"]))
        ? BigInt(String(node["value"]).replaceAll("_", ""))
        : null;
    case "TupleExpression":
      return list(node, "components").length === 1 ? read(list(node, "components")[0]!, declarations) : null;
    case "UnaryOperation":
      return node["operator"] === "~" && typeOf(node) === "uint256" ? not(of("subExpression")) : null;
    case "BinaryOperation":
      return combine(String(node["operator"]), of("leftExpression"), of("rightExpression"));
    case "FunctionCall":
      return node["kind"] === "typeConversion" && typeOf(node) === "uint256"
        ? valueOf(list(node, "arguments")[0]!, declarations)
        : null;
    case "MemberAccess":
    case "Identifier":
      return maximum(node) ?? declared(node, declarations);
    default:
      return null;
  }
}

const not = (value: bigint | null) => (value === null ? null : word - value);

function combine(operator: string, left: bigint | null, right: bigint | null): bigint | null {
  if (left === null || right === null) return null;
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  return operator === "<<" && right < 256n ? left << right : null;
}

/** type(uintN).max */
function maximum(node: Node): bigint | null {
  const bits = /^uint(\d+)$/.exec(typeOf(node))?.[1];
  const of = member(node, "expression");
  if (!bits || node["memberName"] !== "max" || !of || !typeOf(of).startsWith("type(uint")) return null;
  return (1n << BigInt(bits)) - 1n;
}

function declared(node: Node, declarations: ReadonlyMap<number, Node>): bigint | null {
  const declaration = declarations.get(Number(node["referencedDeclaration"]));
  const value = declaration && declaration["constant"] === true ? member(declaration, "value") : null;
  return value ? valueOf(value, declarations) : null;
}
