// Builds the contracts that are deployed, without mocks, unless their artifacts are newer than every source.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const marker = `${root}artifacts/contracts/CVMRegistry.sol/CVMRegistry.json`;

/** Everything that may reach a chain: our sources without mocks, and OpenZeppelin's AccessManager. */
export function productionSources(): string[] {
  const own = globSync("contracts/**/*.sol", { cwd: root, exclude: ["contracts/mocks/**"] });
  return [...own.sort(), "npm:@openzeppelin/contracts/access/manager/AccessManager.sol"];
}

function compile(profile: "default" | "production", sources: readonly string[]): number {
  const hardhat = ["node_modules/hardhat/dist/src/cli.js", "build", "--quiet", "--no-tests"];
  const { status } = spawnSync(process.execPath, [...hardhat, "--build-profile", profile, ...sources], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" },
  });
  return status ?? 1;
}

/** Runs the compiler on the production sources; its exit status. */
export const buildProduction = (profile: "default" | "production"): number =>
  compile(profile, productionSources());

function isBuilt(): boolean {
  if (!existsSync(marker)) return false;
  const builtAt = statSync(marker).mtimeMs;
  const sources = globSync("{contracts/**/*.sol,hardhat.config.ts,package-lock.json}", { cwd: root });
  return sources.every((source) => statSync(`${root}${source}`).mtimeMs <= builtAt);
}

/** Throws when the compiler refuses. */
export function buildIfNeeded(): void {
  if (!isBuilt() && buildProduction("default") !== 0) throw new Error("the contracts do not compile");
}

/** The test doors to the libraries of primitives, the verifiers that believe, and the judge of certificate chains. Hardhat compares them with its cache: unchanged ones cost nothing. */
export function buildDoors(): void {
  const doors = [
    "mocks/CryptoHarness",
    "mocks/CertificateHarness",
    "mocks/StubVerifiers",
    "tpm/AKCertificates",
  ];
  const sources = doors.map((name) => `contracts/${name}.sol`);
  if (compile("default", sources) !== 0) throw new Error("the contracts do not compile");
}
