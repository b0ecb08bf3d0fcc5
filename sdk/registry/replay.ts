// The whole state of a registry, rebuilt from its events alone: what an indexer holds, and what a relayer can check
// a node's answers against. test/contracts/registry/event-replay.test.ts compares it with every view.
import { zeroAddress, zeroHash } from "viem";
import type { Address, ContractEventName, Hex, Log } from "viem";
import { identityHash } from "../evidence/binding.ts";
import { fromHex, toHex } from "../evidence/bytes.ts";
import { spellings } from "../verify/request.ts";
import { cvmRegistryAbi } from "./abi/CVMRegistry.ts";
import type { CvmRecord } from "./client.ts";
import { akRevokedBit, operatorBit, registeredBit, suspendedBit, unpackStatus, withTtls } from "./status.ts";

/** A decoded event of the registry, as viem's `parseEventLogs` gives it in strict mode. */
export type RegistryEvent = Log<
  bigint,
  number,
  false,
  undefined,
  true,
  typeof cvmRegistryAbi,
  ContractEventName<typeof cvmRegistryAbi>
>;

/** The storage of one identity. `akKey`, `recordedBlock` and `nonce` outlive retirement and deletion. */
export interface ReplayedRecord {
  status: bigint;
  keyX: Hex;
  keyY: Hex;
  measurementHash: Hex;
  platformId: Hex;
  akKey: bigint;
  recordedBlock: number;
  nonce: number;
}

/** Absent entries are zero on chain. Classes are `cloud/tee/reportType`, verifiers `tee/reportType`. */
export interface ReplayedRegistry {
  readonly records: Map<Hex, ReplayedRecord>;
  /** By `akKeyOf`. */
  readonly identityOf: Map<bigint, Hex>;
  readonly revokedAks: Set<bigint>;
  readonly revokedPlatforms: Set<Hex>;
  readonly operatorOf: Map<Hex, Address>;
  readonly epochs: Map<string, number>;
  readonly verifiers: Map<string, Address>;
  tpmVerifier: Address;
  akCertificates: Address;
}

const nothing = {
  status: 0n,
  keyX: zeroHash,
  keyY: zeroHash,
  measurementHash: zeroHash,
  platformId: zeroHash,
};

/** The registry keys everything of an AK by the upper 160 bits of its id. */
export const akKeyOf = (akId: Hex): bigint => BigInt(akId) >> 96n;

export const newReplayedRegistry = (): ReplayedRegistry => ({
  records: new Map(),
  identityOf: new Map(),
  revokedAks: new Set(),
  revokedPlatforms: new Set(),
  operatorOf: new Map(),
  epochs: new Map(),
  verifiers: new Map(),
  tpmVerifier: zeroAddress,
  akCertificates: zeroAddress,
});

function recordIn(state: ReplayedRegistry, id: Hex): ReplayedRecord {
  let record = state.records.get(id);
  if (record === undefined) {
    record = { ...nothing, akKey: 0n, recordedBlock: 0, nonce: 0 };
    state.records.set(id, record);
  }
  return record;
}

/** The nonce goes on in both spellings of the key: a signature names neither. */
function erase(state: ReplayedRegistry, id: Hex): void {
  const record = recordIn(state, id);
  const key = fromHex(`${record.keyX}${record.keyY.slice(2)}`);
  const hashes = spellings(key).map((spelling) => toHex(identityHash(spelling)));
  for (const hash of hashes) {
    const spelled = recordIn(state, hash);
    spelled.nonce = Math.max(spelled.nonce, record.nonce);
  }
  Object.assign(record, nothing);
  state.operatorOf.delete(id);
}

function retire(state: ReplayedRegistry, id: Hex): void {
  recordIn(state, id).status &= ~registeredBit;
}

function mark(record: ReplayedRecord, bit: bigint, isSet: boolean): void {
  record.status = isSet ? record.status | bit : record.status & ~bit;
}

function put<T>(set: Set<T>, member: T, isIn: boolean): void {
  if (isIn) set.add(member);
  else set.delete(member);
}

