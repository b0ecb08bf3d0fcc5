// The referee of the parity rule: one input, both verifiers, and what each says.
import type { Address, Hex } from "viem";
import type { LocalChain } from "../../scripts/local-chain.ts";
import { transactionGasCap } from "../../scripts/local-chain.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";

/** `null` is acceptance, anything else the id of the failed check. */
export type Verdict = string | null;

/** What a call to a contract ends in: acceptance, a check id, or the name of an error that is none of the catalogue's. */
export async function verdictOnChain(
  chain: LocalChain,
  to: Address,
  data: Uint8Array | Hex,
): Promise<Verdict> {
  try {
    await chain.publicClient.call({
      account: chain.walletClient.account,
      to,
      data: typeof data === "string" ? data : toHex(data),
      gas: transactionGasCap,
    });
    return null;
  } catch (error) {
    const revertData = revertDataOf(error);
    if (revertData === null) throw error;
    const revert = decodeRevert(revertData);
    return revert.check ?? `error ${revert.name} ${revert.data.slice(0, 10)}`;
  }
}

export interface Disagreement {
  readonly name: string;
  readonly contract: Verdict;
  readonly sdk: Verdict;
}

export interface Tally {
  readonly disagreements: Disagreement[];
  /** How often each verdict was given. */
  readonly verdicts: Map<string, number>;
}

export const newTally = (): Tally => ({ disagreements: [], verdicts: new Map() });

export function count(tally: Tally, name: string, contract: Verdict, sdk: Verdict): void {
  const key = sdk ?? "accepted";
  tally.verdicts.set(key, (tally.verdicts.get(key) ?? 0) + 1);
  if (contract !== sdk) tally.disagreements.push({ name, contract, sdk });
}
