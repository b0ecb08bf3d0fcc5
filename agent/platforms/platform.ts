// What the agent needs of the machine it runs on. A platform gives the TEE's word on 64 bytes, the vTPM with its AK and
// the AK's certificates; it decides nothing about evidence.
import type { AttestationKey, Tpm } from "../tpm/tpm.ts";

export interface TeeStatement {
  /** The TEE's report as the registry takes it (a DCAP quote for TDX). */
  readonly report: Uint8Array;
  /** Azure: the exact runtime claims the report vouches for. Null elsewhere. */
  readonly runtimeClaims: Uint8Array | null;
}

export interface Platform {
  /** CloudType and TEEType of protocol §1. */
  readonly cloud: number;
  readonly tee: number;
  /** As in the agent's policy: google, azure; tdx, snp. */
  readonly cloudName: string;
  readonly teeName: string;
  readonly tpm: Tpm;
  readonly ak: AttestationKey;
  /** DER, leaf first, without the root. Empty where the cloud certifies no AK. */
  readonly akCertificates: readonly Uint8Array[];
  /** PCRs quoted and measured by value, ascending. The identity key is bound to the same ones. */
  readonly measuredPcrs: readonly number[];
  /** TCG crypto-agile event log of the boot. */
  readonly bootLog: Uint8Array;
  /** Fresh: 64 bytes go to report_data, or on Azure to the claims' user-data. */
  teeStatement(userBytes: Uint8Array): Promise<TeeStatement>;
  close(): Promise<void>;
}