/** Changes `state` by the next event. Events must come in the order of the chain, all of one registry. */
export function replayEvent(state: ReplayedRegistry, event: RegistryEvent): void {
  const { eventName, args } = event;
  switch (eventName) {
    case "CVMAttested": {
      const { status, keyX, keyY, platformId, statementId, recordedBlock } = args.attestation;
      const { cvmIdentityHash: id, measurementHash } = args;
      const akKey = akKeyOf(args.akId);
      const fields = { status, keyX, keyY, measurementHash, platformId, akKey };
      const record = recordIn(state, id);
      Object.assign(record, { ...fields, recordedBlock: Number(recordedBlock) });
      // A re-attestation of the same identity: its key has signed.
      if (statementId === zeroHash && state.identityOf.get(akKey) === id) record.nonce++;
      state.identityOf.set(akKey, id);
      return;
    }
    case "CVMSuperseded":
      return (args.oldRetired ? retire : erase)(state, args.oldIdentityHash);
    case "UnprovenReplaced":
      return erase(state, args.cvmIdentityHash);
    case "CVMRevoked":
      return retire(state, args.cvmIdentityHash);
    case "CVMSuspended":
      return mark(recordIn(state, args.cvmIdentityHash), suspendedBit, args.suspended);
    case "CVMTTLUpdated": {
      const record = recordIn(state, args.cvmIdentityHash);
      record.status = withTtls(record.status, args.teeTTL, args.tpmTTL);
      return;
    }
    case "CVMNonceUsed":
      recordIn(state, args.cvmIdentityHash).nonce = Number(args.nonce) + 1;
      return;
    case "CVMOperatorUpdated":
      state.operatorOf.set(args.cvmIdentityHash, args.operator);
      return mark(recordIn(state, args.cvmIdentityHash), operatorBit, args.operator !== zeroAddress);
    default:
      replayGovernance(state, event);
  }
}

function replayGovernance(state: ReplayedRegistry, { eventName, args }: RegistryEvent): void {
  switch (eventName) {
    case "AttestationKeyRevoked": {
      put(state.revokedAks, args.akKey, args.revoked);
      const served = state.records.get(state.identityOf.get(args.akKey) ?? zeroHash);
      // Another AK may have got the identity since, and a record that was deleted says nothing.
      if (served?.akKey === args.akKey && served.status !== 0n) mark(served, akRevokedBit, args.revoked);
      return;
    }
    case "PlatformRevoked":
      return put(state.revokedPlatforms, args.platformId, args.revoked);
    case "ClassReopened":
      state.epochs.set(classKey(args.cloud, args.tee, args.reportType), args.epoch);
      return;
    case "VerifierSet":
      state.verifiers.set(`${args.tee}/${args.reportType}`, args.newVerifier);
      return;
    case "TPMVerifierSet":
      state.tpmVerifier = args.newVerifier;
      return;
    case "AKCertificatesSet":
      state.akCertificates = args.newCertificates;
      return;
  }
}

export const classKey = (cloud: number, tee: number, reportType: number): string =>
  `${cloud}/${tee}/${reportType}`;

/** The state after all these events. */
export function replayEvents(events: Iterable<RegistryEvent>): ReplayedRegistry {
  const state = newReplayedRegistry();
  for (const event of events) replayEvent(state, event);
  return state;
}

/** What `getCvm` answers. */
export function replayedRecord(state: ReplayedRegistry, id: Hex): CvmRecord {
  const { status, ...rest } = state.records.get(id) ?? {
    ...nothing,
    akKey: 0n,
    recordedBlock: 0,
    nonce: 0,
  };
  return { ...unpackStatus(status), ...rest };
}

/** What `isRetired` answers: superseded, rotated away or revoked, not deleted. */
export function isRetired(state: ReplayedRegistry, id: Hex): boolean {
  const status = state.records.get(id)?.status ?? 0n;
  return status !== 0n && (status & registeredBit) === 0n;
}

/** What `checkTEEValidity` and `checkTPMValidity` answer at a time. */
export function validityOf(state: ReplayedRegistry, id: Hex, now: bigint): { tee: boolean; tpm: boolean } {
  const record = replayedRecord(state, id);
  const { cloud, tee, reportType, classEpoch } = record;
  const counts =
    record.registered &&
    !record.suspended &&
    !state.revokedPlatforms.has(record.platformId) &&
    (state.epochs.get(classKey(cloud, tee, reportType)) ?? 0) === classEpoch;
  const teeEnd = Math.min(record.teeTime + record.teeTTL, record.validUntil);
  const tpmEnd = record.tpmTime + record.tpmTTL;
  return { tee: counts && now < BigInt(teeEnd), tpm: counts && now < BigInt(tpmEnd) };
}
