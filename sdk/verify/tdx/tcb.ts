// Which TCB level a platform is at, and what that makes of the TD (Intel QVL, checks TcbLevelCheck, TdxModuleCheck,
// TDRelaunchCheck): platform, then TDX module, then relaunch, then quoting enclave.
import { isEqual, isZero } from "../../evidence/bytes.ts";
import type { QeIdentity } from "../../evidence/qe-identity.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import type { TcbInfo, TcbLevel, TdxModule } from "../../evidence/tcb-info.ts";
import { tcbStatuses } from "../../evidence/tcb-levels.ts";
import type { LevelVerdict, SvnLevel } from "../../evidence/tcb-levels.ts";

const {
  upToDate,
  swHardeningNeeded,
  configurationNeeded,
  configurationAndSwHardeningNeeded,
  outOfDate,
  outOfDateConfigurationNeeded,
  tdRelaunchAdvised,
  tdRelaunchAdvisedConfigurationNeeded,
  revoked,
} = tcbStatuses;

/** SVNs of a platform, of its module and of its quoting enclave. */
export interface PlatformSvns {
  /** 16 bytes, of the PCK certificate. */
  readonly componentSvns: Uint8Array;
  readonly pceSvn: number;
  /** 16 bytes, of the quote; [0] is the module's ISVSVN, [1] its version. */
  readonly teeTcbSvn: Uint8Array;
  /** TD report 1.5 only: the module that runs now, which may be newer than the one that launched the TD. */
  readonly teeTcbSvn2: Uint8Array | null;
  readonly qeIsvSvn: number;
}

export interface TcbVerdict {
  /** Converged, `tcbStatuses`. */
  readonly tcbStatus: number;
  readonly platformStatus: number;
  readonly moduleStatus: number;
  readonly qeStatus: number;
  /** Union over the levels matched, sorted. */
  readonly advisoryIds: readonly string[];
}

/**
 * A TDX module of version 1 or above has an identity of its own, which says what its ISVSVN and version are worth, so
 * the platform's components 0 and 1 are not compared then.
 */
export const firstTdxComponent = (teeTcbSvn: Uint8Array) => (teeTcbSvn[1]! > 0 ? 2 : 0);

export const isSgxMatch = ({ componentSvns, pceSvn }: PlatformSvns, level: TcbLevel): boolean =>
  level.sgx.every((svn, at) => componentSvns[at]! >= svn) && pceSvn >= level.pceSvn;

function isTdxMatch({ teeTcbSvn }: PlatformSvns, level: TcbLevel): boolean {
  const first = firstTdxComponent(teeTcbSvn);
  return level.tdx.every((svn, at) => at < first || teeTcbSvn[at]! >= svn);
}

/** SGX and TDX components must match in one and the same level. */
export const isPlatformMatch = (svns: PlatformSvns, level: TcbLevel): boolean =>
  isSgxMatch(svns, level) && isTdxMatch(svns, level);

/** The first level, from the highest down, that an ISVSVN reaches. */
export const matchSvn = (levels: readonly SvnLevel[], isvSvn: number): SvnLevel | undefined =>
  levels.find((level) => level.isvSvn <= isvSvn);

/** Identity of a module version; version 0 is the document's `tdxModule`. */
export function moduleOf(info: TcbInfo, version: number): TdxModule | Refusal {
  const module =
    version === 0 ? info.module : info.moduleIdentities.find((known) => known.version === version);
  return module ?? refuse("tdx.module", `TCB info has no TDX module of version ${version}`);
}

/** Who signed the module that runs the TD. Attributes other than zero match no quote: those of a quote are zero. */
export function checkModuleSigner(module: TdxModule, mrSignerSeam: Uint8Array): Refusal | null {
  return isEqual(module.mrSigner, mrSignerSeam) && isZero(module.attributes)
    ? null
    : refuse("tdx.module-signer", `TDX module of version ${module.version} is not signed as TCB info says`);
}

/** What another component's status makes of a platform's. */
function converge(status: number, other: number): number {
  if (other !== outOfDate) return status;
  if (status === upToDate || status === swHardeningNeeded) return outOfDate;
  const isConfiguration = status === configurationNeeded || status === configurationAndSwHardeningNeeded;
  return isConfiguration ? outOfDateConfigurationNeeded : status;
}

