// Package entry `cvm-registry/evidence`: readers, encoders and the hashes of the protocol.
export * from "./base64.ts";
export * from "./binding.ts";
export * from "./bytes.ts";
export * from "./calldata.ts";
export * from "./certificate.ts";
export * from "./message.ts";
export * from "./pck-extension.ts";
export * from "./pem.ts";
export * from "./refusal.ts";
export * from "./registration.ts";
export * from "./runtime-claims.ts";
export * from "./tdx-quote.ts";
export * from "./tpm-attest.ts";
export * from "./tpm-public.ts";
export * from "./tpm-signature.ts";
export * from "./transcode.ts";
export * from "./event-log.ts";
