// `npm run -s bench -- tdx [--json] [--rounds <n>]`: quotes per second and bundle size of our TDX verifier beside
// npm's @phala/dcap-qvl, in one run. Exit status 0 measured, 2 usage error. It measures and never judges.
import { parseArgs } from "node:util";
import { bundleSize } from "../bench/bundle.ts";
import type { BundleSize } from "../bench/bundle.ts";
import { timeInTurn } from "../bench/rounds.ts";
import { dcapQvlVersion, tdxBundles, tdxContest } from "../bench/tdx.ts";

const usage = "usage: npm run -s bench -- tdx [--json] [--rounds <n>]";

function readArguments(): { rounds: number; isJson: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean" }, rounds: { type: "string", default: "15" } },
    });
    const rounds = /^[1-9]\d{0,3}$/.test(values.rounds) ? Number(values.rounds) : 0;
    const isAsDue = positionals.length === 1 && positionals[0] === "tdx" && rounds > 0;
    return isAsDue ? { rounds, isJson: values.json === true } : null;
  } catch {
    return null;
  }
}

async function measureTdx(rounds: number) {
  const { quotes, contestants } = tdxContest();
  const timings = timeInTurn(contestants, { rounds, warmUp: 3 });
  const theirs = timings.at(-1)!.median;
  return {
    quotes,
    rounds,
    node: process.version,
    dcapQvl: dcapQvlVersion,
    speed: timings.map(({ name, median, fastest, slowest }) => ({
      name,
      quotesPerSecond: Number(((1000 * quotes) / median).toFixed(1)),
      millisecondsPerQuote: Number((median / quotes).toFixed(3)),
      fastest: Number((fastest / quotes).toFixed(3)),
      slowest: Number((slowest / quotes).toFixed(3)),
      ratio: Number((theirs / median).toFixed(2)),
    })),
    bundle: { ours: await bundleSize(tdxBundles.ours), dcapQvl: await bundleSize(tdxBundles.dcapQvl) },
  };
}

const sizeText = (size: BundleSize | null) =>
  size === null ? "not measured: no bundler is installed" : `${size.minified} bytes, ${size.gzipped} gzipped`;

function print({ quotes, rounds, speed, bundle, ...versions }: Awaited<ReturnType<typeof measureTdx>>): void {
  console.log(`${quotes} real quotes, median of ${rounds} alternating rounds, Node ${versions.node}`);
  const width = Math.max(...speed.map(({ name }) => name.length));
  for (const { name, quotesPerSecond, millisecondsPerQuote, fastest, slowest, ratio } of speed)
    console.log(
      `  ${name.padEnd(width)}  ${quotesPerSecond.toFixed(1).padStart(8)} quotes/s  ` +
        `${millisecondsPerQuote.toFixed(2)} ms (${fastest.toFixed(2)} to ${slowest.toFixed(2)})  ` +
        `${ratio.toFixed(2)} times dcap-qvl`,
    );
  console.log("minified bundle for browsers");
  console.log(`  cvm-registry verifier      ${sizeText(bundle.ours)}`);
  console.log(`  @phala/dcap-qvl verifier   ${sizeText(bundle.dcapQvl)}`);
}

const settings = readArguments();
if (settings === null) {
  console.error(usage);
  process.exitCode = 2;
} else {
  const figures = await measureTdx(settings.rounds);
  if (settings.isJson) console.log(JSON.stringify(figures));
  else print(figures);
}
