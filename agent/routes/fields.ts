// Fields that callers send, as zod readers: numbers of chains as decimal or 0x strings (or JSON numbers), addresses and
// hashes as 0x hex, binary as standard base64. Every body is a strict object: an unknown field is an error.
import { z } from "zod";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { ProblemError } from "../problem.ts";

const integerText = z.string().regex(/^(0|[1-9][0-9]*|0x[0-9a-fA-F]+)$/, "is a decimal or 0x number");

const integer = (bits: number) =>
  z
    .union([integerText, z.int().min(0)], "is a decimal or 0x string, or a number")
    .transform((value) => BigInt(value))
    .refine((value) => value < 1n << BigInt(bits), `fits ${bits} bits`);

export const chainId = integer(256).refine((value) => value > 0n, "is not zero");
export const blockNumber = integer(64);
/** The registry's next for an identity. */
export const nonce = integer(256);
export const seconds = integer(64);
/** TeeReportType of protocol §1. */
export const reportType = z.literal([1, 2, 3], "is 1 (Solidity), 2 (SP1) or 3 (RISC Zero)");

const hexBytes = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * length}}$`), `is 0x and ${2 * length} hex digits`)
    .transform(fromHex);

export const address = hexBytes(20);
export const hash = hexBytes(32);

/** The registry under its own name or the walkthrough's. */
export const registryFields = { registry: address.optional(), contract_address: address.optional() };

type Fields<Shape extends z.core.$ZodLooseShape> = z.infer<z.ZodObject<Shape>>;

export function registryOf({ registry, contract_address }: Fields<typeof registryFields>): Uint8Array {
  const address = registry ?? contract_address;
  if (address === undefined || (registry !== undefined && contract_address !== undefined))
    throw new ProblemError("CVM_AGENT_BODY_MALFORMED", "give registry or contract_address, and one of them");
  return address;
}

/** Whether the key before a rotation is to be destroyed. */
export const purgeFields = {
  purge_old_keys: z.boolean().optional(),
  // The walkthrough's own table spells it with dashes.
  "purge-old-keys": z.boolean().optional(),
};

export const wantsPurge = (body: Fields<typeof purgeFields>): boolean =>
  body.purge_old_keys === true || body["purge-old-keys"] === true;

export const anyHex = z
  .string()
  .regex(/^(0x)?([0-9a-fA-F]{2})*$/, "is hex")
  .transform(fromHex);

export const base64 = z
  .string()
  .refine((text) => Buffer.from(text, "base64").toString("base64") === text, "is standard base64, padded")
  .transform((text) => Uint8Array.from(Buffer.from(text, "base64")));

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** The body as the schema reads it; the problem names every field that is not. */
export function readBody<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const detail = result.error.issues
    .map(({ path, message }) => `${path.length === 0 ? "body" : path.join(".")}: ${message}`)
    .join("; ");
  throw new ProblemError("CVM_AGENT_BODY_MALFORMED", detail);
}
