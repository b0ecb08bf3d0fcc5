// Every hash that binds evidence: identity, request, anchor, report data, measurement, platform (protocol §2–§7,
// §13). Types are spelled out in protocol §13; test/sdk/binding.test.ts holds them against vectors/protocol.
import { encodeAbiParameters, parseAbiParameters } from "viem";
import { ascii, concat, fromHex, isZero, keccak256, sha256, toHex, uint } from "./bytes.ts";
import type { AnchorBlock, CvmIdentity, MeasureablePcr } from "./registration.ts";

const domain = (name: string): Uint8Array => keccak256(ascii(`cvm-registry.${name}.v1`));

export const domains = {
  anchor: domain("anchor"),
  request: domain("request"),
  binding: domain("binding"),
  measurement: domain("measurement"),
  platform: domain("platform"),
  erc7913: domain("erc7913"),
  erc1271: domain("erc1271"),
} as const;

/** ECDSA (0x0018) on P-256 (0x0003) with SHA-256 (0x000b): the one triple of this version (protocol §2). */
export const identityAlgorithm = { sigScheme: 0x0018, curve: 0x0003, hashAlgo: 0x000b } as const;

const hashOf = (encoded: `0x${string}`): Uint8Array => keccak256(fromHex(encoded));

/** 32 bytes. */
export function identityHash(identity: CvmIdentity): Uint8Array {
  return keccak256(
    uint(identity.sigScheme, 2),
    uint(identity.curve, 2),
    uint(identity.hashAlgo, 2),
    identity.data,
  );
}

/** `akId` of an AK: keccak256 of x‖y (64 bytes) or of the RSA-2048 modulus (256 bytes). */
export const akIdOf = (akPublic: Uint8Array): Uint8Array => keccak256(akPublic);

type Selection = Pick<MeasureablePcr, "index" | "measurePcr" | "measureEventsIdx">;

const selectionTypes = parseAbiParameters("(uint256 index, bool measurePcr, uint256[] measureEventsIdx)[]");

export function selectionHash(selection: readonly Selection[]): Uint8Array {
  const tuples = selection.map((pcr) => ({
    index: BigInt(pcr.index),
    measurePcr: pcr.measurePcr,
    measureEventsIdx: pcr.measureEventsIdx.map(BigInt),
  }));
  return hashOf(encodeAbiParameters(selectionTypes, [tuples]));
}

export interface RequestFields {
  readonly cloud: number;
  readonly tee: number;
  readonly reportType: number;
  readonly selectionHash: Uint8Array;
  /** The 32 hash bytes of the certified key's TPM Name, or 32 zero bytes. */
  readonly certifiedName: Uint8Array;
  readonly akCertified: boolean;
}

const requestTypes = parseAbiParameters("bytes32, uint8, uint8, uint8, bytes32, bytes32, bool");

export function requestHash(request: RequestFields): Uint8Array {
  return hashOf(
    encodeAbiParameters(requestTypes, [
      toHex(domains.request),
      request.cloud,
      request.tee,
      request.reportType,
      toHex(request.selectionHash),
      toHex(request.certifiedName),
      request.akCertified,
    ]),
  );
}

const anchorTypes = parseAbiParameters("bytes32, uint256, address, uint64, bytes32, bytes32, bytes32");

/** 17 bytes: block number and the first nine bytes of the binding hash (protocol §3). */
export function anchor(block: AnchorBlock, request: Uint8Array, statementId: Uint8Array): Uint8Array {
  const digest = hashOf(
    encodeAbiParameters(anchorTypes, [
      toHex(domains.anchor),
      block.chainId,
      toHex(block.registry),
      block.blockNumber,
      toHex(block.blockHash),
      toHex(request),
      toHex(statementId),
    ]),
  );
  return concat(uint(block.blockNumber, 8), digest.subarray(0, 9));
}

/** Length of extraData with an anchor, and only with one (protocol §3). */
export const anchoredLength = 50;

/** 0xff ‖ identityHash ‖ anchor (50 bytes), or without an anchor 33 bytes. */
export function extraData(identity: Uint8Array, anchorBytes: Uint8Array | null): Uint8Array {
  return concat(Uint8Array.of(0xff), identity, anchorBytes ?? new Uint8Array(0));
}

