// Evidence that the Stub* verifiers believe: each part is the ABI encoding of the verdict it stands for. Only what
// the registry itself judges is real: identity keys, anchors, report_data, PCR 15.
import { p256 } from "@noble/curves/nist.js";
import { encodeAbiParameters, parseAbiParameters, toFunctionSelector } from "viem";
import type { Address, Hex } from "viem";
import {
  akIdOf,
  anchor,
  extraData,
  identityHash,
  policyPcrDigest,
  reportData,
  requestHash,
} from "../../../sdk/evidence/binding.ts";
import { concat, fromHex, keccak256, sha256, toHex } from "../../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";
import type {
  AnchorBlock,
  CvmIdentity,
  KeyCertification,
  Registration,
  WorkloadCollaterals,
} from "../../../sdk/evidence/registration.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import type { Chain, Contract } from "./chain.ts";

const word = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const zero = word(0);

export interface Key {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
  readonly identity: CvmIdentity;
  readonly hash: Hex;
}

export function keyOf(seed: number, isLong = false): Key {
  const secret = word(seed);
  const uncompressed = p256.getPublicKey(secret, false);
  const point = uncompressed.subarray(1);
  const data = isLong ? uncompressed : point;
  const identity = { sigScheme: 0x18, curve: 3, hashAlgo: 0xb, data };
  return { secret, point, identity, hash: toHex(identityHash(identity)) };
}

export const signWith = (key: Key, message: Uint8Array): Hex =>
  toHex(p256.sign(sha256(message), key.secret, { prehash: false, lowS: false }));

export interface Evidence {
  readonly key: Key;
  /** Seed of the AK's key. */
  readonly ak?: number;
  readonly cloud?: number;
  readonly tee?: number;
  readonly reportType?: number;
  /** Null: un-anchored. */
  readonly anchorBlock: AnchorBlock | null;
  readonly isCertified?: boolean;
  readonly isTrusted?: boolean;
  /** What the agent anchored for, when it differs from what the registry finds. */
  readonly anchoredAkCertified?: boolean;
  readonly certification?: "none" | "tpm" | "tpmPcrBound";
  readonly certifiedKey?: Key;
  readonly namesAk?: boolean;
  readonly statement?: number;
  readonly measuredPcrs?: number;
  /** Fill of the selection's hash, of the measurement of the PCRs. */
  readonly selection?: number;
  readonly pcrMeasurement?: number;
  readonly claims?: Record<string, unknown>;
  readonly extra?: Uint8Array;
  readonly reportId?: Uint8Array;
  readonly pcr15?: Uint8Array;
  readonly akPub?: Uint8Array;
  readonly akNotAfter?: number;
}

const far = 4_000_000_000;

function encode(contract: string, functionName: string, value: unknown): Uint8Array {
  const item = readArtifact(contract).abi.find((entry) => "name" in entry && entry.name === functionName);
  if (item?.type !== "function") throw new Error(`no ${functionName} in ${contract}`);
  return fromHex(encodeAbiParameters([item.outputs[0]!], [value] as never));
}

export const gcpPcrs = 1 | (1 << 4) | (1 << 7) | (1 << 11) | (1 << 16) | (1 << 23);

const policyDigest = policyPcrDigest([{ index: 0, pcr: zero }]);
const nameHash = word(0x53);
const selectionOf = (options: Evidence): Uint8Array => word(options.selection ?? 0x52);
export const statementIdOf = (options: Evidence): Uint8Array => word(options.statement ?? 0x51);
/** What the stubbed TEE measures. */
export const teeMeasurement = word(0x54);
export const akPublicOf = (seed: number): Uint8Array => keyOf(100 + seed).point;

export function requestOf(options: Evidence): Uint8Array {
  return requestHash({
    cloud: options.cloud ?? 1,
    tee: options.tee ?? 1,
    reportType: options.reportType ?? 1,
    selectionHash: selectionOf(options),
    certifiedName: options.certification === "none" ? zero : nameHash,
    akCertified:
      options.anchoredAkCertified ?? ((options.isCertified ?? true) && (options.isTrusted ?? true)),
  });
}

/** @param statementId what the anchor names, zero in re-attestations */
export function quoteOf(options: Evidence, statementId: Uint8Array): Uint8Array {
  const { anchorBlock } = options;
  const anchorBytes = anchorBlock && anchor(anchorBlock, requestOf(options), statementId);
  return encode("StubTPMVerifier", "verifyQuote", {
    extraData: toHex(options.extra ?? extraData(fromHex(options.key.hash), anchorBytes)),
    selectionHash: toHex(selectionOf(options)),
    pcrMeasurement: toHex(word(options.pcrMeasurement ?? 0x57)),
    measuredPcrs: options.measuredPcrs ?? gcpPcrs,
    policyDigest: toHex(policyDigest),
    // The stub fills it in.
    attestSha256: toHex(zero),
  });
}

export function certificationOf(options: Evidence): KeyCertification | null {
  const { certification = "tpmPcrBound", certifiedKey = options.key } = options;
  if (certification === "none") return null;
  const attest = encode("StubTPMVerifier", "verifyCertification", {
    nameHash: toHex(nameHash),
    x: toHex(certifiedKey.point.subarray(0, 32)),
    y: toHex(certifiedKey.point.subarray(32)),
    // 0x00040032 and upstream's 0x00040472, which adds userWithAuth.
    attributes: certification === "tpmPcrBound" ? 0x0004_0032 : 0x0004_0472,
    authPolicy: toHex(policyDigest),
  });
  return { tpmtPublic: Uint8Array.of(1), attest, signature: Uint8Array.of(1) };
}

