// Intel TDX: collateral, quotes, TCB.
export * from "./collateral.ts";
export * from "./distance.ts";
export * from "./host.ts";
export * from "./measurement.ts";
export * from "./proof.ts";
export * from "./quote.ts";
export * from "./remembered.ts";
export * from "./scopes.ts";
export * from "./tcb.ts";
