// What the firmware measured of itself and of how it was set: version, confidential technology, Secure Boot.
import { ascii, isEqual, uint } from "../../evidence/bytes.ts";
import { commonNameOf } from "../../evidence/certificate.ts";
import {
  authorityCertificate,
  efiGuids,
  guidText,
  readSignatures,
  readVariable,
} from "../../evidence/logs/efi.ts";
import type { EfiVariable } from "../../evidence/logs/efi.ts";
import { eventTypes } from "../../evidence/logs/event-types.ts";
import type { Register } from "../../evidence/logs/registers.ts";
import { printable, printableBytes, textOf } from "../../evidence/logs/text.ts";
import { blobName, digestStatement, hashedStatement } from "./statement.ts";
import type { FirmwareEvent, Statement } from "./statement.ts";

const gceHostInfo = ascii("GCE NonHostInfo\0");
/** Google's numbers for the confidential technology (go-tpm-tools, GCEConfidentialTechnology). */
const gceTechnologies = ["none", "AMD SEV", "AMD SEV-ES", "Intel TDX", "AMD SEV-SNP"];

/** Text of a version, a GUID, or nothing that people can read. */
function versionText(data: Uint8Array): string {
  const text = data.length === 16 ? null : textOf(data);
  if (text !== null) return text;
  return data.length === 16 ? guidText(data) : printableBytes(data);
}

const blobTypes: readonly number[] = [eventTypes.firmwareBlob, eventTypes.firmwareBlob2];

function versionStatement(event: FirmwareEvent): Statement | null {
  const { register, type, data, part } = event;
  const isFirmware = register === "PCR 0" || register === "RTMR 0";
  if (isFirmware && blobTypes.includes(type))
    return digestStatement(event, "firmware image", blobName(event));
  if (register !== "PCR 0") return null;
  if (part?.form === "data" && data.length === 32 && isEqual(data.subarray(0, 16), gceHostInfo)) {
    const technology = data[16]!;
    return hashedStatement(
      event,
      "confidential technology",
      gceTechnologies[technology] ?? `number ${technology}`,
    );
  }
  if (type !== eventTypes.crtmVersion) return null;
  return part?.form === "data"
    ? hashedStatement(event, "firmware version", versionText(data))
    : digestStatement(event, "firmware measurement", versionText(data));
}

const certificateName = (der: Uint8Array): string =>
  printable(commonNameOf(der) ?? "a certificate without a name");

/** How many of each sort a signature database has, certificates by the name of their subject. */
function databaseText(value: Uint8Array): string {
  if (value.length === 0) return "empty";
  const signatures = readSignatures(value);
  if (signatures === null) return `${value.length} bytes that are no signature list`;
  const names = signatures
    .filter(({ type }) => type === efiGuids.x509)
    .map(({ bytes }) => certificateName(bytes));
  const hashes = signatures.filter(({ type }) => type === efiGuids.sha256).length;
  const others = signatures.length - names.length - hashes;
  return [
    names.length === 0
      ? ""
      : `${names.length} certificate${names.length === 1 ? "" : "s"} (${names.join("; ")})`,
    hashes === 0 ? "" : `${hashes} SHA-256 hash${hashes === 1 ? "" : "es"}`,
    others === 0 ? "" : `${others} of other sorts`,
  ]
    .filter((text) => text !== "")
    .join(", ");
}

/** UEFI §32: SecureBoot is one byte, 1 when images are verified; a variable that is not set has no value. */
function secureBootText(value: Uint8Array): string {
  if (value.length === 0) return "off (not set)";
  if (value.length !== 1) return `unknown (${value.length} bytes)`;
  return value[0] === 1 ? "on" : value[0] === 0 ? "off" : `unknown (${value[0]!})`;
}

const databases: readonly (readonly [guid: string, name: string])[] = [
  [efiGuids.global, "PK"],
  [efiGuids.global, "KEK"],
  [efiGuids.securityDatabase, "db"],
  [efiGuids.securityDatabase, "dbx"],
];

function variableStatement(event: FirmwareEvent, { guid, name, value }: EfiVariable): Statement | null {
  if (guid === efiGuids.global && name === "SecureBoot")
    return hashedStatement(event, "Secure Boot", secureBootText(value));
  const isDatabase = databases.some(([owner, known]) => owner === guid && known === name);
  return isDatabase ? hashedStatement(event, `Secure Boot ${name}`, databaseText(value)) : null;
}

/** What let an image run: the database entry, or a variable of shim. */
function authorityText({ name, value }: EfiVariable): string {
  const certificate = authorityCertificate(value);
  if (certificate !== null) return `${certificateName(certificate)} (${printable(name)})`;
  return `${printable(name)}: ${value.length <= 256 ? printableBytes(value) : `${value.length} bytes`}`;
}

function authorityStatement(event: FirmwareEvent): Statement | null {
  if (event.type !== eventTypes.variableAuthority) return null;
  const variable = readVariable(event.data);
  if (variable === null) return digestStatement(event, "image authority", "a variable that cannot be read");
  const subject = variable.guid === efiGuids.securityDatabase ? "image signer" : "loader variable";
  const text = authorityText(variable);
  return event.part?.form === "data"
    ? hashedStatement(event, subject, text)
    : digestStatement(event, "image authority", text);
}

/** What EV_SEPARATOR hashes (Platform Firmware Profile §10.4.2): 00000000, or ffffffff, or 00000001 after an error. */
const separators = [0, 0xffffffff, 1].map((value) => uint(value, 4).reverse());

/**
 * Events of a register up to its separator, which is known by its digest. They are the firmware's word: whoever runs
 * later can extend the register by a look-alike of any of them.
 */
function ofFirmware(events: readonly FirmwareEvent[]): readonly FirmwareEvent[] {
  const hash = events[0]?.bank.hash ?? null;
  const digests = hash === null ? [] : separators.map((data) => hash(data));
  const end = events.findIndex(({ digest }) => digests.some((each) => isEqual(each, digest)));
  return end < 0 ? events : events.slice(0, end);
}

function secureBootStatement(event: FirmwareEvent, isFirmware: boolean): Statement | null {
  const { type, data, part, register } = event;
  const variable = isFirmware && part?.form === "data" ? readVariable(data) : null;
  const statement = variable === null ? null : variableStatement(event, variable);
  if (statement !== null) return statement;
  return register === "PCR 7" && type === eventTypes.efiAction
    ? hashedStatement(event, "firmware action", printableBytes(data))
    : authorityStatement(event);
}

/** Version and technology by PCR 0, Secure Boot by PCR 7; RTMR 0 holds both in a TD. */
export function firmwareStatements(events: readonly FirmwareEvent[]): Statement[] {
  const of = (register: Register) => events.filter((event) => event.register === register);
  const versions = [...ofFirmware(of("PCR 0")), ...ofFirmware(of("RTMR 0"))].map(versionStatement);
  const secureBoot = (["PCR 7", "RTMR 0"] as const).flatMap((register) => {
    const all = of(register);
    const { length } = ofFirmware(all);
    return all.map((event, at) => secureBootStatement(event, at < length));
  });
  return [...versions, ...secureBoot].filter((statement) => statement !== null);
}
