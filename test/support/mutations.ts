// Seeded mutations of a registration or re-attestation: single flipped bits in every field, cut and padded bytes, re-ordered and
// re-labelled PCRs, other enumeration values. The same seed gives the same list.
import { decodeAttestCvm, decodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { encodeAttestCvm, encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import type {
  MeasureablePcr,
  Reattestation,
  Registration,
  WorkloadCollaterals,
} from "../../sdk/evidence/registration.ts";

/** Small deterministic generator (mulberry32): integers in [0, bound). */
export function seededRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

type Random = ReturnType<typeof seededRandom>;

export interface Mutation {
  readonly name: string;
  readonly calldata: Uint8Array;
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = Uint8Array.from(bytes);
  out[bit >> 3]! ^= 1 << (bit & 7);
  return out;
}

/** A flipped bit, a cut tail or an appended byte. Empty bytes get one byte. */
export function mutateBytes(bytes: Uint8Array, random: Random): [string, Uint8Array] {
  const kind = bytes.length === 0 ? 9 : random(10);
  if (kind < 8) {
    const bit = random(bytes.length * 8);
    return [`bit ${bit}`, flipBit(bytes, bit)];
  }
  if (kind === 8) {
    const length = random(bytes.length);
    return [`cut to ${length}`, bytes.slice(0, length)];
  }
  return ["one byte more", Uint8Array.of(...bytes, random(256))];
}

type Editor<T> = (of: T, random: Random) => [string, T];

const editBytes =
  (field: "tpmQuote" | "tpmSignature" | "reportId" | "akPub"): Editor<WorkloadCollaterals> =>
  (wc, random) => {
    const [what, bytes] = mutateBytes(wc[field], random);
    return [`${field} ${what}`, { ...wc, [field]: bytes }];
  };

/** The same of whatever carries collaterals. */
const within =
  <T extends { readonly workloadCollaterals: WorkloadCollaterals }>(
    edit: Editor<WorkloadCollaterals>,
  ): Editor<T> =>
  (of, random) => {
    const [what, workloadCollaterals] = edit(of.workloadCollaterals, random);
    return [what, { ...of, workloadCollaterals }];
  };

const editReport: Editor<Registration> = (registration, random) => {
  const [what, bytes] = mutateBytes(registration.teeAttestationReport, random);
  return [`report ${what}`, { ...registration, teeAttestationReport: bytes }];
};

const editEnum: Editor<Registration> = (registration, random) => {
  const field = (["cloud", "tee", "reportType"] as const)[random(3)]!;
  const value = random(6);
  return [`${field} ${value}`, { ...registration, [field]: value }];
};

const editIdentity: Editor<WorkloadCollaterals> = (wc, random) => {
  const field = (["sigScheme", "curve", "hashAlgo", "data"] as const)[random(4)]!;
  const [what, value] =
    field === "data"
      ? mutateBytes(wc.cvmIdentity.data, random)
      : [String(random(0x20)), wc.cvmIdentity[field] ^ (1 << random(5))];
  const cvmIdentity = { ...wc.cvmIdentity, [field]: value };
  return [`identity ${field} ${what}`, { ...wc, cvmIdentity }];
};

const editCertificate: Editor<WorkloadCollaterals> = (wc, random) => {
  if (wc.certs.length === 0 || random(6) === 0) {
    const certs =
      wc.certs.length === 0 ? [Uint8Array.of(0x30, 0x00)] : wc.certs.slice(random(2), 1 + random(3));
    return [`certs ${certs.length}`, { ...wc, certs }];
  }
  const at = random(wc.certs.length);
  const [what, der] = mutateBytes(wc.certs[at]!, random);
  const certs = wc.certs.with(at, der);
  return [`cert ${at} ${what}`, { ...wc, certs }];
};

function editPcr(pcr: MeasureablePcr, random: Random): [string, MeasureablePcr] {
  switch (random(7)) {
    case 0:
      return ["value", { ...pcr, pcr: flipBit(pcr.pcr, random(256)) }];
    case 1:
      return ["zero", { ...pcr, pcr: new Uint8Array(32) }];
    case 2:
      return ["measurePcr", { ...pcr, measurePcr: !pcr.measurePcr }];
    case 3:
      return ["index", { ...pcr, index: pcr.index ^ (1 << random(6)) }];
    case 4:
      return ["event indices", { ...pcr, measureEventsIdx: [...pcr.measureEventsIdx, random(9)] }];
    case 5:
      return [
        "event",
        { ...pcr, allEvents: [...pcr.allEvents.slice(random(2)), flipBit(pcr.pcr, random(256))] },
      ];
    default:
      return ["events without", { ...pcr, allEvents: [] }];
  }
}

const editPcrs: Editor<WorkloadCollaterals> = (wc, random) => {
  const at = random(wc.pcrs.length);
  const kind = random(6);
  let what: string;
  let pcrs: readonly MeasureablePcr[];
  if (kind === 0) [what, pcrs] = ["dropped", wc.pcrs.filter((_, i) => i !== at)];
  else if (kind === 1) [what, pcrs] = ["swapped", wc.pcrs.with(at, wc.pcrs[0]!).with(0, wc.pcrs[at]!)];
  else {
    const [name, pcr] = editPcr(wc.pcrs[at]!, random);
    [what, pcrs] = [name, wc.pcrs.with(at, pcr)];
  }
  return [`pcr ${at} ${what}`, { ...wc, pcrs }];
};

const collateralEditors = [
  editBytes("tpmQuote"),
  editBytes("tpmQuote"),
  editBytes("tpmSignature"),
  editBytes("reportId"),
  editBytes("akPub"),
];
const structureEditors = [editIdentity, editCertificate, editCertificate, editPcrs, editPcrs];

const registrationEditors: readonly Editor<Registration>[] = [
  editReport,
  editReport,
  editReport,
  ...collateralEditors.map((edit) => within<Registration>(edit)),
  editEnum,
  ...structureEditors.map((edit) => within<Registration>(edit)),
];

const editOrigin: Editor<Reattestation> = (of, random) => {
  const field = (["cvmIdentityHash", "signature"] as const)[random(2)]!;
  // The hash is 32 bytes in any encoding.
  if (field === "cvmIdentityHash") {
    const bit = random(256);
    return [`${field} bit ${bit}`, { ...of, [field]: flipBit(of[field], bit) }];
  }
  const [what, bytes] = mutateBytes(of[field], random);
  return [`${field} ${what}`, { ...of, [field]: bytes }];
};

const editCertification: Editor<Reattestation> = (of, random) => {
  if (of.certification === null) return editOrigin(of, random);
  const field = (["tpmtPublic", "attest", "signature"] as const)[random(3)]!;
  const [what, bytes] = mutateBytes(of.certification[field], random);
  return [
    `certification ${field} ${what}`,
    { ...of, certification: { ...of.certification, [field]: bytes } },
  ];
};

const reattestationEditors: readonly Editor<Reattestation>[] = [
  editOrigin,
  editCertification,
  ...[...collateralEditors, ...structureEditors].map((edit) => within<Reattestation>(edit)),
];

interface Mutable<T> {
  readonly calldata: Uint8Array;
  readonly decoded: T | { readonly check: string };
  readonly encode: (value: T) => Uint8Array;
  readonly editors: readonly Editor<T>[];
}

/** `count` mutations; one in eight flips a raw calldata bit. */
function mutate<T extends object>(
  { calldata, decoded, encode, editors }: Mutable<T>,
  count: number,
  seed: number,
): Mutation[] {
  const random = seededRandom(seed);
  if ("check" in decoded) throw new Error(`the original must decode: ${String(decoded.check)}`);
  return Array.from({ length: count }, (_, i) => {
    if (random(8) === 0) {
      const bit = random(calldata.length * 8);
      return { name: `${i}: calldata bit ${bit}`, calldata: flipBit(calldata, bit) };
    }
    const [name, mutated] = editors[random(editors.length)]!(decoded, random);
    return { name: `${i}: ${name}`, calldata: encode(mutated) };
  });
}

/** Mutations of one registration's calldata. */
export function mutateCalldata(calldata: Uint8Array, count: number, seed: number): Mutation[] {
  const decoded = decodeAttestCvm(calldata);
  return mutate({ calldata, decoded, encode: encodeAttestCvm, editors: registrationEditors }, count, seed);
}

/** Mutations of one re-attestation's calldata. */
export function mutateReattestCalldata(calldata: Uint8Array, count: number, seed: number): Mutation[] {
  const decoded = decodeReattestCvm(calldata);
  return mutate({ calldata, decoded, encode: encodeReattestCvm, editors: reattestationEditors }, count, seed);
}

/** One bit flipped in every 32-byte word behind the selector, another one in each. */
export const mutateWords = (calldata: Uint8Array): Mutation[] =>
  Array.from({ length: (calldata.length - 4) / 32 }, (_, word) => {
    const bit = (4 + 32 * word) * 8 + ((word * 37) % 256);
    return { name: `word ${word}, bit ${bit}`, calldata: flipBit(calldata, bit) };
  });
