// Calldata of other generations of the field, moved into ours: for tests and migration only (protocol §12). Bytes
// that were signed travel unchanged; what changes is where the identity stands in the tuple.
//
//   0xdf42b054, 0x2b19318e  ours, unchanged
//   0x4a231d6f  attestCvm with the identity as an argument
//   0x81729352  the same with an ownership signature, which ours has no place for
//   0x95e268a8  registerCvm: the identity is named by a certification; SP1 proofs say no program, which is added
//   0x4f973076  reattestCvmWithTpm with the identity as an argument; what the record knew is filled in
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters } from "viem";
import { concat, fromHex, toHex } from "./bytes.ts";
import {
  attestCvmCertifiedSelector,
  attestCvmSelector,
  encodeAttestCvm,
  encodeReattestCvm,
  reattestCertifiedSelector,
  reattestSelector,
} from "./calldata.ts";
import { recodeProofReport } from "./proof-recoding.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { reportTypes } from "./registration.ts";
import type { CvmIdentity, KeyCertification, MeasureablePcr, WorkloadCollaterals } from "./registration.ts";
import { readTpmPublic } from "./tpm-public.ts";

const identity =
  "((uint16 algo, uint16 params, bytes data) pubkey, (uint16 scheme, uint16 hashAlgo) sigAlgo)" as const;
const collaterals =
  "(bytes tpmQuote, bytes tpmSignature, (uint256 index, bytes32 pcr, bytes32[] allEvents, uint256[] measureEventsIdx, bool measurePcr)[] pcrs, bytes reportId, bytes akPub, bytes[] certs)" as const;

const separateIdentity = parseAbiParameters(
  `uint8, uint8, uint8, bytes, ${identity}, ${collaterals}` as const,
);
const ownedIdentity = parseAbiParameters(
  `uint8, uint8, uint8, bytes, ${identity}, bytes, ${collaterals}` as const,
);
const certifiedIdentity = parseAbiParameters(
  `uint8, uint8, uint64, uint8, bytes, (bytes tpmtPublic, (uint16 scheme, uint16 hashAlgo) sigAlgo), (bytes certInfo, bytes akCertificationSig), ${collaterals}` as const,
);
const reattestedIdentity = parseAbiParameters(`bytes32, bytes, ${identity}, ${collaterals}` as const);

type Hex = `0x${string}`;

interface RawPcr {
  readonly index: bigint;
  readonly pcr: Hex;
  readonly allEvents: readonly Hex[];
  readonly measureEventsIdx: readonly bigint[];
  readonly measurePcr: boolean;
}

interface RawCollaterals {
  readonly tpmQuote: Hex;
  readonly tpmSignature: Hex;
  readonly pcrs: readonly RawPcr[];
  readonly reportId: Hex;
  readonly akPub: Hex;
  readonly certs: readonly Hex[];
}

interface RawIdentity {
  readonly pubkey: { readonly algo: number; readonly params: number; readonly data: Hex };
  readonly sigAlgo: { readonly scheme: number; readonly hashAlgo: number };
}

const eccAlgorithm = 0x0023;
const p256Curve = 0x0003;

function collateralsOf(raw: RawCollaterals, cvmIdentity: CvmIdentity): WorkloadCollaterals {
  return {
    tpmQuote: fromHex(raw.tpmQuote),
    tpmSignature: fromHex(raw.tpmSignature),
    pcrs: raw.pcrs.map((pcr): MeasureablePcr => ({
      index: Number(pcr.index),
      pcr: fromHex(pcr.pcr),
      allEvents: pcr.allEvents.map(fromHex),
      measureEventsIdx: pcr.measureEventsIdx.map(Number),
      measurePcr: pcr.measurePcr,
    })),
    reportId: fromHex(raw.reportId),
    akPub: fromHex(raw.akPub),
    certs: raw.certs.map(fromHex),
    cvmIdentity,
  };
}

function identityOf({ pubkey, sigAlgo }: RawIdentity): CvmIdentity | Refusal {
  if (pubkey.algo !== eccAlgorithm)
    return refuse("identity.algorithm", `identity key type is ${pubkey.algo}`);
  const { scheme: sigScheme, hashAlgo } = sigAlgo;
  return { sigScheme, curve: pubkey.params, hashAlgo, data: fromHex(pubkey.data) };
}

const notCanonical = refuse("calldata.canonical", "calldata is not the canonical encoding of its values");

function fromSeparate(args: Hex): Uint8Array | Refusal {
  const values = decodeAbiParameters(separateIdentity, args);
  if (encodeAbiParameters(separateIdentity, values) !== args) return notCanonical;
  const [cloud, tee, reportType, report, identity, wc] = values;
  return attestCvm({ cloud, tee, reportType, report }, identityOf(identity), wc, null);
}

