// Runs one round after the other: at an interval, and at once when woken. Never two at a time; a call that falls
// into a round is answered by another round right behind it.

export interface Ticker {
  wake(): void;
  /** Resolves when the round under way has ended; there is no other after it. */
  stop(): Promise<void>;
}

export function startTicker(pollMs: number, run: () => Promise<void>): Ticker {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | null = null;
  let isWanted = false;
  let isStopping = false;

  function schedule(delay: number): void {
    clearTimeout(timer);
    if (!isStopping) timer = setTimeout(start, delay);
  }

  function start(): void {
    isWanted = false;
    round = run().finally(() => {
      round = null;
      schedule(isWanted ? 0 : pollMs);
    });
  }

  schedule(0);
  return {
    wake: () => {
      isWanted = true;
      if (round === null) schedule(0);
    },
    stop: async () => {
      isStopping = true;
      clearTimeout(timer);
      await round;
    },
  };
}
