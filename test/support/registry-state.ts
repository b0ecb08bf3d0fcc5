// What a deployed registry holds, read from its chain as the SDK's verifiers want it: the other half of a comparison
// starts from the same state.
import type { Hex } from "viem";
import type { LocalChain } from "../../scripts/local-chain.ts";
import { identityHash } from "../../sdk/evidence/binding.ts";
import { concat, fromHex, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import type { AkTrust, ChainView, HeldRecord, RegistryState } from "../../sdk/verify/context.ts";
import { spellings } from "../../sdk/verify/request.ts";

const byHex =
  <T>(entries: Map<Hex, T>) =>
  (key: Uint8Array) =>
    entries.get(toHex(key));

/** The record of an identity, or null where no slot of it was ever written. */
export async function readHeldRecord(chain: LocalChain, identity: Uint8Array): Promise<HeldRecord | null> {
  const registry = { address: chain.address("CVMRegistry"), abi: cvmRegistryAbi } as const;
  const args = [toHex(identity)] as const;
  const [held, signer] = await Promise.all([
    chain.publicClient.readContract({ ...registry, functionName: "getCvm", args }),
    chain.publicClient.readContract({ ...registry, functionName: "signerStatus", args }),
  ]);
  if (held.akKey === 0n) return null;
  // ICVMRegistry.signerStatus: what is no part of the record stands in the last two bits.
  const [status] = signer;
  return {
    isRegistered: held.registered,
    isSuspended: held.suspended,
    isPlatformRevoked: ((status >> 254n) & 1n) !== 0n,
    isClassEpochCurrent: status >> 255n === 0n,
    cloud: held.cloud,
    tee: held.tee,
    reportType: held.reportType,
    assurance: { ...held.assurance },
    measurementHash: fromHex(held.measurementHash),
    platformId: fromHex(held.platformId),
    measuredPcrs: held.measuredPcrs,
    teeTime: BigInt(held.teeTime),
    tpmTime: BigInt(held.tpmTime),
    validUntil: BigInt(held.validUntil),
    teeTtl: BigInt(held.teeTTL),
    tpmTtl: BigInt(held.tpmTTL),
    identityKey: concat(fromHex(held.keyX), fromHex(held.keyY)),
    akKey: uint(held.akKey, 20),
    recordedBlock: BigInt(held.recordedBlock),
    nonce: BigInt(held.nonce),
    classEpoch: held.classEpoch,
  };
}

/** What may be asked of the registry: keys (x‖y) in both spellings, and AKs. */
export interface Asked {
  readonly keys: readonly Uint8Array[];
  readonly akIds: readonly Uint8Array[];
}

export async function readRegistryState(chain: LocalChain, { keys, akIds }: Asked): Promise<RegistryState> {
  const registry = { address: chain.address("CVMRegistry"), abi: cvmRegistryAbi } as const;
  const ask = (functionName: "isRetired" | "akRevoked" | "identityOf", id: Uint8Array) =>
    chain.publicClient.readContract({ ...registry, functionName, args: [toHex(id)] });
  const records = new Map<Hex, HeldRecord | null>();
  const retired = new Map<Hex, boolean>();
  for (const hash of keys.flatMap(spellings).map(identityHash)) {
    records.set(toHex(hash), await readHeldRecord(chain, hash));
    retired.set(toHex(hash), (await ask("isRetired", hash)) as boolean);
  }
  const revoked = new Map<Hex, boolean>();
  const served = new Map<Hex, Hex>();
  for (const akId of akIds) {
    revoked.set(toHex(akId), (await ask("akRevoked", akId)) as boolean);
    served.set(toHex(akId), (await ask("identityOf", akId)) as Hex);
  }
  const recordOf = (hash: Uint8Array) => byHex(records)(hash) ?? null;
  return {
    akRevoked: (akId) => byHex(revoked)(akId) ?? false,
    isRetired: (hash) => byHex(retired)(hash) ?? false,
    recordOf,
    isTaken(hash) {
      const record = recordOf(hash);
      if (record === null || !record.isRegistered) return null;
      const akId = akIds.find((id) => toHex(id.subarray(0, 20)) === toHex(record.akKey))!;
      const { keyProtection, tpmFresh } = record.assurance;
      return { akId, keyProtection, isAnchored: tpmFresh };
    },
    recordOfAk(akId) {
      const identity = byHex(served)(akId);
      const record = identity === undefined ? null : recordOf(fromHex(identity));
      if (identity === undefined || record === null) return null;
      const { recordedBlock, isRegistered: isLive, teeTime, tpmTime } = record;
      return { identityHash: fromHex(identity), recordedBlock, isLive, teeTime, tpmTime };
    },
  };
}

/** What AKCertificates answers for these AKs. */
export async function readAkTrust(
  chain: LocalChain,
  akIds: readonly Uint8Array[],
): Promise<(akId: Uint8Array, cloud: number) => AkTrust | null> {
  const known = new Map<string, AkTrust>();
  for (const akId of akIds)
    for (const cloud of [1, 2]) {
      const trust = await chain.publicClient.readContract({
        address: chain.address("AKCertificates"),
        abi: akCertificatesAbi,
        functionName: "trustOf",
        args: [toHex(akId), cloud],
      });
      if (trust.cloud !== 0)
        known.set(`${toHex(akId)} ${cloud}`, {
          isTrusted: trust.isTrusted,
          notAfter: BigInt(trust.notAfter),
        });
    }
  return (akId, cloud) => known.get(`${toHex(akId)} ${cloud}`) ?? null;
}

/** The chain as a transaction in block `head` sees it; `hashes` are those of the blocks that evidence names. */
export function chainViewOf(
  chain: LocalChain,
  head: bigint,
  hashes: ReadonlyMap<bigint, Uint8Array>,
): ChainView {
  const { anchor, chainId } = chain.deployment;
  return {
    chainId: BigInt(chainId),
    registry: fromHex(chain.address("CVMRegistry")),
    head,
    blockSeconds: BigInt(anchor.blockSeconds),
    maxAnchorBlocks: BigInt(anchor.maxBlocks),
    blockHash: (number) => hashes.get(number) ?? null,
  };
}
