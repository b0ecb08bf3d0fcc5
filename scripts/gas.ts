// `npm run gas`: measures and prints the gas figures; with `--write` the snapshot in git becomes them.
import { readFileSync, writeFileSync } from "node:fs";
import { measureGas } from "../test/gas/measure.ts";
import type { GasFigures } from "../test/gas/measure.ts";
import { buildDoors, buildIfNeeded } from "./build.ts";

const file = "test/gas/snapshots.json";

buildIfNeeded();
buildDoors();
const figures = await measureGas();
let before: GasFigures = {};
try {
  before = JSON.parse(readFileSync(file, "utf8")) as GasFigures;
} catch {
  console.log(`${file} does not exist yet`);
}
for (const [name, gas] of Object.entries(figures)) {
  const old = before[name];
  const change = old === undefined ? "new" : `${(((gas - old) / old) * 100).toFixed(2)} %`;
  console.log(`${name.padEnd(44)} ${String(gas).padStart(9)}  ${change}`);
}
if (process.argv.includes("--write")) writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
