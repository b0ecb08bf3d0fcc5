// What the agent needs of a TPM 2.0, whoever stands behind it: a chip, swtpm or the in-process software TPM.
// Every structure is the TPM's own: TPMS_ATTEST, TPMT_SIGNATURE, TPMT_PUBLIC, without TPM2B length prefixes.

export type AttestationKeyKind = "p256" | "rsa2048";

export interface AttestationKey {
  readonly kind: AttestationKeyKind;
  /** Transient or persistent handle; the software TPM counts its own. */
  readonly handle: number;
  readonly tpmtPublic: Uint8Array;
  /** x‖y (64 bytes) or the modulus (256 bytes). */
  readonly publicKey: Uint8Array;
}

/** A P-256 signing key whose every use needs the PCRs it was made under. */
export interface IdentityKey {
  readonly tpmtPublic: Uint8Array;
  /** nameAlg ‖ sha256(tpmtPublic), 34 bytes. */
  readonly name: Uint8Array;
  /** x‖y, 64 bytes. */
  readonly publicKey: Uint8Array;
  /** The PCRs of its policy, ascending. */
  readonly policyPcrs: readonly number[];
  /** TPM2B_PRIVATE contents, encrypted by the TPM: only this TPM can load it again. */
  readonly privateBlob: Uint8Array;
}

export interface Attestation {
  /** TPMS_ATTEST. */
  readonly attest: Uint8Array;
  /** TPMT_SIGNATURE. */
  readonly signature: Uint8Array;
}

export interface Tpm {
  /** Restricted signing key in the endorsement hierarchy. */
  createAttestationKey(kind: AttestationKeyKind): Promise<AttestationKey>;
  /** TPM2_Create under the storage primary: random, so a destroyed blob can never be made again. */
  createIdentityKey(policyPcrs: readonly number[]): Promise<IdentityKey>;
  pcrExtend(index: number, digest: Uint8Array): Promise<void>;
  /** SHA-256 bank. */
  pcrRead(indices: readonly number[]): Promise<ReadonlyMap<number, Uint8Array>>;
  quote(ak: AttestationKey, extraData: Uint8Array, pcrs: readonly number[]): Promise<Attestation>;
  certify(ak: AttestationKey, key: IdentityKey, qualifyingData: Uint8Array): Promise<Attestation>;
  /** r‖s (64 bytes), or null when the PCRs are no longer those of the key's policy. */
  sign(key: IdentityKey, digest: Uint8Array): Promise<Uint8Array | null>;
  /** Forgets a loaded identity key. Its blob stays with the caller. */
  evict(key: IdentityKey): Promise<void>;
  close(): Promise<void>;
}

/** A command the TPM refused. `rc` is the raw TPM_RC. */
export class TpmError extends Error {
  readonly command: string;
  readonly rc: number;
  constructor(command: string, rc: number) {
    super(`TPM refused ${command} with TPM_RC 0x${rc.toString(16)}`);
    this.name = "TpmError";
    this.command = command;
    this.rc = rc;
  }
}
