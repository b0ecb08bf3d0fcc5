// SIMULATED evidence of an SVSM's vTPM: an SNP report of VMPL 0 signed by a seeded key, over a manifest. Layouts are
// AMD's (56860, 58019), contents made. The endorsement key is no key: a seeded odd number of 2048 bits.
import { seededBytes } from "../../agent/platforms/simulated/p256.ts";
import { concat, fromHex, sha512, uint } from "../../sdk/evidence/bytes.ts";
import { servicesGuid, vtpmGuid } from "../../sdk/evidence/svsm-manifest.ts";
import type { SvsmEvidence, SvsmExpectation } from "../../sdk/verify/svsm.ts";
import { seededP384, signP384 } from "./nitro-document.ts";

const chip = seededP384("chip");
export const inblob = seededBytes("svsm", "inblob", 64);
const launchMeasurement = seededBytes("svsm", "measurement", 48);

/** Up to the modulus: EK template L-1. */
export const ekTemplate = fromHex(
  "0001000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa" +
    "00060080004300100800000000000100",
);
const modulus = seededBytes("svsm", "modulus", 256);
modulus[0]! |= 0x80;
modulus[255]! |= 0x01;
/** TPMT_PUBLIC of the EK: the manifest of the vTPM service, version 0. */
export const vtpmManifest = concat(ekTemplate, modulus);

const littleEndian = (value: number | bigint, length: number) => uint(value, length).reverse();

/** The table of all services; offsets and lengths as stated, or as they are. */
export function servicesTable(services: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array {
  let at = 24 * (1 + services.length);
  const entries = services.map(([guid, data]) => {
    const entry = concat(guid, littleEndian(at, 4), littleEndian(data.length, 4));
    at += data.length;
    return entry;
  });
  const header = concat(servicesGuid, littleEndian(at, 4), littleEndian(services.length, 4));
  return concat(header, ...entries, ...services.map(([, data]) => data));
}

const otherGuid = seededBytes("svsm", "another service", 16);
export const allServices = servicesTable([
  [otherGuid, new Uint8Array(0)],
  [vtpmGuid, vtpmManifest],
]);

/** Bytes to put over the report before it is signed, by offset. */
export type ReportEdits = readonly (readonly [number, Uint8Array])[];

export function snpReport(reportData: Uint8Array, edits: ReportEdits = [], key = chip): Uint8Array {
  const report = new Uint8Array(1184);
  const fields: ReportEdits = [
    [0x000, littleEndian(5, 4)],
    [0x008, littleEndian(0x30000n, 8)],
    [0x034, littleEndian(1, 4)],
    [0x050, reportData],
    [0x090, launchMeasurement],
    [0x160, new Uint8Array(32).fill(0xff)],
  ];
  for (const [at, bytes] of [...fields, ...edits]) report.set(bytes, at);
  const rs = signP384(key, report.subarray(0, 0x2a0));
  report.set(rs.slice(0, 48).reverse(), 0x2a0);
  report.set(rs.slice(48).reverse(), 0x2a0 + 72);
  return report;
}

/** Evidence over a manifest, its report_data as it should be. */
export function svsmEvidence(
  form: SvsmEvidence["form"] = "single-service",
  manifest = form === "single-service" ? vtpmManifest : allServices,
  edits: ReportEdits = [],
): SvsmEvidence {
  return { form, manifest, report: snpReport(sha512(concat(inblob, manifest)), edits) };
}

export const svsmExpectation = (edits: Partial<SvsmExpectation> = {}): SvsmExpectation => ({
  reportKey: chip.publicKey,
  inblob,
  measurements: [launchMeasurement],
  ...edits,
});
