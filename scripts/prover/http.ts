// A request and an answer of the local prover server without a socket, so that tests can ask it in memory.

export interface ServedRequest {
  readonly method: string;
  /** Scheme, host and port under which the server is reached. */
  readonly origin: string;
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface ServedAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Null: not a path of this part. */
export type Serve = (request: ServedRequest) => ServedAnswer | null;

export const jsonAnswer = (status: number, value: unknown): ServedAnswer => ({
  status,
  body: new Uint8Array(Buffer.from(JSON.stringify(value))),
});

export const emptyAnswer = (status: number): ServedAnswer => ({ status, body: new Uint8Array(0) });

/** The members of a JSON object; none for anything else. */
export function membersOf(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
