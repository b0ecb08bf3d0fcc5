// Signer with a key in memory, from a hex string or a file that holds one. For development and small set-ups.
import { readFileSync } from "node:fs";
import { privateKeyToAccount } from "viem/accounts";
import type { Hex } from "viem";
import { requirePrivate } from "../../proving/index.ts";
import type { Signer } from "./signer.ts";

const keyPattern = /^0x[0-9a-fA-F]{64}$/;

/** The message names neither the key nor its source's content. */
function keyOf(text: string): Hex {
  const hex = text.trim().startsWith("0x") ? text.trim() : `0x${text.trim()}`;
  if (!keyPattern.test(hex)) throw new TypeError("signer key is not 32 bytes of hex");
  return hex as Hex;
}

export function localSigner(key: string): Signer {
  const account = privateKeyToAccount(keyOf(key));
  return { address: account.address, sign: (transaction) => account.signTransaction(transaction) };
}

/** A private key; the message repeats nothing of the file. */
export function keyFromFile(path: string): Hex {
  requirePrivate(path);
  return keyOf(readFileSync(path, "utf8"));
}

export const signerFromFile = (path: string): Signer => localSigner(keyFromFile(path));
