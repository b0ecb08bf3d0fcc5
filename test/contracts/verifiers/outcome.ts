// What a call ends in: its result, or the name of the custom error that refused it.
import { BaseError, decodeErrorResult } from "viem";
import type { Abi, Hex } from "viem";
import { errorName, checks } from "../../../sdk/checks.ts";

const catalogue: Abi = checks.flatMap((check) =>
  check.error === null
    ? []
    : [
        {
          type: "error" as const,
          name: errorName(check)!,
          inputs: check.error
            .slice(check.error.indexOf("(") + 1, -1)
            .split(",")
            .filter((type) => type !== "")
            .map((type, at) => ({ name: `value${at}`, type })),
        },
      ],
);

function revertData(error: unknown): Hex | null {
  if (!(error instanceof BaseError)) return null;
  const holder = error.walk((cause) => {
    const { data, raw } = cause as { data?: unknown; raw?: unknown };
    return typeof raw === "string" || (typeof data === "string" && data.startsWith("0x"));
  }) as { data?: unknown; raw?: Hex } | null;
  if (holder === null) return null;
  return holder.raw ?? (holder.data as Hex);
}

/** Name of the catalogue's error that `call` is refused with, or null when it passes. */
export async function refusalOf(call: () => Promise<unknown>): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    const data = revertData(error);
    if (data === null) throw error;
    return decodeErrorResult({ abi: catalogue, data }).errorName;
  }
}

export const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
