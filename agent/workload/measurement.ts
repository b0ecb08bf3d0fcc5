// The workload's place in the measurement: a list of events extended into PCR 23 before anything of it runs, closed by
// a separator so that nothing can be appended unseen. PCR 23 is resettable from the guest: the value stands for the
// workload only because the measured system lets nobody but the agent reach the TPM.
import { ascii, concat, sha256, uint } from "../../sdk/evidence/bytes.ts";
import type { Tpm } from "../tpm/tpm.ts";

export const workloadPcr = 23;

/** One measured thing: a config file, the compose file, an image by its digest. */
export interface WorkloadItem {
  readonly type: "config" | "compose" | "image";
  readonly name: string;
  readonly content: Uint8Array;
}

const domain = ascii("cvm-registry.workload.v1");
const sized = (bytes: Uint8Array): Uint8Array => concat(uint(bytes.length, 4), bytes);

/** Every part carries its length: no two different lists give the same bytes. */
const eventDigest = (type: string, name: string, content: Uint8Array): Uint8Array =>
  sha256(domain, sized(ascii(type)), sized(ascii(name)), sha256(content));

export function workloadEvents(items: readonly WorkloadItem[]): Uint8Array[] {
  const digests = items.map(({ type, name, content }) => eventDigest(type, name, content));
  return [...digests, eventDigest("separator", "ready", new Uint8Array(0))];
}

/** Extends PCR 23 and gives the events in order. */
export async function measureWorkload(tpm: Tpm, items: readonly WorkloadItem[]): Promise<Uint8Array[]> {
  const events = workloadEvents(items);
  for (const digest of events) await tpm.pcrExtend(workloadPcr, digest);
  return events;
}
