// A copy of the project with switches at its checks, compiled once. A check is deleted by patching its constant in the
// artifacts, which takes milliseconds where the compiler takes minutes.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { symlinkSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import type { Check } from "./checks.ts";
import type { Source } from "./tree.ts";

const left = new Set(["node_modules", ".git", "artifacts", "cache", "coverage", "dist"]);
const helper = "contracts/Switch.sol";

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
const configText = `import base from "./hardhat.original.ts";

const gas = 400_000_000;
const room = { gas, transactionGasCap: gas, blockGasLimit: 4 * gas, allowUnlimitedContractSize: true };
const network = { ...base.networks!["default"], ...room };
export default { ...base, networks: { ...base.networks, default: network } } as typeof base;
`;

/** Copies the project, writes the switches in and compiles. Throws when the compiler refuses. */
export function buildClone(
  root: string,
  clone: string,
  sources: readonly Source[],
  checks: readonly Check[],
): void {
  rmSync(clone, { recursive: true, force: true });
  mkdirSync(clone, { recursive: true });
  cpSync(root, clone, {
    recursive: true,
    filter: (path) => !left.has(path.slice(root.length).replace(/^\//, "").split("/")[0] ?? ""),
  });
  symlinkSync(`${root}/node_modules`, `${clone}/node_modules`);
  renameSync(`${clone}/hardhat.config.ts`, `${clone}/hardhat.original.ts`);
  writeFileSync(`${clone}/hardhat.config.ts`, configText);
  writeFileSync(`${clone}/${helper}`, helperText);
  for (const source of sources) {
    const own = checks.filter(({ file }) => file === source.file);
    if (own.length > 0) writeFileSync(`${clone}/${source.file}`, writeSwitches(source, own));
  }
  const { status, stderr } = spawnSync(
    process.execPath,
    ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet"],
    { cwd: clone, encoding: "utf8", env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" } },
  );
  if (status !== 0) throw new Error(`the contracts with switches do not compile\n${stderr}`);
  // Traces of the source would be made from it; patched code matches none, and reading it takes a second.
  rmSync(`${clone}/artifacts/build-info`, { recursive: true, force: true });
}

/** A second clone of a built one, for a second worker. */
export function copyClone(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}

interface Insertion {
  readonly at: number;
  readonly text: string;
  readonly rank: number;
  readonly skip: number;
}

/** The source with every check behind its switch. Lines stay where they are. */
export function writeSwitches(source: Source, checks: readonly Check[]): string {
  const edits = checks.flatMap(({ edits: own }) => own);
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
    for (const path of globSync("artifacts/**/*.json", { cwd: clone }))
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

export const isBuilt = (clone: string): boolean => existsSync(`${clone}/artifacts/contracts`);
