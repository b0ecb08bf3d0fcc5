// What a block explorer is given to verify a contract's source: the compiler's standard JSON input, with the sources
// that the contract is made of and no others.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { librariesOf, readArtifact, readBuildInfo } from "../artifact.ts";
import type { Artifact } from "../artifact.ts";
import { contractOf } from "./factory.ts";
import { proofNames } from "./proofs.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const contracts = [
  "DeploymentFactory",
  "P256Fallback",
  "AccessManager",
  "AKCertificates",
  "IntelDocuments",
  "IntelCollateral",
  "TDXVerifier",
  "TPMVerifier",
  "ProofVerifier",
  "RiscZeroGroth16",
  "SP1Groth16",
  "AMDMinimums",
  "SNPProofVerifier",
  "TDXProofVerifier",
  "CVMRegistry",
  "CVMSignerVerifier",
  "CVMIdentitySigners",
  "AttestedOracle",
];

/** Names of everything that `deployRegistry` may put on a chain, libraries included. */
export function deployedContracts(): readonly string[] {
  const names = new Set(contracts);
  for (const name of names) for (const library of librariesOf(readArtifact(name))) names.add(library);
  return [...names];
}

/** Names under which they stand in a deployment: some more than once. */
export function deployedNames(): readonly string[] {
  const several = proofNames();
  const single = deployedContracts().filter((name) => !several.some((each) => contractOf(each) === name));
  return [...single, ...several];
}

export interface VerificationInput {
  readonly language: string;
  readonly sources: Readonly<Record<string, { readonly content: string }>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface SourceUnit {
  readonly ast: { readonly nodes: readonly { readonly nodeType: string; readonly absolutePath?: string }[] };
}

/** What the compiler made of a build: its syntax trees. */
export function readBuildOutput({ buildInfoId }: Artifact): Readonly<Record<string, SourceUnit>> {
  const text = readFileSync(`${root}artifacts/build-info/${buildInfoId}.output.json`, "utf8");
  return (JSON.parse(text) as { output: { sources: Record<string, SourceUnit> } }).output.sources;
}

function importsOf(source: string, units: Readonly<Record<string, SourceUnit>>): Set<string> {
  const reached = new Set([source]);
  for (const each of reached)
    for (const { nodeType, absolutePath } of units[each]!.ast.nodes)
      if (nodeType === "ImportDirective") reached.add(absolutePath!);
  return reached;
}

export function verificationInput(name: string): VerificationInput {
  const artifact = readArtifact(name);
  const { input } = readBuildInfo(artifact);
  const reached = importsOf(artifact.inputSourceName, readBuildOutput(artifact));
  const sources = Object.entries(input.sources).filter(([path]) => reached.has(path));
  const outputSelection = { "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata"] } };
  return {
    language: input.language,
    sources: Object.fromEntries(sources),
    settings: { ...input.settings, outputSelection },
  };
}

/** Writes DIR/<contract>.json for every contract; the files written. */
export function writeVerificationInputs(folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return deployedContracts().map((name) => {
    const file = `${folder}/${name}.json`;
    writeFileSync(file, `${JSON.stringify(verificationInput(name), null, 2)}\n`);
    return file;
  });
}
