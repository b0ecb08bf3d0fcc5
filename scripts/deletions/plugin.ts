// Hardhat plugin of the copy that `npm run deletions` works in: the compiler builds what depends on a switch, and not all
// that such a contract imports.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import type { HardhatPlugin } from "hardhat/types/plugins";

/** In the copy: the sources that depend on a switch. */
export const switchedFile = "switched.json";
/** Declares what the switches call. */
export const helper = "contracts/Switch.sol";

// As Hardhat hands sources of the project to the compiler.
const nameOf = (file: string): string => `project/${file}`;

const plugin: HardhatPlugin = {
  id: "switched-only",
  hookHandlers: {
    solidity: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            preprocessSolcInputBeforeBuilding: async (context, input, next) => {
              const changed = await next(context, input);
              const { sources, settings } = changed;
              // Another input would not be found in the project's cache.
              if (!(nameOf(helper) in sources)) return changed;
              const all = settings.outputSelection["*"] ?? {};
              const switched = JSON.parse(readFileSync(switchedFile, "utf8")) as string[];
              const names = switched.map(nameOf).filter((name) => name in sources);
              settings.outputSelection = Object.fromEntries(names.map((name) => [name, all]));
              settings.outputSelection["*"] = { ...all, "*": ["abi", "evm.methodIdentifiers"] };
              return changed;
            },
          }),
      }),
  },
};
export default plugin;

interface Output {
  readonly output: { readonly contracts: Record<string, Record<string, { evm: object }>> };
}

/** Gives the contracts that were not built the form of abstract ones, without which EDR does not read the outputs. */
export function completeOutputs(clone: string): void {
  const code = { linkReferences: {}, object: "", opcodes: "", sourceMap: "" };
  for (const path of globSync(`${clone}/artifacts/build-info/*.output.json`)) {
    const info = JSON.parse(readFileSync(path, "utf8")) as Output;
    for (const contract of Object.values(info.output.contracts).flatMap(Object.values<{ evm: object }>))
      contract.evm = {
        bytecode: code,
        deployedBytecode: { ...code, immutableReferences: {} },
        ...contract.evm,
      };
    writeFileSync(path, JSON.stringify(info));
  }
}
