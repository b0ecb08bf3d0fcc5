// Drives the registry of a simulated chain whose clock moves only when a test says so: roles, key-signed actions, time.
import assert from "node:assert/strict";
import { encodeFunctionData } from "viem";
import type { ContractFunctionName, Hex } from "viem";
import type { Identity } from "../../agent/identity/identity.ts";
import { transactionGasCap } from "../../scripts/local-chain.ts";
import type { LocalChain } from "../../scripts/local-chain.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { operatorMessage, revokeMessage, ttlMessage } from "../../sdk/evidence/message.ts";
import type { AnchorBlock } from "../../sdk/evidence/registration.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { readHeldRecord } from "./registry-state.ts";

type RegistryCall = ContractFunctionName<typeof cvmRegistryAbi, "nonpayable">;
type RegistryView = "isRetired" | "akRevoked" | "identityOf" | "operatorOf";

/** Blocks, time and transactions; every block has the second of the one before it. */
export function driveChain(chain: LocalChain) {
  const { publicClient, testClient, walletClient } = chain;
  /** Of the blocks that evidence was anchored at. */
  const hashes = new Map<bigint, Uint8Array>();

  /** A block at the same second, or `seconds` later. */
  async function pass(seconds = 0n): Promise<void> {
    const { timestamp } = await publicClient.getBlock();
    await testClient.setNextBlockTimestamp({ timestamp: timestamp + seconds });
    await testClient.mine({ blocks: 1 });
  }

  async function send(to: Hex, data: Hex): Promise<void> {
    const { timestamp } = await publicClient.getBlock();
    await testClient.setNextBlockTimestamp({ timestamp });
    const { account } = walletClient;
    const hash = await walletClient.sendTransaction({ account, to, data, gas: transactionGasCap });
    const { status } = await publicClient.getTransactionReceipt({ hash });
    assert.equal(status, "success");
  }

  /** The latest block, which is then mined upon. */
  async function anchorBlock(): Promise<AnchorBlock> {
    const { number: blockNumber, hash } = await publicClient.getBlock();
    const blockHash = fromHex(hash);
    hashes.set(blockNumber, blockHash);
    await pass();
    const registry = fromHex(chain.address("CVMRegistry"));
    return { chainId: BigInt(chain.deployment.chainId), registry, blockNumber, blockHash };
  }

  /** Runs on a state that is thrown away afterwards. */
  async function aside(run: () => Promise<void>): Promise<void> {
    const id = await testClient.snapshot();
    try {
      await run();
    } finally {
      await testClient.revert({ id });
    }
  }
  return { hashes, pass, send, anchorBlock, aside };
}

/** What roles and identity keys do to the registry, and what it then shows. */
export function driveRegistry(chain: LocalChain, { send }: ReturnType<typeof driveChain>) {
  const registry = chain.address("CVMRegistry");
  const [chainId, self] = [BigInt(chain.deployment.chainId), fromHex(registry)];

  const act = (functionName: RegistryCall, ...args: readonly unknown[]): Promise<void> => {
    // Of many functions: arguments that are not theirs fail in the encoder.
    const call = { abi: cvmRegistryAbi, functionName, args };
    return send(registry, encodeFunctionData(call as never));
  };
  const heldRecord = (hash: Uint8Array) => readHeldRecord(chain, hash);
  const nonceOf = async ({ hash }: Identity) => (await heldRecord(hash))?.nonce ?? 0n;
  const signed = async (by: Identity, message: (nonce: bigint) => Uint8Array): Promise<Hex> =>
    toHex((await by.sign(message(await nonceOf(by))))!);

  return {
    act,
    heldRecord,
    nonceOf,
    read: (functionName: RegistryView, id: Uint8Array) =>
      chain.publicClient.readContract({
        address: registry,
        abi: cvmRegistryAbi,
        functionName,
        args: [toHex(id)],
      }),
    /** Takes an AK certificate back. */
    revokeCertificate(issuerHash: Hex, serial: bigint): Promise<void> {
      const args = [issuerHash, serial] as const;
      const call = { abi: akCertificatesAbi, functionName: "revokeCertificate", args } as const;
      return send(chain.address("AKCertificates"), encodeFunctionData(call));
    },
    async setTtl(of: Identity, tee: bigint, tpm: bigint): Promise<void> {
      const signature = await signed(of, (nonce) => ttlMessage(chainId, self, nonce, tee, tpm));
      await act("setCollateralTTL", toHex(of.hash), tee, tpm, signature);
    },
    async setOperator(of: Identity, operator: Hex): Promise<void> {
      const message = (nonce: bigint) => operatorMessage(chainId, self, nonce, fromHex(operator));
      await act("setOperator", toHex(of.hash), operator, await signed(of, message));
    },
    async revoke(of: Identity): Promise<void> {
      const signature = await signed(of, (nonce) => revokeMessage(chainId, self, nonce));
      await act("revokeCvm", toHex(of.hash), signature);
    },
  };
}
