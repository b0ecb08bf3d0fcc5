// Fields of a service's JSON, strictly: what is missing or of another kind ends in a named error.
import { fromHex } from "../sdk/evidence/bytes.ts";
import { ProvingError } from "./error.ts";
import { parseWithoutSecret } from "./secret.ts";
import type { Secret } from "./secret.ts";

export type Answer = Readonly<Record<string, unknown>>;

const malformed = (what: string): ProvingError => new ProvingError("proving.answer-malformed", what);

/** The key is masked in it, so that what is taken from it may be journalled and shown. */
export function jsonOf(body: Uint8Array, what: string, apiKey: Secret | null): Answer {
  let json: unknown;
  try {
    json = parseWithoutSecret(new TextDecoder("utf-8", { fatal: true }).decode(body), apiKey);
  } catch {
    // The words of JSON.parse quote the text, so they are not taken along.
    throw malformed(`${what} is no JSON`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw malformed(`${what} is no JSON object`);
  return json as Answer;
}

export function textOf(answer: Answer, name: string, what: string): string {
  const value = answer[name];
  if (typeof value !== "string" || value === "") throw malformed(`${what} has no text \`${name}\``);
  return value;
}

/** Ids go into paths of later requests, so they are what ids are made of and nothing else. */
export function idOf(answer: Answer, name: string, what: string): string {
  const value = textOf(answer, name, what);
  if (!/^[0-9A-Za-z_-]{1,128}$/.test(value)) throw malformed(`${what} has a \`${name}\` that is no id`);
  return value;
}

export function bytesOf(answer: Answer, name: string, what: string): Uint8Array {
  const value = textOf(answer, name, what);
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(value)) throw malformed(`${what} has a \`${name}\` that is no 0x hex`);
  return fromHex(value);
}
