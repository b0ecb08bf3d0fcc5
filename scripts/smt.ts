// `npm run smt`: the bounds that the byte readers rest on, stated as asserts in scripts/smt/*.sol, are given to the
// compiler's SMTChecker with the Z3 inside soljson. Exit status 1 when one is refuted, or no longer proved. Each goes to
// a process of its own with a deadline: the checker's own timeout crashes in this build.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const deadlineSeconds = 180;

/** What Z3 does not decide: no word on the code. Tests at every length hold these. */
const undecided = new Set(["AttestHeader", "PublicScheme", "QuoteBody", "PEMLine"]);

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}
interface Output {
  readonly errors?: readonly {
    readonly severity: string;
    readonly message: string;
    readonly formattedMessage: string;
  }[];
}

/**
 * A source as the checker can read it: private functions open to the property, and errors without their names, which
 * it does not know and would step over. What assembly reads it takes for any value, so a proof holds for all bytes.
 */
function prepare(path: string): string {
  const text = readFileSync(`${root}${path.startsWith("@") ? "node_modules/" : ""}${path}`, "utf8");
  return text.replaceAll(/\bprivate\b/g, "internal").replaceAll(/revert\s+[\w.]+\([^;]*\);/g, "revert();");
}

/** The compiler's messages on one property. */
function check(file: string, contract: string): string[] {
  const require = createRequire(import.meta.url);
  const solc = require("solc") as Compiler;
  const modelChecker = {
    engine: "chc",
    contracts: { [file]: [contract] },
    targets: ["assert"],
    solvers: ["z3"],
    showProvedSafe: true,
    showUnproved: true,
  };
  const input = {
    language: "Solidity",
    sources: { [file]: { content: prepare(file) } },
    settings: { outputSelection: {}, modelChecker },
  };
  const answer = solc.compile(JSON.stringify(input), { import: (path) => ({ contents: prepare(path) }) });
  return ((JSON.parse(answer) as Output).errors ?? []).map(({ severity, message, formattedMessage }) =>
    severity === "error" || message.includes("violation happens") ? `refuted: ${formattedMessage}` : message,
  );
}

function judge(file: string, contract: string): "proved" | "undecided" | "refuted" {
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), file, contract], {
    encoding: "utf8",
    timeout: deadlineSeconds * 1000,
    killSignal: "SIGKILL",
  });
  if (status !== 0) return "undecided";
  if (stdout.includes("refuted: ")) console.log(stdout);
  if (stdout.includes("refuted: ")) return "refuted";
  return stdout.includes("check is safe") && !stdout.includes("might happen") ? "proved" : "undecided";
}

const [one, contract] = process.argv.slice(2);
if (one !== undefined && contract !== undefined) {
  console.log(check(one, contract).join("\n"));
} else {
  const counts = { proved: 0, undecided: 0, refuted: 0 };
  let failed = 0;
  for (const file of globSync("scripts/smt/*.sol", { cwd: root }).sort())
    for (const [, name = ""] of readFileSync(`${root}${file}`, "utf8").matchAll(/^contract (\w+)/gm)) {
      const began = performance.now();
      const verdict = judge(file, name);
      const isDue = verdict === "proved" || (verdict === "undecided" && undecided.has(name));
      if (!isDue) failed++;
      counts[verdict]++;
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.log(
        `${basename(file, ".sol")}, ${name}: ${verdict}${isDue ? "" : ", NOT AS DUE"} (${seconds} s)`,
      );
    }
  console.log(`${counts.proved} proved, ${counts.undecided} undecided, ${counts.refuted} refuted`);
  process.exitCode = failed === 0 ? 0 : 1;
}
