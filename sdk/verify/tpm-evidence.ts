// The TPM half of evidence: what registration and re-attestation share of the quote, the certification and what the
// quote names, and the dates they give (protocol §3, §5).
import { identityHash, requestHash } from "../evidence/binding.ts";
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { AnchorBlock, Registration } from "../evidence/registration.ts";
import type { AttestationKey } from "./ak.ts";
import type { AkTrust, RegistrationContext } from "./context.ts";
import { anchorScope, extraDataScope, judgeAnchor, judgeExtraData } from "./freshness.ts";
import { certificationScope, quoteScope, verifyCertification, verifyQuote } from "./tpm.ts";
import type { CertifiedKey, QuoteClaims } from "./tpm.ts";
import type { Trail } from "./verdict.ts";

export interface TpmHalf {
  readonly ak: AttestationKey;
  readonly quote: QuoteClaims;
  readonly certified: CertifiedKey | null;
}

type TpmStructures = Pick<Registration, "workloadCollaterals" | "certification">;

/** The quote by the AK, and where there is one the certification of the identity key. */
export function judgeTpm(
  { workloadCollaterals: wc, certification }: TpmStructures,
  ak: AttestationKey,
  identityKey: Uint8Array,
  trail: Trail,
): TpmHalf | Refusal {
  trail.enter(quoteScope);
  const quote = verifyQuote(ak.key, { attest: wc.tpmQuote, signature: wc.tpmSignature, pcrs: wc.pcrs });
  if (isRefusal(quote)) return quote;
  if (certification === null) return { ak, quote, certified: null };
  trail.enter(certificationScope);
  const certified = verifyCertification(ak.key, certification, identityKey);
  return isRefusal(certified) ? certified : { ak, quote, certified };
}

/** What the quote stands for: the evidence around it, but for what the TPM half itself says. */
export type Subject = Pick<Registration, "cloud" | "tee" | "reportType" | "workloadCollaterals">;

export interface Naming {
  readonly identityHash: Uint8Array;
  /** Null in un-anchored evidence. */
  readonly block: AnchorBlock | null;
  readonly requestHash: Uint8Array;
  readonly certifiedName: Uint8Array;
  readonly akCertified: boolean;
}

/** The identity that the quote names, and in anchored evidence the block, with the request and the TEE statement. */
export function judgeNaming(
  { cloud, tee, reportType, workloadCollaterals: wc }: Subject,
  { ak, quote, certified }: TpmHalf,
  statementId: Uint8Array,
  context: RegistrationContext,
  trail: Trail,
): Naming | Refusal {
  const identity = identityHash(wc.cvmIdentity);
  trail.enter(extraDataScope);
  const anchorBytes = judgeExtraData(quote.extraData, identity, certified !== null);
  if (isRefusal(anchorBytes)) return anchorBytes;
  const akCertified = ak.trust?.isTrusted ?? false;
  const certifiedName = certified?.nameHash ?? new Uint8Array(32);
  const { selectionHash } = quote;
  const request = { cloud, tee, reportType, selectionHash, certifiedName, akCertified };
  if (anchorBytes !== null) trail.enter(anchorScope);
  const block = anchorBytes === null ? null : judgeAnchor(anchorBytes, request, statementId, context.chain);
  if (isRefusal(block)) return block;
  return {
    identityHash: identity,
    block,
    requestHash: requestHash(request),
    certifiedName,
    akCertified,
  };
}

/** Evidence time: now, or the anchor block's by the chain's rate (protocol §3). */
export function evidenceTime({ chain, now }: RegistrationContext, block: AnchorBlock | null): bigint {
  const age = block === null || chain === null ? 0n : (chain.head - block.blockNumber) * chain.blockSeconds;
  return age < now ? now - age : 0n;
}

/** The end that an AK's certificates set to what holds until `end` without them. */
export const endWith = (trust: AkTrust | null, end: bigint): bigint =>
  trust !== null && trust.notAfter < end ? trust.notAfter : end;
