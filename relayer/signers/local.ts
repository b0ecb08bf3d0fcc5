// Signer with a key in memory, from a hex string or a file that holds one. For development and small set-ups.
import { readFileSync, statSync } from "node:fs";
import { privateKeyToAccount } from "viem/accounts";
import type { Hex } from "viem";
import type { Signer } from "./signer.ts";

const keyPattern = /^0x[0-9a-fA-F]{64}$/;

/** The message names neither the key nor its source's content. */
export function localSigner(key: string): Signer {
  const hex = key.trim().startsWith("0x") ? key.trim() : `0x${key.trim()}`;
  if (!keyPattern.test(hex)) throw new TypeError("signer key is not 32 bytes of hex");
  const account = privateKeyToAccount(hex as Hex);
  return { address: account.address, sign: (transaction) => account.signTransaction(transaction) };
}

/** Refuses a file that others may read, as ssh does. */
export function signerFromFile(path: string): Signer {
  if ((statSync(path).mode & 0o077) !== 0)
    throw new Error(`${path} is readable by others; chmod 600 ${path}`);
  return localSigner(readFileSync(path, "utf8"));
}
