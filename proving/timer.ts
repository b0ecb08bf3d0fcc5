// Time and chance, passed in so that tests need neither.

export interface Timer {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects with the signal's reason when that fires first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Fires after so long. */
  deadline(milliseconds: number): AbortSignal;
  /** From 0 to below 1. */
  random(): number;
}

export const systemTimer: Timer = {
  now: () => Date.now(),
  random: () => Math.random(),
  deadline: (milliseconds) => AbortSignal.timeout(milliseconds),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const end = () => {
        clearTimeout(timeout);
        reject(signal!.reason as Error);
      };
      const timeout = setTimeout(() => {
        signal?.removeEventListener("abort", end);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", end, { once: true });
    }),
};

export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Doubles from the first pause to the longest; the upper half of each is chance, so that clients do not march in step. */
export function pauseOf({ firstMs, longestMs }: Backoff, tries: number, random: number): number {
  const whole = Math.min(firstMs * 2 ** Math.min(tries, 30), longestMs);
  return Math.round(whole / 2 + (whole / 2) * random);
}
