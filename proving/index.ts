// What agent and relayer use of proving.
export { defaultWaits, programOf, provingClient, requestedClient } from "./paths.ts";
export type { MarketPath, ProvingPath, ProvingPolicy, ServicePath, Waits, ZkConfig } from "./paths.ts";
export type {
  Progress,
  Proof,
  ProofSystem,
  ProvingClient,
  ProvingContext,
  ProvingJournal,
  ProvingRequest,
  ProvingSession,
  VerifyProof,
} from "./client.ts";
export { ProvingError, provingErrors } from "./error.ts";
export type { ProvingErrorCode, ProvingFault } from "./error.ts";
export { guestInput, statementIdOf, withProof } from "./evidence.ts";
export { chooseProgram, requireProgram, systemOf } from "./programs.ts";
export { dcapCollateral, dcapInput, snpV2Input, snpV3Input } from "./guest-input.ts";
export { requirePrivate, secretFromFile } from "./key-file.ts";
export { memoryJournal, sessionOf, sessionText } from "./journal.ts";
export { verifyPairing } from "./pairing.ts";
export { secretOf } from "./secret.ts";
export type { Secret } from "./secret.ts";
export { systemTimer } from "./timer.ts";
export type { Timer } from "./timer.ts";
