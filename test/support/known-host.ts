// A host as TDXVerifier remembers it.
import { decodeEventLog } from "viem";
import type { Hex } from "viem";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import type { Receipt } from "./intel-chain.ts";

export interface RememberedHost {
  readonly commitment: Hex;
  readonly keyX: Hex;
  readonly keyY: Hex;
  /** 94 bytes. */
  readonly attributes: Hex;
}

/** The host that a transaction remembered. */
export function hostOf({ logs }: Receipt): RememberedHost {
  const [log, ...more] = logs;
  if (log === undefined || more.length > 0) throw new Error(`${logs.length} events`);
  return decodeEventLog({ abi: tdxVerifierAbi, eventName: "HostVerified", ...log }).args;
}
