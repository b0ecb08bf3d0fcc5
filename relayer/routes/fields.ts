// What clients send, as zod readers. Bodies are strict: an unknown field is a mistake, not something to ignore.
import { getAddress } from "viem";
import { z } from "zod";
import { bytesOfText } from "../intake/bytes.ts";
import { ProblemError, problem } from "../problem.ts";

/** 0x hex or standard base64. */
export const bytes = z.string().transform((text, context) => {
  const value = bytesOfText(text);
  if (value !== null) return value;
  context.addIssue({ code: "custom", message: "is neither 0x hex nor padded base64" });
  return z.NEVER;
});

export const bytes32 = bytes.refine((value) => value.length === 32, "is not 32 bytes");

// Checksums are not asked for: addresses come from JSON files, not from paper.
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "is not an address")
  .transform((text) => getAddress(text.toLowerCase()));

export function read<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const detail = result.error.issues
    .map(({ path, message }) => `${path.length === 0 ? "request" : path.join(".")}: ${message}`)
    .join("; ");
  throw new ProblemError(problem("request-malformed", detail));
}
