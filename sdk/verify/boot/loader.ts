// What was loaded between firmware and operating system: images, partition table, kernel, initrd, command lines.
import { ascii, isEqual } from "../../evidence/bytes.ts";
import { guidText, imagePath } from "../../evidence/logs/efi.ts";
import { eventTypes } from "../../evidence/logs/event-types.ts";
import { printable, printableBytes, textOf } from "../../evidence/logs/text.ts";
import { blobName, digestStatement, hashedStatement } from "./statement.ts";
import type { FirmwareEvent, Statement } from "./statement.ts";

/** Only the path tells what an image is, and no digest covers the path. */
function loaderKind(path: string): string {
  if (/\\EFI\\Linux\\/i.test(path)) return "unified kernel image";
  if (/grub/i.test(path)) return "GRUB";
  if (/shim|\\(boot|fb)(x64|aa64)\.efi/i.test(path)) return "shim or default loader";
  return "";
}

function imageStatement(event: FirmwareEvent): Statement {
  const subject = event.type === eventTypes.bootServicesDriver ? "boot driver" : "boot application";
  const path = imagePath(event.data);
  if (path === null) return digestStatement(event, subject, "a path that cannot be read");
  const kind = loaderKind(path);
  return digestStatement(event, subject, printable(kind === "" ? path : `${path} (${kind})`));
}

/** UEFI_GPT_DATA: header of 92 bytes with the disk's GUID at 56, number of partitions u64, partitions. */
function partitionTable(event: FirmwareEvent): Statement | null {
  const { data } = event;
  const isTable = data.length >= 100 && isEqual(data.subarray(0, 8), ascii("EFI PART"));
  if (!isTable || event.part?.form !== "data") return null;
  const count = data[92]! + 256 * data[93]!;
  return hashedStatement(
    event,
    "partition table",
    `disk ${guidText(data.subarray(56, 72))}, ${count} partitions`,
  );
}

/** Linux's EFI stub tags what it measures: tag u32, size u32, description. */
const taggedStatement = (event: FirmwareEvent): Statement =>
  digestStatement(event, "kernel stub measurement", printableBytes(event.data.subarray(8)));

/** td-shim: the name stands before the payload and is not hashed. */
function payloadStatement(event: FirmwareEvent): Statement {
  const name = printableBytes(event.data.subarray(0, 16));
  const text = textOf(event.part!.bytes);
  if (text === null) return digestStatement(event, "firmware table", name);
  return { ...hashedStatement(event, "text for the payload", text), unverified: name };
}

/** What a measured file is, by the name that the loader logged for it. */
function fileKind(name: string): string {
  if (/^Mok/.test(name)) return " (machine owner keys)";
  if (/vmlinuz|kernel|linux$/i.test(name)) return " (kernel)";
  return /initr/i.test(name) ? " (initrd)" : "";
}

/** Commands that name what is booted; the others are counted. */
const bootCommand =
  /^(?:linux|linuxefi|linux16|initrd|initrdefi|module2?|multiboot2?|chainloader|devicetree) /;
const linuxCommand = /^linux(?:efi|16)? /;

const isText = ({ part }: FirmwareEvent): boolean => part?.form === "text";
const hashedText = ({ part }: FirmwareEvent): string => printableBytes(part!.bytes);

