// The security versions of the simulated platform and what the simulator's collateral says of them. Numbers are those
// of a real platform (FMSPC 90C06F000000, TCB evaluation 19 of June 2026), so that levels match as they do in the field.
import { concat, fromHex } from "../../../sdk/evidence/bytes.ts";
import type { SgxPlatform } from "./authorities.ts";
import type { TcbInfoContent, TcbLevelContent } from "./tcb-documents.ts";

/** How the collateral judges a simulated machine. `PckRevoked`: its PCK certificate is in the platform CA's CRL. */
export type SimulatedTcb = "UpToDate" | "SWHardeningNeeded" | "OutOfDate" | "PckRevoked";

export const simulatedFmspc = fromHex("90c06f000000");
export const simulatedPceId = new Uint8Array(2);
export const tcbEvaluationDataNumber = 19;

/** Serials in the platform CA's CRL, one of 20 bytes with the high bit set. Machines with revoked keys bear the first. */
export const revokedPckSerials: readonly Uint8Array[] = [
  fromHex("6ac1e5ed00000000000000000000000000000001"),
  fromHex("efac1e5ed0000000000000000000000000000002"),
  fromHex("74ac1e5ed0000000000000000000000000000003"),
];

const components = (hex: string): Uint8Array => fromHex(hex.padEnd(32, "0"));

export interface PlatformSvns {
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  readonly pceSvn: number;
  /** 16 bytes: module SVN, module version, late microcode. */
  readonly teeTcbSvn: Uint8Array;
}

const upToDate: PlatformSvns = {
  cpuSvn: components("0303020204010005"),
  pceSvn: 13,
  teeTcbSvn: components("070103"),
};
const platforms: Readonly<Record<SimulatedTcb, PlatformSvns>> = {
  UpToDate: upToDate,
  // The BIOS is one behind.
  SWHardeningNeeded: { ...upToDate, cpuSvn: components("0303020203010005") },
  // The microcode of the year before.
  OutOfDate: { ...upToDate, cpuSvn: components("0202020203010005"), teeTcbSvn: components("070102") },
  PckRevoked: upToDate,
};

export const platformSvns = (tcb: SimulatedTcb): PlatformSvns => platforms[tcb];

/** The simulated platform as its PCK certificate states it. */
export function simulatedPlatform(ppid: Uint8Array, { cpuSvn, pceSvn }: PlatformSvns): SgxPlatform {
  return { ppid, cpuSvn, pceSvn, pceId: simulatedPceId, fmspc: simulatedFmspc, platformInstanceId: ppid };
}

const advisories = (...numbers: number[]): string[] =>
  numbers.map((number) => `INTEL-SA-${String(number).padStart(5, "0")}`);

/** Levels in Intel's order: descending. */
export const simulatedTcbLevels: readonly TcbLevelContent[] = [
  {
    sgx: upToDate.cpuSvn,
    pceSvn: 13,
    tdx: components("050003"),
    tcbDate: "2025-05-14T00:00:00Z",
    tcbStatus: "UpToDate",
  },
  {
    sgx: platforms.SWHardeningNeeded.cpuSvn,
    pceSvn: 13,
    tdx: components("050003"),
    tcbDate: "2025-05-14T00:00:00Z",
    tcbStatus: "SWHardeningNeeded",
    advisoryIDs: advisories(615),
  },
  {
    sgx: platforms.OutOfDate.cpuSvn,
    pceSvn: 13,
    tdx: components("050002"),
    tcbDate: "2024-03-13T00:00:00Z",
    tcbStatus: "OutOfDate",
    advisoryIDs: advisories(1036, 1079, 1099, 1103, 1111),
  },
];

const module = {
  mrSigner: new Uint8Array(48),
  attributes: new Uint8Array(8),
  attributesMask: fromHex("ff".repeat(8)),
};
const moduleLevel = (isvSvn: number, tcbDate: string, ...ids: number[]) => ({
  isvSvn,
  tcbDate,
  tcbStatus: ids.length === 0 ? "UpToDate" : "OutOfDate",
  ...(ids.length > 0 && { advisoryIDs: advisories(...ids) }),
});

export const simulatedModules: Pick<TcbInfoContent, "tdxModule" | "tdxModuleIdentities"> = {
  tdxModule: module,
  tdxModuleIdentities: [
    { id: "TDX_03", ...module, tcbLevels: [moduleLevel(3, "2025-05-14T00:00:00Z")] },
    {
      id: "TDX_01",
      ...module,
      tcbLevels: [
        moduleLevel(6, "2025-05-14T00:00:00Z"),
        moduleLevel(4, "2024-03-13T00:00:00Z", 1036, 1099),
        moduleLevel(2, "2023-08-09T00:00:00Z", 1036, 1099),
      ],
    },
  ],
};

/** Intel's TD quoting enclave: what every published TD_QE identity says, and what the simulated one reports. */
export const tdQe = {
  mrSigner: fromHex("dc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5"),
  isvProdId: 2,
  isvSvn: 6,
  miscSelect: new Uint8Array(4),
  attributes: fromHex("1500000000000000e700000000000000"),
  identity: {
    attributes: concat(Uint8Array.of(0x11), new Uint8Array(15)),
    attributesMask: concat(fromHex("fbffffffffffffff"), new Uint8Array(8)),
    miscSelectMask: fromHex("ffffffff"),
    tcbLevels: [{ isvSvn: 4, tcbDate: "2025-05-14T00:00:00Z", tcbStatus: "UpToDate" }],
  },
} as const;
