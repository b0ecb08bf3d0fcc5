// How far a platform is from each TCB level: for the operator who must know what to update. Speaks of genuine quotes
// only, also of those at no level.
import { isRefusal } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import type { TcbLevel } from "../../evidence/tcb-info.ts";
import { tcbStatusNames } from "../../evidence/tcb-levels.ts";
import type { LevelVerdict, SvnLevel } from "../../evidence/tcb-levels.ts";
import type { TdxTrust } from "./host.ts";
import { judgeGenuineQuote, judgeModule } from "./quote.ts";
import { firstTdxComponent } from "./tcb.ts";
import type { PlatformSvns } from "./tcb.ts";

/** One component that is below what a level needs. */
export interface Shortfall {
  /** `sgx 0` to `sgx 15`, `tdx 0` to `tdx 15`, `pcesvn`, `TDX module isvsvn`, `QE isvsvn`. */
  readonly component: string;
  /** What Intel calls it, e.g. `BIOS Early Microcode Update`; empty where it has no name. */
  readonly name: string;
  readonly have: number;
  readonly need: number;
}

export interface LevelDistance {
  /** Intel's spelling. */
  readonly status: string;
  /** Unix seconds. */
  readonly tcbDate: number;
  /** What is open for whoever is at this level. */
  readonly advisoryIds: readonly string[];
  /** Empty where the level is reached. */
  readonly behind: readonly Shortfall[];
  /** The first level reached, from the highest down: the one that counts. */
  readonly isMatched: boolean;
}

/** Levels, highest first, of each of the three parts. The TDX module has none before version 1. */
export interface TcbDistance {
  readonly platform: readonly LevelDistance[];
  readonly module: readonly LevelDistance[];
  readonly qe: readonly LevelDistance[];
}

function shortfall(component: string, name: string, have: number, need: number): Shortfall[] {
  return have < need ? [{ component, name, have, need }] : [];
}

function platformShortfalls(svns: PlatformSvns, level: TcbLevel): Shortfall[] {
  const first = firstTdxComponent(svns.teeTcbSvn);
  const sgx = [...level.sgx].flatMap((need, at) =>
    shortfall(`sgx ${at}`, level.sgxNames[at]!, svns.cpuSvn[at]!, need),
  );
  const tdx = [...level.tdx].flatMap((need, at) =>
    at < first ? [] : shortfall(`tdx ${at}`, level.tdxNames[at]!, svns.teeTcbSvn[at]!, need),
  );
  return [...sgx, ...shortfall("pcesvn", "", svns.pceSvn, level.pceSvn), ...tdx];
}

function distances<Level extends LevelVerdict>(
  levels: readonly Level[],
  behindOf: (level: Level) => Shortfall[],
): LevelDistance[] {
  const behind = levels.map(behindOf);
  const matched = behind.findIndex((shortfalls) => shortfalls.length === 0);
  return levels.map(({ status, tcbDate, advisoryIds }, at) => ({
    status: tcbStatusNames[status]!,
    tcbDate: Number(tcbDate),
    advisoryIds,
    behind: behind[at]!,
    isMatched: at === matched,
  }));
}

/** The distances of a genuine quote, or the check it fails before its TCB is looked at. */
export function tcbDistance(quote: Uint8Array, trust: TdxTrust): TcbDistance | Refusal {
  const genuine = judgeGenuineQuote(quote, trust);
  if (isRefusal(genuine)) return genuine;
  const module = judgeModule(genuine, trust.now);
  if (isRefusal(module)) return module;
  const { svns, collateral } = genuine;
  const svnDistances = (levels: readonly SvnLevel[], component: string, have: number) =>
    distances(levels, ({ isvSvn }) => shortfall(component, "", have, isvSvn));
  return {
    platform: distances(collateral.tcbInfo.levels, (level) => platformShortfalls(svns, level)),
    module: svnDistances(module.levels, "TDX module isvsvn", svns.teeTcbSvn[0]!),
    qe: svnDistances(collateral.qeIdentity.levels, "QE isvsvn", svns.qeIsvSvn),
  };
}
