// `npm run smt`: the bounds that the byte readers rest on, stated as asserts in scripts/smt/*.sol, are given to the
// compiler's SMTChecker with the Z3 inside soljson. Exit status 1 when one is refuted, or no longer proved. Each goes to
// a process of its own with a deadline: the checker's own timeout crashes in this build. `npm run smt NAME…` checks
// these alone.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCompiler } from "./smt/ast.ts";
import { prepare, readProperties } from "./smt/source.ts";
import type { Property } from "./smt/source.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const deadlineSeconds = Number(process.env["SMT_SECONDS"] ?? 180);

/**
 * What Z3 does not decide within the deadline: no word on the code. Tests at every length hold these. Tried: masks as
 * remainders, callees by lemma, words and shifts of any value, refusals let pass. The BMC engine unrolls
 * loops and is going away.
 */
const undecided = new Set<string>([]);

interface Output {
  readonly errors?: readonly {
    readonly severity: string;
    readonly message: string;
    readonly formattedMessage: string;
  }[];
}

const properties = globSync("scripts/smt/*.sol", { cwd: root })
  .sort()
  .flatMap((file) => readProperties(file, readFileSync(`${root}${file}`, "utf8")));

/** The compiler's messages on one property. What assembly reads the checker takes for any value. */
function check(property: Property, isEnd: boolean): string[] {
  const { file, name, engine } = property;
  const texts = prepare(root, property, properties, isEnd);
  const read = (path: string) => texts.get(path) ?? "";
  if (process.env["SMT_SHOW"]) for (const [path, text] of texts) console.error(`// ${path}\n${text}`);
  const modelChecker = {
    engine,
    contracts: { [file]: [name] },
    targets: ["assert"],
    solvers: ["z3"],
    showProvedSafe: true,
    showUnproved: true,
  };
  const input = {
    language: "Solidity",
    sources: { [file]: { content: read(file) } },
    settings: { outputSelection: {}, modelChecker },
  };
  const answer = loadCompiler().compile(JSON.stringify(input), { import: (path) => ({ contents: read(path) }) });
  return ((JSON.parse(answer) as Output).errors ?? []).map(({ severity, message, formattedMessage }) =>
    severity === "error" || message.includes("violation happens") ? `refuted: ${formattedMessage}` : message,
  );
}

type Verdict = "proved" | "undecided" | "refuted";

/** `mode`: --one for the property, --end that nothing reaches its end. */
function judge({ name }: Property, mode: "--one" | "--end"): Verdict {
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), mode, name],
    { encoding: "utf8", timeout: deadlineSeconds * 1000, killSignal: "SIGKILL" },
  );
  if (status !== 0 && !signal) console.log(stderr);
  if (status !== 0) return "undecided";
  if (mode === "--one" && stdout.includes("refuted: ")) console.log(stdout);
  if (stdout.includes("refuted: ")) return "refuted";
  return stdout.includes("check is safe") && !stdout.includes("might happen") ? "proved" : "undecided";
}

function judgeAll(chosen: readonly Property[]): void {
  const counts = { proved: 0, undecided: 0, refuted: 0 };
  let failed = 0;
  for (const property of chosen) {
    const began = performance.now();
    const verdict = judge(property, "--one");
    const isReached = judge(property, "--end") === "refuted";
    const isDue = isReached && (verdict === "proved" || (verdict === "undecided" && undecided.has(property.name)));
    if (!isDue) failed++;
    counts[verdict]++;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const end = isReached ? "" : ", of no execution that could be found";
    const due = isDue ? "" : ", NOT AS DUE";
    console.log(`${basename(property.file, ".sol")}, ${property.name}: ${verdict}${end}${due} (${seconds} s)`);
  }
  console.log(`${counts.proved} proved, ${counts.undecided} undecided, ${counts.refuted} refuted`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const [mode, ...names] = process.argv.slice(2);
if (mode === "--one" || mode === "--end") {
  const property = properties.find(({ name }) => name === names[0]);
  if (!property) throw new Error(`no property ${names[0]}`);
  console.log(check(property, mode === "--end").join("\n"));
} else {
  const wanted = process.argv.slice(2);
  judgeAll(properties.filter(({ name }) => wanted.length === 0 || wanted.includes(name)));
}