const trustTypes = parseAbiParameters("bytes, (uint8 cloud, bool isTrusted, uint40 notAfter)");

function chainOf(options: Evidence): Uint8Array {
  const trust = {
    cloud: options.cloud ?? 1,
    isTrusted: options.isTrusted ?? true,
    notAfter: options.akNotAfter ?? far,
  };
  return fromHex(encodeAbiParameters(trustTypes, [toHex(akPublicOf(options.ak ?? 1)), trust]));
}

export function collateralsOf(options: Evidence, statementId: Uint8Array): WorkloadCollaterals {
  const { pcr15, isCertified = true } = options;
  return {
    tpmQuote: quoteOf(options, statementId),
    tpmSignature: Uint8Array.of(1),
    pcrs: pcr15 ? [{ index: 15, pcr: pcr15, allEvents: [], measureEventsIdx: [], measurePcr: false }] : [],
    reportId: options.reportId ?? new Uint8Array(0),
    akPub: options.akPub ?? (isCertified ? new Uint8Array(0) : akPublicOf(options.ak ?? 1)),
    certs: isCertified ? [chainOf(options)] : [],
    cvmIdentity: options.key.identity,
  };
}

function teeReportOf(options: Evidence): Uint8Array {
  const { key, anchorBlock } = options;
  const akId = akIdOf(akPublicOf(options.ak ?? 1));
  const named = reportData(akId, fromHex(key.hash), anchorBlock, anchorBlock && requestOf(options));
  return encode("StubTEEVerifier", "verify", {
    statementId: toHex(statementIdOf(options)),
    teeMeasurement: toHex(teeMeasurement),
    legacyTeeMeasurement: toHex(word(0x55)),
    platformId: toHex(word(0x56)),
    reportDataHead: toHex((options.namesAk ?? true) ? named.subarray(0, 32) : zero),
    reportDataTail: toHex(zero),
    legacyRegister: "0x",
    validUntil: far,
    tcbStatus: 1,
    keyType: 0,
    product: 0,
    ...options.claims,
  });
}

/** A registration with every part consistent unless an option says otherwise. */
export function evidence(options: Evidence): Registration {
  return {
    cloud: options.cloud ?? 1,
    tee: options.tee ?? 1,
    reportType: options.reportType ?? 1,
    teeAttestationReport: teeReportOf(options),
    workloadCollaterals: collateralsOf(options, statementIdOf(options)),
    certification: certificationOf(options),
  };
}

export const akIdFor = (seed: number): Hex => toHex(keccak256(keyOf(100 + seed).point));
export const quoteSha256 = (registration: Registration): Hex =>
  toHex(sha256(registration.workloadCollaterals.tpmQuote));
export const calldataOf = (registration: Registration): Hex => toHex(encodeAttestCvm(registration));
export const extendFromZero = (value: Uint8Array): Uint8Array => sha256(concat(zero, value));

export interface StubbedRegistry {
  readonly chain: Chain;
  readonly registry: Contract;
  readonly manager: Contract;
  /** The anchor at the latest block, or some blocks below it. */
  readonly anchorAt: (depth?: number) => Promise<AnchorBlock>;
}

/** A registry whose verifiers believe everything, for TDX and SNP. Account 0 administers, account 1 guards. */
export async function stubbedRegistry(chain: Chain): Promise<StubbedRegistry> {
  const [admin, guardian] = [chain.addressOf(0), chain.addressOf(1)];
  const manager = await chain.deploy("AccessManager", [admin]);
  const tee = await chain.deploy("StubTEEVerifier");
  const tpm = await chain.deploy("StubTPMVerifier");
  const certificates = await chain.deploy("StubAKCertificates");
  const registry = await chain.deploy("CVMRegistry", [
    manager.address,
    tpm.address,
    certificates.address,
    1,
    256,
    1,
  ]);
  for (const type of [1, 2]) await chain.send(registry, "setVerifier", [type, 1, tee.address, false]);
  const guardianActs = ["suspend", "revokeAk", "revokePlatform", "bumpEpoch"];
  const selectors = registry.abi
    .filter((entry) => entry.type === "function" && guardianActs.includes(entry.name))
    .map((entry) => toFunctionSelector(entry as never));
  await chain.send(manager, "setTargetFunctionRole", [registry.address, selectors, 1n]);
  await chain.send(manager, "grantRole", [1n, guardian, 0]);
  await chain.request("hardhat_mine", "0x40");
  return { chain, registry, manager, anchorAt: (depth = 0) => anchorOf(chain, registry.address, depth) };
}

async function anchorOf(chain: Chain, registry: Address, depth: number): Promise<AnchorBlock> {
  const latest = await chain.publicClient.getBlockNumber({ cacheTime: 0 });
  const block = await chain.publicClient.getBlock({ blockNumber: latest - BigInt(depth) });
  return {
    chainId: BigInt(await chain.publicClient.getChainId()),
    registry: fromHex(registry),
    blockNumber: block.number,
    blockHash: fromHex(block.hash),
  };
}
