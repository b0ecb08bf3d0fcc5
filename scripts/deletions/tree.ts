// The syntax tree of the contracts, as the compiler gives it after analysis, and what the finder of checks asks of it.
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

export interface Node {
  readonly nodeType: string;
  readonly src: string;
  readonly id?: number;
  readonly name?: string;
  readonly [key: string]: unknown;
}

export interface Source {
  readonly file: string;
  readonly bytes: Buffer;
  readonly tree: Node;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { readonly ast: Node }>>;
}

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

/** Every source that the contracts need, OpenZeppelin's included, by its path from `root`. */
export function readSources(root: string): Source[] {
  const require = createRequire(import.meta.url);
  const solc = require("solc") as Compiler;
  const contents = new Map<string, string>();
  const load = (file: string): string => {
    const path = file.startsWith("@") ? `node_modules/${file}` : file;
    const content = readFileSync(`${root}/${path}`, "utf8");
    contents.set(file, content);
    return content;
  };
  const files = globSync("contracts/**/*.sol", { cwd: root }).sort();
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((file) => [file, { content: load(file) }])),
    settings: { evmVersion: "osaka", outputSelection: { "*": { "": ["ast"] } } },
  };
  const answer = solc.compile(JSON.stringify(input), { import: (path) => ({ contents: load(path) }) });
  const output = JSON.parse(answer) as Output;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return Object.entries(output.sources).map(([file, { ast }]) => ({
    file,
    bytes: Buffer.from(contents.get(file) ?? ""),
    tree: ast,
  }));
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "nodeType" in value;
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

/** From the first byte up to the one behind the last: positions count bytes, and our comments are not all ASCII. */
export function rangeOf(node: Node): readonly [from: number, to: number] {
  const [from = 0, length = 0] = node.src.split(":").map(Number);
  return [from, from + length];
}

export function statementsOf(node: unknown): Node[] {
  if (!isNode(node)) return [];
  if (node.nodeType !== "Block" && node.nodeType !== "UncheckedBlock") return [node];
  return (node["statements"] as Node[]).flatMap((inner) =>
    inner.nodeType === "UncheckedBlock" ? statementsOf(inner) : [inner],
  );
}

/** Declaration that a call names, when it names one. */
export function calleeOf(call: unknown, declared: ReadonlyMap<number, Node>): Node | undefined {
  if (!isNode(call) || call.nodeType !== "FunctionCall") return undefined;
  const called = call["expression"] as Node;
  return declared.get(called["referencedDeclaration"] as number);
}

/** Operands of a chain of one operator, parentheses taken off. */
export function operandsOf(node: Node, operator: string): Node[] {
  const bare = withoutParentheses(node);
  if (bare.nodeType !== "BinaryOperation" || bare["operator"] !== operator) return [node];
  return [bare["leftExpression"], bare["rightExpression"]].flatMap((side) =>
    operandsOf(side as Node, operator),
  );
}

export function withoutParentheses(node: Node): Node {
  const components = node["components"] as (Node | null)[] | undefined;
  const only = components?.length === 1 ? components[0] : null;
  return node.nodeType === "TupleExpression" && only ? withoutParentheses(only) : node;
}
