// The workload's place in the measurement: a list of events extended into PCR 23 before anything of it runs, closed by
// a separator so that nothing can be appended unseen. PCR 23 is resettable from the guest: the value stands for the
// workload only because the measured system lets nobody but the agent reach the TPM.
import { sha256 } from "../../sdk/evidence/bytes.ts";
import { workloadDigest, workloadPcr, workloadReady } from "../../sdk/evidence/logs/workload-log.ts";
import type { Tpm } from "../tpm/tpm.ts";

/** One measured thing: a config file, the compose file, an image by its digest. */
export interface WorkloadItem {
  readonly type: "config" | "compose" | "image";
  readonly name: string;
  readonly content: Uint8Array;
}

export function workloadEvents(items: readonly WorkloadItem[]): Uint8Array[] {
  const records = items.map(({ type, name, content }) => ({ type, name, contentHash: sha256(content) }));
  return [...records, workloadReady].map(workloadDigest);
}

/** Extends PCR 23 and gives the events in order. */
export async function measureWorkload(tpm: Tpm, items: readonly WorkloadItem[]): Promise<Uint8Array[]> {
  const events = workloadEvents(items);
  for (const digest of events) await tpm.pcrExtend(workloadPcr, digest);
  return events;
}
