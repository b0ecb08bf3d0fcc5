// The Boundless market as a JSON file: numbers of wei as decimal strings, everything else as its name says.
import { readFileSync } from "node:fs";
import { getAddress, isAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Hex } from "viem";
import { z } from "zod";
import { ProvingError } from "../../proving/index.ts";
import { chainOf, httpRpc } from "../chain.ts";
import { keyFromFile } from "../signers/local.ts";
import type { BoundlessOptions } from "./boundless.ts";

const wei = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,29})$/, "is a decimal string")
  .transform(BigInt);
const seconds = z.int().min(0).max(86_400);
const url = z.url({ protocol: /^https?$/ });
const bytes = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{${2 * length}}$`), `is 0x and ${2 * length} lower-case hex digits`)
    .transform((text) => text as Hex);

const schema = z.strictObject({
  rpcUrl: url,
  rpcTimeoutMs: z.int().min(1).default(10_000),
  chainId: z.int().min(1).transform(BigInt),
  /** Of the market's contract. */
  address: z
    .string()
    .refine((text) => isAddress(text, { strict: false }), "is an address")
    .transform((text) => getAddress(text.toLowerCase())),
  /** Key of the wallet that pays; nothing else may use it. */
  walletKeyFile: z.string().min(1),
  /** Of the release that the registry admits. */
  selector: bytes(4),
  terms: z.strictObject({
    minPrice: wei,
    maxPrice: wei,
    startDelay: seconds,
    rampUpPeriod: seconds,
    lockTimeout: seconds,
    timeout: seconds,
    lockCollateral: wei,
  }),
  priceCeiling: wei,
  walletCeiling: wei,
  maxFeePerGas: wei,
  /** Program id → public URL of its ELF. */
  imageUrls: z.record(bytes(32), url),
  /** Null submits on chain. */
  orderStreamUrl: url.nullable(),
  logBlocks: z.int().min(1).max(100_000).transform(BigInt),
});

export type MarketOptions = Omit<BoundlessOptions, "fetch" | "tryTimeoutMs" | "backoff" | "polling">;

/** Throws with the members that are wrong. */
export function readMarketFile(path: string): MarketOptions {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new TypeError(`market file ${path} cannot be read as JSON`, { cause });
  }
  const result = schema.safeParse(json);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new TypeError(`market file ${path}: ${faults.join("; ")}`);
  }
  const { rpcUrl, rpcTimeoutMs, chainId, address, walletKeyFile, imageUrls, ...rest } = result.data;
  const urls: Readonly<Record<string, string>> = imageUrls;
  return {
    ...rest,
    market: { chainId, address },
    chain: chainOf(httpRpc(rpcUrl, rpcTimeoutMs)),
    wallet: privateKeyToAccount(keyFromFile(walletKeyFile)),
    imageUrl: (program) => {
      const found = urls[program];
      if (found === undefined)
        throw new ProvingError("proving.config", `imageUrls of the market file has no ${program}`);
      return found;
    },
  };
}
