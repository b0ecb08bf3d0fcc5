// Rows of the relayer's store. Numbers that may exceed 2^53 (fees, nonces, blocks) are decimal strings in
// `numeric` columns; bytes are hex text, so that the same SQL runs on PGlite and PostgreSQL and reads well in psql.
import type { ColumnType } from "kysely";
import type { ReportTypeName } from "../settings.ts";

/** received (→ proved) → verified → simulated → journalled → sent → mined → confirmed, or out at any step. */
export const registrationStates = [
  "received",
  "proved",
  "verified",
  "simulated",
  "journalled",
  "sent",
  "mined",
  "confirmed",
  "refused",
  "failed",
] as const;
export type RegistrationState = (typeof registrationStates)[number];

/** Nothing more happens to a registration in one of these. */
export const terminalStates: readonly RegistrationState[] = ["confirmed", "refused", "failed"];

/** One line of a registration's history. */
export interface Step {
  readonly state: RegistrationState;
  /** ISO 8601. */
  readonly at: string;
  readonly note: string;
}

type Json<T> = ColumnType<T, string, string>;
type Time = ColumnType<Date, string, string>;

export interface RegistrationTable {
  id: string;
  /** Order of arrival, the cursor of the list. PGlite gives a number, PostgreSQL a string: wrap in String(). */
  sequence: ColumnType<string | number, never, never>;
  idempotency_key: string | null;
  /** SHA-256 of the request body: the same key with another body is a client's mistake. */
  request_hash: string;
  state: RegistrationState;
  agent_url: string | null;
  /** Report type that was asked for by name; null leaves it to the settings. */
  report_type: ReportTypeName | null;
  calldata: string | null;
  /** SHA-256 of the calldata as it came, before any proof: the same bytes are one registration. */
  evidence_hash: string | null;
  /** SHA-256 of the TPM quote, once the registry would take the evidence: one quote is sent once, however it is spelled. */
  quote_hash: string | null;
  /** Report type and URL of the agent that is asked: one registration of it is under way at once. */
  agent_key: string | null;
  identity_hash: string | null;
  /** Block after which the anchor is too old to be recorded; null for un-anchored evidence. */
  expires_at_block: string | null;
  /** How often stale evidence was asked for again. */
  rounds: number;
  /** The registry has newer evidence than any anchored below this block. */
  min_anchor_block: string | null;
  check_id: string | null;
  /** Stable code of the refusal or failure. */
  code: string | null;
  /** Why it was refused or failed, or what it waits for. */
  explanation: string | null;
  tx_hash: string | null;
  gas_used: string | null;
  /** Form of the report whose transaction reverted though the evidence as given would not: not tried again. */
  reverted_form: string | null;
  steps: Json<Step[]>;
  created_at: Time;
  updated_at: Time;
}

/** One nonce of one signer on one chain, and what it is used for. */
export interface TransactionTable {
  id: string;
  /** Null for what is sent for no single registration: Intel's collateral. */
  registration_id: string | null;
  chain_id: string;
  signer: string;
  nonce: string;
  recipient: string;
  data: string;
  gas_limit: string;
  /** open: not final yet; done: an attempt is final on chain; lost: somebody else used the nonce. */
  state: "open" | "done" | "lost";
  created_at: Time;
}

/** Signed bytes, stored before they are broadcast. */
export interface AttemptTable {
  hash: string;
  transaction_id: string;
  kind: "send" | "bump" | "cancel";
  raw: string;
  max_fee_per_gas: string;
  max_priority_fee_per_gas: string;
  journalled_at: Time;
  broadcast_at: ColumnType<Date | null, string | null, string | null>;
  last_error: string | null;
}

/** What a program was asked about a TEE statement: asked again it is the same, so that nothing is paid for twice. */
export interface ProvingRequestTable {
  /** Report type and statement id, as 2:0x…. */
  subject: string;
  program: string;
  /** 0x hex. */
  input: string;
  created_at: Time;
}

/** How far a proving service is with a request; JSON of proving/journal.ts, without secrets. */
export interface ProvingSessionTable {
  key: string;
  session: string;
  updated_at: Time;
}

export interface Schema {
  registrations: RegistrationTable;
  proving_requests: ProvingRequestTable;
  proving_sessions: ProvingSessionTable;
  transactions: TransactionTable;
  attempts: AttemptTable;
}
