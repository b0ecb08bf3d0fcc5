// Hash algorithms of PCR banks and event logs (TCG Algorithm Registry §4), with the size each digest must have.
import { sha1 } from "@noble/hashes/legacy.js";
import { concat, sha256, sha384, sha512 } from "../bytes.ts";

export interface Bank {
  /** TPM_ALG_ID. */
  readonly id: number;
  readonly name: string;
  /** Bytes of a digest. */
  readonly size: number;
  /** Null where logs may list the bank but this package cannot replay it. */
  readonly hash: ((...parts: Uint8Array[]) => Uint8Array) | null;
}

export const banks: readonly Bank[] = [
  { id: 0x0004, name: "sha1", size: 20, hash: (...parts) => sha1(concat(...parts)) },
  { id: 0x000b, name: "sha256", size: 32, hash: sha256 },
  { id: 0x000c, name: "sha384", size: 48, hash: sha384 },
  { id: 0x000d, name: "sha512", size: 64, hash: sha512 },
  { id: 0x0012, name: "sm3-256", size: 32, hash: null },
];

const byId = new Map(banks.map((bank) => [bank.id, bank]));
const byName = new Map(banks.map((bank) => [bank.name, bank]));

export const bankById = (id: number): Bank | undefined => byId.get(id);
export const bankByName = (name: string): Bank | undefined => byName.get(name);
