// The attestation document of AWS NitroTPM: COSE_Sign1 over a CBOR map (AWS, "NitroTPM attestation document contents";
// specs/tpm.md §2.3). Reads and bounds the fields; chain, signature and expectations are judged in sdk/verify/nitro.ts.
import type { CborMap, CborValue } from "./cbor.ts";
import { readCborMap } from "./cbor.ts";
import { readCoseSign1 } from "./cose-sign1.ts";
import type { CoseSign1 } from "./cose-sign1.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface NitroDocument {
  readonly cose: CoseSign1;
  readonly moduleId: string;
  /** Unix milliseconds, by the hypervisor's clock. */
  readonly timestamp: bigint;
  /** SHA-384 bank by index. Zero is a value. */
  readonly pcrs: ReadonlyMap<number, Uint8Array>;
  /** DER of the key that signed the document. */
  readonly certificate: Uint8Array;
  /** DER of its issuers, root first. */
  readonly caBundle: readonly Uint8Array[];
  /** What the guest asked to have signed; null when it gave none. */
  readonly publicKey: Uint8Array | null;
  readonly userData: Uint8Array | null;
  readonly nonce: Uint8Array | null;
}

/** TPM2_VENDOR_AWS_NSM_REQUEST answers in an NV buffer of 8 KiB. */
const maxDocument = 8192;
const maxModuleId = 256;
/** AWS, attestation process: each certificate and each field of the guest has up to 1,024 bytes. */
const maxField = 1024;
/** Captured chains have four issuers. */
const maxIssuers = 8;
const pcrLength = 48;
const lastPcr = 23n;

const required = ["module_id", "timestamp", "digest", "nitrotpm_pcrs", "certificate", "cabundle"] as const;
const optional = ["public_key", "user_data", "nonce"] as const;
const known: ReadonlySet<unknown> = new Set([...required, ...optional]);

const malformed = (detail: string): Refusal => refuse("nitro.document", detail);

function isBytes(value: CborValue | undefined, least: number, most: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length >= least && value.length <= most;
}

function checkKeys(fields: CborMap): Refusal | null {
  for (const key of fields.keys()) if (!known.has(key)) return malformed(`field ${key} is unknown`);
  for (const key of required) if (!fields.has(key)) return malformed(`field ${key} is missing`);
  return null;
}

function readPcrs(value: CborValue | undefined): Map<number, Uint8Array> | Refusal {
  if (!(value instanceof Map) || value.size === 0) return malformed("nitrotpm_pcrs is no map of PCRs");
  const pcrs = new Map<number, Uint8Array>();
  for (const [index, pcr] of value as CborMap) {
    if (typeof index !== "bigint" || index > lastPcr) return malformed(`${index} is no PCR index`);
    if (!isBytes(pcr, pcrLength, pcrLength)) return malformed(`PCR ${index} is not of ${pcrLength} bytes`);
    pcrs.set(Number(index), pcr);
  }
  return pcrs;
}

function readBundle(value: CborValue | undefined): Uint8Array[] | Refusal {
  if (!Array.isArray(value)) return malformed("cabundle is no array");
  const certificates = value as readonly CborValue[];
  if (certificates.length < 1 || certificates.length > maxIssuers)
    return malformed(`cabundle has ${certificates.length} certificates, due are 1 to ${maxIssuers}`);
  return certificates.every((each) => isBytes(each, 1, maxField))
    ? (certificates as Uint8Array[])
    : malformed(`a certificate of cabundle is not of 1 to ${maxField} bytes`);
}

/** A field of the guest: null stands for "not given", as the module writes it; so does leaving it out. */
function readOptional(fields: CborMap, key: (typeof optional)[number]): Uint8Array | null | Refusal {
  const value = fields.get(key) ?? null;
  const least = key === "public_key" ? 1 : 0;
  return value === null || isBytes(value, least, maxField)
    ? value
    : malformed(`${key} is not of ${least} to ${maxField} bytes`);
}

function readPayload(cose: CoseSign1, fields: CborMap): NitroDocument | Refusal {
  const keys = checkKeys(fields);
  if (keys !== null) return keys;
  const [moduleId, timestamp, certificate] = ["module_id", "timestamp", "certificate"].map((key) =>
    fields.get(key),
  );
  if (typeof moduleId !== "string" || moduleId.length < 1 || moduleId.length > maxModuleId)
    return malformed(`module_id is no text of 1 to ${maxModuleId} characters`);
  if (typeof timestamp !== "bigint" || timestamp === 0n) return malformed("timestamp is no positive integer");
  if (fields.get("digest") !== "SHA384") return malformed("digest is not SHA384");
  if (!isBytes(certificate, 1, maxField)) return malformed(`certificate is not of 1 to ${maxField} bytes`);
  const pcrs = readPcrs(fields.get("nitrotpm_pcrs"));
  if (isRefusal(pcrs)) return pcrs;
  const caBundle = readBundle(fields.get("cabundle"));
  if (isRefusal(caBundle)) return caBundle;
  const publicKey = readOptional(fields, "public_key");
  if (isRefusal(publicKey)) return publicKey;
  const userData = readOptional(fields, "user_data");
  if (isRefusal(userData)) return userData;
  const nonce = readOptional(fields, "nonce");
  if (isRefusal(nonce)) return nonce;
  return { cose, moduleId, timestamp, pcrs, certificate, caBundle, publicKey, userData, nonce };
}

export function readNitroDocument(bytes: Uint8Array): NitroDocument | Refusal {
  if (bytes.length > maxDocument)
    return malformed(`document has ${bytes.length} bytes, at most ${maxDocument} are due`);
  const cose = readCoseSign1(bytes);
  if (isRefusal(cose)) return cose;
  const fields = readCborMap(cose.payload);
  return isRefusal(fields) ? fields : readPayload(cose, fields);
}
