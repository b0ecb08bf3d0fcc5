// A record as `getCvm` shows it.
import type { Hex } from "viem";

export interface RecordView {
  registered: boolean;
  suspended: boolean;
  cloud: number;
  tee: number;
  reportType: number;
  assurance: Record<string, boolean | number>;
  teeTime: number;
  tpmTime: number;
  validUntil: number;
  measurementHash: Hex;
  platformId: Hex;
  measuredPcrs: number;
  recordedBlock: number;
  teeTTL: number;
  tpmTTL: number;
  classEpoch: number;
  keyX: Hex;
  keyY: Hex;
  akKey: bigint;
  nonce: number;
}
