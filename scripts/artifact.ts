// Compiled contracts as `hardhat build` leaves them, with their libraries linked in.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Abi, Address, Hex } from "viem";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Place {
  readonly start: number;
  readonly length: number;
}

interface LinkReferences {
  readonly [source: string]: { readonly [library: string]: readonly Place[] };
}

export interface Artifact {
  readonly contractName: string;
  readonly abi: Abi;
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
  readonly linkReferences: LinkReferences;
  readonly deployedLinkReferences: LinkReferences;
  readonly immutableReferences: Readonly<Record<string, readonly Place[]>>;
  /** Path of the source as the compiler knows it. */
  readonly inputSourceName: string;
  readonly buildInfoId: string;
}

const read = new Map<string, Artifact>();

/** The artifact of a contract by its bare name. Throws when it was not built or the name is ambiguous. */
export function readArtifact(name: string): Artifact {
  const known = read.get(name);
  if (known !== undefined) return known;
  const found = globSync(`artifacts/{contracts,@openzeppelin}/**/${name}.json`, { cwd: root });
  if (found.length !== 1)
    throw new Error(`${found.length} artifacts named ${name}; run \`npm run build\` first`);
  const artifact = JSON.parse(readFileSync(`${root}/${found[0]}`, "utf8")) as Artifact;
  read.set(name, artifact);
  return artifact;
}

/** Names of the external libraries that an artifact needs. */
export function librariesOf(artifact: Artifact): string[] {
  return Object.values(artifact.linkReferences).flatMap((libraries) => Object.keys(libraries));
}

type Addresses = Readonly<Record<string, Address>>;

/** Creation code with every library's address in its place. */
export const link = (artifact: Artifact, addresses: Addresses): Hex =>
  insert(artifact, artifact.bytecode, artifact.linkReferences, addresses);

function insert(
  { contractName }: Artifact,
  bytecode: Hex,
  references: LinkReferences,
  addresses: Addresses,
): Hex {
  let code: string = bytecode;
  for (const libraries of Object.values(references))
    for (const [library, places] of Object.entries(libraries)) {
      const address = addresses[library];
      if (address === undefined) throw new Error(`${contractName} needs the library ${library}`);
      for (const place of places) code = overwrite(code, place, address.slice(2).toLowerCase());
    }
  return code as Hex;
}

const overwrite = (code: string, { start, length }: Place, hex: string): string =>
  code.slice(0, 2 + 2 * start) + hex + code.slice(2 + 2 * (start + length));

// PUSH20 0 ADDRESS EQ: how a library's code begins, with its own address in the place of the zeros once deployed.
const libraryHead = `0x73${"00".repeat(20)}3014`;
const libraryAddress: Place = { start: 1, length: 20 };

/** Whether code found on a chain is this artifact's, whatever its immutables and, for a library, its address are. */
export function isCodeOf(artifact: Artifact, addresses: Addresses, found: Hex): boolean {
  const { deployedBytecode, deployedLinkReferences, immutableReferences } = artifact;
  const expected = insert(artifact, deployedBytecode, deployedLinkReferences, addresses);
  if (found.length !== expected.length) return false;
  const unknown = Object.values(immutableReferences).flat();
  if (deployedBytecode.startsWith(libraryHead)) unknown.push(libraryAddress);
  const mask = (code: string): string =>
    unknown.reduce((masked, place) => overwrite(masked, place, "00".repeat(place.length)), code);
  return mask(found.toLowerCase()) === mask(expected);
}

interface BuildInfo {
  readonly solcLongVersion: string;
  readonly input: {
    readonly language: string;
    readonly sources: Readonly<Record<string, { readonly content: string }>>;
    readonly settings: {
      readonly evmVersion: string;
      readonly viaIR: boolean;
      readonly optimizer: { readonly enabled: boolean; readonly runs: number };
      readonly remappings?: readonly string[];
    };
  };
}

/** What the compiler was given for this artifact. */
export const readBuildInfo = ({ buildInfoId }: Artifact): BuildInfo =>
  JSON.parse(readFileSync(`${root}/artifacts/build-info/${buildInfoId}.json`, "utf8")) as BuildInfo;

export function compilerOf(artifact: Artifact): {
  version: string;
  evmVersion: string;
  optimizerRuns: number;
} {
  const { solcLongVersion, input } = readBuildInfo(artifact);
  const { evmVersion, optimizer } = input.settings;
  return { version: solcLongVersion, evmVersion, optimizerRuns: optimizer.runs };
}