interface Matches {
  readonly sgxLevel: TcbLevel;
  readonly moduleStatus: number;
  /** Of platform and module. */
  readonly status: number;
}

/** Whether the module that runs now would give the TD the newest level, had it been launched under it. */
function isCurrentModuleNewest(info: TcbInfo, teeTcbSvn2: Uint8Array): boolean | Refusal {
  const latest = info.levels[0]!;
  const version = teeTcbSvn2[1]!;
  const module = moduleOf(info, version);
  if (isRefusal(module)) return module;
  const due = version === 0 ? latest.tdx[0]! : module.levels[0]!.isvSvn;
  return teeTcbSvn2[0]! >= due && teeTcbSvn2[2]! >= latest.tdx[2]!;
}

/** The platform is repaired but this TD was launched before: its status then, or null when that is not so. */
function relaunchStatus(
  { sgxLevel, moduleStatus, status }: Matches,
  info: TcbInfo,
  teeTcbSvn2: Uint8Array,
): number | null | Refusal {
  const isSgxCurrent = sgxLevel.status >= upToDate && sgxLevel.status <= configurationAndSwHardeningNeeded;
  const isBehind = status === outOfDate || status === outOfDateConfigurationNeeded;
  if (!isSgxCurrent || !isBehind || moduleStatus !== outOfDate) return null;
  const isNewest = isCurrentModuleNewest(info, teeTcbSvn2);
  if (isRefusal(isNewest)) return isNewest;
  if (!isNewest) return null;
  const isConfiguration =
    sgxLevel.status === configurationNeeded ||
    sgxLevel.status === configurationAndSwHardeningNeeded ||
    status === outOfDateConfigurationNeeded;
  return isConfiguration ? tdRelaunchAdvisedConfigurationNeeded : tdRelaunchAdvised;
}

const noModuleLevels: LevelVerdict = { tcbDate: 0n, status: upToDate, advisoryIds: [] };

/** A level that matches and is not revoked, or why there is none. */
function usable<Level extends LevelVerdict>(level: Level | undefined, what: string): Level | Refusal {
  if (level === undefined) return refuse("tdx.tcb-level", `no ${what} level matches`);
  return level.status === revoked ? refuse("tdx.tcb-level", `matched ${what} level is revoked`) : level;
}

/** The TCB status of a TD whose module was found by `moduleOf`. */
export function judgeTcb(
  svns: PlatformSvns,
  info: TcbInfo,
  module: TdxModule,
  identity: QeIdentity,
): TcbVerdict | Refusal {
  const platform = usable(
    info.levels.find((level) => isPlatformMatch(svns, level)),
    "platform",
  );
  if (isRefusal(platform)) return platform;
  const moduleLevel: LevelVerdict | Refusal =
    module.version === 0 ? noModuleLevels : usable(matchSvn(module.levels, svns.teeTcbSvn[0]!), "TDX module");
  if (isRefusal(moduleLevel)) return moduleLevel;
  const qe = usable(matchSvn(identity.levels, svns.qeIsvSvn), "QE");
  if (isRefusal(qe)) return qe;
  let status = converge(platform.status, moduleLevel.status);
  if (svns.teeTcbSvn2 !== null && qe.status !== outOfDate) {
    // The first level whose SGX half matches lies at or above the platform's, so it exists.
    const sgxLevel = info.levels.find((level) => isSgxMatch(svns, level))!;
    const matches = { sgxLevel, moduleStatus: moduleLevel.status, status };
    const relaunch = relaunchStatus(matches, info, svns.teeTcbSvn2);
    if (isRefusal(relaunch)) return relaunch;
    status = relaunch ?? status;
  }
  const advisoryIds = [platform, moduleLevel, qe].flatMap((level) => level.advisoryIds);
  return {
    tcbStatus: converge(status, qe.status),
    platformStatus: platform.status,
    moduleStatus: moduleLevel.status,
    qeStatus: qe.status,
    advisoryIds: [...new Set(advisoryIds)].sort(),
  };
}
