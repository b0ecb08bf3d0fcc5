// Package entry `cvm-registry/collateral`: fetches what a verifier needs beside a quote. The only part of the SDK
// that does I/O of its own besides the registry's client.
export type { CollateralCache, KeptDocument } from "./cache.ts";
export type { CollateralDocument } from "./document.ts";
export type { PckCa } from "./endpoints.ts";
export * from "./error.ts";
export type { Fetch } from "./request.ts";
export * from "./source.ts";
