// Lock file of a PGlite folder. PGlite lets a second process open the same folder and then silently loses rows,
// so whoever opens it first writes its pid, and a second opener is refused while that process lives.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class StoreLockedError extends Error {
  override readonly name = "StoreLockedError";
  readonly code = "CVM_RELAYER_STORE_LOCKED";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function ownerOf(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Takes the folder and returns how to give it back. The lock lies beside the data, never inside PGlite's files. */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "relayer.lock");
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt === 1) throw error;
      const owner = ownerOf(file);
      if (owner !== null && isAlive(owner))
        throw new StoreLockedError(`${folder} is open in process ${owner}; a second opener would lose rows`);
      rmSync(file, { force: true });
    }
  }
  return () => rmSync(file, { force: true });
}
