// One question to a contract of the chain, by its ABI.
import { decodeFunctionResult, encodeFunctionData } from "viem";
import type {
  Abi,
  Address,
  ContractFunctionArgs,
  ContractFunctionName,
  ContractFunctionReturnType,
} from "viem";
import { callContract } from "../../sdk/registry/client.ts";
import type { Rpc } from "../../sdk/registry/client.ts";

/** What a view answers; null where it reverts or another contract answers. */
export async function askView<const ABI extends Abi, Name extends ContractFunctionName<ABI, "view">>(
  client: Rpc,
  to: Address,
  abi: ABI,
  functionName: Name,
  ...args: ContractFunctionArgs<ABI, "view", Name> & readonly unknown[]
): Promise<ContractFunctionReturnType<ABI, "view", Name> | null> {
  const view = { abi: abi as Abi, functionName: functionName as string };
  const outcome = await callContract(client, to, encodeFunctionData({ ...view, args }));
  if (!outcome.ok) return null;
  try {
    const answer = decodeFunctionResult({ ...view, data: outcome.data });
    return answer as ContractFunctionReturnType<ABI, "view", Name>;
  } catch {
    return null;
  }
}
