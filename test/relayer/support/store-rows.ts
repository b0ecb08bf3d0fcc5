// Rows of the relayer's store, all of one time and signer.
import type { NewRegistration } from "../../../relayer/store/registrations.ts";

export const at = new Date("2026-02-05T00:00:00Z");
export const signer = "0x00000000000000000000000000000000000000bb";
export const journalled = { state: "journalled" as const, at: at.toISOString(), note: "nonce" };
let serial = 0;

export const newRegistration = (change: Partial<NewRegistration> = {}): NewRegistration => ({
  id: `reg-${++serial}`,
  idempotencyKey: null,
  requestHash: "body",
  agentUrl: `http://agent-${serial}:7999`,
  reportType: null,
  calldata: null,
  evidenceHash: null,
  ...change,
});

export const transaction = (registrationId: string, nonce: string) => ({
  id: `tx-${registrationId}-${nonce}`,
  registration_id: registrationId,
  chain_id: "31337",
  signer,
  nonce,
  recipient: signer,
  data: "0x",
  gas_limit: "21000",
  state: "open" as const,
  created_at: at.toISOString(),
});

export const attempt = (transactionId: string, hash: string) => ({
  hash,
  transaction_id: transactionId,
  kind: "send" as const,
  raw: "0x02",
  max_fee_per_gas: "340282366920938463463374607431768211456",
  max_priority_fee_per_gas: "1",
  journalled_at: at.toISOString(),
});
