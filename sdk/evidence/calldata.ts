// Calldata of `attestCvm` and `reattestCvmWithTpm`: encoding, and strict decoding. Calldata counts only in its one
// canonical ABI encoding, so that nothing can ride along unseen (check `calldata.canonical`, same on chain).
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters, toFunctionSelector } from "viem";
import { concat, fromHex, isEqual, toHex } from "./bytes.ts";
import type {
  KeyCertification,
  MeasureablePcr,
  Reattestation,
  Registration,
  WorkloadCollaterals,
} from "./registration.ts";

const pcr =
  "(uint256 index, bytes32 pcr, bytes32[] allEvents, uint256[] measureEventsIdx, bool measurePcr)" as const;
const identity = "(uint16 sigScheme, uint16 curve, uint16 hashAlgo, bytes data)" as const;
const collaterals =
  `(bytes tpmQuote, bytes tpmSignature, ${pcr}[] pcrs, bytes reportId, bytes akPub, bytes[] certs, ${identity} cvmIdentity)` as const;

const plainTypes = parseAbiParameters(`uint8, uint8, uint8, bytes, ${collaterals} wc`);
const certificationTypes = parseAbiParameters(
  "(bytes tpmtPublic, bytes attest, bytes signature) certification",
);
const certifiedTypes = [...plainTypes, ...certificationTypes] as const;
const reattestTypes = parseAbiParameters(`bytes32, bytes, ${collaterals} wc`);
const certifiedReattestTypes = [...reattestTypes, ...certificationTypes] as const;

const tuple =
  "(bytes,bytes,(uint256,bytes32,bytes32[],uint256[],bool)[],bytes,bytes,bytes[],(uint16,uint16,uint16,bytes))";
const certificationTuple = "(bytes,bytes,bytes)";

/** 0xdf42b054: without a certification. */
export const attestCvmSelector = toFunctionSelector(`attestCvm(uint8,uint8,uint8,bytes,${tuple})`);
/** 0x2b19318e: with a certification of the identity key. */
export const attestCvmCertifiedSelector = toFunctionSelector(
  `attestCvm(uint8,uint8,uint8,bytes,${tuple},${certificationTuple})`,
);
/** 0x60ca2da1: without a certification. */
export const reattestSelector = toFunctionSelector(`reattestCvmWithTpm(bytes32,bytes,${tuple})`);
/** 0x738320d2: with a certification of the identity key. */
export const reattestCertifiedSelector = toFunctionSelector(
  `reattestCvmWithTpm(bytes32,bytes,${tuple},${certificationTuple})`,
);

function tupleOf(wc: WorkloadCollaterals) {
  return {
    tpmQuote: toHex(wc.tpmQuote),
    tpmSignature: toHex(wc.tpmSignature),
    pcrs: wc.pcrs.map((p) => ({
      index: BigInt(p.index),
      pcr: toHex(p.pcr),
      allEvents: p.allEvents.map(toHex),
      measureEventsIdx: p.measureEventsIdx.map(BigInt),
      measurePcr: p.measurePcr,
    })),
    reportId: toHex(wc.reportId),
    akPub: toHex(wc.akPub),
    certs: wc.certs.map(toHex),
    cvmIdentity: { ...wc.cvmIdentity, data: toHex(wc.cvmIdentity.data) },
  };
}

interface HexCertification {
  readonly tpmtPublic: `0x${string}`;
  readonly attest: `0x${string}`;
  readonly signature: `0x${string}`;
}

const hexOf = (c: KeyCertification): HexCertification => ({
  tpmtPublic: toHex(c.tpmtPublic),
  attest: toHex(c.attest),
  signature: toHex(c.signature),
});
const bytesOf = (c: HexCertification): KeyCertification => ({
  tpmtPublic: fromHex(c.tpmtPublic),
  attest: fromHex(c.attest),
  signature: fromHex(c.signature),
});

/** Selector and canonical ABI arguments of `attestCvm`. */
export function encodeAttestCvm(registration: Registration): Uint8Array {
  const { cloud, tee, reportType } = registration;
  const report = toHex(registration.teeAttestationReport);
  const wc = tupleOf(registration.workloadCollaterals);
  if (registration.certification === null)
    return concat(
      fromHex(attestCvmSelector),
      fromHex(encodeAbiParameters(plainTypes, [cloud, tee, reportType, report, wc])),
    );
  const certification = hexOf(registration.certification);
  return concat(
    fromHex(attestCvmCertifiedSelector),
    fromHex(encodeAbiParameters(certifiedTypes, [cloud, tee, reportType, report, wc, certification])),
  );
}

