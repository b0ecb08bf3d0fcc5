// Privileged functions of a contract as the compiler's syntax trees have them: external and public ones whose modifiers
// ask who calls, those of its bases included.
import { readArtifact } from "../../scripts/artifact.ts";
import { readBuildOutput } from "../../scripts/deploy/verification.ts";

interface Node {
  readonly nodeType: string;
  readonly id: number;
  readonly name?: string;
  readonly nodes?: readonly Node[];
  readonly linearizedBaseContracts?: readonly number[];
  readonly functionSelector?: string;
  readonly modifiers?: readonly {
    readonly kind?: string;
    readonly modifierName: { readonly name: string };
  }[];
}

export interface PrivilegedFunction {
  readonly selector: string;
  readonly name: string;
  readonly modifier: string;
}

/** Modifiers that ask who calls, by the holders they let through. */
export const holdersByModifier: Readonly<Record<string, readonly string[]>> = {
  restricted: ["governor", "guardian"],
  onlyAuthorized: ["admin"],
  onlyOwner: ["owner"],
  onlyPublisher: ["publisher"],
};

/** Modifiers that ask about arguments. */
const notPrivileges: readonly string[] = ["onlyKnown"];

/** Throws at a modifier that is not known: somebody must say whether it is a privilege. */
export function privilegedFunctions(contract: string): PrivilegedFunction[] {
  const artifact = readArtifact(contract);
  const units = Object.values(readBuildOutput(artifact)) as unknown as { ast: { nodes: readonly Node[] } }[];
  const contracts = units
    .flatMap(({ ast }) => ast.nodes)
    .filter(({ nodeType }) => nodeType === "ContractDefinition");
  const byId = new Map(contracts.map((node) => [node.id, node]));
  const own = contracts.find(
    ({ name, linearizedBaseContracts }) => name === contract && linearizedBaseContracts!.length > 0,
  )!;
  const seen = new Set<string>();
  const found: PrivilegedFunction[] = [];
  for (const base of own.linearizedBaseContracts!)
    for (const node of byId.get(base)!.nodes!) {
      if (node.nodeType !== "FunctionDefinition" || node.functionSelector === undefined) continue;
      const selector = `0x${node.functionSelector}`;
      // The most derived one comes first.
      if (seen.has(selector)) continue;
      seen.add(selector);
      for (const { kind, modifierName } of node.modifiers ?? []) {
        if (kind === "baseConstructorSpecifier" || notPrivileges.includes(modifierName.name)) continue;
        if (!(modifierName.name in holdersByModifier))
          throw new Error(`is ${modifierName.name} of ${contract}.${node.name} a privilege?`);
        found.push({ selector, name: node.name!, modifier: modifierName.name });
      }
    }
  return found;
}
