// Which part of an event's data its digest covers. Only that part is proven by a register; the rest, the event's type
// and its place among other registers' events are the log's word, which whoever hands over the log can rewrite.
import { ascii, isEqual } from "../bytes.ts";
import { refuse } from "../refusal.ts";
import type { Refusal } from "../refusal.ts";
import type { Bank } from "./banks.ts";
import { eventTypeName, eventTypes, hashedTypes } from "./event-types.ts";
import { readVariable } from "./efi.ts";
import type { TcgEvent } from "./tcg-log.ts";
import { textOf } from "./text.ts";

export interface HashedPart {
  /**
   * `data`: all of it. `text`: what stands behind GRUB's label, without the final NUL. `value`: of a variable, not its
   * name. `section`: a name in ASCII, although the data has it in UTF-16. `payload`: behind a name and a length.
   */
  readonly form: "data" | "text" | "value" | "section" | "payload";
  readonly bytes: Uint8Array;
}

/** GRUB 2.04 and later write `grub_cmd: `, Red Hat's before that wrote the second form (measured on real logs). */
const grubLabels = [/^(?:grub_cmd|kernel_cmdline|module_cmdline): /, /^grub_(?:cmd|kernel_cmdline) /];

function grubText(data: Uint8Array): Uint8Array | null {
  const head = String.fromCharCode(...data.subarray(0, 24));
  const label = grubLabels.map((each) => each.exec(head)).find((match) => match !== null);
  if (label === undefined) return null;
  return data.subarray(label[0].length, data.at(-1) === 0 ? -1 : undefined);
}

/** systemd-stub hashes the section's name in ASCII with its NUL and logs it in UTF-16. */
function sectionName(data: Uint8Array): Uint8Array | null {
  if (data.length > 64 || data.length % 2 !== 0) return null;
  const name = textOf(data);
  return name === null ? null : ascii(`${name}\0`);
}

/** Name of 16 bytes, length u32, payload: td-shim's td_hob and td_payload_info. */
const payload = (data: Uint8Array): Uint8Array | null => (data.length > 20 ? data.subarray(20) : null);

/** The part of an event that its digest in `bank` covers, or null when the digest is of something else. */
export function hashedPart({ type, data, digests }: TcgEvent, { id, hash }: Bank): HashedPart | null {
  const digest = digests.get(id);
  if (digest === undefined || hash === null) return null;
  const parts: [HashedPart["form"], Uint8Array | null][] = [["data", data]];
  if (type === eventTypes.ipl) parts.push(["text", grubText(data)], ["section", sectionName(data)]);
  if (type === eventTypes.variableBoot) parts.push(["value", readVariable(data)?.value ?? null]);
  if (type === eventTypes.platformConfigFlags) parts.push(["payload", payload(data)]);
  for (const [form, bytes] of parts)
    if (bytes !== null && isEqual(hash(bytes), digest)) return { form, bytes };
  return null;
}

const errorSeparator = Uint8Array.of(1, 0, 0, 0);

/** Refuses an event of a type whose digest is that of its data when it is not: the description was rewritten. */
export function checkDescription(
  event: TcgEvent,
  part: HashedPart | null,
  { id, name, hash }: Bank,
): Refusal | null {
  const { number, register, type, digests } = event;
  if (register === null || part !== null || !hashedTypes.includes(type)) return null;
  // The data of an error separator is the error, its digest that of 00000001 (§10.4.2).
  if (type === eventTypes.separator && hash !== null && isEqual(digests.get(id)!, hash(errorSeparator)))
    return null;
  return refuse(
    "log.description",
    `${register}, event ${number}: the data of this ${eventTypeName(type)} has another ${name} than its digest`,
  );
}
