// Requests to a proving service: each try has a deadline, each answer a limit, and what may be sent again is sent again
// until the request's deadline. What a service might have taken although its answer is lost is never sent again.
import { ProvingError, wordsOf } from "./error.ts";
import { parseWithoutSecret, withoutSecret } from "./secret.ts";
import type { Secret } from "./secret.ts";
import { pauseOf } from "./timer.ts";
import type { Backoff, Timer } from "./timer.ts";

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpSettings {
  readonly fetch: Fetch;
  readonly timer: Timer;
  /** Deadline of one try, body included. */
  readonly tryTimeoutMs: number;
  /** Between tries after a failure. */
  readonly backoff: Backoff;
  readonly apiKey: Secret | null;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly maxBytes: number;
  /** Statuses that are an answer; all others are failures. */
  readonly accept: readonly number[];
  /** False where a second arrival would cost a second time. */
  readonly isRepeatable: boolean;
  /** Journals that the request goes out, and takes it back when it is known that nothing came of it. */
  readonly guard?: { readonly before: () => Promise<void>; readonly undo: () => Promise<void> };
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** What limits the waiting: the request for a proof that this is done for. */
export interface Limits {
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

// A service that says `Retry-After: 86400` is asked again within the hour.
const longestRetryAfterMs = 3_600_000;

// The connection was never made, so nothing arrived (undici and libuv name them so).
const notSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Why a try gave no answer, and whether the service may have taken the request all the same. */
interface Setback {
  readonly reason: string;
  readonly mayHaveArrived: boolean;
  readonly retryAfterMs: number | null;
}

async function bodyWithin(response: Response, maxBytes: number, where: string): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > maxBytes)
      throw new ProvingError("proving.answer-too-large", `${where} sent more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Seconds or a date (RFC 9110 §10.2.3); null for anything else. */
function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null) return null;
  const milliseconds = /^[0-9]{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(milliseconds) ? null : Math.min(Math.max(milliseconds, 0), longestRetryAfterMs);
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Origin and path, never a query: URLs of uploads carry credentials there. */
function placeOf({ method, url }: HttpRequest): string {
  const place = URL.parse(url);
  return `${method} ${place === null ? "(no URL)" : `${place.origin}${place.pathname}`}`;
}

function networkSetback(error: unknown, isTimeout: boolean, settings: HttpSettings): Setback {
  const cause = fieldOf(error, "cause") ?? error;
  const code = fieldOf(cause, "code");
  const reason = isTimeout
    ? `no answer within ${settings.tryTimeoutMs} ms`
    : `the connection failed: ${typeof code === "string" ? wordsOf(code) : "it broke"}`;
  return { reason, mayHaveArrived: !notSent.has(String(code)), retryAfterMs: null };
}

/** The service's own words for a status, from the two shapes in use. */
function detailOf(body: Uint8Array, apiKey: Secret | null): string {
  const text = Buffer.from(body).toString("utf8");
  try {
    const json = parseWithoutSecret(text, apiKey);
    return wordsOf(fieldOf(json, "msg") ?? fieldOf(json, "error") ?? fieldOf(json, "message"));
  } catch {
    return wordsOf(withoutSecret(text, apiKey));
  }
}

/** The answer, or why to try again. Throws what trying again does not help. */
async function judge(
  request: HttpRequest,
  response: Response,
  settings: HttpSettings,
): Promise<HttpAnswer | Setback> {
  const { status } = response;
  if (request.accept.includes(status))
    return { status, body: await bodyWithin(response, request.maxBytes, placeOf(request)) };
  if (status === 429 || status >= 500) {
    const retryAfterMs = retryAfterOf(response.headers.get("retry-after"), settings.timer.now());
    await response.body?.cancel();
    // A limit on rates is applied before anything is done.
    return { reason: `status ${status}`, mayHaveArrived: status !== 429, retryAfterMs };
  }
  const body = await bodyWithin(response, 65_536, placeOf(request));
  const words = detailOf(body, settings.apiKey);
  const code = status === 401 || status === 403 ? "proving.unauthorized" : "proving.rejected";
  throw new ProvingError(code, `${placeOf(request)}: status ${status}, ${words}`);
}

async function tryOnce(
  request: HttpRequest,
  settings: HttpSettings,
  { deadline, signal }: Limits,
): Promise<HttpAnswer | Setback> {
  const left = Math.max(deadline - settings.timer.now(), 1);
  const timeout = settings.timer.deadline(Math.min(settings.tryTimeoutMs, left));
  try {
    const response = await settings.fetch(request.url, {
      method: request.method,
      ...(request.headers && { headers: request.headers }),
      ...(request.body !== undefined && { body: request.body as NonNullable<RequestInit["body"]> }),
      // A redirect would lead past the list of allowed URLs, and take the key along.
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    return await judge(request, response, settings);
  } catch (error) {
    if (error instanceof ProvingError) throw error;
    signal?.throwIfAborted();
    return networkSetback(error, timeout.aborted, settings);
  }
}

async function tryGuarded(
  request: HttpRequest,
  settings: HttpSettings,
  limits: Limits,
): Promise<HttpAnswer | Setback> {
  await request.guard?.before();
  try {
    return await tryOnce(request, settings, limits);
  } catch (error) {
    const isRefused =
      error instanceof ProvingError &&
      (error.code === "proving.rejected" || error.code === "proving.unauthorized");
    if (isRefused) await request.guard?.undo();
    throw error;
  }
}

/** Waits, or says that the deadline does not let it. */
export async function waitFor(
  milliseconds: number,
  reason: string,
  timer: Timer,
  { deadline, signal }: Limits,
): Promise<void> {
  if (timer.now() + milliseconds >= deadline)
    throw new ProvingError("proving.timeout", `the deadline has come; last seen: ${reason}`);
  await timer.sleep(milliseconds, signal);
}

/** An answer with a status that is accepted. Throws ProvingError, or the reason of the signal. */
export async function send(
  request: HttpRequest,
  settings: HttpSettings,
  limits: Limits,
): Promise<HttpAnswer> {
  const { timer, backoff } = settings;
  const place = placeOf(request);
  for (let tries = 0; ; tries++) {
    limits.signal?.throwIfAborted();
    if (timer.now() >= limits.deadline)
      throw new ProvingError("proving.timeout", `the deadline has come before ${place}`);
    const outcome = await tryGuarded(request, settings, limits);
    if ("body" in outcome) return outcome;
    if (outcome.mayHaveArrived && !request.isRepeatable)
      throw new ProvingError("proving.outcome-unknown", `${place}: ${outcome.reason}`);
    await request.guard?.undo();
    const pause = outcome.retryAfterMs ?? pauseOf(backoff, tries, timer.random());
    await waitFor(pause, `${place}: ${outcome.reason}`, timer, limits);
  }
}
