// Where a contract keeps what, as the compiler says. Written to deployments/storage so that a change is seen in review:
// off-chain readers (scripts/deploy/manager.ts) and forensics go by these slots.
import { readArtifact } from "./artifact.ts";
import { verificationInput } from "./deploy/verification.ts";
import { compile } from "./solc.ts";

/** Contracts that hold state. */
export const statefulContracts = [
  "AMDMinimums",
  "AccessManager",
  "AKCertificates",
  "AttestedOracle",
  "CVMRegistry",
  "DeploymentFactory",
  "IntelCollateral",
  "ProofVerifier",
  "TDXVerifier",
] as const;

interface Variable {
  readonly label: string;
  readonly slot: string;
  readonly offset: number;
  readonly type: string;
  readonly contract: string;
}

interface Layout {
  readonly storage: readonly Variable[];
  readonly types: Readonly<
    Record<string, { label: string; numberOfBytes: string; members?: readonly Variable[] }>
  > | null;
}

export interface StorageLayout {
  readonly contract: string;
  /** "slot+offset": type name, and the contract that declares it. */
  readonly storage: readonly { at: string; name: string; type: string; bytes: number; declaredBy: string }[];
  readonly structs: Readonly<Record<string, readonly { at: string; name: string; type: string }[]>>;
}

/** The layout without the compiler's running numbers, which change with every source. */
export function storageLayout(name: string): StorageLayout {
  const { inputSourceName } = readArtifact(name);
  const input = verificationInput(name);
  const settings = {
    ...input.settings,
    outputSelection: { [inputSourceName]: { [name]: ["storageLayout"] } },
  };
  const compiled = compile({ ...input, settings }).contracts[inputSourceName]![name];
  const { storage, types } = (compiled as { storageLayout: Layout }).storageLayout;
  const typeOf = (id: string) => types![id]!;
  const at = ({ slot, offset }: Variable): string => `${slot}+${offset}`;
  const structs = Object.values(types ?? {})
    .filter(({ members }) => members !== undefined)
    .map(({ label, members }) => [
      label,
      members!.map((member) => ({ at: at(member), name: member.label, type: typeOf(member.type).label })),
    ]);
  return {
    contract: name,
    storage: storage.map((variable) => ({
      at: at(variable),
      name: variable.label,
      type: typeOf(variable.type).label,
      bytes: Number(typeOf(variable.type).numberOfBytes),
      declaredBy: variable.contract.slice(variable.contract.lastIndexOf(":") + 1),
    })),
    structs: Object.fromEntries(structs.toSorted()) as StorageLayout["structs"],
  };
}
