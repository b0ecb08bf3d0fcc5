// Files that are made from the contracts and from data: storage layouts, the schema of deployments, the table of
// docs/roles.md. `--write` writes them; without it the script fails where one is not current.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { privilegeTable } from "../deployments/roles.ts";
import { deploymentJsonSchema } from "./deploy/record.ts";
import { statefulContracts, storageLayout } from "./storage-layout.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const rolesBegin = "<!-- made by node scripts/generated.ts --write -->";
const rolesEnd = "<!-- end -->";

/** docs/roles.md with the table as deployments/roles.ts has it. */
export function rolesDocument(): string {
  const text = readFileSync(`${root}docs/roles.md`, "utf8");
  const [begin, end] = [text.indexOf(rolesBegin), text.indexOf(rolesEnd)];
  if (begin < 0 || end < begin) throw new Error("docs/roles.md has no place for its table");
  return `${text.slice(0, begin)}${rolesBegin}\n${privilegeTable()}\n${text.slice(end)}`;
}

export const storageFile = (contract: string): string => `deployments/storage/${contract}.json`;

export const storageDocument = (contract: string): Promise<string> =>
  format(JSON.stringify(storageLayout(contract)), { parser: "json", printWidth: 110 });

/** Path and content of every such file. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  files.set("deployments/schema.json", deploymentJsonSchema());
  files.set("docs/roles.md", rolesDocument());
  for (const contract of statefulContracts) files.set(storageFile(contract), await storageDocument(contract));
  return files;
}

async function main(): Promise<void> {
  for (const [path, content] of await generatedFiles()) {
    const file = `${root}${path}`;
    if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
    if (process.argv.includes("--write")) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      console.log(`wrote ${path}`);
      continue;
    }
    console.error(`${path} is not current: run node scripts/generated.ts --write`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
