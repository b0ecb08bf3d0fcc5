// API keys and other secrets in files, which nobody but their owner may read.
import { readFileSync, statSync } from "node:fs";
import { secretOf } from "./secret.ts";
import type { Secret } from "./secret.ts";

/** Refuses a file that others may read, as ssh does. */
export function requirePrivate(path: string): void {
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Error(`${path} is readable by others; chmod 600 ${path}`);
}

/** The message repeats nothing of the file. */
export function secretFromFile(path: string): Secret {
  requirePrivate(path);
  const key = secretOf(readFileSync(path, "utf8").trim());
  if (key === null) throw new TypeError(`${path} holds no API key: it is empty or has other characters`);
  return key;
}
