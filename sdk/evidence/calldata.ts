// `attestCvm` calldata: encoding, and strict decoding. Calldata counts only in its one canonical ABI encoding,
// so that nothing can ride along unseen (check `calldata.canonical`, same on chain).
import { decodeAbiParameters, encodeAbiParameters, parseAbiParameters, toFunctionSelector } from "viem";
import { concat, fromHex, isEqual, toHex } from "./bytes.ts";
import type { KeyCertification, MeasureablePcr, Registration, WorkloadCollaterals } from "./registration.ts";

const pcr =
  "(uint256 index, bytes32 pcr, bytes32[] allEvents, uint256[] measureEventsIdx, bool measurePcr)" as const;
const identity = "(uint16 sigScheme, uint16 curve, uint16 hashAlgo, bytes data)" as const;
const collaterals =
  `(bytes tpmQuote, bytes tpmSignature, ${pcr}[] pcrs, bytes reportId, bytes akPub, bytes[] certs, ${identity} cvmIdentity)` as const;

const plainTypes = parseAbiParameters(`uint8, uint8, uint8, bytes, ${collaterals} wc`);
const certifiedTypes = [
  ...plainTypes,
  ...parseAbiParameters("(bytes tpmtPublic, bytes attest, bytes signature) certification"),
] as const;

const signature = (tail: string) =>
  `attestCvm(uint8,uint8,uint8,bytes,(bytes,bytes,(uint256,bytes32,bytes32[],uint256[],bool)[],bytes,bytes,bytes[],(uint16,uint16,uint16,bytes))${tail})`;

/** 0xdf42b054: without a certification. */
export const attestCvmSelector = toFunctionSelector(signature(""));
/** 0x2b19318e: with a certification of the identity key. */
export const attestCvmCertifiedSelector = toFunctionSelector(signature(",(bytes,bytes,bytes)"));

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
  const c = registration.certification;
  const tuple = { tpmtPublic: toHex(c.tpmtPublic), attest: toHex(c.attest), signature: toHex(c.signature) };
  return concat(
    fromHex(attestCvmCertifiedSelector),
    fromHex(encodeAbiParameters(certifiedTypes, [cloud, tee, reportType, report, wc, tuple])),
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
    const c = values[5] as { tpmtPublic: `0x${string}`; attest: `0x${string}`; signature: `0x${string}` };
    certification = {
      tpmtPublic: fromHex(c.tpmtPublic),
      attest: fromHex(c.attest),
      signature: fromHex(c.signature),
    };
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
