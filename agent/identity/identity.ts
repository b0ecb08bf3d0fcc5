// The identity key: made once per boot state, bound to the measured PCRs, kept as a blob that only this TPM can load.
// If the PCRs are no longer those of its policy a new key is made at start; the old one cannot sign any more anyway.
import { identityAlgorithm, identityHash, policyPcrDigest } from "../../sdk/evidence/binding.ts";
import { isEqual, sha256 } from "../../sdk/evidence/bytes.ts";
import type { CvmIdentity } from "../../sdk/evidence/registration.ts";
import { identityPublic } from "../tpm/structures.ts";
import { TpmError, type IdentityKey, type Tpm } from "../tpm/tpm.ts";
import type { IdentityStore } from "./store.ts";

export interface Identity {
  readonly key: IdentityKey;
  readonly cvmIdentity: CvmIdentity;
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** r‖s over sha256(message), or null when the PCRs are no longer those the key was made under. */
  sign(message: Uint8Array): Promise<Uint8Array | null>;
  /** Whether the PCRs are still those of the key's policy. */
  isUsable(): Promise<boolean>;
}

async function hasCurrentPolicy(tpm: Tpm, key: IdentityKey): Promise<boolean> {
  const values = await tpm.pcrRead(key.policyPcrs);
  const policy = policyPcrDigest(key.policyPcrs.map((index) => ({ index, pcr: values.get(index)! })));
  return isEqual(identityPublic(policy, key.publicKey), key.tpmtPublic);
}

/** TPM_RC_SENSITIVE: the private area decrypts to no key. */
const sensitiveRefused = 0x155;
/** Format-one response codes about a parameter (TPM 2.0 part 2 §6.6.2): bits 7 and 6. */
const aboutParameter = 0xc0;

/**
 * Whether the refusal says that the blob is none of this TPM's: TPM2_Load, whose parameters are the two halves of the
 * key. Anything else says nothing about the key (warnings as TPM_RC_SESSION_MEMORY or TPM_RC_LOCKOUT pass): a new
 * identity in its place would lose the old one.
 */
const isOfAnotherTpm = (error: unknown): boolean =>
  error instanceof TpmError &&
  error.command === "TPM2_Load" &&
  ((error.rc & aboutParameter) === aboutParameter || error.rc === sensitiveRefused);

/** Whether this TPM still loads and uses the key. Throws when it does not say. */
async function isLoadable(tpm: Tpm, key: IdentityKey): Promise<boolean> {
  try {
    // A digest nobody can have asked for: the signature is thrown away.
    return (await tpm.sign(key, sha256(key.privateBlob))) !== null;
  } catch (error) {
    if (isOfAnotherTpm(error)) return false;
    throw error;
  }
}

const isSameList = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

/** The stored key, where it is bound to these PCRs as they are now and this TPM still uses it. */
export async function usableKey(
  tpm: Tpm,
  measuredPcrs: readonly number[],
  stored: IdentityKey | null,
  setAside: () => Promise<void>,
): Promise<IdentityKey | null> {
  if (stored === null || !isSameList(stored.policyPcrs, measuredPcrs)) return null;
  if (!(await hasCurrentPolicy(tpm, stored))) return null;
  if (await isLoadable(tpm, stored)) return stored;
  // For who put back the wrong state folder or vTPM. A key of other PCRs is not kept: they can be had again (protocol §11).
  await setAside();
  return null;
}

export function identityOf(tpm: Tpm, key: IdentityKey): Identity {
  const cvmIdentity = { ...identityAlgorithm, data: key.publicKey };
  return {
    key,
    cvmIdentity,
    hash: identityHash(cvmIdentity),
    sign: (message) => tpm.sign(key, sha256(message)),
    isUsable: () => hasCurrentPolicy(tpm, key),
  };
}

/** The stored key if it still serves, else a new one, stored. To be called after the last measured extend. */
export async function openIdentity(
  tpm: Tpm,
  measuredPcrs: readonly number[],
  store: IdentityStore,
): Promise<Identity> {
  const kept = await usableKey(tpm, measuredPcrs, await store.load(), () => store.setAside());
  if (kept !== null) return identityOf(tpm, kept);
  const key = await tpm.createIdentityKey(measuredPcrs);
  await store.save(key);
  return identityOf(tpm, key);
}
