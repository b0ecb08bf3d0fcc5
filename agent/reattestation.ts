// Collects the evidence of a re-attestation (protocol §9, §11): the quote of a new key, or of the same one, which the
// current key signs for. No TEE report is made: the record keeps its TEE half.
import { anchor, extraData, requestHash, selectionHash } from "../sdk/evidence/binding.ts";
import { sha256 } from "../sdk/evidence/bytes.ts";
import { reattestMessage } from "../sdk/evidence/message.ts";
import type { AnchorBlock, Reattestation } from "../sdk/evidence/registration.ts";
import type { Identity } from "./identity/identity.ts";
import type { Platform } from "./platforms/platform.ts";
import { certifyIdentity, isAkCertified, quotePcrs, selectionOf } from "./registration.ts";

export interface ReattestationRequest {
  /** The current identity's, as the registry counts it. */
  readonly nonce: bigint;
  readonly block: AnchorBlock;
  /** As recorded. */
  readonly reportType: number;
  /** As recorded, 32 bytes. */
  readonly teeMeasurement: Uint8Array;
}

/**
 * Evidence for `reattestCvmWithTpm`: a rotation to `next`, whose key is certified, or with `next` as `current` a
 * refresh, which leaves the protection of the key as recorded. Null when the PCRs are no longer those of the current key.
 */
export async function collectReattestation(
  platform: Platform,
  current: Identity,
  next: Identity,
  { nonce, block, reportType, teeMeasurement }: ReattestationRequest,
): Promise<Reattestation | null> {
  const isRotation = next !== current;
  const certification = isRotation ? await certifyIdentity(platform, next) : null;
  const request = requestHash({
    cloud: platform.cloud,
    tee: platform.tee,
    reportType,
    selectionHash: selectionHash(selectionOf(platform)),
    certifiedName: isRotation ? next.key.name.subarray(2) : new Uint8Array(32),
    akCertified: isAkCertified(platform),
  });
  // The anchor names no TEE statement.
  const anchorBytes = anchor(block, request, new Uint8Array(32));
  const { quote, pcrs } = await quotePcrs(platform, extraData(next.hash, anchorBytes));
  const message = reattestMessage(block.chainId, block.registry, nonce, sha256(quote.attest));
  const signature = await current.sign(message);
  if (signature === null) return null;
  return {
    cvmIdentityHash: current.hash,
    signature,
    workloadCollaterals: {
      tpmQuote: quote.attest,
      tpmSignature: quote.signature,
      pcrs,
      reportId: teeMeasurement,
      akPub: isAkCertified(platform) ? new Uint8Array(0) : platform.ak.publicKey,
      certs: platform.akCertificates,
      cvmIdentity: next.cvmIdentity,
    },
    certification,
  };
}
