// Data of UEFI events (Platform Firmware Profile §10.2, UEFI 2.10). Readers answer null for what has another form: an
// event whose data cannot be read still has its digest.
import { isEqual, toHex } from "../bytes.ts";
import { cursorOf, little, rest, take } from "./cursor.ts";
import { textOf } from "./text.ts";

/** Registry form of an EFI_GUID: the first three parts are little-endian. */
export function guidText(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const hex = toHex(Uint8Array.from(order, (at) => bytes[at] ?? 0)).slice(2);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export interface EfiVariable {
  readonly guid: string;
  readonly name: string;
  readonly value: Uint8Array;
}

/** UEFI_VARIABLE_DATA: GUID ‖ name length u64 ‖ value length u64 ‖ name in UTF-16 ‖ value. */
export function readVariable(data: Uint8Array): EfiVariable | null {
  const cursor = cursorOf(data);
  const guid = guidText(take(cursor, 16));
  const nameLength = little(cursor, 8);
  const valueLength = little(cursor, 8);
  const nameBytes = take(cursor, 2 * nameLength);
  const value = take(cursor, valueLength);
  if (cursor.isShort || rest(cursor) !== 0) return null;
  const name = textOf(nameBytes);
  return name === null ? null : { guid, name, value };
}

export const efiGuids = {
  /** EFI_GLOBAL_VARIABLE: SecureBoot, PK, KEK. */
  global: "8be4df61-93ca-11d2-aa0d-00e098032b8c",
  /** EFI_IMAGE_SECURITY_DATABASE: db, dbx. */
  securityDatabase: "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
  /** EFI_CERT_X509. */
  x509: "a5c059a1-94e4-4aa7-87b5-ab155c2bf072",
  /** EFI_CERT_SHA256. */
  sha256: "c1c41626-504c-4092-aca9-41f936934328",
  /** shim's variables. */
  shim: "605dab50-e046-4300-abb6-3dd810dd8b23",
} as const;

export interface Signature {
  /** GUID of the signature type. */
  readonly type: string;
  /** Without the owner. */
  readonly bytes: Uint8Array;
}

/** EFI_SIGNATURE_LISTs: type GUID ‖ list size u32 ‖ header size u32 ‖ signature size u32 ‖ header ‖ signatures. */
export function readSignatures(value: Uint8Array): Signature[] | null {
  const cursor = cursorOf(value);
  const signatures: Signature[] = [];
  while (rest(cursor) > 0) {
    const type = guidText(take(cursor, 16));
    const listSize = little(cursor, 4);
    const headerSize = little(cursor, 4);
    const size = little(cursor, 4);
    if (cursor.isShort || listSize < 28) return null;
    const list = cursorOf(take(cursor, listSize - 28));
    take(list, headerSize);
    // Owner GUID and at least one byte.
    if (cursor.isShort || list.isShort || size < 17 || rest(list) % size !== 0) return null;
    while (rest(list) > 0) signatures.push({ type, bytes: take(list, size).subarray(16) });
  }
  return signatures;
}

/** Node types of a device path (UEFI §10.3) that say something to people. */
const nodes = {
  end: 0x7f,
  media: 4,
  hardDrive: 1,
  vendorMedia: 3,
  filePath: 4,
  firmwareFile: 6,
  firmwareVolume: 7,
};

function nodeText(type: number, subtype: number, body: Uint8Array): string | null {
  if (type === nodes.media && subtype === nodes.filePath) return textOf(body) ?? "unreadable file name";
  if (type === nodes.media && subtype === nodes.hardDrive && body.length === 38)
    return `partition ${little(cursorOf(body), 4)} (${guidText(body.subarray(20, 36))})`;
  const isGuid = [nodes.vendorMedia, nodes.firmwareFile, nodes.firmwareVolume].includes(subtype);
  if (type === nodes.media && isGuid && body.length >= 16) {
    const name = textOf(body.subarray(16));
    return `${guidText(body.subarray(0, 16))}${name === null ? "" : ` ${name}`}`;
  }
  return null;
}

/** Text of a device path, or null when it has another form. What says nothing to people is left out. */
function devicePathText(path: Uint8Array): string | null {
  const cursor = cursorOf(path);
  const texts: string[] = [];
  while (rest(cursor) > 0) {
    const type = little(cursor, 1);
    const subtype = little(cursor, 1);
    const length = little(cursor, 2);
    const body = take(cursor, length - 4);
    if (cursor.isShort || length < 4) return null;
    if (type === nodes.end) return rest(cursor) === 0 ? texts.join("/") : null;
    const text = nodeText(type, subtype, body);
    if (text !== null) texts.push(text);
  }
  return path.length === 0 ? "" : null;
}

/** Where an image came from, by UEFI_IMAGE_LOAD_EVENT: location u64 ‖ length u64 ‖ link time u64 ‖ path length u64 ‖ path. */
export function imagePath(data: Uint8Array): string | null {
  const cursor = cursorOf(data, 24);
  const length = little(cursor, 8);
  const path = take(cursor, length);
  return cursor.isShort || rest(cursor) !== 0 ? null : devicePathText(path);
}

/** The certificate of a signature database entry that verified an image: an EFI_SIGNATURE_DATA, or bare from old shims. */
export function authorityCertificate(value: Uint8Array): Uint8Array | null {
  const isDer = (bytes: Uint8Array) => isEqual(bytes.subarray(0, 2), Uint8Array.of(0x30, 0x82));
  if (isDer(value)) return value;
  return isDer(value.subarray(16)) ? value.subarray(16) : null;
}
