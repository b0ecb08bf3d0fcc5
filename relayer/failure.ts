// What a client may be told: stable codes of everything that is no check of the catalogue.

export const failureCodes = {
  "request-malformed": "CVM_RELAYER_REQUEST_MALFORMED",
  "body-too-large": "CVM_RELAYER_BODY_TOO_LARGE",
  "not-found": "CVM_RELAYER_NOT_FOUND",
  "idempotency-key-reused": "CVM_RELAYER_IDEMPOTENCY_KEY_REUSED",
  "queue-full": "CVM_RELAYER_QUEUE_FULL",
  "agent-url-forbidden": "CVM_RELAYER_AGENT_URL_FORBIDDEN",
  "agent-unreachable": "CVM_RELAYER_AGENT_UNREACHABLE",
  "agent-timeout": "CVM_RELAYER_AGENT_TIMEOUT",
  "agent-answer": "CVM_RELAYER_AGENT_ANSWER",
  "agent-refused": "CVM_RELAYER_AGENT_REFUSED",
  "agent-unanchored": "CVM_RELAYER_AGENT_UNANCHORED",
  "evidence-duplicate": "CVM_RELAYER_EVIDENCE_DUPLICATE",
  "evidence-stale": "CVM_RELAYER_EVIDENCE_STALE",
  "proving-unavailable": "CVM_RELAYER_PROVING_UNAVAILABLE",
  "proving-failed": "CVM_RELAYER_PROVING_FAILED",
  "gas-limit": "CVM_RELAYER_GAS_LIMIT",
  "transaction-size": "CVM_RELAYER_TRANSACTION_SIZE",
  "transaction-not-taken": "CVM_RELAYER_TRANSACTION_NOT_TAKEN",
  "transaction-reverted": "CVM_RELAYER_TRANSACTION_REVERTED",
  "chain-unreachable": "CVM_RELAYER_CHAIN_UNREACHABLE",
  "application-unreadable": "CVM_RELAYER_APPLICATION_UNREADABLE",
  internal: "CVM_RELAYER_INTERNAL",
} as const;

export type FailureKind = keyof typeof failureCodes;

/** An expected failure, as a value. */
export interface Failure {
  readonly kind: FailureKind;
  readonly detail: string;
  /** True when trying again later may help. */
  readonly isTransient: boolean;
}

export const failure = (kind: FailureKind, detail: string, isTransient = false): Failure => ({
  kind,
  detail,
  isTransient,
});
