// The boot of a simulated machine: fixed events, so that every start of one flavour has the same PCRs and RTMRs, and
// the TCG crypto-agile event log that tells them.
import { ascii, concat, sha256, sha384, uint } from "../../../sdk/evidence/bytes.ts";
import type { Tpm } from "../../tpm/tpm.ts";

export interface BootEvent {
  readonly pcr: number;
  /** Event types of the TCG PC Client Platform Firmware Profile, §10.4.1. */
  readonly type: number;
  readonly data: Uint8Array;
}

const types = {
  noAction: 0x3,
  separator: 0x4,
  crtmVersion: 0x8,
  ipl: 0xd,
  nonHostInfo: 0x11,
  variableDriverConfig: 0x80000001,
  bootServicesApplication: 0x80000003,
  gpt: 0x80000006,
  efiAction: 0x80000007,
} as const;

const event = (pcr: number, type: number, data: Uint8Array | string): BootEvent => ({
  pcr,
  type,
  data: typeof data === "string" ? ascii(data) : data,
});

/** Google's firmware says here, and nowhere else, that the machine is confidential: technology 3 is TDX. */
const gceNonHostInfo = concat(ascii("GCE NonHostInfo\0"), uint(3, 1), new Uint8Array(15));

const systemEvents: readonly BootEvent[] = [
  event(1, types.variableDriverConfig, "BootOrder 0001"),
  event(2, types.bootServicesApplication, "option ROM: none"),
  event(4, types.efiAction, "Calling EFI Application from Boot Option"),
  event(5, types.gpt, "GPT: esp, root, data"),
  event(7, types.variableDriverConfig, "SecureBoot 01"),
  event(7, types.variableDriverConfig, "PK, KEK, db: cvm-registry simulator"),
  ...Array.from({ length: 8 }, (_, pcr) => event(pcr, types.separator, new Uint8Array(4))),
  event(4, types.bootServicesApplication, "unified kernel image: simulator 1"),
  event(9, types.ipl, "initrd: simulator 1"),
  event(11, types.ipl, "uki section .linux: simulator 1"),
  event(11, types.ipl, "uki section .cmdline: root=verity ro"),
];

export const gcpBoot: readonly BootEvent[] = [
  event(0, types.crtmVersion, "GCE Virtual Firmware v2 (simulated)\0"),
  event(0, types.nonHostInfo, gceNonHostInfo),
  ...systemEvents,
];

export const azureBoot: readonly BootEvent[] = [
  event(0, types.crtmVersion, "Hyper-V UEFI (simulated)\0"),
  ...systemEvents,
];

export async function extendBoot(tpm: Tpm, events: readonly BootEvent[]): Promise<void> {
  for (const { pcr, data } of events) await tpm.pcrExtend(pcr, sha256(data));
}

/** PCR → RTMR of the CCEL (Intel TDX virtual firmware design guide §8): 1 and 7 → 0, 2–6 → 1, 8–15 → 2. */
function rtmrOf(pcr: number): number | null {
  if (pcr === 1 || pcr === 7) return 0;
  if (pcr >= 2 && pcr <= 6) return 1;
  return pcr >= 8 && pcr <= 15 ? 2 : null;
}

/** RTMR 0–3; RTMR 3 stays zero, it is the workload's and the agent does not touch it. */
export function rtmrsOf(events: readonly BootEvent[]): Uint8Array[] {
  const rtmrs: Uint8Array[] = Array.from({ length: 4 }, () => new Uint8Array(48));
  for (const { pcr, data } of events) {
    const index = rtmrOf(pcr);
    if (index !== null) rtmrs[index] = sha384(rtmrs[index]!, sha384(data));
  }
  return rtmrs;
}

const le = (value: number, length: number): Uint8Array => uint(value, length).reverse();
const algorithmSha256 = 0x000b;

/** "Spec ID Event03" names the one bank, SHA-256; then the events with their digests. Little-endian. */
export function bootLogOf(events: readonly BootEvent[]): Uint8Array {
  const specId = concat(
    ascii("Spec ID Event03\0"),
    le(0, 4), // platform class: client
    Uint8Array.of(0, 2, 0, 2), // version 2.0, errata 0, uintn size 2 (64 bit)
    le(1, 4),
    le(algorithmSha256, 2),
    le(32, 2),
    Uint8Array.of(0), // no vendor info
  );
  const header = concat(le(0, 4), le(types.noAction, 4), new Uint8Array(20), le(specId.length, 4), specId);
  const records = events.map(({ pcr, type, data }) =>
    concat(le(pcr, 4), le(type, 4), le(1, 4), le(algorithmSha256, 2), sha256(data), le(data.length, 4), data),
  );
  return concat(header, ...records);
}
