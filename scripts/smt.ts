// `npm run smt`: the bounds that the byte readers rest on, stated as asserts in scripts/smt/*.sol, are given to the
// compiler's SMTChecker with the Z3 inside soljson. Exit status 1 when one is refuted or not proved, or is of no execution
// that Z3 finds. Each goes to processes of its own with a deadline: the checker's own timeout crashes in this build.
// Where the CHC engine decides nothing, a property names BMC (`@custom:engine bmc`): no loop is left for it to unroll
// (smt/loops.ts). BMC is deprecated; solc is pinned.
// `npm run smt NAME…` checks these alone, `SMT_SHOW=1 node scripts/smt.ts --one NAME` shows what the checker is given.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCompiler } from "./smt/ast.ts";
import { prepare, readProperties } from "./smt/source.ts";
import type { Property } from "./smt/source.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const deadlineSeconds = Number(process.env["SMT_SECONDS"] ?? 300);

/**
 * Properties of which Z3 finds no execution within the deadline: the digits of a time are too many numbers to guess. Nor
 * does it prove that there is none, as it would at once where conditions contradict each other.
 */
const unreached = new Set(["TimeOfDigits"]);

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
  const answer = loadCompiler().compile(JSON.stringify(input), {
    import: (path) => ({ contents: read(path) }),
  });
  const messages = (JSON.parse(answer) as Output).errors ?? [];
  const error = messages.find(({ severity }) => severity === "error");
  if (error) throw new Error(error.formattedMessage);
  return messages.map(({ message, formattedMessage }) =>
    message.includes("violation happens") ? `refuted: ${formattedMessage}` : message,
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
    const end = judge(property, "--end");
    const isDue =
      verdict === "proved" && (end === "refuted" || (end === "undecided" && unreached.has(property.name)));
    if (!isDue) failed++;
    counts[verdict]++;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const executions = { refuted: "", undecided: ", no execution found", proved: ", of no execution" };
    const due = isDue ? "" : ", NOT AS DUE";
    const subject = `${basename(property.file, ".sol")}, ${property.name}`;
    console.log(`${subject}: ${verdict}${executions[end]}${due} (${seconds} s)`);
  }
  console.log(`${counts.proved} proved, ${counts.undecided} undecided, ${counts.refuted} refuted`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function mustFind(name: string | undefined): Property {
  const property = properties.find((one) => one.name === name);
  if (!property) throw new Error(`no property ${name ?? ""}`);
  return property;
}

const [mode, ...names] = process.argv.slice(2);
if (mode === "--one" || mode === "--end") console.log(check(mustFind(names[0]), mode === "--end").join("\n"));
else judgeAll(mode === undefined ? properties : [mode, ...names].map(mustFind));
