// Random TDX quotes with collateral for them, for tests that compare verifiers: a case follows from its seed. The SVNs
// of a quote are those of one of the levels or off by one in a place or two, so that every outcome of the matching is
// frequent; faults that end in a refusal are put into a quarter of the cases, so that most reach the TCB level.
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import type { SimulatedCollateralOptions } from "../../agent/platforms/simulated/collateral.ts";
import { seededBytes } from "../../agent/platforms/simulated/p256.ts";
import { intelAuthorities, type Authority } from "../../agent/platforms/simulated/pki.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import type { SimulatedQuoteOptions } from "../../agent/platforms/simulated/simulated-quote.ts";
import { revokedPckSerials, simulatedModules, tdQe } from "../../agent/platforms/simulated/tcb.ts";
import type {
  ModuleIdentityContent,
  SvnLevelContent,
  TcbLevelContent,
} from "../../agent/platforms/simulated/tcb-documents.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";

export interface TdxCaseOptions {
  readonly quote: SimulatedQuoteOptions;
  readonly collateral: SimulatedCollateralOptions;
  /** Names of the faults put in, for messages. */
  readonly faults: readonly string[];
}

export interface TdxCase {
  readonly options: TdxCaseOptions;
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral;
}

const platformStatuses = [
  "UpToDate",
  "UpToDate",
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
] as const;
const svnStatuses = [
  "UpToDate",
  "UpToDate",
  "UpToDate",
  "OutOfDate",
  "OutOfDate",
  "OutOfDate",
  "Revoked",
] as const;
const tcbDate = "2025-05-14T00:00:00Z";

/** Numbers that follow from a seed. */
function newDraw(seed: number | string) {
  let at = 0;
  const below = (limit: number): number => {
    const bytes = seededBytes(seed, `draw ${at++}`, 4);
    return Buffer.from(bytes).readUInt32LE(0) % limit;
  };
  return {
    below,
    pick: <T>(items: readonly T[]): T => items[below(items.length)]!,
    /** True once in `n`. */
    once: (n: number): boolean => below(n) === 0,
  };
}
type Draw = ReturnType<typeof newDraw>;

const advisoriesOf = (draw: Draw): { advisoryIDs?: string[] } =>
  draw.once(2)
    ? {}
    : {
        advisoryIDs: Array.from(
          { length: 1 + draw.below(3) },
          () => `INTEL-SA-${String(draw.pick([1, 615, 1036, 1099, 65535])).padStart(5, "0")}`,
        ),
      };

/** 16 SVNs, of which a few are not those of `base`. */
function svnsNear(draw: Draw, base: readonly number[]): Uint8Array {
  const svns = Uint8Array.from({ length: 16 }, (_, at) => base[at] ?? 0);
  for (let i = draw.below(4); i > 0; i--) svns[draw.below(16)] = draw.below(4);
  if (draw.once(16)) svns[15] = 255;
  return svns;
}

const sgxBase = [2, 2, 2, 2, 2, 1, 0, 3];
const tdxBase = [2, 0, 2];

function levelKey({ sgx, pceSvn, tdx }: TcbLevelContent): string {
  const digits = (svns: ArrayLike<number>) =>
    Array.from(svns, (svn) => String(svn).padStart(3, "0")).join("");
  return digits(sgx) + String(pceSvn).padStart(5, "0") + digits(tdx);
}

function randomLevels(draw: Draw): TcbLevelContent[] {
  const levels = Array.from({ length: 1 + draw.below(5) }, () => ({
    sgx: svnsNear(draw, draw.once(3) ? [1, 1, 1, 1, 1] : sgxBase),
    pceSvn: draw.pick([5, 11, 13]),
    tdx: svnsNear(draw, draw.once(3) ? [1] : tdxBase),
    tcbDate,
    tcbStatus: draw.pick(platformStatuses),
    ...advisoriesOf(draw),
  }));
  const distinct = new Map(levels.map((level) => [levelKey(level), level]));
  return [...distinct].sort(([a], [b]) => (a < b ? 1 : -1)).map(([, level]) => level);
}

function randomSvnLevels(draw: Draw): SvnLevelContent[] {
  const svns = [7, 5, 4, 3, 2, 1, 0].filter(() => draw.once(2));
  return (svns.length === 0 ? [3] : svns).map((isvSvn) => ({
    isvSvn,
    tcbDate,
    tcbStatus: draw.pick(svnStatuses),
    ...advisoriesOf(draw),
  }));
}

function randomModules(draw: Draw): ModuleIdentityContent[] | null {
  if (draw.once(16)) return null;
  const ids = ["TDX_03", "TDX_01", "TDX_0a", "TDX_FF"].filter((id) => id < "TDX_04" || draw.once(3));
  return ids.map((id) => ({ id, ...simulatedModules.tdxModule, tcbLevels: randomSvnLevels(draw) }));
}

/** A number that meets one of the levels' or misses it by one. */
function svnOf(draw: Draw, levels: readonly SvnLevelContent[]): number {
  const { isvSvn } = draw.pick(levels);
  return draw.once(4) ? Math.max(isvSvn - 1, 0) : isvSvn + draw.below(2);
}

/** The SVNs of a level; in half of the cases one is off by one, in some all are higher. */
function svnsOf(draw: Draw, level: ArrayLike<number>): Uint8Array {
  const raise = draw.once(3) ? 1 : 0;
  const svns = Uint8Array.from(level, (svn) => Math.min(svn + raise, 255));
  const at = draw.below(16);
  if (draw.once(2)) svns[at] = Math.max(svns[at]! - 1, 0);
  return svns;
}

