// What TCB info and QE identity share: status words and numbers (protocol §13), advisories, and levels by ISVSVN.
import type { JsonCursor } from "./intel-json.ts";

/** Intel's spelling, by the numbers of protocol §13. Revoked stands inside documents only. */
export const tcbStatusNames = [
  "Unset",
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "TDRelaunchAdvised",
  "TDRelaunchAdvisedConfigurationNeeded",
  "Revoked",
] as const;

export const tcbStatuses = {
  upToDate: 1,
  swHardeningNeeded: 2,
  configurationNeeded: 3,
  configurationAndSwHardeningNeeded: 4,
  outOfDate: 5,
  outOfDateConfigurationNeeded: 6,
  tdRelaunchAdvised: 7,
  tdRelaunchAdvisedConfigurationNeeded: 8,
  revoked: 9,
} as const;

/** What a level says about whoever matches it. */
export interface LevelVerdict {
  /** Unix seconds. */
  readonly tcbDate: bigint;
  /** `tcbStatuses`. */
  readonly status: number;
  /** `INTEL-SA-nnnnn`, in the document's order. */
  readonly advisoryIds: readonly string[];
}

/** A level of a TDX module or of the quoting enclave. */
export interface SvnLevel extends LevelVerdict {
  readonly isvSvn: number;
}

const advisoryForm = /^INTEL-SA-(\d{5})$/;
const maxAdvisory = 0xffff;
/** The contract counts them in one byte. */
const maxAdvisories = 255;

function readAdvisories(cursor: JsonCursor): string[] {
  const ids: string[] = [];
  if (!cursor.take(',"advisoryIDs":[')) return ids;
  do {
    cursor.expect('"');
    const id = cursor.text();
    const number = advisoryForm.exec(id)?.[1];
    const isAdvisory = number !== undefined && Number(number) <= maxAdvisory;
    if (!isAdvisory || ids.length === maxAdvisories) cursor.fail();
    ids.push(id);
  } while (cursor.take(","));
  cursor.expect("]");
  return ids;
}

/** `"tcbDate":…,"tcbStatus":…[,"advisoryIDs":[…]]}`, the end of every level. */
export function readLevelVerdict(cursor: JsonCursor, statuses = documentStatuses): LevelVerdict {
  cursor.expect('"tcbDate":"');
  const tcbDate = cursor.date();
  cursor.expect(',"tcbStatus":"');
  const status = tcbStatusNames.indexOf(cursor.text() as (typeof tcbStatusNames)[number]);
  if (!statuses.has(status)) cursor.fail();
  const advisoryIds = readAdvisories(cursor);
  cursor.expect("}");
  return { tcbDate, status, advisoryIds };
}

// The relaunch statuses are conclusions about a TD; no document states them.
const documentStatuses: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, tcbStatuses.revoked]);
// Of modules and enclaves Intel's API knows no others (specs/tdx.md, PCS v4), and its library ignores or refuses them.
const svnStatuses: ReadonlySet<number> = new Set([
  tcbStatuses.upToDate,
  tcbStatuses.outOfDate,
  tcbStatuses.revoked,
]);

/** `"tcbLevels":[{"tcb":{"isvsvn":n},…},…]`: one to `most` levels. */
export function readSvnLevels(cursor: JsonCursor, limit: number, most: number): SvnLevel[] {
  const levels: SvnLevel[] = [];
  cursor.expect('"tcbLevels":[');
  do {
    if (levels.length === most) cursor.fail();
    cursor.expect('{"tcb":{"isvsvn":');
    const isvSvn = cursor.natural(limit);
    cursor.expect("},");
    levels.push({ isvSvn, ...readLevelVerdict(cursor, svnStatuses) });
  } while (cursor.take(","));
  cursor.expect("]");
  return levels;
}

export const isDescending = (levels: readonly SvnLevel[]): boolean =>
  levels.every((level, at) => at === 0 || level.isvSvn < levels[at - 1]!.isvSvn);
