// What an SVSM (AMD 58019, Secure VM Service Module, chapters 7 and 8) hands out beside an SNP report: the manifest of
// one service or of all. The vTPM's manifest, version 0, is the TPMT_PUBLIC of its endorsement key. Nothing of this was
// captured: the table is AMD's table 12 as Coconut-SVSM writes and go-sev-guest reads it, the key Coconut's.
import { fromHex, isEqual, toHex } from "./bytes.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { tpmName } from "./tpm-public.ts";

// GUIDs in the table's mixed-endian form: the first three groups are reversed.
/** 63849ebb-3d92-4670-a1ff-58f9c94b87bb: the table itself. */
export const servicesGuid = fromHex("bb9e8463923d7046a1ff58f9c94b87bb");
/** c476f1eb-0123-45a5-9641-b4e7dde5bfe3: the vTPM. */
export const vtpmGuid = fromHex("ebf176c42301a5459641b4e7dde5bfe3");

/** Header: GUID 16, length of the table 4, services 4. Entry: GUID 16, offset from the table's start 4, length 4. */
const entryLength = 24;

const malformed = (detail: string): Refusal => refuse("svsm.services", detail);

const uint32 = (bytes: Uint8Array, at: number): number =>
  bytes.subarray(at, at + 4).reduceRight((value, byte) => value * 256 + byte, 0);

/**
 * The manifest of every service by GUID (hex of the table's form). The data stand in the order of the entries, without
 * gaps, to the end: a byte that belongs to no service would be signed and unread.
 */
export function readServices(table: Uint8Array): ReadonlyMap<string, Uint8Array> | Refusal {
  if (table.length < entryLength) return malformed(`table has ${table.length} bytes, its header alone 24`);
  const guid = table.subarray(0, 16);
  if (!isEqual(guid, servicesGuid)) return malformed(`table begins with GUID ${toHex(guid)}`);
  const [length, count] = [uint32(table, 16), uint32(table, 20)];
  if (length !== table.length) return malformed(`table states ${length} bytes and has ${table.length}`);
  let next = entryLength * (1 + count);
  if (next > table.length)
    return malformed(`table of ${table.length} bytes has no room for ${count} entries`);
  const services = new Map<string, Uint8Array>();
  for (let at = entryLength; at < entryLength * (1 + count); at += entryLength) {
    const name = toHex(table.subarray(at, at + 16));
    const [offset, size] = [uint32(table, at + 16), uint32(table, at + 20)];
    if (offset !== next)
      return malformed(`service ${name} has ${size} bytes at ${offset}, due is the next byte, ${next}`);
    if (services.has(name)) return malformed(`service ${name} occurs twice`);
    services.set(name, table.subarray(offset, offset + size));
    next += size;
  }
  return next === table.length
    ? services
    : malformed(`services end at byte ${next} of a table of ${table.length} bytes`);
}

/** The vTPM's manifest out of the table. */
export function readVtpmService(table: Uint8Array): Uint8Array | Refusal {
  const services = readServices(table);
  if (isRefusal(services)) return services;
  return services.get(toHex(vtpmGuid)) ?? malformed("no service is the vTPM");
}

export interface EndorsementKey {
  /** Modulus, 256 bytes; the exponent is 65537. */
  readonly modulus: Uint8Array;
  /** TPM Name: nameAlg ‖ sha256(TPMT_PUBLIC). */
  readonly name: Uint8Array;
}

/**
 * TPMT_PUBLIC of template L-1 up to the modulus (TCG EK Credential Profile 2.5, table 2): RSA, name SHA-256, attributes
 * 0x000300b2 (fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt), authPolicy
 * PolicySecret(endorsement), AES-128-CFB, no scheme, 2048 bits, exponent 0 for 65537, modulus of 256 bytes.
 */
const templateL1 = fromHex(
  "0001000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa" +
    "00060080004300100800000000000100",
);
const modulusLength = 256;

/** The manifest of the vTPM service, exact length. */
export function readVtpmManifest(manifest: Uint8Array): EndorsementKey | Refusal {
  const at = templateL1.length;
  if (manifest.length !== at + modulusLength)
    return refuse("svsm.ek", `manifest has ${manifest.length} bytes, due are ${at + modulusLength}`);
  if (!isEqual(manifest.subarray(0, at), templateL1))
    return refuse("svsm.ek", "public area is not of EK template L-1 (RSA-2048)");
  const modulus = manifest.subarray(at);
  // A modulus of 2048 bits has its first bit set, and is odd.
  if (modulus[0]! < 0x80 || modulus[modulusLength - 1]! % 2 === 0)
    return refuse("svsm.ek", "modulus is not an odd number of 2048 bits");
  return { modulus, name: tpmName(manifest) };
}
