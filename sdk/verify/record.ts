// Whether evidence may be recorded, given what the registry holds (protocol §2, §5, §9).
import type { CheckId } from "../checks.ts";
import { identityHash } from "../evidence/binding.ts";
import { isEqual, toHex } from "../evidence/bytes.ts";
import { refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { keyProtections } from "../evidence/registration.ts";
import type { RegistryState } from "./context.ts";
import { spellings } from "./request.ts";

export const recordScope = [
  "ak.revoked",
  "record.identity-retired",
  "record.identity-taken",
  "record.unanchored",
  "record.not-newer",
] as const satisfies readonly CheckId[];

export interface RecordRequest {
  readonly akId: Uint8Array;
  readonly identityHash: Uint8Array;
  /** x‖y of the identity. */
  readonly identityKey: Uint8Array;
  readonly keyProtection: number;
  /** Null in un-anchored evidence. */
  readonly anchorBlock: bigint | null;
  /**
   * Whether the AK may take its key back from the other spelling, which un-anchored evidence chose: the record there is
   * deleted. A rotation would retire the key.
   */
  readonly mayRespell: boolean;
}

/** A live identity that this evidence may neither renew nor replace. */
function isOccupied(spelling: Uint8Array, request: RecordRequest, registry: RegistryState): boolean {
  const live = registry.isTaken(spelling);
  if (live === null) return false;
  const isAnchored = request.anchorBlock !== null;
  if (isEqual(live.akId, request.akId)) {
    const mayTakeBack = request.mayRespell && isAnchored && !live.isAnchored;
    return !isEqual(spelling, request.identityHash) && !mayTakeBack;
  }
  // An unproven record does not occupy its key: somebody may have quoted a victim's identity with an own AK.
  const mayReplace =
    live.keyProtection === keyProtections.unproven &&
    isAnchored &&
    request.keyProtection >= keyProtections.tpm;
  return !mayReplace;
}

export function judgeRecord(request: RecordRequest, registry: RegistryState): Refusal | null {
  const { akId, anchorBlock } = request;
  if (registry.akRevoked(akId)) return refuse("ak.revoked", `AK ${toHex(akId)} is revoked`);
  const hashes = spellings(request.identityKey).map(identityHash);
  const retired = hashes.find((hash) => registry.isRetired(hash));
  if (retired !== undefined)
    return refuse("record.identity-retired", `identity ${toHex(retired)} is retired`);
  const taken = hashes.find((hash) => isOccupied(hash, request, registry));
  if (taken !== undefined) return refuse("record.identity-taken", `identity ${toHex(taken)} is live`);
  const recorded = registry.recordOfAk(akId);
  if (recorded === null) return null;
  if (anchorBlock === null)
    return refuse("record.unanchored", "the AK is recorded, so evidence must be anchored");
  return anchorBlock >= recorded.recordedBlock
    ? null
    : refuse("record.not-newer", `anchor block ${anchorBlock} is below ${recorded.recordedBlock}`);
}
