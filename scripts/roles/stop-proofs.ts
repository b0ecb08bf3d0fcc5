// What the guardian sends when a release of a proof system falls, or a program: it is taken away, and every class of records
// that may rest on it is re-opened, in one transaction.
//   node scripts/roles/stop-proofs.ts deployments/NETWORK.json SP1|RiscZero 0xSELECTOR          a release, for ever
//   node scripts/roles/stop-proofs.ts deployments/NETWORK.json SP1|RiscZero TDX|SNP 0xPROGRAM   a program
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodeFunctionData } from "viem";
import type { Address, Hex } from "viem";
import { cloudTypes, reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { readArtifact } from "../artifact.ts";
import { deploymentSchema } from "../deploy/record.ts";

export interface GuardianCall {
  readonly to: Address;
  readonly data: Hex;
}

type Contracts = Readonly<Record<string, { readonly address: Address }>>;

const systems: Readonly<Record<string, number>> = { SP1: reportTypes.sp1, RiscZero: reportTypes.riscZero };
const tees: Readonly<Record<string, number>> = { TDX: teeTypes.intelTdx, SNP: teeTypes.amdSevSnp };

const encode = (contract: string, functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: readArtifact(contract).abi, functionName, args });

/** `stop` on ProofVerifier, then a new epoch for each cloud's class of these TEEs and this report type. */
function stopAndReopen(
  contracts: Contracts,
  stop: Hex,
  reopened: readonly number[],
  system: number,
): GuardianCall {
  const execute = (contract: string, data: Hex): Hex =>
    encode("AccessManager", "execute", [contracts[contract]!.address, data]);
  const classes = Object.values(cloudTypes).flatMap((cloud) => reopened.map((tee) => [cloud, tee, system]));
  const calls = [
    execute("ProofVerifier", stop),
    ...classes.map((each) => execute("CVMRegistry", encode("CVMRegistry", "bumpEpoch", each))),
  ];
  return { to: contracts["AccessManager"]!.address, data: encode("AccessManager", "multicall", [calls]) };
}

/**
 * Freezes a release: no proof of it counts again, and no record of its report type until it attests anew.
 * @param system a TeeReportType
 */
export const freezeCall = (contracts: Contracts, system: number, selector: Hex): GuardianCall =>
  stopAndReopen(
    contracts,
    encode("ProofVerifier", "freezeRelease", [system, selector]),
    Object.values(teeTypes),
    system,
  );

/** Withdraws a program of one TEE: the same for that TEE alone, and the delayed role may admit it again. */
export const withdrawCall = (contracts: Contracts, tee: number, system: number, program: Hex): GuardianCall =>
  stopAndReopen(contracts, encode("ProofVerifier", "withdrawProgram", [tee, system, program]), [tee], system);

function callOf(args: readonly string[], contracts: Contracts): GuardianCall | null {
  const system = systems[args[0] ?? ""];
  const what = args.at(-1) ?? "";
  if (system === undefined) return null;
  if (args.length === 2 && /^0x[0-9a-f]{8}$/.test(what)) return freezeCall(contracts, system, what as Hex);
  const tee = tees[args[1] ?? ""];
  return args.length === 3 && tee !== undefined && /^0x[0-9a-f]{64}$/.test(what)
    ? withdrawCall(contracts, tee, system, what as Hex)
    : null;
}

function main([file, ...args]: readonly string[]): void {
  const { contracts } = deploymentSchema.parse(JSON.parse(readFileSync(file ?? "", "utf8")));
  const call = callOf(args, contracts);
  if (call === null) throw new Error("SP1|RiscZero 0xSELECTOR, or SP1|RiscZero TDX|SNP 0xPROGRAM");
  console.log(JSON.stringify(call, null, 2));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`stop-proofs: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
