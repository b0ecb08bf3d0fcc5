// Hardhat plugin of the copy that `npm run coverage` works in: contracts report each statement they run, and each process
// leaves what was reported to it in `coverage/hits`. In the place of `--coverage`, which fails here twice: it writes the
// number of a statement over the word at the free memory pointer, where our contracts keep what they hash, so that every
// quote is refused; and it keeps what its own process saw, in which all test files would have to share modules.
import { addStatementCoverageInstrumentation, latestSupportedSolidityVersion } from "@nomicfoundation/edr";
import { getCoverageLibrary } from "@nomicfoundation/edr/coverage";
import { mkdirSync, writeFileSync } from "node:fs";
import type { HardhatPlugin } from "hardhat/types/plugins";

export const statementsFolder = "coverage/statements";
export const hitsFolder = "coverage/hits";

/** A statement as the compiler's parser delimits it, in UTF-16 units of its file. */
export interface Statement {
  readonly tag: string;
  readonly from: number;
  readonly to: number;
}

const library = getCoverageLibrary();
const memoryPointer = "mstore(ptr, coverageId)";

/** EDR's library with the word at the free memory pointer put back. EDR sees the call and needs nothing else of it. */
export function keepMemory(source: string): string {
  const kept = source
    .replace(memoryPointer, `let kept := mload(ptr) ${memoryPointer}`)
    .replace(/pop\(\s*staticcall\([\s\S]*?\)\s*\)\n/, (call) => `${call} mstore(ptr, kept)\n`);
  if (!/let kept[\s\S]*mstore\(ptr, kept\)/.test(kept)) throw new Error("EDR's coverage library has changed");
  return kept;
}

/** The file's text with a report before each statement, and the statements. */
export function instrument(file: string, text: string): { text: string; statements: Statement[] } {
  // EDR's parser knows versions up to its own; ours has nothing that a later one brought.
  const { source, metadata } = addStatementCoverageInstrumentation(
    text,
    file,
    latestSupportedSolidityVersion(),
  );
  const statements = metadata
    .filter(({ kind }) => kind === "statement")
    .map(({ tag, startUtf16, endUtf16 }) => {
      return { tag: Buffer.from(tag).toString("hex"), from: startUtf16, to: endUtf16 };
    });
  return { text: source, statements };
}

// P256Fallback's address, which P256 has as a constant, is made of its code: with reports in it, nothing would find it.
const left = /^contracts\/(?:mocks\/|crypto\/P256Fallback\.sol$)/;
const isMeasured = (file: string): boolean => file.startsWith("contracts/") && !left.test(file);

const hits = new Set<string>();

function collect(tags: readonly string[]): void {
  if (hits.size === 0) {
    mkdirSync(hitsFolder, { recursive: true });
    process.once("exit", () => writeFileSync(`${hitsFolder}/${process.pid}.json`, JSON.stringify([...hits])));
  }
  for (const tag of tags) hits.add(tag);
}

const plugin: HardhatPlugin = {
  id: "statement-hits",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            preprocessProjectFileBeforeBuilding: (context, sourceName, path, content, version, next) => {
              const file = sourceName.replace(/^project\//, "");
              if (!isMeasured(file)) return next(context, sourceName, path, content, version);
              const { text, statements } = instrument(sourceName, content);
              mkdirSync(statementsFolder, { recursive: true });
              const name = `${statementsFolder}/${file.replaceAll("/", "+")}.json`;
              writeFileSync(name, JSON.stringify({ file, statements }));
              return next(context, sourceName, path, text, version);
            },
            preprocessSolcInputBeforeBuilding: async (context, input, next) => {
              const changed = await next(context, input);
              changed.sources[library.filename] = { content: keepMemory(library.content) };
              return changed;
            },
          }),
      }),
    network: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            onCoverageData: (_context, tags) => {
              collect(tags);
              return Promise.resolve();
            },
          }),
      }),
  },
};
export default plugin;
