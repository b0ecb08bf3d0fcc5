// The compiler's syntax trees, and texts made from them.
import { createRequire } from "node:module";

/** What SMTChecker or the parser is asked through. */
export interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

export const loadCompiler = (): Compiler => createRequire(import.meta.url)("solc") as Compiler;

/** A node of a tree; members by the compiler's names. */
export interface Node {
  readonly nodeType: string;
  readonly id: number;
  readonly src: string;
  readonly [member: string]: unknown;
}

export interface Source {
  /** The text, a byte a character: the compiler counts bytes. */
  readonly bytes: string;
  readonly tree: Node;
}

/** Trees of the source at `path` and of whatever it imports, as `read` gives them. Throws with the compiler's words. */
export function parse(path: string, read: (path: string) => string): Map<string, Source> {
  const input = {
    language: "Solidity",
    sources: { [path]: { content: read(path) } },
    settings: { outputSelection: { "*": { "": ["ast"] } } },
  };
  const answer = loadCompiler().compile(JSON.stringify(input), {
    import: (name) => ({ contents: read(name) }),
  });
  const output = JSON.parse(answer) as {
    errors?: { severity: string; formattedMessage: string }[];
    sources: Record<string, { ast: Node }>;
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const sources = Object.entries(output.sources);
  return new Map(
    sources.map(([name, { ast }]) => [
      name,
      { bytes: Buffer.from(read(name)).toString("latin1"), tree: ast },
    ]),
  );
}

/** A member that is a node, or null. */
export const member = (node: Node, name: string): Node | null => (node[name] ?? null) as Node | null;

/** The same where there must be one. */
export function mustHave(node: Node, name: string): Node {
  const found = member(node, name);
  if (!found) throw new Error(`${node.nodeType} without ${name}`);
  return found;
}

export const list = (node: Node, name: string): readonly Node[] => node[name] as readonly Node[];

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "nodeType" in value;

/** The nodes directly below, in the order of the text. Parts of assembly are none. */
export function children(node: Node): Node[] {
  if (node.nodeType === "InlineAssembly") return [];
  return Object.values(node)
    .flat()
    .filter(isNode)
    .sort((a, b) => start(a) - start(b));
}

/** Calls `visit` for a node and all below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of children(node)) walk(child, visit);
}

export const start = (node: Node): number => Number(node.src.split(":")[0]);
export const end = (node: Node): number => start(node) + Number(node.src.split(":")[1]);

/** The type of an expression, as the compiler writes it. */
export const typeOf = (node: Node): string =>
  (node["typeDescriptions"] as { typeString?: string } | undefined)?.typeString ?? "";
