// TPM evidence of the fixtures in the shapes that the contracts take.
import { readFileSync } from "node:fs";
import type { Hex } from "viem";

const fixtures = new URL("../../fixtures/", import.meta.url);
const load = (path: string): unknown => JSON.parse(readFileSync(new URL(path, fixtures), "utf8"));

export interface TpmCase {
  readonly attest: string;
  readonly signature: string;
  readonly ak: string | null;
  readonly tpmtPublic?: string;
  readonly pcrs?: Readonly<Record<string, string>>;
  readonly certs?: readonly string[];
}

export const simulated = load("simulated/tpm-vectors/cases.json") as Readonly<Record<string, TpmCase>>;
export const hardware = load("hardware/tpm-quotes/cases.json") as Readonly<Record<string, TpmCase>>;
export const runtimeClaims = load("hardware/azure-runtime-claims/claims.json") as Readonly<
  Record<string, string>
>;

export interface Pcr {
  readonly index: bigint;
  readonly pcr: Hex;
  readonly allEvents: readonly Hex[];
  readonly measureEventsIdx: readonly bigint[];
  readonly measurePcr: boolean;
}

interface DecodedPcr {
  readonly index: string;
  readonly pcr: Hex;
  readonly allEvents: readonly Hex[];
  readonly measureEventsIdx: readonly string[];
  readonly measurePcr: boolean;
}

interface Decoded {
  readonly args: {
    readonly teeAttestationReport: Hex;
    readonly wc: {
      readonly tpmQuote: Hex;
      readonly tpmSignature: Hex;
      readonly pcrs: readonly DecodedPcr[];
      readonly akPub: Hex;
      readonly certs: readonly Hex[];
    };
  };
}

export function registrationOf(path: string) {
  const { args } = load(path) as Decoded;
  const pcrs = args.wc.pcrs.map((pcr): Pcr => ({
    ...pcr,
    index: BigInt(pcr.index),
    measureEventsIdx: pcr.measureEventsIdx.map(BigInt),
  }));
  return { ...args.wc, pcrs, report: args.teeAttestationReport };
}

export const azureRegistration = registrationOf("hardware/azure-tdx-2025-08-26/registration.decoded.json");
export const gcpRegistration = registrationOf("hardware/gcp-tdx-2025-12-18/registration.decoded.json");

/** PCRs measured by value, of the indices given (default: all that the case has). */
export function pcrsOf(values: Readonly<Record<string, string>>, indices?: readonly number[]): Pcr[] {
  const wanted =
    indices ??
    Object.keys(values)
      .map(Number)
      .sort((a, b) => a - b);
  return wanted.map((index) => ({
    index: BigInt(index),
    pcr: `0x${values[index]!.replace(/^0x/, "")}`,
    allEvents: [],
    measureEventsIdx: [],
    measurePcr: true,
  }));
}

/** PCR indices that a quote over one bank selects. */
export function selectedPcrs(attest: string): number[] {
  const bytes = Buffer.from(attest, "hex");
  const signer = bytes.readUInt16BE(6);
  const extra = bytes.readUInt16BE(8 + signer);
  // Behind extraData: clock 8, counts 8, safe 1, firmware 8, bank count 4, bank 2, size 1.
  const bitmap = 10 + signer + extra + 32;
  return Array.from({ length: 24 }, (_, i) => i).filter((i) => (bytes[bitmap + (i >> 3)]! >> (i & 7)) & 1);
}