/** Selector and canonical ABI arguments of `reattestCvmWithTpm`. */
export function encodeReattestCvm(reattestation: Reattestation): Uint8Array {
  const hash = toHex(reattestation.cvmIdentityHash);
  const signature = toHex(reattestation.signature);
  const wc = tupleOf(reattestation.workloadCollaterals);
  if (reattestation.certification === null)
    return concat(
      fromHex(reattestSelector),
      fromHex(encodeAbiParameters(reattestTypes, [hash, signature, wc])),
    );
  const certification = hexOf(reattestation.certification);
  return concat(
    fromHex(reattestCertifiedSelector),
    fromHex(encodeAbiParameters(certifiedReattestTypes, [hash, signature, wc, certification])),
  );
}

type Decoded = ReturnType<typeof tupleOf>;

/** PCR and event indices of a well-formed list fit a number; larger ones are kept as the largest safe integer. */
const index = (value: bigint): number =>
  value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);

function collateralsOf(wc: Decoded): WorkloadCollaterals {
  return {
    tpmQuote: fromHex(wc.tpmQuote),
    tpmSignature: fromHex(wc.tpmSignature),
    pcrs: wc.pcrs.map((p): MeasureablePcr => ({
      index: index(p.index),
      pcr: fromHex(p.pcr),
      allEvents: p.allEvents.map(fromHex),
      measureEventsIdx: p.measureEventsIdx.map(index),
      measurePcr: p.measurePcr,
    })),
    reportId: fromHex(wc.reportId),
    akPub: fromHex(wc.akPub),
    certs: wc.certs.map(fromHex),
    cvmIdentity: { ...wc.cvmIdentity, data: fromHex(wc.cvmIdentity.data) },
  };
}

export type CalldataRefusal = { readonly check: "calldata.selector" | "calldata.canonical" };

function decode(
  args: `0x${string}`,
  isCertified: boolean,
): { registration: Registration; encoded: `0x${string}` } {
  let decoded: readonly [number, number, number, `0x${string}`, Decoded];
  let certification: KeyCertification | null = null;
  let encoded: `0x${string}`;
  if (isCertified) {
    const values = decodeAbiParameters(certifiedTypes, args);
    certification = bytesOf(values[5] as HexCertification);
    encoded = encodeAbiParameters(certifiedTypes, values);
    decoded = values as unknown as typeof decoded;
  } else {
    const values = decodeAbiParameters(plainTypes, args);
    encoded = encodeAbiParameters(plainTypes, values);
    decoded = values as unknown as typeof decoded;
  }
  const [cloud, tee, reportType, report, wc] = decoded;
  const registration = {
    cloud,
    tee,
    reportType,
    teeAttestationReport: fromHex(report),
    workloadCollaterals: collateralsOf(wc),
    certification,
  };
  return { registration, encoded };
}

/** The registration in `attestCvm` calldata, or the check that its encoding fails. */
export function decodeAttestCvm(calldata: Uint8Array): Registration | CalldataRefusal {
  const selector = toHex(calldata.subarray(0, 4));
  if (selector !== attestCvmSelector && selector !== attestCvmCertifiedSelector)
    return { check: "calldata.selector" };
  const args = calldata.subarray(4);
  try {
    const { registration, encoded } = decode(toHex(args), selector === attestCvmCertifiedSelector);
    return isEqual(fromHex(encoded), args) ? registration : { check: "calldata.canonical" };
  } catch {
    return { check: "calldata.canonical" };
  }
}

function decodeReattestation(
  args: `0x${string}`,
  isCertified: boolean,
): { reattestation: Reattestation; encoded: `0x${string}` } {
  const values = decodeAbiParameters(isCertified ? certifiedReattestTypes : reattestTypes, args);
  const [hash, signature, wc, tail] = values as unknown as readonly [
    `0x${string}`,
    `0x${string}`,
    Decoded,
    HexCertification?,
  ];
  const encoded =
    tail === undefined
      ? encodeAbiParameters(reattestTypes, [hash, signature, wc])
      : encodeAbiParameters(certifiedReattestTypes, [hash, signature, wc, tail]);
  const reattestation = {
    cvmIdentityHash: fromHex(hash),
    signature: fromHex(signature),
    workloadCollaterals: collateralsOf(wc),
    certification: tail === undefined ? null : bytesOf(tail),
  };
  return { reattestation, encoded };
}

/** The re-attestation in `reattestCvmWithTpm` calldata, or the check that its encoding fails. */
export function decodeReattestCvm(calldata: Uint8Array): Reattestation | CalldataRefusal {
  const selector = toHex(calldata.subarray(0, 4));
  if (selector !== reattestSelector && selector !== reattestCertifiedSelector)
    return { check: "calldata.selector" };
  const args = calldata.subarray(4);
  try {
    const { reattestation, encoded } = decodeReattestation(
      toHex(args),
      selector === reattestCertifiedSelector,
    );
    return isEqual(fromHex(encoded), args) ? reattestation : { check: "calldata.canonical" };
  } catch {
    return { check: "calldata.canonical" };
  }
}
