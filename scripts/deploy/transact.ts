// Sending of one transaction and waiting for it: the only place of the deployment that sends.
import type { Address, Hex, PublicClient, TransactionReceipt, WalletClient } from "viem";

export interface Transaction {
  /** What it is for, in words. */
  readonly step: string;
  readonly to: Address;
  readonly data: Hex;
}

export interface SentTransaction extends Transaction {
  readonly hash: Hex;
  readonly gasUsed: bigint;
}

export interface Clients {
  readonly publicClient: PublicClient;
  readonly walletClient: WalletClient;
  /** Told of every transaction that was mined. */
  readonly onTransaction?: (sent: SentTransaction) => void;
}

export async function transact(
  { publicClient, walletClient, onTransaction }: Clients,
  transaction: Transaction,
): Promise<TransactionReceipt> {
  const { step, to, data } = transaction;
  const account = walletClient.account ?? null;
  const hash = await walletClient.sendTransaction({ account, chain: null, to, data });
  const receipt = await publicClient.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${step} reverted: ${hash}`);
  onTransaction?.({ ...transaction, hash, gasUsed: receipt.gasUsed });
  return receipt;
}
