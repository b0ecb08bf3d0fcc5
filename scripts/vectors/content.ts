// Finds vector files under the paths given and tells by their content, never by their name, what they are.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isCavp, readCavp } from "./cavp.ts";
import { isPkitsTest, readLimbo, readPkits } from "./paths.ts";
import { UnreadableVectors } from "./set.ts";
import type { VectorSet } from "./set.ts";
import { readWycheproof } from "./wycheproof.ts";
import type { WycheproofFile } from "./wycheproof.ts";

export interface FoundVectors {
  readonly file: string;
  readonly set: VectorSet;
}

const isLimboTest = (test: unknown): boolean =>
  typeof test === "object" && test !== null && "peer_certificate" in test;

function readJson(text: string): VectorSet | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof content !== "object" || content === null) return null;
  if ("testGroups" in content && Array.isArray(content.testGroups))
    return readWycheproof(content as WycheproofFile);
  const tests: unknown = "testcases" in content ? content.testcases : null;
  return Array.isArray(tests) && tests.length > 0 && tests.every(isLimboTest) ? readLimbo(tests) : null;
}

function readVectors(file: string): VectorSet | null {
  const text = readFileSync(file, "utf8");
  return isCavp(text) ? readCavp(text) : readJson(text);
}

/** PKITS is one suite in two folders: its tests are no files of their own. */
function readPkitsFolder(folder: string): VectorSet | null {
  for (const at of [folder, join(folder, "certs")]) {
    if (statSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    const names = readdirSync(at);
    const isSuite =
      names.some(isPkitsTest) && names.some((name) => name.endsWith(".crt") && isDer(join(at, name)));
    if (isSuite) return readPkits(at, names);
  }
  return null;
}

const isDer = (file: string): boolean => readFileSync(file)[0] === 0x30;

/** Beside vectors lie licences and descriptions; a file that claims to be data must be understood. */
const claimsToBeData = (file: string): boolean =>
  /\.(json|rsp)$/i.test(file) || /^\s*[{[]/.test(readFileSync(file, "latin1").slice(0, 64));

function findIn(folder: string): FoundVectors[] {
  const suite = readPkitsFolder(folder);
  if (suite !== null) return [{ file: folder, set: suite }];
  const found: FoundVectors[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...findIn(path));
    else if (claimsToBeData(path)) found.push(findFile(path));
  }
  return found;
}

function findFile(file: string): FoundVectors {
  try {
    const set = readVectors(file);
    if (set !== null) return { file, set };
  } catch (error) {
    if (error instanceof UnreadableVectors) throw new UnreadableVectors(`${file}: ${error.message}`);
    throw error;
  }
  throw new UnreadableVectors(
    `${file}: neither Wycheproof or limbo JSON nor a NIST CAVP response file of a hash`,
  );
}

/** Every vector file at or under a path. Throws UnreadableVectors. */
export function findVectors(path: string): FoundVectors[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UnreadableVectors(`cannot read ${path}`);
  if (!stat.isDirectory()) return [findFile(path)];
  const found = findIn(path);
  if (found.length === 0) throw new UnreadableVectors(`${path}: no vector file in the folder`);
  return found;
}
