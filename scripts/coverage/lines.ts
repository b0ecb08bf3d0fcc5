// From the statements of a file to its lines.
import type { Statement } from "./plugin.ts";

export interface Line {
  readonly file: string;
  readonly number: number;
  readonly text: string;
  /** Whether every statement that begins on the line was run. */
  readonly isRun: boolean;
}

// A statement as EDR delimits it begins with the white space and the comments before it.
const trivia = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/;

/** The lines on which a statement begins, in order. */
export function linesOf(
  file: string,
  source: string,
  statements: readonly Statement[],
  hits: ReadonlySet<string>,
): Line[] {
  const rows = source.split("\n");
  const runs = new Map<number, boolean>();
  for (const { tag, from, to } of statements) {
    const skippedLength = trivia.exec(source.slice(from, to))?.[0].length ?? 0;
    const number = source.slice(0, from + skippedLength).split("\n").length;
    runs.set(number, (runs.get(number) ?? true) && hits.has(tag));
  }
  return [...runs]
    .sort(([a], [b]) => a - b)
    .map(([number, isRun]) => ({ file, number, text: rows[number - 1]?.trim() ?? "", isRun }));
}
