// Why a proof could not be had: one catalogue of codes, each with whose fault it is and what to do. Whatever a service
// says is cut, cleaned and rid of the API key before it becomes part of a message.

/** Who has to do something: the caller of `prove`, the relayer's operator, the network in between, or the service. */
export type ProvingFault = "caller" | "operator" | "network" | "service";

interface Row {
  readonly fault: ProvingFault;
  readonly advice: string;
  /** Whether the same request may succeed later with the same session. */
  readonly isTransient?: true;
}

/** Every way in which proving ends without a proof. */
export const provingErrors = {
  "proving.request": { fault: "caller", advice: "correct the request" },
  "proving.session-foreign": {
    fault: "caller",
    advice: "resume with the session of this very request, or with none",
  },
  "proving.config": { fault: "operator", advice: "correct the configuration of the prover" },
  "proving.url-refused": {
    fault: "operator",
    advice: "name a service on the list of allowed URLs, or put it on the list",
  },
  "proving.unauthorized": { fault: "operator", advice: "check the API key of the service" },
  "proving.program-missing": {
    fault: "operator",
    advice: "upload the program to the service, or configure its ELF",
  },
  "proving.price-ceiling": {
    fault: "operator",
    advice: "lower the offer, or raise the ceiling if the price is right",
  },
  "proving.funds": { fault: "operator", advice: "fund the wallet, or deposit at the market" },
  "proving.nonce-used": {
    fault: "operator",
    advice:
      "the wallet sent another transaction in place of this one; let nobody else use it, and remove the session",
  },
  "proving.outcome-unknown": {
    fault: "network",
    advice:
      "look at the service whether the request arrived, and remove the session only if it did not: it is not sent twice",
  },
  "proving.timeout": {
    fault: "network",
    advice: "ask again with a later deadline: the session goes on where it stands",
    isTransient: true,
  },
  "proving.rejected": {
    fault: "service",
    advice: "read the service's words; its protocol or limits may have changed",
  },
  "proving.failed": {
    fault: "caller",
    advice: "the program did not accept its input: check the evidence and the collateral in it",
  },
  "proving.service-timed-out": {
    fault: "service",
    advice: "remove the session and ask again, or raise the service's own time limit",
  },
  "proving.aborted": { fault: "service", advice: "somebody stopped the session; remove it and ask again" },
  "proving.expired": {
    fault: "service",
    advice: "no prover took the offer in time; nothing is paid. Remove the session and offer more",
  },
  "proving.session-lost": {
    fault: "service",
    advice: "the service no longer knows the session; remove it and ask again, which may cost a second time",
  },
  "proving.answer-malformed": { fault: "service", advice: "check that the URL is a prover of this protocol" },
  "proving.answer-too-large": { fault: "service", advice: "check that the URL is a prover of this protocol" },
  "proving.receipt-malformed": {
    fault: "service",
    advice: "check the prover's version against x-risc0-version",
  },
  "proving.receipt-wrong": { fault: "service", advice: "do not use this prover: its proof does not hold" },
  "proving.wrong-program": { fault: "service", advice: "do not use this prover: it proved another program" },
} as const satisfies Record<string, Row>;

export type ProvingErrorCode = keyof typeof provingErrors;

export class ProvingError extends Error {
  override readonly name = "ProvingError";
  readonly code: ProvingErrorCode;
  readonly details: string;
  readonly fault: ProvingFault;
  readonly advice: string;
  readonly retryable: boolean;

  constructor(code: ProvingErrorCode, details: string, cause?: unknown) {
    const row: Row = provingErrors[code];
    super(`${code}: ${details}; ${row.advice}`, { cause });
    this.code = code;
    this.details = details;
    this.fault = row.fault;
    this.advice = row.advice;
    this.retryable = row.isTransient === true;
  }
}

/** A service's words, the key masked before, as they may be shown: one line, no control characters, no novels. */
export function wordsOf(value: unknown): string {
  if (typeof value !== "string" || value === "") return "no detail";
  return value.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, 200);
}
