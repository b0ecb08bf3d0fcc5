// A copy of the project with switches at its checks, compiled once. A check is deleted by patching its constant in the
// artifacts, which takes milliseconds where the compiler takes minutes.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import type { Check } from "./checks.ts";
import { dependantsOf } from "./dependants.ts";
import { completeOutputs, helper, switchedFile } from "./plugin.ts";
import type { Source } from "./tree.ts";

const left = new Set(["node_modules", ".git", "contracts", "artifacts", "cache", "coverage", "dist"]);

// calldatasize is below any constant whose first bit is set, and below no zero: the optimizer can know neither. Reading
// it is allowed in pure functions.
const helperText = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.0;

function _isOn(uint256 check) pure returns (bool on) {
    assembly ("memory-safe") {
        on := lt(calldatasize(), check)
    }
}
`;

// Contracts grow by a fifth, so neither EIP-170 nor the cap on a transaction's gas may stand in their way.
const configText = (plugin: string): string => `import base from "./hardhat.original.ts";
import plugin from "${plugin}";
const gas = 400_000_000;
const room = { gas, transactionGasCap: gas, blockGasLimit: 4 * gas, allowUnlimitedContractSize: true };
const network = { ...base.networks!["default"], ...room };
const plugins = [...base.plugins!, plugin];
export default { ...base, plugins, networks: { ...base.networks, default: network } } as typeof base;
`;

/** Two clones with the switches of `checks`; the contracts are compiled when they are others than last time. */
export function prepareClones(
  root: string,
  work: string,
  sources: readonly Source[],
  checks: readonly Check[],
): [string, string] {
  const [base, marker] = [`${work}/base`, `${work}/built`];
  const written = new Map(sources.map((source) => [source.file, writeSwitches(source, checks)]));
  const stamp = createHash("sha256")
    .update(JSON.stringify([...written, helperText]))
    .digest("hex");
  copyProject(root, base, "./scripts/deletions/plugin.ts");
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== stamp) {
    rmSync(marker, { force: true });
    const dependants = dependantsOf(sources);
    const switched = new Set(checks.flatMap(({ file }) => [...(dependants.get(file) ?? [])]));
    writeFileSync(`${base}/${switchedFile}`, JSON.stringify([...switched]));
    build(root, base, written);
    writeFileSync(marker, stamp);
  }
  // Fresh each time: a run that was stopped leaves one check deleted.
  const clones: [string, string] = [`${work}/first`, `${work}/second`];
  for (const clone of clones) {
    rmSync(clone, { recursive: true, force: true });
    cpSync(base, clone, { recursive: true, verbatimSymlinks: true });
  }
  return clones;
}

/** Everything but the contracts and what is built of them, and a configuration without limits of size and gas, with one
 * Hardhat plugin more; `plugin` is its path in the copy. */
export function copyProject(root: string, clone: string, plugin: string): void {
  const isCopied = (path: string): boolean => {
    const [top = ""] = path.slice(root.length + 1).split("/");
    return !left.has(top);
  };
  cpSync(root, clone, { recursive: true, filter: isCopied });
  if (!existsSync(`${clone}/node_modules`)) symlinkSync(`${root}/node_modules`, `${clone}/node_modules`);
  cpSync(`${root}/hardhat.config.ts`, `${clone}/hardhat.original.ts`);
  writeFileSync(`${clone}/hardhat.config.ts`, configText(plugin));
}

function compile(folder: string): void {
  const hardhat = ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet", "--no-tests"];
  const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" };
  const { status, stderr } = spawnSync(process.execPath, hardhat, { cwd: folder, encoding: "utf8", env });
  if (status !== 0) throw new Error(`the contracts in ${folder} do not compile\n${stderr}`);
}

/** What has no switch is taken from the project's own artifacts, so these must be those of its sources. */
function build(root: string, clone: string, written: ReadonlyMap<string, string>): void {
  compile(root);
  for (const folder of ["contracts", "artifacts", "cache"])
    rmSync(`${clone}/${folder}`, { recursive: true, force: true });
  cpSync(`${root}/artifacts`, `${clone}/artifacts`, { recursive: true });
  mkdirSync(`${clone}/cache`);
  // Sources and artifacts stand in it by their absolute paths.
  const cache = "cache/compile-cache.json";
  const text = readFileSync(`${root}/${cache}`, "utf8").replaceAll(`"${root}/`, `"${clone}/`);
  writeFileSync(`${clone}/${cache}`, text);
  for (const [file, text] of [...written, [helper, helperText] as const]) {
    if (!file.startsWith("contracts/")) continue;
    mkdirSync(dirname(`${clone}/${file}`), { recursive: true });
    writeFileSync(`${clone}/${file}`, text);
  }
  compile(clone);
  completeOutputs(clone);
}

interface Insertion {
  readonly at: number;
  readonly text: string;
  readonly rank: number;
  readonly skip: number;
}

/** The source with every check behind its switch. Lines stay where they are. */
export function writeSwitches(source: Source, checks: readonly Check[]): string {
  const edits = checks.filter(({ file }) => file === source.file).flatMap(({ edits: own }) => own);
  if (edits.length === 0) return source.bytes.toString();
  // At one place: what ends there before what begins there, the inner before the outer, which was found first.
  const insertions: Insertion[] = edits.flatMap(({ from, to, before, after, instead }, i) => [
    { at: from, text: before, rank: edits.length + i, skip: instead === undefined ? 0 : to - from },
    { at: to, text: after, rank: edits.length - 1 - i, skip: 0 },
  ]);
  insertions.sort((a, b) => a.at - b.at || a.rank - b.rank);
  const pieces: Buffer[] = [];
  let position = 0;
  for (const { at, text, skip } of insertions) {
    if (at > position) pieces.push(source.bytes.subarray(position, at));
    pieces.push(Buffer.from(text));
    position = Math.max(position, at + skip);
  }
  pieces.push(source.bytes.subarray(position));
  const path = posix.relative(dirname(source.file), helper);
  const name = path.startsWith(".") ? path : `./${path}`;
  const text = Buffer.concat(pieces).toString();
  return text.replace(/^pragma solidity .*;/m, (pragma) => `${pragma} import {_isOn} from "${name}";`);
}

/** The artifacts of one clone. */
export class Artifacts {
  readonly #originals = new Map<string, string>();

  constructor(clone: string) {
    // The compiler's output as well: Hardhat recognises a contract by it, and only then names a constructor's error.
    for (const path of globSync("artifacts/**/*.json", { cwd: clone }))
      if (!path.includes("/build-info/") || path.endsWith(".output.json"))
        this.#originals.set(`${clone}/${path}`, readFileSync(`${clone}/${path}`, "utf8"));
  }

  /** Whether the check is in any bytecode at all. */
  has(key: string): boolean {
    return [...this.#originals.values()].some((text) => text.includes(key));
  }

  /** Deletes one check. Returns what puts it back. */
  remove(key: string): () => void {
    const touched = [...this.#originals].filter(([, text]) => text.includes(key));
    for (const [path, text] of touched) writeFileSync(path, text.replaceAll(key, "0".repeat(key.length)));
    return () => {
      for (const [path, text] of touched) writeFileSync(path, text);
    };
  }
}
