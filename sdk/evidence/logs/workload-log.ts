// The workload's events in PCR 23 as the agent extends them: each digest is over a domain, type, name and the hash of
// the content, every part with its length, and a separator closes the list so that nothing can be appended unseen.
import { ascii, concat, sha256, uint } from "../bytes.ts";

/** One measured thing: a config file, the compose file, an image by its digest. */
export interface WorkloadRecord {
  readonly type: string;
  readonly name: string;
  /** SHA-256 of the content. */
  readonly contentHash: Uint8Array;
}

export const workloadPcr = 23;

const domain = ascii("cvm-registry.workload.v1");
const sized = (bytes: Uint8Array): Uint8Array => concat(uint(bytes.length, 4), bytes);

/** Every part carries its length: no two different lists give the same bytes. */
export const workloadDigest = ({ type, name, contentHash }: WorkloadRecord): Uint8Array =>
  sha256(domain, sized(ascii(type)), sized(ascii(name)), contentHash);

/** The last event of every list. */
export const workloadReady: WorkloadRecord = {
  type: "separator",
  name: "ready",
  contentHash: sha256(new Uint8Array(0)),
};
