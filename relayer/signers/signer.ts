// A signer turns a transaction into signed bytes. It is asked by name of method, never for its key.
import type { Address, Hex, TransactionSerializableEIP1559 } from "viem";

export interface Signer {
  readonly address: Address;
  sign(transaction: TransactionSerializableEIP1559): Promise<Hex>;
}
