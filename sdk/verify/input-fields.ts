// Fields of an evidence file: bytes are hex (with or without 0x) or base64, told apart by their characters. A field
// of another form is a refusal by `input.field`.
import { fromBase64 } from "../evidence/base64.ts";
import { ascii, fromHex } from "../evidence/bytes.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** Bytes of a hex or base64 text, or null. */
export function bytesOf(text: string): Uint8Array | null {
  const trimmed = text.trim();
  if (/^(0x)?([0-9a-fA-F]{2})*$/.test(trimmed)) return fromHex(trimmed);
  return fromBase64(ascii(trimmed));
}

export const malformed = (name: string, due: string): Refusal =>
  refuse("input.field", `${name} is not ${due}`);

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function bytesField(fields: Fields, name: string): Uint8Array | Refusal {
  const value = fields[name];
  const bytes = typeof value === "string" ? bytesOf(value) : null;
  return bytes ?? malformed(name, "hex or base64");
}

export function optionalBytes(fields: Fields, name: string): Uint8Array | null | Refusal {
  return fields[name] === undefined || fields[name] === null ? null : bytesField(fields, name);
}

export function bytesList(fields: Fields, name: string): Uint8Array[] | Refusal {
  const value = fields[name];
  if (!Array.isArray(value)) return malformed(name, "a list");
  const list = value.map((item) => (typeof item === "string" ? bytesOf(item) : null));
  return list.includes(null) ? malformed(name, "a list of hex or base64") : (list as Uint8Array[]);
}

export function naturalField(fields: Fields, name: string): bigint | Refusal {
  const value = fields[name];
  const isNatural =
    (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) ||
    (typeof value === "string" && /^(\d+|0x[0-9a-fA-F]+)$/.test(value));
  return isNatural ? BigInt(value) : malformed(name, "a natural number");
}

/** Text as it stands: what is signed is never touched. */
function textField(fields: Fields, name: string): Uint8Array | Refusal {
  const value = fields[name];
  return typeof value === "string" ? ascii(value) : malformed(name, "a string");
}

/** PEM text, whose line ends tools change: LF, with one behind the last footer, as the strict reader wants it. */
function pemField(fields: Fields, name: string): Uint8Array | Refusal {
  const value = fields[name];
  if (typeof value !== "string" || !value.includes("-----BEGIN CERTIFICATE-----"))
    return malformed(name, "PEM certificates");
  return ascii(`${value.replaceAll("\r\n", "\n").trim()}\n`);
}

type Member = keyof TdxCollateral;

/** Members of the file's `collateral`, which the dcap-qvl tools write, and how each is read. */
const collateralMembers: readonly (readonly [
  Member,
  string,
  (fields: Fields, name: string) => Uint8Array | Refusal,
])[] = [
  ["pckCrlIssuerChain", "pck_crl_issuer_chain", pemField],
  ["rootCaCrl", "root_ca_crl", bytesField],
  ["pckCrl", "pck_crl", bytesField],
  ["tcbInfoIssuerChain", "tcb_info_issuer_chain", pemField],
  ["tcbInfo", "tcb_info", textField],
  ["tcbInfoSignature", "tcb_info_signature", bytesField],
  ["qeIdentityIssuerChain", "qe_identity_issuer_chain", pemField],
  ["qeIdentity", "qe_identity", textField],
  ["qeIdentitySignature", "qe_identity_signature", bytesField],
];

/** The member `collateral`, null when it is left out. */
export function collateralOf(value: unknown): TdxCollateral | null | Refusal {
  if (value === undefined || value === null) return null;
  if (!isFields(value)) return malformed("collateral", "an object");
  const collateral: Partial<Record<Member, Uint8Array>> = {};
  for (const [member, name, read] of collateralMembers) {
    const bytes = read(value, name);
    if (isRefusal(bytes)) return { ...bytes, detail: `collateral.${bytes.detail}` };
    collateral[member] = bytes;
  }
  return collateral as TdxCollateral;
}

/** The same in the file's form, for whoever writes evidence files. */
export function collateralJson(collateral: TdxCollateral): Record<string, string> {
  const hexOf = (bytes: Uint8Array) =>
    Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return Object.fromEntries(
    collateralMembers.map(([member, name, read]) => [
      name,
      read === bytesField ? hexOf(collateral[member]) : textOf(collateral[member]),
    ]),
  );
}
