// Which key signed the quote, and who certifies it (protocol §1 `certs`, `akPub`; §4).
import type { CheckId } from "../checks.ts";
import { akIdOf } from "../evidence/binding.ts";
import { concat, isEqual, sha256, toHex } from "../evidence/bytes.ts";
import type { PublicKey } from "../evidence/certificate.ts";
import { expandClaims } from "../evidence/compact-claims.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { cloudTypes } from "../evidence/registration.ts";
import type { Registration } from "../evidence/registration.ts";
import { readRuntimeClaims } from "../evidence/runtime-claims.ts";
import type { RuntimeClaims } from "../evidence/runtime-claims.ts";
import { akChainScope, judgeAkChain } from "./ak-certificates.ts";
import type { AkChain } from "./ak-certificates.ts";
import type { AkTrust, RegistrationContext } from "./context.ts";
import { isOnP256 } from "./signature.ts";
import type { Trail } from "./verdict.ts";

export interface AttestationKey {
  readonly key: PublicKey;
  readonly akId: Uint8Array;
  /** Null when no certificate of the stated cloud is known for the key. */
  readonly trust: AkTrust | null;
  /** Azure only. */
  readonly runtimeClaims: RuntimeClaims | null;
}

/** What names the AK: in a registration as stated, in a re-attestation with the recorded cloud. */
export type AkEvidence = Pick<Registration, "cloud" | "workloadCollaterals">;

const azureScope = ["azure.claims-layout", "azure.claims-hash"] as const satisfies readonly CheckId[];

function keyOf(publicKey: Uint8Array): PublicKey | Refusal {
  if (publicKey.length !== 64 && publicKey.length !== 256)
    return refuse("ak.public", `AK public key has ${publicKey.length} bytes`);
  if (publicKey.length === 256) return { type: "rsa", bytes: publicKey };
  return isOnP256(publicKey)
    ? { type: "p256", bytes: publicKey }
    : refuse("ak.point", "AK is not a point of P-256");
}

/** The chain of the evidence, which must end in a root of the stated cloud. */
function chainOf(evidence: AkEvidence, context: RegistrationContext, trail: Trail): AkChain | Refusal {
  trail.enter([...akChainScope, "ak.cloud"]);
  const chain = judgeAkChain(evidence.workloadCollaterals.certs, context.trust, context.now);
  if (isRefusal(chain)) return chain;
  return chain.cloud === evidence.cloud
    ? chain
    : refuse("ak.cloud", `chain ends in a root of cloud ${chain.cloud}, stated is ${evidence.cloud}`);
}

/**
 * The latest end known for a key counts: a copyist may bring last week's certificate of the same key. Trust ends with
 * the certificates that bear the cloud's mark, whatever an unmarked one of the same key says.
 */
export function latestTrust(chain: AkTrust | null, cached: AkTrust | null): AkTrust | null {
  const all = [chain, cached].filter((trust) => trust !== null);
  const marked = all.filter(({ isTrusted }) => isTrusted);
  const [first, second] = marked.length > 0 ? marked : all;
  if (first === undefined) return null;
  const { isTrusted } = first;
  const notAfter =
    second !== undefined && second.notAfter > first.notAfter ? second.notAfter : first.notAfter;
  return { isTrusted, notAfter };
}

function known(akId: Uint8Array, cloud: number, context: RegistrationContext): AkTrust | null {
  const trust = context.certifiedAk?.(akId, cloud) ?? null;
  return trust !== null && trust.notAfter >= context.now ? trust : null;
}

function azureClaims(registration: Registration, reportData: Uint8Array): RuntimeClaims | Refusal {
  const text = expandClaims(registration.workloadCollaterals.akPub);
  if (isRefusal(text)) return text;
  const claims = readRuntimeClaims(text);
  if (isRefusal(claims)) return claims;
  const expected = concat(sha256(text), new Uint8Array(32));
  return isEqual(reportData, expected)
    ? claims
    : refuse("azure.claims-hash", `report_data is ${toHex(reportData)}`);
}

/** The key that the claims (Azure), the certificates or akPub name; claims and certificates must agree. */
function selectKey(
  akPub: Uint8Array,
  chain: AkChain | null,
  claims: RuntimeClaims | null,
  trail: Trail,
): PublicKey | Refusal {
  if (claims === null && chain === null) {
    trail.enter(["ak.public", "ak.point"]);
    return keyOf(akPub);
  }
  if (claims === null || chain === null) return chain?.key ?? { type: "rsa", bytes: claims!.akModulus };
  trail.enter(["ak.claims-key"]);
  return isEqual(chain.key.bytes, claims.akModulus)
    ? chain.key
    : refuse("ak.claims-key", "AK certificate names another key than the runtime claims");
}

/** The AK of its certificates or as given, on Azure in a registration as the claims name it. */
export function readAk(
  evidence: AkEvidence,
  context: RegistrationContext,
  trail: Trail,
  runtimeClaims: RuntimeClaims | null = null,
): AttestationKey | Refusal {
  const { cloud, workloadCollaterals: wc } = evidence;
  const hasChain = wc.certs.length > 0;
  if (runtimeClaims === null && hasChain) {
    trail.enter(["ak.public-unexpected"]);
    if (wc.akPub.length > 0) return refuse("ak.public-unexpected", "akPub is given next to certificates");
  }
  const chain = hasChain ? chainOf(evidence, context, trail) : null;
  if (isRefusal(chain)) return chain;
  const key = selectKey(wc.akPub, chain, runtimeClaims, trail);
  if (isRefusal(key)) return key;
  trail.enter(["ak.key-type", ...(chain === null ? [] : (["ak.public"] as const))]);
  // Google certifies an RSA AK too, but only the P-256 one is the guest's to quote with (protocol §2).
  if (cloud === cloudTypes.gcp && key.type !== "p256") return refuse("ak.key-type", "GCP wants the P-256 AK");
  // A certificate may name a key that no TPM quotes with: RSA-4096.
  if (key.bytes.length > 256) return refuse("ak.public", `AK public key has ${key.bytes.length} bytes`);
  const akId = akIdOf(key.bytes);
  return { key, akId, trust: latestTrust(chain, known(akId, cloud, context)), runtimeClaims };
}

/** The AK of a registration whose TEE report says `reportData`. */
export function resolveAk(
  registration: Registration,
  reportData: Uint8Array,
  context: RegistrationContext,
  trail: Trail,
): AttestationKey | Refusal {
  if (registration.cloud !== cloudTypes.azure) return readAk(registration, context, trail);
  trail.enter(azureScope);
  const claims = azureClaims(registration, reportData);
  return isRefusal(claims) ? claims : readAk(registration, context, trail, claims);
}
