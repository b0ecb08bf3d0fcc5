// An application beside a registry that says of every identity what the test last told it: the policy alone is judged.
// Everything is read in the latest block, whose time is the verdict's.
import { encodeFunctionData, decodeErrorResult, decodeFunctionResult } from "viem";
import type { Hex } from "viem";
import { cloudTypes } from "../../../sdk/evidence/registration.ts";
import { callContract } from "../../../sdk/registry/client.ts";
import type { Floor, PolicyRecord } from "../../../sdk/verify/policy.ts";
import { toHex } from "../../../sdk/evidence/bytes.ts";
import { startChain } from "../registry/chain.ts";
import type { Chain, Contract } from "../registry/chain.ts";
import { keyOf } from "../registry/stub-evidence.ts";
import type { Key } from "../registry/stub-evidence.ts";

export const chainId = 31337n;

export interface Explained {
  readonly check: string;
  readonly passed: boolean;
}

const maskOf = (values: readonly number[]) => values.reduce((mask, value) => mask | (1 << value), 0);

/** The floor as the contract takes it. Platform lists are acts of their own there. */
export function solidityFloor(floor: Floor) {
  const pcrs = (cloud: number) => floor.measuredPcrs[cloud] ?? maskOf([4, 7, 11, 16, 23]);
  return {
    clouds: maskOf(floor.clouds),
    reportTypes: maskOf(floor.reportTypes),
    teeFresh: floor.requireTeeFresh,
    tpmFresh: floor.requireTpmFresh,
    keyProtection: floor.minKeyProtection,
    pcrTrust: floor.minPcrTrust[cloudTypes.gcp] ?? 1,
    azurePcrTrust: floor.minPcrTrust[cloudTypes.azure] ?? 1,
    binding: floor.requireBinding,
    tcbStatuses: maskOf(floor.tcbStatuses),
    keyTypes: maskOf(floor.keyTypes),
    milanNeedsPlatform: true,
    gcpPCRs: pcrs(cloudTypes.gcp),
    azurePCRs: pcrs(cloudTypes.azure),
    awsPCRs: pcrs(cloudTypes.aws),
    bareMetalPCRs: pcrs(cloudTypes.bareMetal),
    teeMaxAge: floor.maxTeeAge,
    tpmMaxAge: floor.maxTpmAge,
    allNeedPlatform: floor.requirePlatform,
  };
}

/** A record that the default floor admits at `now`: GCP TDX. */
export const goodRecord = (now: bigint): PolicyRecord => ({
  isRegistered: true,
  isSuspended: false,
  isPlatformRevoked: false,
  isClassEpochCurrent: true,
  cloud: 1,
  tee: 1,
  reportType: 1,
  assurance: {
    teeFresh: true,
    tpmFresh: true,
    teeNamesAk: true,
    quoteNamesTee: true,
    runtimeClaims: false,
    pcrReportId: false,
    pcrTrust: 1,
    keyProtection: 2,
    akCertified: true,
    tcbStatus: 1,
    keyType: 0,
    product: 0,
  },
  measurementHash: new Uint8Array(32).fill(0x11),
  platformId: new Uint8Array(32).fill(0x22),
  measuredPcrs: 0xffffff,
  teeTime: now - 100n,
  tpmTime: now - 100n,
  validUntil: now + 1_000_000n,
  teeTtl: 86_400n,
  tpmTtl: 86_400n,
});

const zero: Hex = `0x${"00".repeat(32)}`;

export type StubApplication = Awaited<ReturnType<typeof startStubApplication>>;

export async function startStubApplication(id = Number(chainId)) {
  const chain = await startChain(id);
  const registry = await chain.deploy("StubSignerRegistry");
  const packer = await chain.deploy("ProtocolHarness");
  const app = await chain.deploy("OneTimeApplication", [registry.address, chain.addressOf(0)]);
  return { chain, registry, app, ...accessTo(chain, registry, packer) };
}

function accessTo(chain: Chain, registry: Contract, packer: Contract) {
  const now = async () => (await chain.publicClient.getBlock()).timestamp;

  async function send(contract: Contract, name: string, args: unknown[], from = 0) {
    const receipt = await chain.send(contract, name, args, from);
    if (receipt.status !== "success") throw new Error(`${name} reverted`);
    return receipt;
  }

  /** Tells the registry what it holds, packed by the real library. */
  async function setRecord(record: PolicyRecord, key: Key): Promise<void> {
    const view = {
      ...record,
      registered: record.isRegistered,
      suspended: record.isSuspended,
      teeTTL: Number(record.teeTtl),
      tpmTTL: Number(record.tpmTtl),
      classEpoch: 7,
      ...{ keyX: zero, keyY: zero, measurementHash: zero, platformId: zero },
      ...{ akKey: 0n, recordedBlock: 0n, nonce: 0n },
    };
    const [packed] = await chain.read<[bigint]>(packer, "repack", view);
    const revoked = record.isPlatformRevoked ? 1n << 254n : 0n;
    const stale = record.isClassEpochCurrent ? 0n : 1n << 255n;
    const [x, y] = [key.point.subarray(0, 32), key.point.subarray(32)];
    const words = [x, y, record.measurementHash, record.platformId].map(toHex);
    await send(registry, "set", [packed | revoked | stale, words]);
  }

  async function view<T>(contract: Contract, functionName: string, ...args: unknown[]): Promise<T> {
    const { abi, address } = contract;
    const data = encodeFunctionData({ abi, functionName, args });
    const outcome = await callContract(chain.publicClient, address, data);
    if (!outcome.ok) throw new Error(`${functionName} reverted: ${outcome.revert.data}`);
    return decodeFunctionResult({ abi, functionName, data: outcome.data }) as T;
  }

  /** The error that a call ends in, with its arguments; null when it succeeds. */
  async function refusal(contract: Contract, functionName: string, args: unknown[]) {
    const { abi, address } = contract;
    const data = encodeFunctionData({ abi, functionName, args });
    const outcome = await callContract(chain.publicClient, address, data);
    if (outcome.ok) return null;
    const { errorName, args: given } = decodeErrorResult({ abi, data: outcome.revert.data });
    return { name: errorName, args: given ?? [] };
  }

  return { now, send, setRecord, view, refusal };
}

/** Advances the chain by a block of this time. */
export async function mineAt({ chain }: StubApplication, time: bigint): Promise<void> {
  await chain.request("evm_setNextBlockTimestamp", `0x${time.toString(16)}`);
  await chain.request("hardhat_mine", "0x1");
}

export const signer = keyOf(41);
