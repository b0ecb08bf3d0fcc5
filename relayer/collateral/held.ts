// What a chain's IntelCollateral holds for a platform.
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem";
import type { Address } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";
import { callContract } from "../../sdk/registry/client.ts";
import type { Rpc } from "../../sdk/registry/client.ts";
import type { HeldCollateral } from "./plan.ts";

export const collateralDatesAbi = parseAbi([
  "function collateralDates(bytes6 fmspc, bytes32 caSubjectHash) view returns (uint40 rootCrlNext, uint40 pckCrlNext, uint40 qeNext, uint40 tcbNext, uint16 activeTcb, uint16 activeQe)",
]);

/** Throws when no IntelCollateral answers there: a mistake of configuration. */
export async function readHeld(
  client: Rpc,
  contract: Address,
  { fmspc, caSubjectHash }: TdxPlatform,
): Promise<HeldCollateral> {
  const functionName = "collateralDates";
  const args = [toHex(fmspc), toHex(caSubjectHash)] as const;
  const data = encodeFunctionData({ abi: collateralDatesAbi, functionName, args });
  const outcome = await callContract(client, contract, data);
  if (!outcome.ok || outcome.data === "0x") throw new Error(`no IntelCollateral answers at ${contract}`);
  const [rootCrl, pckCrl, qeIdentity, tcbInfo, activeTcb, activeQe] = decodeFunctionResult({
    abi: collateralDatesAbi,
    functionName,
    data: outcome.data,
  });
  return {
    nextUpdate: {
      rootCrl: BigInt(rootCrl),
      pckCrl: BigInt(pckCrl),
      tcbInfo: BigInt(tcbInfo),
      qeIdentity: BigInt(qeIdentity),
    },
    evaluationNumber: { tcbInfo: activeTcb, qeIdentity: activeQe },
  };
}
