// A registry whose verifiers believe everything, new for each test, and what tests of a record's life do with it.
import assert from "node:assert/strict";
import { beforeEach } from "node:test";
import type { Hex, TransactionReceipt } from "viem";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { operatorMessage, ttlMessage } from "../../../sdk/evidence/message.ts";
import { startChain } from "./chain.ts";
import type { RecordView } from "./record-view.ts";
import { calldataOf, evidence, keyOf, signWith, stubbedRegistry } from "./stub-evidence.ts";
import type { Evidence, Key, StubbedRegistry } from "./stub-evidence.ts";

export const [alice, bob, carol] = [keyOf(11), keyOf(12), keyOf(13)] as [Key, Key, Key];
/** Alice's key in its other spelling. */
export const aliceLong = keyOf(11, true);
export const chainId = 31337n;

type Options = Partial<Evidence> & { key: Key };

/** To be called in a `describe`: each of its tests finds a registry without records. */
export function withRecords() {
  let stub: StubbedRegistry;
  beforeEach(async () => {
    stub = await stubbedRegistry(await startChain());
  });
  const build = async (options: Options) =>
    calldataOf(evidence({ anchorBlock: await stub.anchorAt(), ...options }));
  const read = <T>(name: string, ...args: unknown[]) => stub.chain.read<T>(stub.registry, name, ...args);
  const act = async (name: string, args: unknown[], from: number): Promise<void> => {
    const receipt = await stub.chain.send(stub.registry, name, args, from);
    assert.equal(receipt.status, "success");
  };
  const self = () => fromHex(stub.registry.address);
  const nonceOf = (key: Key) => read<bigint>("nonces", key.hash);
  return {
    stub: () => stub,
    build,
    read,
    act,
    self,
    nonceOf,
    attest: async (options: Options): Promise<TransactionReceipt> => {
      const receipt = await stub.chain.sendData(stub.registry.address, await build(options));
      assert.equal(receipt.status, "success");
      await stub.chain.request("hardhat_mine", "0x2", "0x3c");
      return receipt;
    },
    /** Name of the error that evidence is refused with, null when it would be recorded. */
    refused: async (options: Options) => stub.chain.refusalOf(stub.registry, await build(options)),
    get: (key: Key) => stub.chain.read<RecordView>(stub.registry, "getCvm", key.hash),
    setTtl: async (key: Key, tee: bigint, tpm: bigint): Promise<void> => {
      const signature = signWith(key, ttlMessage(chainId, self(), await nonceOf(key), tee, tpm));
      await act("setCollateralTTL", [key.hash, tee, tpm, signature], 0);
    },
    setOperator: async (key: Key, operator: Hex): Promise<void> => {
      const message = operatorMessage(chainId, self(), await nonceOf(key), fromHex(operator));
      await act("setOperator", [key.hash, operator, signWith(key, message)], 0);
    },
  };
}
