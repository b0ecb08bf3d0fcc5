// Builds with the production profile and refuses a result that must not reach a chain: a contract above the
// 24,576 bytes of EIP-170, or one from contracts/mocks linked into another.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Artifact } from "./artifact.ts";
import { buildProduction } from "./build.ts";

const maxCodeSize = 24_576;
const root = fileURLToPath(new URL("..", import.meta.url));

if (buildProduction("production") !== 0) process.exit(1);

let failed = 0;
for (const path of globSync("artifacts/contracts/**/*.json", { cwd: root, exclude: ["**/mocks/**"] })) {
  const artifact = JSON.parse(readFileSync(`${root}/${path}`, "utf8")) as Partial<Artifact>;
  if (artifact.contractName === undefined || artifact.deployedBytecode === undefined) continue;
  const size = (artifact.deployedBytecode.length - 2) / 2;
  const usesMock = Object.keys(artifact.linkReferences ?? {}).some((source) => source.includes("/mocks/"));
  if (size <= 100 && !usesMock) continue;
  const isRefused = size > maxCodeSize || usesMock;
  if (isRefused) failed++;
  console.log(`${isRefused ? "REFUSED" : "ok     "} ${artifact.contractName.padEnd(20)} ${size} bytes`);
}
process.exit(failed === 0 ? 0 : 1);
