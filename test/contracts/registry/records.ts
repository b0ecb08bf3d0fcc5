// A registry whose verifiers believe everything, new for each test, and what tests of a record's life do with it.
import assert from "node:assert/strict";
import { before, beforeEach } from "node:test";
import type { Hex, TransactionReceipt } from "viem";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { operatorMessage, revokeMessage, ttlMessage } from "../../../sdk/evidence/message.ts";
import { startChain } from "./chain.ts";
import type { RecordView } from "./record-view.ts";
import { calldataOf, evidence, keyOf, signWith, stubbedRegistry } from "./stub-evidence.ts";
import type { Evidence, Key, StubbedRegistry } from "./stub-evidence.ts";
import { reattestation, reattestCalldataOf } from "./stub-reattestation.ts";
import type { Renewal } from "./stub-reattestation.ts";

export const [alice, bob, carol] = [keyOf(11), keyOf(12), keyOf(13)] as [Key, Key, Key];
/** Alice's key in its other spelling. */
export const aliceLong = keyOf(11, true);
export const chainId = 31337n;

type Options = Partial<Evidence> & { key: Key };
type RenewalOptions = Partial<Renewal> & { current: Key };

/** To be called in a `describe`: each of its tests finds a registry without records. */
export function withRecords() {
  let stub: StubbedRegistry;
  let empty: unknown;
  before(async () => {
    stub = await stubbedRegistry(await startChain());
    empty = await stub.chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await stub.chain.request("evm_revert", empty);
    empty = await stub.chain.request("evm_snapshot");
  });
  const read = <T>(name: string, ...args: unknown[]) => stub.chain.read<T>(stub.registry, name, ...args);
  const self = () => fromHex(stub.registry.address);
  const nonceOf = (key: Key) => read<bigint>("nonces", key.hash);
  const build = async (options: Options) =>
    calldataOf(evidence({ anchorBlock: await stub.anchorAt(), ...options }));
  const buildRenewal = async (options: RenewalOptions): Promise<Hex> => {
    const anchorBlock = await stub.anchorAt();
    const nonce = await nonceOf(options.current);
    const domain = { chainId, registry: self() };
    return reattestCalldataOf(reattestation({ anchorBlock, nonce, ...options }, domain));
  };
  const act = async (name: string, args: unknown[], from: number): Promise<void> => {
    const receipt = await stub.chain.send(stub.registry, name, args, from);
    assert.equal(receipt.status, "success");
  };
  /** Sends evidence that must be recorded, then passes two minutes and blocks. */
  const record = async (data: Hex): Promise<TransactionReceipt> => {
    const receipt = await stub.chain.sendData(stub.registry.address, data);
    assert.equal(receipt.status, "success");
    await stub.chain.request("hardhat_mine", "0x2", "0x3c");
    return receipt;
  };
  return {
    stub: () => stub,
    build,
    buildRenewal,
    read,
    act,
    self,
    nonceOf,
    record,
    attest: async (options: Options) => record(await build(options)),
    reattest: async (options: RenewalOptions) => record(await buildRenewal(options)),
    /** Name of the error that evidence is refused with, null when it would be recorded. */
    refused: async (options: Options) => stub.chain.refusalOf(stub.registry, await build(options)),
    refusedRenewal: async (options: RenewalOptions) =>
      stub.chain.refusalOf(stub.registry, await buildRenewal(options)),
    get: (key: Key) => stub.chain.read<RecordView>(stub.registry, "getCvm", key.hash),
    pass: (seconds: number) => stub.chain.request("hardhat_mine", "0x2", `0x${seconds.toString(16)}`),
    setTtl: async (key: Key, tee: bigint, tpm: bigint): Promise<void> => {
      const signature = signWith(key, ttlMessage(chainId, self(), await nonceOf(key), tee, tpm));
      await act("setCollateralTTL", [key.hash, tee, tpm, signature], 0);
    },
    setOperator: async (key: Key, operator: Hex): Promise<void> => {
      const message = operatorMessage(chainId, self(), await nonceOf(key), fromHex(operator));
      await act("setOperator", [key.hash, operator, signWith(key, message)], 0);
    },
    revoke: async (key: Key): Promise<void> => {
      const message = revokeMessage(chainId, self(), await nonceOf(key));
      await act("revokeCvm", [key.hash, signWith(key, message)], 0);
    },
  };
}
