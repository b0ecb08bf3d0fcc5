// Assembly as SMTChecker is told of it: what it assigns may be anything.
import { typeOf } from "./ast.ts";
import type { Node } from "./ast.ts";

/** A variable or an expression that is bytes of calldata. */
export const isCalldata = (node: Node): boolean =>
  node.nodeType === "VariableDeclaration"
    ? typeOf(node) === "bytes" && node["storageLocation"] === "calldata"
    : /^bytes calldata( slice)?$/.test(typeOf(node));

/** Any value of a type that is one word, made of `word`. */
export function anyOf(type: string, word = "Any.word()"): string {
  const bytes = /^bytes(\d+)$/.exec(type)?.[1];
  if (type === "uint256") return word;
  if (type === "bool") return `(${word} != 0)`;
  if (/^uint\d+$/.test(type)) return `${type}(${word})`;
  if (bytes) return `${type}(uint${Number(bytes) * 8}(${word}))`;
  throw new Error(`no rule for any ${type}`);
}

/** What neither writes nor leaves. */
const reads = new Set(
  "add sub mul div mod exp lt gt eq iszero and or xor not byte shl shr mload calldataload calldatasize".split(
    " ",
  ),
);

interface Yul {
  readonly nodeType: string;
  readonly name?: string;
  readonly functionName?: Yul;
  readonly variableNames?: readonly Yul[];
  readonly variables?: readonly Yul[];
  readonly value?: Yul;
  readonly statements?: readonly Yul[];
}

function parts(node: Yul): Yul[] {
  const below = Object.values(node).flat() as unknown[];
  const isYul = (value: unknown): value is Yul =>
    typeof value === "object" && value !== null && "nodeType" in value;
  return [node, ...below.filter(isYul).flatMap(parts)];
}

/** Assignments of a block of assembly that reads; of lengths, the values. */
export function rewriteAssembly(node: Node, declarations: ReadonlyMap<number, Node>): string {
  const block = node["AST"] as Yul;
  const calls = parts(block).flatMap(({ functionName }) => (functionName ? [functionName.name ?? ""] : []));
  const other = calls.find((name) => !reads.has(name));
  if (other) throw new Error(`assembly calls ${other}: no rule`);
  const references = node["externalReferences"] as readonly { declaration: number; src: string }[];
  const own = (name: Yul & { readonly src?: string }) =>
    declarations.get(references.find(({ src }) => src === name.src)?.declaration ?? -1);
  const statements = block.statements ?? [];
  const isPlain = statements.every(({ nodeType }) => nodeType === "YulAssignment");
  const locals = new Set(parts(block).flatMap(({ variables }) => (variables ?? []).map(({ name }) => name)));
  const assigned = parts(block).filter(({ nodeType }) => nodeType === "YulAssignment");
  return assigned
    .flatMap(({ variableNames, value }) => (variableNames ?? []).map((name) => ({ name, value })))
    .map(({ name, value }) => {
      const declaration = own(name);
      if (!declaration && locals.has(name.name)) return "";
      if (!declaration) throw new Error(`assembly assigns ${name.name ?? ""}: no rule`);
      const variable = String(declaration["name"]);
      if (!isCalldata(declaration)) return `${variable} = ${anyOf(typeOf(declaration))};`;
      if (name.name?.endsWith(".offset")) return "";
      const given = isPlain && value?.nodeType === "YulIdentifier" ? own(value) : undefined;
      const isWord = given !== undefined && typeOf(given) === "uint256";
      return `${variable} = ${isWord ? String(given["name"]) : "Any.word()"};`;
    })
    .join(" ");
}
