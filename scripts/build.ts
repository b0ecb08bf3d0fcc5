// Builds the contracts unless the artifacts are newer than every source; Hardhat itself takes seconds to say so.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const marker = `${root}artifacts/contracts/CVMRegistry.sol/CVMRegistry.json`;

function isBuilt(): boolean {
  if (!existsSync(marker)) return false;
  const builtAt = statSync(marker).mtimeMs;
  const sources = globSync("{contracts/**/*.sol,hardhat.config.ts,package-lock.json}", { cwd: root });
  return sources.every((source) => statSync(`${root}${source}`).mtimeMs <= builtAt);
}

/** Throws when the compiler refuses. */
export function buildIfNeeded(): void {
  if (isBuilt()) return;
  const { status } = spawnSync(
    process.execPath,
    ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet"],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" },
    },
  );
  if (status !== 0) throw new Error("the contracts do not compile");
}
