// Why collateral could not be had: what was asked, whose fault it is, and what to do about it.

export type CollateralErrorCode =
  /** The caller asked for something that cannot exist. */
  | "request"
  /** No whole answer: no connection, or one that broke. */
  | "network"
  /** No whole answer within the deadline. */
  | "timeout"
  /** Status 5xx. */
  | "server"
  /** Status 404 or 410: the service does not know the platform or the number. */
  | "unknown"
  /** The service has the documents of another TCB evaluation than was asked for. */
  | "evaluation"
  /** Any other status but 200. */
  | "status"
  /** The answer is larger than any collateral. */
  | "size"
  /** The body is not what was asked for. */
  | "body"
  /** The header with the issuer chain is missing or holds something else. */
  | "issuer-chain"
  /** The document is not signed by the issuer that came with it. */
  | "signature";

export type CollateralFault = "caller" | "network" | "service";

const faults: Record<CollateralErrorCode, CollateralFault> = {
  request: "caller",
  network: "network",
  timeout: "network",
  server: "service",
  unknown: "caller",
  evaluation: "service",
  status: "service",
  size: "service",
  body: "service",
  "issuer-chain": "service",
  signature: "service",
};

const advice: Record<CollateralErrorCode, string> = {
  request: "correct the request",
  network: "check that the service can be reached from here, then ask again",
  timeout: "ask again later or allow more time",
  server: "ask again later or ask another service",
  unknown: "check the FMSPC and the evaluation data number against the quote's PCK certificate",
  evaluation:
    "ask a service that has this number; a network that goes by a number Intel no longer serves needs a newer one",
  status: "check that the base URL is an Intel PCS or PCCS of version 4 that lets this client in",
  size: "ask another service",
  body: "ask again later or ask another service",
  "issuer-chain": "ask another service; a proxy in between may drop headers",
  signature: "ask another service; the document was changed on its way or served with the wrong chain",
};

const retryable: ReadonlySet<CollateralErrorCode> = new Set(["network", "timeout", "server"]);

export class CollateralError extends Error {
  override readonly name = "CollateralError";
  readonly code: CollateralErrorCode;
  /** URL, or the argument that was refused. */
  readonly asked: string;
  readonly details: string;
  readonly fault: CollateralFault;
  readonly advice: string;
  /** Whether the same request may succeed a moment later. */
  readonly retryable: boolean;

  constructor(code: CollateralErrorCode, asked: string, details: string, cause?: unknown) {
    super(`${asked}: ${details}; ${advice[code]}`, { cause });
    this.code = code;
    this.asked = asked;
    this.details = details;
    this.fault = faults[code];
    this.advice = advice[code];
    this.retryable = retryable.has(code);
  }
}
