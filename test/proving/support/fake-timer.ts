// Time that stands still until somebody waits for it.
import type { Timer } from "../../../proving/timer.ts";

export interface FakeTimer extends Timer {
  /** Every pause that was made, in milliseconds. */
  readonly pauses: number[];
  /** What hangs for as long as it is allowed to: fires the deadlines up to then. */
  hang(): void;
  /** Called before each pause. */
  onSleep: ((milliseconds: number) => unknown) | null;
}

export const start = 1_770_000_000_000;

export function fakeTimer(): FakeTimer {
  let now = start;
  let deadlines: { readonly at: number; readonly controller: AbortController }[] = [];
  const pauses: number[] = [];
  const timer: FakeTimer = {
    pauses,
    onSleep: null,
    now: () => now,
    // The middle of every jitter.
    random: () => 0.5,
    sleep: (milliseconds, signal) => {
      timer.onSleep?.(milliseconds);
      signal?.throwIfAborted();
      pauses.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
    deadline: (milliseconds) => {
      const controller = new AbortController();
      deadlines.push({ at: now + milliseconds, controller });
      return controller.signal;
    },
    hang: () => {
      now = Math.max(now, ...deadlines.map(({ at }) => at));
      for (const { controller } of deadlines) controller.abort(new DOMException("timeout", "TimeoutError"));
      deadlines = [];
    },
  };
  return timer;
}
