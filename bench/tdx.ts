// Our TDX verifier beside dcap-qvl's JavaScript on the same real quotes with the same collateral. Both judge every
// quote in full and must reach the status that the fixture states, so nobody wins by looking away. Of the collateral there
// are three ways: judged once by the caller; given with every quote as one object, of which our verifier remembers that
// its signatures hold and checks the dates; and given as a copy that nothing is remembered of. dcap-qvl is given one object
// with every quote, and remembers nothing of it: the last of our three does the same work.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { TdxCollateral } from "../sdk/evidence/tdx-collateral.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import { collateralOf } from "../sdk/verify/input-fields.ts";
import { defaultTrust } from "../sdk/verify/roots.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../sdk/verify/tdx/index.ts";
import type { JudgedTdxCollateral } from "../sdk/verify/tdx/index.ts";
import type { Contestant } from "./rounds.ts";

const require = createRequire(import.meta.url);
const dcapQvl = require("@phala/dcap-qvl") as {
  verify(quote: Uint8Array, collateral: object, now: number): { readonly status: string };
};
export const { version: dcapQvlVersion } = require("@phala/dcap-qvl/package.json") as { version: string };

const fixtures = new URL("../test/fixtures/hardware/", import.meta.url);
const collateralFiles = ["b0c06f000000-2025-06-19", "90c06f000000-2026-02-18", "00806f050000-2026-06-30"];

/** Quotes of one platform, and the documents that hold for it at `now`. */
interface Platform {
  readonly now: number;
  readonly given: object;
  readonly collateral: TdxCollateral;
  readonly quotes: readonly { readonly name: string; readonly bytes: Uint8Array; readonly status: string }[];
}

function readPlatform(file: string): Platform {
  const content = JSON.parse(readFileSync(new URL(`tdx-collateral/${file}.json`, fixtures), "utf8")) as {
    now: number;
    quotes: Record<string, string>;
    collateral: object;
  };
  const collateral = collateralOf(content.collateral);
  if (collateral === null || isRefusal(collateral)) throw new Error(`${file} holds no collateral`);
  const quotes = Object.entries(content.quotes).map(([name, status]) => ({
    name,
    status,
    bytes: new Uint8Array(readFileSync(new URL(`tdx-quotes/${name}.bin`, fixtures))),
  }));
  return { now: content.now, given: content.collateral, collateral, quotes };
}

/** Intel's spelling of the statuses in these fixtures. */
const statusNames: Record<number, string> = { 1: "UpToDate", 5: "OutOfDate" };

const trustAt = (now: number) => ({ intelRoot: defaultTrust.intelRoot, now: BigInt(now) });

function judgeCollateral({ now, collateral }: Platform): JudgedTdxCollateral {
  const judged = judgeTdxCollateral(collateral, trustAt(now));
  if (isRefusal(judged)) throw new Error(`collateral is refused by ${judged.check}`);
  return judged;
}

function requireStatus(name: string, due: string, found: string | undefined): void {
  if (found !== due) throw new Error(`${name} is ${found ?? "of an unknown status"}, ${due} is due`);
}

/** Our side: the one place that calls the verifier under test. */
function judgeQuotes({ now, quotes }: Platform, collateral: JudgedTdxCollateral): void {
  for (const { name, status, bytes } of quotes) {
    const claims = judgeTdxQuote(bytes, { ...trustAt(now), collateral });
    requireStatus(name, status, isRefusal(claims) ? claims.check : statusNames[claims.tcbStatus]);
  }
}

export interface TdxContest {
  readonly quotes: number;
  readonly contestants: readonly [
    judgedOnce: Contestant,
    sameObject: Contestant,
    freshCopy: Contestant,
    dcapQvl: Contestant,
  ];
}

/** One job is every quote once. */
export function tdxContest(): TdxContest {
  const platforms = collateralFiles.map(readPlatform);
  const judged = new Map(platforms.map((platform) => [platform, judgeCollateral(platform)]));
  /** `given` is what the caller hands over with a quote. */
  const perQuote = (platform: Platform, given: () => TdxCollateral) => {
    for (const quote of platform.quotes) {
      const collateral = judgeCollateral({ ...platform, collateral: given() });
      judgeQuotes({ ...platform, quotes: [quote] }, collateral);
    }
  };
  const perQuoteOfTheirs = ({ quotes, given, now }: Platform) => {
    for (const { name, status, bytes } of quotes)
      requireStatus(name, status, dcapQvl.verify(bytes, given, now).status);
  };
  return {
    quotes: platforms.reduce((sum, { quotes }) => sum + quotes.length, 0),
    contestants: [
      {
        name: "cvm-registry, collateral judged once by the caller",
        run: () => platforms.forEach((platform) => judgeQuotes(platform, judged.get(platform)!)),
      },
      {
        name: "cvm-registry, same collateral object with each quote",
        run: () => platforms.forEach((platform) => perQuote(platform, () => platform.collateral)),
      },
      {
        name: "cvm-registry, fresh collateral with each quote, all signatures",
        run: () => platforms.forEach((platform) => perQuote(platform, () => ({ ...platform.collateral }))),
      },
      {
        name: `@phala/dcap-qvl ${dcapQvlVersion}, same collateral object, all signatures`,
        run: () => platforms.forEach(perQuoteOfTheirs),
      },
    ],
  };
}

/** Modules whose bundles are compared: what judges a quote with its collateral, and nothing that fetches. */
export const tdxBundles = {
  ours: 'export { judgeTdxCollateral, judgeTdxQuote } from "./sdk/verify/tdx/index.ts";',
  dcapQvl: 'export { verify } from "@phala/dcap-qvl/src/verify.js";',
} as const;
