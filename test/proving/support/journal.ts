// A journal that lives through crashes, and can be what crashes.
import { memoryJournal } from "../../../proving/journal.ts";
import type { MemoryJournal } from "../../../proving/journal.ts";
import { Crash } from "./wire.ts";

export interface CrashingJournal extends MemoryJournal {
  /** Steps in the order in which they were saved. */
  readonly steps: string[];
  /** The process dies around the n-th save from now, counted from 1: before it is written, or after. */
  crashAt: { save: number; readonly isWritten: boolean } | null;
  /** Everything ever written. */
  readonly texts: string[];
}

export function crashingJournal(): CrashingJournal {
  const inner = memoryJournal();
  const steps: string[] = [];
  const texts: string[] = [];
  const journal: CrashingJournal = {
    ...inner,
    steps,
    texts,
    crashAt: null,
    save: async (session) => {
      const crash = journal.crashAt !== null && --journal.crashAt.save === 0 ? journal.crashAt : null;
      if (crash !== null) journal.crashAt = null;
      if (crash === null || crash.isWritten) {
        await inner.save(session);
        steps.push(session.step);
        texts.push(inner.rows.get(session.key)!);
      }
      if (crash !== null) throw new Crash("the process dies");
    },
  };
  return journal;
}
