// What the registry's record of an AK says to more evidence of it, asked before a proof is paid for. The simulation asks for
// the rest: it needs the proof.
import { encodeErrorResult } from "viem";
import type { Address, Hex } from "viem";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import type { Rpc } from "../../sdk/registry/client.ts";
import { decodeRevert } from "../../sdk/registry/revert.ts";
import type { Revert } from "../../sdk/registry/revert.ts";
import { askView } from "./view.ts";

/** The registry's refusal (Records._requireNewer), or null. Throws when the node does not answer. */
export async function refusalByRecord(
  rpc: Rpc,
  registry: Address,
  akId: Hex,
  anchorBlock: bigint | null,
): Promise<Revert | null> {
  const ask = [rpc, registry, cvmRegistryAbi] as const;
  const identityHash = await askView(...ask, "identityOf", akId);
  if (identityHash === null || BigInt(identityHash) === 0n) return null;
  const abi = errorsAbi;
  if (anchorBlock === null)
    return decodeRevert(encodeErrorResult({ abi, errorName: "UnanchoredForRecordedAK", args: [akId] }));
  const record = await askView(...ask, "getCvm", identityHash);
  if (record === null || anchorBlock >= BigInt(record.recordedBlock)) return null;
  const args = [BigInt(record.recordedBlock)] as const;
  return decodeRevert(encodeErrorResult({ abi, errorName: "EvidenceNotNewer", args }));
}
