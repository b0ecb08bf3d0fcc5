// Compiled contracts as `hardhat build` leaves them, with their libraries linked in.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Abi, Address, Hex } from "viem";

const root = fileURLToPath(new URL("..", import.meta.url));

interface LinkReferences {
  readonly [source: string]: {
    readonly [library: string]: readonly { readonly start: number; readonly length: number }[];
  };
}

export interface Artifact {
  readonly contractName: string;
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
  readonly linkReferences: LinkReferences;
}

/** The artifact of a contract by its bare name. Throws when it was not built or the name is ambiguous. */
export function readArtifact(name: string): Artifact {
  const found = globSync(`artifacts/{contracts,@openzeppelin}/**/${name}.json`, { cwd: root });
  if (found.length !== 1)
    throw new Error(`${found.length} artifacts named ${name}; run \`npm run build\` first`);
  return JSON.parse(readFileSync(`${root}/${found[0]}`, "utf8")) as Artifact;
}

/** Names of the external libraries that an artifact needs. */
export function librariesOf(artifact: Artifact): string[] {
  return Object.values(artifact.linkReferences).flatMap((libraries) => Object.keys(libraries));
}

/** Creation code with every library's address in its place. */
export function link(artifact: Artifact, addresses: Readonly<Record<string, Address>>): Hex {
  let code: string = artifact.bytecode;
  for (const libraries of Object.values(artifact.linkReferences))
    for (const [library, places] of Object.entries(libraries)) {
      const address = addresses[library];
      if (address === undefined) throw new Error(`${artifact.contractName} needs the library ${library}`);
      for (const { start, length } of places) {
        const at = 2 + 2 * start;
        code = code.slice(0, at) + address.slice(2).toLowerCase() + code.slice(at + 2 * length);
      }
    }
  return code as Hex;
}
