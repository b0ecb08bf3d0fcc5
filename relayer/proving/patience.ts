// Questions to a chain, asked again until the request's deadline while the node fails; each within its own time.
import { errorText } from "../log.ts";
import type { Job, ProvingContext } from "../../proving/client.ts";
import { ProvingError } from "../../proving/error.ts";
import { waitFor } from "../../proving/http.ts";
import { pauseOf } from "../../proving/timer.ts";
import type { Backoff } from "../../proving/timer.ts";

export interface Asking {
  readonly options: { readonly tryTimeoutMs: number; readonly backoff: Backoff };
  readonly context: ProvingContext;
  readonly job: Job;
}

/** What the work brings, or the signal's reason when that comes first. */
export function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    signal.addEventListener("abort", end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
    if (signal.aborted) end();
  });
}

/** Only for what may be asked twice. ProvingErrors are answers, and are thrown. */
export async function patiently<T>(
  { options, context, job }: Asking,
  what: string,
  ask: () => Promise<T>,
): Promise<T> {
  const { timer } = context;
  const { deadline, signal } = job.request;
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    const left = Math.max(deadline - timer.now(), 1);
    const timeout = timer.deadline(Math.min(options.tryTimeoutMs, left));
    let reason: string;
    try {
      return await within(signal === undefined ? timeout : AbortSignal.any([timeout, signal]), ask());
    } catch (error) {
      if (error instanceof ProvingError) throw error;
      signal?.throwIfAborted();
      reason = timeout.aborted ? `no answer within ${options.tryTimeoutMs} ms` : errorText(error);
    }
    const pause = pauseOf(options.backoff, tries, timer.random());
    await waitFor(pause, `${what}: ${reason}`, timer, job.request);
  }
}
