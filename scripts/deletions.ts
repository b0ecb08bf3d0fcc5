// `npm run deletions`: deletes the checks of the contracts one at a time and demands that the suite go red each time.
// `--only TEXT` takes those whose line holds TEXT, `--sample N --seed S` draws N of those that the compiler builds in
// little time (of `--code BYTES` of code together), `--list` only names them, `--files N` tries the N likeliest test files
// instead of all, `--resume` leaves out what the last report says was noticed, `--jobs 1` runs one test file at a time
// instead of two. The report is cache/deletions.json, a sample's cache/deletions-sample.json. Closes with
// `N removed, M survived`; exit status 1 when M is not 0.
import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Check } from "./deletions/checks.ts";
import { findChecks } from "./deletions/checks.ts";
import { prepareClones } from "./deletions/clone.ts";
import { dependantsOf, readSizes } from "./deletions/dependants.ts";
import { exceptions } from "./deletions/exceptions.ts";
import { lineOf, readReport, removeChecks } from "./deletions/run.ts";
import { drawSample } from "./deletions/sample.ts";
import { Order, suiteOf } from "./deletions/suite.ts";
import { readSources } from "./deletions/tree.ts";

const root = realpathSync(fileURLToPath(new URL("..", import.meta.url)));
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    sample: { type: "string" },
    seed: { type: "string", default: "" },
    code: { type: "string", default: "30000" },
    files: { type: "string" },
    jobs: { type: "string" },
    list: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
  },
});

/** Leaves out what exceptions.ts excuses. Throws on an exception that excuses nothing. */
function withoutExceptions(checks: readonly Check[]): Check[] {
  const excused = new Set<Check>();
  for (const { file, place, text } of exceptions) {
    const found = checks.filter(
      (check) => check.file === file && check.place === place && check.text === text,
    );
    if (found.length === 0)
      throw new Error(`no such check as exceptions.ts excuses: ${file} ${place} | ${text}`);
    found.forEach((check) => excused.add(check));
  }
  return checks.filter((check) => !excused.has(check));
}

const sources = readSources(root);
const all = findChecks(sources);
const kind = values.sample === undefined ? "" : "-sample";
const reportPath = `${root}/cache/deletions${kind}.json`;
const before = values.resume ? readReport(reportPath) : {};
let chosen = withoutExceptions(all);
console.log(
  `${all.length} checks, ${all.length - chosen.length} of them excused in scripts/deletions/exceptions.ts`,
);
const { only } = values;
if (only) chosen = chosen.filter((check) => only.some((text) => lineOf(check).includes(text)));
chosen = chosen.filter(({ key }) => !before[key]?.noticedBy);
if (values.sample !== undefined) {
  const limits = { count: Number(values.sample), code: Number(values.code) };
  chosen = drawSample(chosen, values.seed, limits, dependantsOf(sources), readSizes(root));
  if (chosen.length === 0) throw new Error(`no check can be built within --code ${values.code}`);
}

if (values.list) {
  chosen.forEach((check) => console.log(lineOf(check)));
} else {
  const work = `${realpathSync(tmpdir())}/cvm-deletions-${hash(root).slice(0, 8)}${kind}`;
  const clones = prepareClones(root, work, sources, kind === "" ? all : chosen).slice(
    0,
    Number(values.jobs ?? 2),
  );
  const order = new Order(suiteOf(root));
  for (const { key, file, place } of all) {
    const [noticedBy] = before[key]?.noticedBy?.split(":") ?? [];
    if (noticedBy !== undefined) order.note(`${file} ${place}`, noticedBy);
  }
  const report = { ...before };
  await removeChecks(chosen, { clones, order, most: Number(values.files ?? Infinity), reportPath, report });
  const survivors = chosen.filter(({ key }) => report[key]?.noticedBy === null);
  survivors.forEach((check) => console.log(`SURVIVED ${lineOf(check)}`));
  console.log(`${chosen.length} removed, ${survivors.length} survived`);
  process.exitCode = survivors.length === 0 ? 0 : 1;
}
