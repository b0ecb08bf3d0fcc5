// One GET with a deadline, a limit on the answer and repeated tries; knows HTTP and nothing about collateral.
import { concat } from "../evidence/bytes.ts";
import { CollateralError } from "./error.ts";

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: { readonly signal: AbortSignal; readonly redirect: "manual" },
) => Promise<Response>;

export interface RequestSettings {
  readonly fetch: Fetch;
  /** Deadline of one try, body included. */
  readonly timeoutMilliseconds: number;
  /** Tries after the first. */
  readonly retries: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Gives up everything under way. */
  readonly signal: AbortSignal | null;
}

export interface Answer {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

// TCB info is below 20 KB and the longest CRL below 4 KB; Intel's lists may grow a good deal before this.
export const maxAnswerBytes = 256 * 1024;

const firstPauseMilliseconds = 250;
const longestPauseMilliseconds = 8_000;

async function readBody(url: string, response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return new Uint8Array(0);
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the stream.
    if (length > maxAnswerBytes)
      throw new CollateralError("size", url, `answer exceeds ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return concat(new Uint8Array(0), ...chunks);
}

function statusError(url: string, status: number): CollateralError {
  const code = status >= 500 ? "server" : status === 404 || status === 410 ? "unknown" : "status";
  return new CollateralError(code, url, `answered with status ${status}`);
}

async function tryOnce(url: string, settings: RequestSettings): Promise<Answer> {
  const deadline = AbortSignal.timeout(settings.timeoutMilliseconds);
  const signal = settings.signal === null ? deadline : AbortSignal.any([deadline, settings.signal]);
  try {
    // A redirect would lead out of the service that was chosen, into the caller's own network perhaps: its status
    // (0 in browsers) is refused as any other but 200.
    const response = await settings.fetch(url, { signal, redirect: "manual" });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw statusError(url, response.status);
    }
    return { headers: response.headers, body: await readBody(url, response) };
  } catch (error) {
    if (error instanceof CollateralError) throw error;
    settings.signal?.throwIfAborted();
    if (deadline.aborted)
      throw new CollateralError("timeout", url, `no answer within ${settings.timeoutMilliseconds} ms`, error);
    throw new CollateralError("network", url, "the connection failed or broke", error);
  }
}

/** The answer with status 200. Throws CollateralError, or the reason of the settings' signal. */
export async function request(url: string, settings: RequestSettings): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    try {
      return await tryOnce(url, settings);
    } catch (error) {
      const mayRetry = error instanceof CollateralError && error.retryable && tries < settings.retries;
      if (!mayRetry) throw error;
    }
    await settings.sleep(Math.min(firstPauseMilliseconds * 2 ** tries, longestPauseMilliseconds));
  }
}
