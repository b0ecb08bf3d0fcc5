// `npm run -s vectors -- <file|folder>…`: puts independent test vectors through the contracts' primitives and the SDK's
// and prints one JSON line per file. Exit status 0 all agree, 1 a case disagrees without a reason listed in
// vectors/policy.ts, 2 usage error or a file that cannot be understood (message on stderr, nothing on stdout).
import { findVectors } from "./vectors/content.ts";
import type { FoundVectors } from "./vectors/content.ts";
import { openPrimitives } from "./vectors/primitives.ts";
import { reportOn } from "./vectors/report.ts";
import { UnreadableVectors } from "./vectors/set.ts";

const usage = "usage: npm run -s vectors -- <file|folder>…";

async function run(found: readonly FoundVectors[]): Promise<0 | 1> {
  const contracts = await openPrimitives();
  let status: 0 | 1 = 0;
  try {
    for (const vectors of found) {
      const report = await reportOn(vectors, contracts);
      process.stdout.write(`${JSON.stringify(report)}\n`);
      if (report.disagree.length > 0) status = 1;
    }
  } finally {
    await contracts.close();
  }
  return status;
}

/** Everything is read before anything is judged, so that an unreadable file leaves no half answer. */
function readAll(paths: readonly string[]): FoundVectors[] | string {
  if (paths.length === 0 || paths.some((path) => path.startsWith("-"))) return usage;
  try {
    return paths.flatMap((path) => findVectors(path));
  } catch (error) {
    if (error instanceof UnreadableVectors) return `vectors: ${error.message}`;
    throw error;
  }
}

const found = readAll(process.argv.slice(2));
if (typeof found === "string") {
  process.stderr.write(`${found}\n`);
  process.exitCode = 2;
} else process.exitCode = await run(found);
