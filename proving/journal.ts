// The journal's text form, and a journal in memory for tests and demonstrations: what a restart loses there, it pays for
// again.
import { ProvingError } from "./error.ts";
import type { ProvingClientName, ProvingJournal, ProvingSession } from "./client.ts";

const clients: readonly ProvingClientName[] = ["bento", "boundless", "sidecar"];

export const sessionText = (session: ProvingSession): string => JSON.stringify(session);

const isTextRecord = (value: unknown): value is Record<string, string> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === "string");

/** Throws ProvingError: half a session must not be taken for none. */
export function sessionOf(text: string): ProvingSession {
  const refuse = (cause?: unknown): never => {
    throw new ProvingError("proving.session-foreign", "the journal's text is no session", cause);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse(cause);
  }
  if (typeof json !== "object" || json === null) return refuse();
  const { key, client, step, startedAt, remote } = json as Record<string, unknown>;
  const isSession =
    typeof key === "string" &&
    /^0x[0-9a-f]{64}$/.test(key) &&
    clients.includes(client as ProvingClientName) &&
    typeof step === "string" &&
    typeof startedAt === "number" &&
    isTextRecord(remote);
  return isSession ? (json as ProvingSession) : refuse();
}

export interface MemoryJournal extends ProvingJournal {
  /** Key → text of the last step. */
  readonly rows: ReadonlyMap<string, string>;
  remove(key: string): void;
}

export function memoryJournal(): MemoryJournal {
  const rows = new Map<string, string>();
  return {
    rows,
    load: (key) => {
      const text = rows.get(key);
      return Promise.resolve(text === undefined ? null : sessionOf(text));
    },
    save: (session) => {
      rows.set(session.key, sessionText(session));
      return Promise.resolve();
    },
    remove: (key) => void rows.delete(key),
  };
}
