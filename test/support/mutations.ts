// Seeded mutations of a registration: single flipped bits in every field, cut and padded bytes, re-ordered and
// re-labelled PCRs, other enumeration values. The same seed gives the same list.
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import type { MeasureablePcr, Registration } from "../../sdk/evidence/registration.ts";

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

type Editor = (registration: Registration, random: Random) => [string, Registration];

function editCollaterals(field: "tpmQuote" | "tpmSignature" | "reportId" | "akPub"): Editor {
  return (registration, random) => {
    const wc = registration.workloadCollaterals;
    const [what, bytes] = mutateBytes(wc[field], random);
    return [`${field} ${what}`, { ...registration, workloadCollaterals: { ...wc, [field]: bytes } }];
  };
}

const editReport: Editor = (registration, random) => {
  const [what, bytes] = mutateBytes(registration.teeAttestationReport, random);
  return [`report ${what}`, { ...registration, teeAttestationReport: bytes }];
};

const editEnum: Editor = (registration, random) => {
  const field = (["cloud", "tee", "reportType"] as const)[random(3)]!;
  const value = random(6);
  return [`${field} ${value}`, { ...registration, [field]: value }];
};

const editIdentity: Editor = (registration, random) => {
  const wc = registration.workloadCollaterals;
  const field = (["sigScheme", "curve", "hashAlgo", "data"] as const)[random(4)]!;
  const [what, value] =
    field === "data"
      ? mutateBytes(wc.cvmIdentity.data, random)
      : [String(random(0x20)), wc.cvmIdentity[field] ^ (1 << random(5))];
  const cvmIdentity = { ...wc.cvmIdentity, [field]: value };
  return [`identity ${field} ${what}`, { ...registration, workloadCollaterals: { ...wc, cvmIdentity } }];
};

const editCertificate: Editor = (registration, random) => {
  const wc = registration.workloadCollaterals;
  if (wc.certs.length === 0 || random(6) === 0) {
    const certs =
      wc.certs.length === 0 ? [Uint8Array.of(0x30, 0x00)] : wc.certs.slice(random(2), 1 + random(3));
    return [`certs ${certs.length}`, { ...registration, workloadCollaterals: { ...wc, certs } }];
  }
  const at = random(wc.certs.length);
  const [what, der] = mutateBytes(wc.certs[at]!, random);
  const certs = wc.certs.with(at, der);
  return [`cert ${at} ${what}`, { ...registration, workloadCollaterals: { ...wc, certs } }];
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

const editPcrs: Editor = (registration, random) => {
  const wc = registration.workloadCollaterals;
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
  return [`pcr ${at} ${what}`, { ...registration, workloadCollaterals: { ...wc, pcrs } }];
};

const editors: readonly Editor[] = [
  editReport,
  editReport,
  editReport,
  editCollaterals("tpmQuote"),
  editCollaterals("tpmQuote"),
  editCollaterals("tpmSignature"),
  editCollaterals("reportId"),
  editCollaterals("akPub"),
  editEnum,
  editIdentity,
  editCertificate,
  editCertificate,
  editPcrs,
  editPcrs,
];

/** `count` mutations of one registration's calldata; one in eight flips a raw calldata bit. */
export function mutateCalldata(calldata: Uint8Array, count: number, seed: number): Mutation[] {
  const random = seededRandom(seed);
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) throw new Error(`the original must decode: ${registration.check}`);
  return Array.from({ length: count }, (_, i) => {
    if (random(8) === 0) {
      const bit = random(calldata.length * 8);
      return { name: `${i}: calldata bit ${bit}`, calldata: flipBit(calldata, bit) };
    }
    const [name, mutated] = editors[random(editors.length)]!(registration, random);
    return { name: `${i}: ${name}`, calldata: encodeAttestCvm(mutated) };
  });
}
