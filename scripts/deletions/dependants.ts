// What the compiler has to build again when a source changes, and how much code that is.
import { globSync, readFileSync } from "node:fs";
import type { Artifact } from "../artifact.ts";
import type { Source } from "./tree.ts";
import { childrenOf } from "./tree.ts";

/** For each source, itself and all that import it, directly or not. */
export function dependantsOf(sources: readonly Source[]): ReadonlyMap<string, ReadonlySet<string>> {
  const importers = new Map<string, string[]>(sources.map(({ file }) => [file, []]));
  for (const { file, tree } of sources)
    for (const node of childrenOf(tree))
      if (node.nodeType === "ImportDirective") importers.get(node["absolutePath"] as string)?.push(file);
  const reach = (file: string, found: Set<string>): Set<string> => {
    if (found.has(file)) return found;
    found.add(file);
    for (const importer of importers.get(file) ?? []) reach(importer, found);
    return found;
  };
  return new Map(sources.map(({ file }) => [file, reach(file, new Set())]));
}

/** Bytes of code of each source's contracts, of the project's artifacts. */
export function readSizes(root: string): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const path of globSync("artifacts/contracts/**/*.json", { cwd: root })) {
    const artifact = JSON.parse(readFileSync(`${root}/${path}`, "utf8")) as Artifact;
    const source = artifact.inputSourceName.replace(/^project\//, "");
    const size = (artifact.deployedBytecode.length - 2) / 2;
    sizes.set(source, (sizes.get(source) ?? 0) + size);
  }
  return sizes;
}