function randomTeeSvn(draw: Draw, level: TcbLevelContent, modules: readonly ModuleIdentityContent[] | null) {
  const svns = svnsOf(draw, level.tdx);
  if (modules === null || draw.once(4)) {
    // No module version: all sixteen count. A version that no identity knows is a refusal.
    svns[1] = draw.once(8) ? 2 : 0;
    return svns;
  }
  const module = draw.pick(modules);
  svns[1] = parseInt(module.id.slice(4), 16);
  svns[0] = svnOf(draw, module.tcbLevels);
  return svns;
}

export function serialOf({ der }: Authority): Uint8Array {
  const certificate = readCertificate(der);
  if (isRefusal(certificate)) throw new Error(certificate.detail);
  return certificate.serial;
}

const expired = { nextUpdate: new Date("2026-01-01T00:00:00Z") };
const bytes = (length: number, at: number, value: number): Uint8Array => {
  const out = new Uint8Array(length);
  out[at] = value;
  return out;
};

type Change = (known: TdxCaseOptions) => Partial<Pick<TdxCaseOptions, "quote" | "collateral">>;
const inQuote =
  (part: "report" | "pck" | "qeReport", values: object): Change =>
  ({ quote }) => ({ quote: { ...quote, [part]: { ...quote[part], ...values } } });
const inCollateral =
  (part: "rootCrl" | "pckCrl" | "tcbInfo" | "qeIdentity", values: object): Change =>
  ({ collateral }) => ({ collateral: { ...collateral, [part]: { ...collateral[part], ...values } } });

/** Every single one ends in a refusal of its own, unless another comes before. */
export const tdxFaults: Readonly<Record<string, Change>> = {
  debug: inQuote("report", { tdAttributes: bytes(8, 0, 1) }),
  migratable: inQuote("report", { tdAttributes: bytes(8, 3, 0x20) }),
  "module signer": inQuote("report", { mrSignerSeam: bytes(48, 47, 1) }),
  "module attributes": inQuote("report", { seamAttributes: bytes(8, 0, 1) }),
  "PCK revoked": inQuote("pck", { serial: revokedPckSerials[1] }),
  "PCK expired": inQuote("pck", { notAfter: new Date("2026-01-01T00:00:00Z") }),
  "other FMSPC": inQuote("pck", { fmspc: fromHex("00806f050000") }),
  "other PCEID": inQuote("pck", { pceId: Uint8Array.of(0, 1) }),
  "QE report data": inQuote("qeReport", { reportData: new Uint8Array(64) }),
  "QE miscselect": inQuote("qeReport", { miscSelect: bytes(4, 0, 1) }),
  "QE debug": inQuote("qeReport", { attributes: bytes(16, 0, 0x13) }),
  "QE signer": inQuote("qeReport", { mrSigner: bytes(32, 0, 1) }),
  "QE product": inQuote("qeReport", { isvProdId: 1 }),
  "CA revoked": inCollateral("rootCrl", { revokedSerials: [serialOf(intelAuthorities().platformCa)] }),
  "signer revoked": inCollateral("rootCrl", { revokedSerials: [serialOf(intelAuthorities().tcbSigning)] }),
  "root CRL expired": inCollateral("rootCrl", expired),
  "PCK CRL expired": inCollateral("pckCrl", expired),
  "TCB info expired": inCollateral("tcbInfo", expired),
  "TCB info of SGX": inCollateral("tcbInfo", { id: "SGX" }),
  "QE identity expired": inCollateral("qeIdentity", expired),
  "QE identity of SGX": inCollateral("qeIdentity", { id: "QE" }),
  "levels ascend": ({ collateral }) => ({
    collateral: {
      ...collateral,
      tcbInfo: { ...collateral.tcbInfo, tcbLevels: [...collateral.tcbInfo!.tcbLevels!].reverse() },
    },
  }),
};

/** One case: what deviates from an up-to-date machine, then at most one fault in a quarter of the cases. */
export function randomTdxOptions(seed: number | string, now: Date): TdxCaseOptions {
  const draw = newDraw(seed);
  const is15 = draw.once(2);
  const [tcbLevels, modules] = [randomLevels(draw), randomModules(draw)];
  const qeLevels = draw.once(3) ? tdQe.identity.tcbLevels : randomSvnLevels(draw);
  const level = draw.pick(tcbLevels);
  const teeTcbSvn = randomTeeSvn(draw, level, modules);
  const quote: SimulatedQuoteOptions = {
    seed,
    version: is15 || draw.once(2) ? 5 : 4,
    body: is15 ? "1.5" : "1.0",
    report: { teeTcbSvn },
    ...(is15 && { teeTcbSvn2: randomTeeSvn(draw, draw.pick(tcbLevels), modules) }),
    pck: { cpuSvn: svnsOf(draw, level.sgx), pceSvn: draw.pick([level.pceSvn, 65535, 13, 5]) },
    qeReport: { isvSvn: draw.once(16) ? 65535 : svnOf(draw, qeLevels) },
    padding: draw.pick([0, 0, 1, 64, 700]),
  };
  const collateral: SimulatedCollateralOptions = {
    now,
    tcbInfo: { tcbLevels, tdxModuleIdentities: modules },
    qeIdentity: { tcbLevels: qeLevels },
  };
  const plain: TdxCaseOptions = { quote, collateral, faults: [] };
  if (!draw.once(4)) return plain;
  const name = draw.pick(Object.keys(tdxFaults));
  return { ...plain, ...tdxFaults[name]!(plain), faults: [name] };
}

export async function randomTdxCase(seed: number | string, now: Date): Promise<TdxCase> {
  const options = randomTdxOptions(seed, now);
  const quote = await simulatedQuote(options.quote);
  return { options, quote, collateral: simulatedTdxCollateral(options.collateral) };
}
