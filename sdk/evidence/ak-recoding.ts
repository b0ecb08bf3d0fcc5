// Calldata with its AK certificates in a shorter form. Nothing is signed or bound over the bytes of `certs`, nor, outside
// Azure, over those of `akPub`: requestHash holds cloud, TEE, report type, selection, certified name and akCertified, the
// anchor digest holds requestHash and statement id, report_data the akId, which is the hash of the key alone (protocol
// §§3-4, Binding.sol), and `calldata.canonical` compares calldata with its own encoding. All that certificates bring to
// a verdict is the key and what is trusted of it: cloud, mark and end (CVMRegistry._resolveAK); the record keeps of them
// akCertified and an upper bound of validUntil. So they may be left out where the chain knows as much of the key, and
// an issuer that it has verified may be named by its hash. Azure's `akPub` is hashed in report_data: its compact form is
// taken only where it stands for the very bytes.
import { anchoredLength } from "./binding.ts";
import { isEqual, keccak256, toHex } from "./bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "./calldata.ts";
import { readCertificate } from "./certificate.ts";
import type { Certificate } from "./certificate.ts";
import { expandClaims, toCompactClaims } from "./compact-claims.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { cloudTypes } from "./registration.ts";
import type { WorkloadCollaterals } from "./registration.ts";
import { readRuntimeClaims } from "./runtime-claims.ts";
import { readQuoteAttest } from "./tpm-attest.ts";

/** What certificates in calldata say of an AK; nothing of it is verified. */
export interface CertifiedAk {
  readonly cloud: number;
  /** x‖y or n. */
  readonly akPublic: Uint8Array;
  /** Unix seconds: no later than this does the chain end. A root that is left out may end it sooner. */
  readonly notAfter: bigint;
  /** keccak256 of the DER of every certificate behind the leaf. */
  readonly issuers: readonly Uint8Array[];
  /** The quote says whether the AK is certified, so that a registry that finds otherwise refuses it. */
  readonly isAnchored: boolean;
}

/** What a registry knows of a key (IAKCertificates.trustOf). */
export interface KnownTrust {
  readonly isTrusted: boolean;
  /** Unix seconds. */
  readonly notAfter: bigint;
}

const referenceLength = 32;
// KeyActions.sol, MAX_TTL: no TEE half counts longer, whatever validUntil says. One day more for the way to the block.
const keptSeconds = 91n * 86_400n;

/** The hash by which a certificate is cached; in its stead it may stand in a chain already. */
const hashOf = (der: Uint8Array): Uint8Array => (der.length === referenceLength ? der : keccak256(der));

const isSelfIssued = ({ issuer, subject }: Certificate): boolean => isEqual(issuer, subject);

/** Whether the key can be named without its certificate, as `akPub` or in Azure's claims. */
function canStandAlone(cloud: number, akPub: Uint8Array, { key }: Certificate): boolean {
  if (cloud !== cloudTypes.azure)
    return akPub.length === 0 && (key.bytes.length === 64 || key.bytes.length === 256);
  const text = expandClaims(akPub);
  const claims = isRefusal(text) ? text : readRuntimeClaims(text);
  return !isRefusal(claims) && isEqual(claims.akModulus, key.bytes);
}

/** Null where no certificates are given, or none that a registry would take for the key. */
export function certifiedAkOf(calldata: Uint8Array): CertifiedAk | null {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return null;
  const { cloud, workloadCollaterals } = registration;
  const { akPub, certs, tpmQuote } = workloadCollaterals;
  const [first, ...issuers] = certs;
  const leaf = first && readCertificate(first);
  if (leaf === undefined || isRefusal(leaf) || !canStandAlone(cloud, akPub, leaf)) return null;
  let { notAfter } = leaf;
  for (const der of issuers) {
    if (der.length === referenceLength) continue;
    const issuer = readCertificate(der);
    if (isRefusal(issuer)) return null;
    if (issuer.notAfter < notAfter) notAfter = issuer.notAfter;
  }
  const attest = readQuoteAttest(tpmQuote);
  return {
    cloud,
    akPublic: leaf.key.bytes,
    notAfter,
    issuers: issuers.map(hashOf),
    isAnchored: !isRefusal(attest) && attest.extraData.length === anchoredLength,
  };
}