function fromOwned(args: Hex): Uint8Array | Refusal {
  const values = decodeAbiParameters(ownedIdentity, args);
  if (encodeAbiParameters(ownedIdentity, values) !== args) return notCanonical;
  const [cloud, tee, reportType, report, identity, , wc] = values;
  return attestCvm({ cloud, tee, reportType, report }, identityOf(identity), wc, null);
}

function fromCertified(args: Hex): Uint8Array | Refusal {
  const values = decodeAbiParameters(certifiedIdentity, args);
  if (encodeAbiParameters(certifiedIdentity, values) !== args) return notCanonical;
  const [cloud, tee, , reportType, report, identity, proof, wc] = values;
  const tpmtPublic = fromHex(identity.tpmtPublic);
  const key = readTpmPublic(tpmtPublic);
  if (isRefusal(key)) return key;
  const { scheme: sigScheme, hashAlgo } = identity.sigAlgo;
  const data = concat(Uint8Array.of(0x04), key.bytes);
  const certification = {
    tpmtPublic,
    attest: fromHex(proof.certInfo),
    signature: fromHex(proof.akCertificationSig),
  };
  const ours = reportType === reportTypes.sp1 ? recodeProofReport(tee, fromHex(report)) : fromHex(report);
  if (isRefusal(ours)) return ours;
  return attestCvm(
    { cloud, tee, reportType, report: toHex(ours) },
    { sigScheme, curve: p256Curve, hashAlgo, data },
    wc,
    certification,
  );
}

interface Head {
  readonly cloud: number;
  readonly tee: number;
  readonly reportType: number;
  readonly report: Hex;
}

function attestCvm(
  { report, ...head }: Head,
  identity: CvmIdentity | Refusal,
  wc: RawCollaterals,
  certification: KeyCertification | null,
): Uint8Array | Refusal {
  if (isRefusal(identity)) return identity;
  const workloadCollaterals = collateralsOf(wc, identity);
  return encodeAttestCvm({
    ...head,
    teeAttestationReport: fromHex(report),
    workloadCollaterals,
    certification,
  });
}

const transcoders: Readonly<Record<string, (args: Hex) => Uint8Array | Refusal>> = {
  "0x4a231d6f": fromSeparate,
  "0x81729352": fromOwned,
  "0x95e268a8": fromCertified,
};

/** Calls of the field that are known and are no registration. */
const otherCalls: Readonly<Record<string, string>> = {
  "0x60ca2da1": "reattestCvmWithTpm",
  "0x4f973076": "reattestCvmWithTpm",
  "0x339f45f6": "reattestCvmWithTpm",
  "0xf473d8ea": "setCollateralTTL",
  "0xb782bc71": "refreshCvm",
  "0x3538b662": "rotateCvmIdentityKey",
};

/** Our `attestCvm` calldata for a registration of any generation, or the check that refuses it. */
export function transcodeRegistration(calldata: Uint8Array): Uint8Array | Refusal {
  const selector = toHex(calldata.subarray(0, 4));
  if (selector === attestCvmSelector || selector === attestCvmCertifiedSelector) return calldata;
  const transcode = transcoders[selector];
  const other = otherCalls[selector];
  if (transcode === undefined)
    return refuse(
      "calldata.selector",
      other === undefined ? `selector is ${selector}` : `${other} registers nothing`,
    );
  try {
    return transcode(toHex(calldata.subarray(4)));
  } catch {
    return notCanonical;
  }
}

/** What upstream's registry kept of a registration and ours wants to be told again (protocol §1, §9). */
export interface RecordedHalf {
  /** x‖y or n. */
  readonly akPublic: Uint8Array;
  /** 32 bytes. */
  readonly teeMeasurement: Uint8Array;
}

function fromReattested(args: Hex, recorded: RecordedHalf): Uint8Array | Refusal {
  const values = decodeAbiParameters(reattestedIdentity, args);
  if (encodeAbiParameters(reattestedIdentity, values) !== args) return notCanonical;
  const [hash, signature, identity, wc] = values;
  const cvmIdentity = identityOf(identity);
  if (isRefusal(cvmIdentity)) return cvmIdentity;
  return encodeReattestCvm({
    cvmIdentityHash: fromHex(hash),
    signature: fromHex(signature),
    workloadCollaterals: {
      ...collateralsOf(wc, cvmIdentity),
      reportId: recorded.teeMeasurement,
      akPub: recorded.akPublic,
    },
    certification: null,
  });
}

/** Our `reattestCvmWithTpm` calldata for the re-attestation of a record made before, or the check that refuses it. */
export function transcodeReattestation(calldata: Uint8Array, recorded: RecordedHalf): Uint8Array | Refusal {
  const selector = toHex(calldata.subarray(0, 4));
  if (selector === reattestSelector || selector === reattestCertifiedSelector) return calldata;
  if (selector !== "0x4f973076") return refuse("calldata.selector", `selector is ${selector}`);
  try {
    return fromReattested(toHex(calldata.subarray(4)), recorded);
  } catch {
    return notCanonical;
  }
}
