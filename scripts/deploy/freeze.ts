// What the guardian sends when a release of a proof system falls: the release is frozen and every class of its report type is
// re-opened, in one transaction. `node scripts/deploy/freeze.ts deployments/NETWORK.json SP1|RiscZero 0xSELECTOR` prints it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodeFunctionData } from "viem";
import type { Address, Hex } from "viem";
import { cloudTypes, reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { readArtifact } from "../artifact.ts";
import { deploymentSchema } from "./record.ts";

export interface FreezeCall {
  readonly to: Address;
  readonly data: Hex;
}

type Contracts = Readonly<Record<string, { readonly address: Address }>>;

const systems: Readonly<Record<string, number>> = { SP1: reportTypes.sp1, RiscZero: reportTypes.riscZero };

/** @param system a TeeReportType */
export function freezeCall(contracts: Contracts, system: number, selector: Hex): FreezeCall {
  const encode = (name: string, functionName: string, args: readonly unknown[]): Hex =>
    encodeFunctionData({ abi: readArtifact(name).abi, functionName, args });
  const execute = (name: string, data: Hex): Hex =>
    encode("AccessManager", "execute", [contracts[name]!.address, data]);
  const reopened = Object.values(cloudTypes).flatMap((cloud) =>
    Object.values(teeTypes).map((tee) =>
      execute("CVMRegistry", encode("CVMRegistry", "bumpEpoch", [cloud, tee, system])),
    ),
  );
  const frozen = execute("ProofVerifier", encode("ProofVerifier", "freezeRelease", [system, selector]));
  return {
    to: contracts["AccessManager"]!.address,
    data: encode("AccessManager", "multicall", [[frozen, ...reopened]]),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, name, selector] = process.argv.slice(2);
  const system = systems[name ?? ""];
  if (file === undefined || system === undefined || !/^0x[0-9a-f]{8}$/.test(selector ?? "")) {
    console.error("node scripts/deploy/freeze.ts deployments/NETWORK.json SP1|RiscZero 0xSELECTOR");
    process.exitCode = 2;
  } else {
    const { contracts } = deploymentSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    console.log(JSON.stringify(freezeCall(contracts, system, selector as Hex), null, 2));
  }
}
