// Lock of a PGlite folder. PGlite lets a second process open the same folder and then silently loses rows. The lock is
// the operating system's (fcntl, taken through SQLite): it holds over containers that share the folder, whose pids say
// nothing to each other, and it ends with its process, however that ends.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export class StoreLockedError extends Error {
  override readonly name = "StoreLockedError";
  readonly code = "CVM_RELAYER_STORE_LOCKED";
}

/** https://sqlite.org/rescode.html#busy */
const busy = 5;

// A lock that nothing refers to would go with the garbage.
const held = new Set<DatabaseSync>();

/** Takes the folder and returns how to give it back. The lock lies beside the data, never inside PGlite's files. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, "relayer.lock.sqlite"), { timeout: 0 });
  try {
    // Without a journal the file stays the only one, and empty.
    lock.exec("pragma journal_mode = off; begin exclusive");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== busy) throw error;
    throw new StoreLockedError(`${folder} is open in another relayer; a second opener would lose rows`);
  }
  held.add(lock);
  return () => {
    if (held.delete(lock)) lock.close();
  };
}
