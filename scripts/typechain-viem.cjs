"use strict";
// TypeChain target for viem: for each contract an ABI `as const` and a typed `getContract` factory.
const path = require("node:path");
const { TypeChainTarget, getFilename } = require("typechain");

const uncapitalize = (name) =>
  name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (head) => head.toLowerCase());

class ViemTarget extends TypeChainTarget {
  constructor(config) {
    super(config);
    this.name = "viem";
    this.directory = path.resolve(config.cwd, config.outDir || "types");
    this.names = [];
  }

  transformFile(file) {
    const artifact = JSON.parse(file.contents);
    if (!Array.isArray(artifact.abi)) return undefined;
    const name = artifact.contractName || getFilename(file.path);
    const base = uncapitalize(name);
    this.names.push(name);
    const contents = `import { getContract, type Address, type Client, type GetContractReturnType } from "viem";

export const ${base}Abi = ${JSON.stringify(artifact.abi)} as const;

export type ${name} = GetContractReturnType<typeof ${base}Abi, Client>;

/** The contract at an address, typed by its ABI. */
export function ${base}At<TClient extends Client>(
  address: Address,
  client: TClient,
): GetContractReturnType<typeof ${base}Abi, TClient> {
  return getContract({ address, abi: ${base}Abi, client });
}
`;
    return [{ path: path.join(this.directory, `${name}.ts`), contents }];
  }

  afterRun() {
    const lines = this.names.sort().map((name) => `export * from "./${name}.ts";\n`);
    return [{ path: path.join(this.directory, "index.ts"), contents: lines.join("") }];
  }
}

exports.default = ViemTarget;
