// SEV-SNP attestation report (AMD 56860, ATTESTATION_REPORT): the fields that an SVSM's vTPM rests on. Little-endian.
//
//   0x000 version 4 · 0x008 policy 8 · 0x030 vmpl 4 · 0x034 signatureAlgo 4 · 0x050 reportData 64 · 0x090 measurement 48 ·
//   0x160 reportIdMa 32 · 0x2a0 signature: r 72, s 72, zero 368. Signed are bytes 0 to 0x2a0.
import { concat, isZero, toBigInt } from "./bytes.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface SnpReport {
  readonly signed: Uint8Array;
  /** r‖s, 96 bytes, big-endian. */
  readonly signature: Uint8Array;
  readonly policy: bigint;
  readonly vmpl: number;
  readonly reportData: Uint8Array;
  readonly measurement: Uint8Array;
  readonly reportIdMa: Uint8Array;
}

const reportLength = 1184;
const signedLength = 0x2a0;
/** r and s of P-384 take 48 of their 72 bytes. */
const scalarLength = 48;
const scalarField = 72;
const ecdsaP384Sha384 = 1n;
/** Layouts 2 to 5 are alike; later ones only fill what was reserved. */
const versions = [2n, 3n, 4n, 5n];

const littleEndian = (bytes: Uint8Array): bigint => toBigInt(bytes.slice().reverse());
const malformed = (detail: string): Refusal => refuse("svsm.report", detail);

export function readSnpReport(bytes: Uint8Array): SnpReport | Refusal {
  if (bytes.length !== reportLength)
    return malformed(`SNP report has ${bytes.length} bytes, due are ${reportLength}`);
  const field = (at: number, length: number) => bytes.subarray(at, at + length);
  const version = littleEndian(field(0, 4));
  if (!versions.includes(version)) return malformed(`SNP report is of version ${version}, due is 2 to 5`);
  const algorithm = littleEndian(field(0x34, 4));
  if (algorithm !== ecdsaP384Sha384) return malformed(`signature algorithm is ${algorithm}, due is 1`);
  const scalars = [field(signedLength, scalarField), field(signedLength + scalarField, scalarField)];
  const padding = scalars.map((scalar) => scalar.subarray(scalarLength));
  if (!isZero(concat(...padding, bytes.subarray(signedLength + 2 * scalarField))))
    return malformed("bytes behind r, s or the signature are not zero");
  return {
    signed: field(0, signedLength),
    signature: concat(...scalars.map((scalar) => scalar.slice(0, scalarLength).reverse())),
    policy: littleEndian(field(0x08, 8)),
    vmpl: Number(littleEndian(field(0x30, 4))),
    reportData: field(0x50, 64),
    measurement: field(0x90, 48),
    reportIdMa: field(0x160, 32),
  };
}
