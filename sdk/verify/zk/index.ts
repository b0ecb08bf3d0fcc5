// Zero-knowledge proofs: releases of the proof systems, known programs, and whether a proof holds.
export * from "./groth16.ts";
export * from "./keys.ts";
export * from "./programs.ts";
export * from "./proof.ts";
export * from "./releases.ts";
export * from "./risc-zero.ts";
export * from "./sp1.ts";
