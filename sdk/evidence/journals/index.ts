// Journals of proven programs: readers and encoders.
export * from "./dcap.ts";
export { journalFormats } from "./format.ts";
export type { JournalFormat } from "./format.ts";
export * from "./snp.ts";
export * from "./snp-v1.ts";