const bindingTypes = parseAbiParameters(
  "bytes32, bytes32, bytes32, uint256, address, uint64, bytes32, bytes32",
);

/**
 * The 64 bytes of report_data (or Azure user-data) by which the TEE names the AK (protocol §4): 32 bytes of hash,
 * 32 zero bytes. Un-anchored evidence passes null for both.
 */
export function reportData(
  akId: Uint8Array,
  identity: Uint8Array,
  block: AnchorBlock | null,
  request: Uint8Array | null,
): Uint8Array {
  const zero = new Uint8Array(32);
  const hash = hashOf(
    encodeAbiParameters(bindingTypes, [
      toHex(domains.binding),
      toHex(akId),
      toHex(identity),
      block?.chainId ?? 0n,
      toHex(block?.registry ?? new Uint8Array(20)),
      block?.blockNumber ?? 0n,
      toHex(block?.blockHash ?? zero),
      toHex(request ?? zero),
    ]),
  );
  return concat(hash, zero);
}

/** Azure's measurement around the TEE's own (protocol §6). */
export function azureTeeMeasurement(inner: Uint8Array, vmConfigurationDigest: Uint8Array): Uint8Array {
  return keccak256(inner, vmConfigurationDigest);
}

/** 32 bytes, or zero when `id` is all zero: a platform that does not show itself has no id. */
export function platformId(tee: number, product: number, id: Uint8Array): Uint8Array {
  if (isZero(id)) return new Uint8Array(32);
  return hashOf(
    encodeAbiParameters(parseAbiParameters("bytes32, uint8, uint8, bytes"), [
      toHex(domains.platform),
      tee,
      product,
      toHex(id),
    ]),
  );
}

const pcrTypes = parseAbiParameters(
  "(uint8 index, uint8 mode, bytes32 value, uint256[] eventIndices, bytes32[] eventDigests)[]",
);

/** Mode of a PCR (protocol §5): 1 by value, 2 by events, 0 quoted only. */
export function pcrMode(pcr: Selection): 0 | 1 | 2 {
  if (pcr.measurePcr) return 1;
  return pcr.measureEventsIdx.length > 0 ? 2 : 0;
}

export function pcrMeasurement(pcrs: readonly MeasureablePcr[]): Uint8Array {
  const zero = new Uint8Array(32);
  const tuples = pcrs.map((pcr) => ({
    index: pcr.index,
    mode: pcrMode(pcr),
    value: toHex(pcrMode(pcr) === 1 ? pcr.pcr : zero),
    eventIndices: pcr.measureEventsIdx.map(BigInt),
    eventDigests: pcr.measureEventsIdx.map((at) => toHex(pcr.allEvents[at]!)),
  }));
  return hashOf(encodeAbiParameters(pcrTypes, [tuples]));
}

export interface MeasurementFields {
  readonly cloud: number;
  readonly tee: number;
  readonly pcrTrust: number;
  readonly teeMeasurement: Uint8Array;
  readonly pcrMeasurement: Uint8Array;
}

const measurementTypes = parseAbiParameters("bytes32, uint8, uint8, uint8, bytes32, bytes32");

/** The golden measurement of an application is this hash (protocol §7). */
export function measurementHash(fields: MeasurementFields): Uint8Array {
  return hashOf(
    encodeAbiParameters(measurementTypes, [
      toHex(domains.measurement),
      fields.cloud,
      fields.tee,
      fields.pcrTrust,
      toHex(fields.teeMeasurement),
      toHex(fields.pcrMeasurement),
    ]),
  );
}

/**
 * PolicyPCR digest over SHA-256 PCRs (TPM 2.0 Part 3, TPM2_PolicyPCR):
 * sha256(0³² ‖ 0000017f ‖ TPML_PCR_SELECTION ‖ sha256(values)). Indices ascending.
 */
export function policyPcrDigest(pcrs: readonly Pick<MeasureablePcr, "index" | "pcr">[]): Uint8Array {
  const bitmap = new Uint8Array(3);
  for (const { index } of pcrs) bitmap[index >> 3]! |= 1 << (index & 7);
  const selection = concat(uint(1, 4), uint(0x000b, 2), uint(3, 1), bitmap);
  const values = sha256(concat(new Uint8Array(0), ...pcrs.map(({ pcr }) => pcr)));
  return sha256(new Uint8Array(32), uint(0x0000017f, 4), selection, values);
}
