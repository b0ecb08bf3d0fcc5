// Entry point of the package: registry client, address book, revert decoding and ABIs.
export * from "./abi/index.ts";
export * from "./address-book.ts";
export * from "./client.ts";
export * from "./replay.ts";
export * from "./revert.ts";
export * from "./status.ts";