/** GRUB hashes the arguments of its command without the quotes that the kernel gets. */
const unquoted = (text: string): string => text.replace(/["'\\]/g, "");

/**
 * Texts that GRUB gave to a kernel. The label that says so is not hashed, but the command `linux` with the same words,
 * which GRUB hashes before, is.
 */
const kernelTexts = (events: readonly FirmwareEvent[]): ReadonlySet<string> =>
  new Set(
    events
      .filter(isText)
      .map(hashedText)
      .filter((text) => linuxCommand.test(text))
      .map((text) => unquoted(text.replace(linuxCommand, ""))),
  );

/** GRUB's commands and files, sections and keys have a PCR each on a TPM, and one register together in a TD. */
const isShared = ({ register }: FirmwareEvent): boolean => register === "RTMR 2";

/** A hashed text, which is what `kind` says by its register or, in a register of several uses, by the log's label alone. */
const textStatement = (event: FirmwareEvent, kind: string, isProven: boolean): Statement => {
  const text = hashedText(event);
  return isProven && !isShared(event)
    ? hashedStatement(event, kind, text)
    : { ...hashedStatement(event, "loader text", text), unverified: `a ${kind}` };
};

function grubStatement(event: FirmwareEvent, kernels: ReadonlySet<string>): Statement | null {
  const text = hashedText(event);
  if (bootCommand.test(text)) return textStatement(event, "boot command", true);
  if (kernels.has(unquoted(text))) return textStatement(event, "kernel command line", true);
  const isLabelled = /^(grub_)?kernel_cmdline/.test(printableBytes(event.data.subarray(0, 24)));
  return isLabelled ? textStatement(event, "kernel command line", false) : null;
}

function loaderStatement(event: FirmwareEvent, kernels: ReadonlySet<string>): Statement | null {
  const { data, part, register } = event;
  if (isText(event)) return grubStatement(event, kernels);
  if (part?.form === "data") return hashedStatement(event, "loader text", printableBytes(data));
  // systemd-boot logs an odd byte behind its UTF-16.
  const text = textOf(data) ?? textOf(data.subarray(0, -1)) ?? printableBytes(data);
  const description = printable(text);
  return register === "PCR 8"
    ? digestStatement(event, "loader text", description)
    : digestStatement(event, "loaded file", `${description}${fileKind(text)}`);
}

/** systemd-stub measures each section of a unified kernel image twice: its name, then its content. */
function sectionStatements(events: readonly FirmwareEvent[]): Map<FirmwareEvent, Statement | null> {
  const statements = new Map<FirmwareEvent, Statement | null>();
  for (const [at, event] of events.entries()) {
    if (event.part?.form !== "section") continue;
    const content = events.slice(at + 1, at + 8).find(({ register }) => register === event.register);
    statements.set(event, null);
    if (content === undefined || content.part !== null) continue;
    const section = `unified kernel image section ${printable(textOf(event.data) ?? "")}`;
    const [subject, description] = isShared(content) ? ["loader measurement", section] : [section, null];
    statements.set(content, digestStatement(content, subject, description));
  }
  return statements;
}

/** How many of GRUB's commands are hashed; a menu has dozens. */
function commandCount(events: readonly FirmwareEvent[]): Statement[] {
  const commands = events.filter(isText);
  const first = commands[0];
  if (first === undefined) return [];
  return [
    hashedStatement(
      first,
      "boot loader",
      `${commands.length} command${commands.length === 1 ? "" : "s"}, each hashed`,
    ),
  ];
}

function statementOf(event: FirmwareEvent, kernels: ReadonlySet<string>): Statement | null {
  const { type, register, data, part } = event;
  const isBoot = ["PCR 2", "PCR 4", "RTMR 1"].includes(register);
  switch (type) {
    case eventTypes.bootServicesApplication:
    case eventTypes.bootServicesDriver:
      return isBoot && part === null ? imageStatement(event) : null;
    case eventTypes.gpt:
      return partitionTable(event);
    case eventTypes.efiAction:
      return register === "PCR 7" ? null : hashedStatement(event, "boot phase", printableBytes(data));
    case eventTypes.eventTag:
      return taggedStatement(event);
    case eventTypes.firmwareBlob2:
      return register === "RTMR 1" ? digestStatement(event, "payload", blobName(event)) : null;
    case eventTypes.platformConfigFlags:
      return part?.form === "payload" ? payloadStatement(event) : null;
    case eventTypes.separator:
      return part === null ? digestStatement(event, "firmware error", printableBytes(data)) : null;
    case eventTypes.ipl:
      return loaderStatement(event, kernels);
    default:
      return null;
  }
}

export function loaderStatements(events: readonly FirmwareEvent[]): Statement[] {
  const sections = sectionStatements(events);
  const kernels = kernelTexts(events);
  const statements = events.map((event) =>
    sections.has(event) ? sections.get(event)! : statementOf(event, kernels),
  );
  return [...statements.filter((statement) => statement !== null), ...commandCount(events)];
}
