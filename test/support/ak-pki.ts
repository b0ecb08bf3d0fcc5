// A small PKI for chains that no cloud issues: each certificate says what it is to be, and what is to be wrong with it.
import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { issueCertificate } from "../../agent/platforms/simulated/x509.ts";
import type { ExtensionSpec } from "../../agent/platforms/simulated/x509.ts";
import { uint } from "../../sdk/evidence/bytes.ts";

export interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
export type KeyKind = "p256" | "rsa";

export const newKeys = (kind: KeyKind = "p256"): Keys =>
  kind === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });

export interface Issued {
  readonly name: string;
  readonly keys: Keys;
  readonly serial: number;
  readonly der: Uint8Array;
}

export interface Wish {
  readonly name: string;
  readonly keys?: Keys;
  /** Whose name it bears as issuer, and whose key signs; itself when there is none. */
  readonly by?: Pick<Issued, "name" | "keys">;
  /** Path length, true for none; left out: no CA. */
  readonly ca?: number | true;
  readonly usages?: readonly ("digitalSignature" | "keyCertSign" | "cRLSign")[] | null;
  /** Further extensions, none of them critical. */
  readonly more?: readonly ExtensionSpec[];
  readonly serial?: number;
  readonly from?: Date;
  readonly to?: Date;
}

const begin = new Date("2026-01-01T00:00:00Z");
export const end = new Date("2036-01-01T00:00:00Z");
let serials = 1;

/** A certificate; as a CA it may sign certificates, as a leaf data, unless `usages` says otherwise (null: none). */
export async function issue(wish: Wish): Promise<Issued> {
  const { name, keys = newKeys(), ca, serial = serials++, from = begin, to = end, more = [] } = wish;
  const by = wish.by ?? { name, keys };
  const usages: Wish["usages"] =
    wish.usages === undefined ? [ca === undefined ? "digitalSignature" : "keyCertSign"] : wish.usages;
  const constraints: ExtensionSpec =
    ca === undefined ? { kind: "notCa" } : { kind: "ca", ...(ca === true ? {} : { pathLength: ca }) };
  const der = await issueCertificate({
    subject: [{ CN: [name] }],
    issuer: [{ CN: [by.name] }],
    serial: uint(serial, 2),
    notBefore: from,
    notAfter: to,
    publicKey: keys.publicKey,
    issuerPublicKey: by.keys.publicKey,
    issuerPrivateKey: by.keys.privateKey,
    extensions: [constraints, ...(!usages ? [] : [{ kind: "keyUsage", usages } as const]), ...more],
  });
  return { name, keys, serial, der };
}