/**
 * Whether a record made without the certificates is the same and counts as long: the registry knows the key with its
 * cloud's mark, for as long as the certificates hold or for longer than any record lives. Un-anchored evidence keeps its
 * certificates: were the mark forgotten meanwhile, it would not be refused but recorded as that of an uncertified key.
 */
export function isTrustKept(ak: CertifiedAk, known: KnownTrust, now: bigint): boolean {
  const isLongEnough = known.notAfter >= ak.notAfter || known.notAfter >= now + keptSeconds;
  return ak.isAnchored && known.isTrusted && isLongEnough;
}

/** Calldata that differs in nothing but key and certificates. */
function withAk(
  calldata: Uint8Array,
  recode: (given: WorkloadCollaterals) => Pick<WorkloadCollaterals, "akPub" | "certs">,
): Uint8Array | Refusal {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return refuse(registration.check, "calldata cannot be read");
  const { workloadCollaterals: given } = registration;
  const { akPub, certs } = given;
  const workloadCollaterals = { ...given, ...recode(given) };
  const recoded = encodeAttestCvm({ ...registration, workloadCollaterals });
  // The way back gives the very bytes: nothing around the certificates has changed either.
  const back = decodeAttestCvm(recoded);
  const isSame =
    !("check" in back) &&
    isEqual(
      encodeAttestCvm({ ...back, workloadCollaterals: { ...back.workloadCollaterals, akPub, certs } }),
      calldata,
    );
  return isSame ? recoded : refuse("calldata.canonical", "calldata does not come back from its shorter form");
}

/** The registration of an AK that the registry knows: without certificates. */
export function toKnownAkCalldata(calldata: Uint8Array): Uint8Array | Refusal {
  const ak = certifiedAkOf(calldata);
  if (ak === null) return refuse("ak.chain-length", "no certificates of an AK that can do without");
  return withAk(calldata, ({ akPub }) => ({
    akPub: ak.cloud === cloudTypes.azure ? akPub : ak.akPublic,
    certs: [],
  }));
}

/** The registration with Azure's runtime claims in their compact form; as given where there are none, or none so. */
export function toCompactClaimsCalldata(calldata: Uint8Array): Uint8Array | Refusal {
  const registration = decodeAttestCvm(calldata);
  const isAzure = !("check" in registration) && registration.cloud === cloudTypes.azure;
  if (!isAzure) return calldata;
  return withAk(calldata, ({ akPub, certs }) => ({ akPub: toCompactClaims(akPub) ?? akPub, certs }));
}

function isTrailingRoot(certs: readonly Uint8Array[], at: number): boolean {
  const last = at > 0 && at === certs.length - 1 ? readCertificate(certs[at]!) : null;
  return last !== null && !isRefusal(last) && isSelfIssued(last);
}

/**
 * The registration with every issuer named by hash that the registry has cached, the root among them left out.
 * @param isCached by the keccak256 of an issuer's DER in hex
 */
export function toNamedIssuersCalldata(
  calldata: Uint8Array,
  isCached: (hash: string) => boolean,
): Uint8Array | Refusal {
  return withAk(calldata, ({ akPub, certs }) => {
    const isKnown = (der: Uint8Array, at: number) => at > 0 && isCached(toHex(hashOf(der)));
    const kept = certs.filter((der, at) => !(isKnown(der, at) && isTrailingRoot(certs, at)));
    return { akPub, certs: kept.map((der, at) => (isKnown(der, at) ? hashOf(der) : der)) };
  });
}
