// Package entry `cvm-registry/verify`: judges evidence; no I/O, no clock.
export * from "../checks.ts";
export * from "./ak-certificates.ts";
export * from "./context.ts";
export * from "./policy.ts";
export * from "./registration.ts";
export * from "./roots.ts";
export * from "./signature.ts";
export * from "./tdx/index.ts";
export * from "./tpm.ts";
export * from "./verdict.ts";
export * from "./claims-json.ts";
export * from "./input.ts";
export * from "./input-fields.ts";
export * from "./input-verdict.ts";
export * from "./policy-file.ts";
export * from "./nitro.ts";
export * from "./svsm.ts";
