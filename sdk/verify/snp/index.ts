// AMD SEV-SNP: products, firmware, reports, proofs of them.
export * from "./minimums.ts";
export * from "./products.ts";
export * from "./proof.ts";
export * from "./report.ts";
