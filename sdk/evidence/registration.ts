// What a registration consists of, and the enumerations of the protocol (protocol §1, §13).

export const cloudTypes = { gcp: 1, azure: 2, aws: 3, bareMetal: 4 } as const;
export const teeTypes = { intelTdx: 1, amdSevSnp: 2 } as const;
export const reportTypes = { solidity: 1, sp1: 2, riscZero: 3 } as const;
export const pcrTrusts = { none: 0, host: 1, tee: 2 } as const;
export const keyProtections = { unproven: 0, tpm: 1, tpmPcrBound: 2 } as const;

/** One quoted PCR, as in the Solidity tuple. `value` and every event are 32 bytes. */
export interface MeasureablePcr {
  readonly index: number;
  readonly pcr: Uint8Array;
  readonly allEvents: readonly Uint8Array[];
  readonly measureEventsIdx: readonly number[];
  readonly measurePcr: boolean;
}

export interface CvmIdentity {
  readonly sigScheme: number;
  readonly curve: number;
  readonly hashAlgo: number;
  /** x‖y (64 bytes) or 0x04‖x‖y (65 bytes). */
  readonly data: Uint8Array;
}

export interface WorkloadCollaterals {
  /** TPMS_ATTEST. */
  readonly tpmQuote: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly tpmSignature: Uint8Array;
  readonly pcrs: readonly MeasureablePcr[];
  readonly reportId: Uint8Array;
  /** Azure: the runtime claims, as JSON or compact (compact-claims.ts). Elsewhere x‖y or n, or empty beside `certs`. */
  readonly akPub: Uint8Array;
  /** DER, leaf first. */
  readonly certs: readonly Uint8Array[];
  readonly cvmIdentity: CvmIdentity;
}

export interface KeyCertification {
  readonly tpmtPublic: Uint8Array;
  readonly attest: Uint8Array;
  readonly signature: Uint8Array;
}

/** The arguments of `attestCvm`; without a certification it is the selector 0xdf42b054, with one 0x2b19318e. */
export interface Registration {
  readonly cloud: number;
  readonly tee: number;
  readonly reportType: number;
  readonly teeAttestationReport: Uint8Array;
  readonly workloadCollaterals: WorkloadCollaterals;
  readonly certification: KeyCertification | null;
}

/** The arguments of `reattestCvmWithTpm`; without a certification it is the selector 0x60ca2da1, with one 0x738320d2. */
export interface Reattestation {
  /** The recorded identity, 32 bytes. */
  readonly cvmIdentityHash: Uint8Array;
  /** r‖s by its key, over the bytes of `CVM_WORKLOAD_REATTEST_TPM`. */
  readonly signature: Uint8Array;
  readonly workloadCollaterals: WorkloadCollaterals;
  readonly certification: KeyCertification | null;
}

/** The evidence's freshness reference: a recent block of the chain the registry lives on. */
export interface AnchorBlock {
  readonly chainId: bigint;
  /** 20 bytes. */
  readonly registry: Uint8Array;
  readonly blockNumber: bigint;
  /** 32 bytes. */
  readonly blockHash: Uint8Array;
}
