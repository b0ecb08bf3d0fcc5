// Size of a verifier as a browser would load it: bundled and minified, plain and compressed.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export interface BundleSize {
  readonly minified: number;
  readonly gzipped: number;
}

/** The part of esbuild's interface that is used. It is there as a dependency of others, so it may be missing. */
interface Bundler {
  build(options: object): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>;
}

async function findBundler(): Promise<Bundler | null> {
  const name = "esbuild";
  try {
    return (await import(name)) as Bundler;
  } catch {
    return null;
  }
}

/** Size of what a module with these lines needs, or null without a bundler. */
export async function bundleSize(lines: string): Promise<BundleSize | null> {
  const bundler = await findBundler();
  if (bundler === null) return null;
  const { outputFiles } = await bundler.build({
    stdin: { contents: lines, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
  });
  const [{ contents }] = outputFiles as [{ contents: Uint8Array }];
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length };
}
