// The default floor of an application (protocol §10): one list for `cvm verify`, simulate, SDK and contract. Data and
// a pure evaluation; a failed item is a reason not to accept, never a reason not to record.
import type { CheckId } from "../checks.ts";
import { toHex } from "../evidence/bytes.ts";
import { cloudTypes, keyProtections, pcrTrusts, reportTypes, teeTypes } from "../evidence/registration.ts";
import type { Assurance } from "./registration.ts";

export interface Floor {
  readonly clouds: readonly number[];
  readonly reportTypes: readonly number[];
  readonly requireTeeFresh: boolean;
  readonly requireTpmFresh: boolean;
  readonly minKeyProtection: number;
  /** By cloud; a cloud that is not listed needs `host`. */
  readonly minPcrTrust: Readonly<Record<number, number>>;
  /** Whether the binding flags of protocol §4 are wanted. */
  readonly requireBinding: boolean;
  readonly tcbStatuses: readonly number[];
  readonly keyTypes: readonly number[];
  /** Seconds after which a half no longer counts, whatever its TTL; 0: only the TTL. */
  readonly maxTeeAge: number;
  readonly maxTpmAge: number;
  /** Platform ids (hex) admitted for Milan VCEKs outside certified clouds, and where `requirePlatform` asks for one. */
  readonly platforms: readonly string[];
  /** Platform ids (hex) that never count, admitted or not. */
  readonly deniedPlatforms: readonly string[];
  /** Whether every record must be of an admitted platform. */
  readonly requirePlatform: boolean;
  /** By cloud: PCRs that must be measured by value, as bits; a cloud that is not listed needs Azure's. */
  readonly measuredPcrs: Readonly<Record<number, number>>;
}

const bits = (...pcrs: number[]) => pcrs.reduce((mask, pcr) => mask | (1 << pcr), 0);

/** UpToDate 1, SWHardeningNeeded 2 (protocol §13). */
const upToDate = [1, 2] as const;

export const defaultFloor: Floor = {
  clouds: [cloudTypes.gcp, cloudTypes.azure, cloudTypes.aws],
  reportTypes: [reportTypes.solidity],
  requireTeeFresh: true,
  requireTpmFresh: true,
  minKeyProtection: keyProtections.tpmPcrBound,
  minPcrTrust: { [cloudTypes.azure]: pcrTrusts.tee },
  requireBinding: true,
  tcbStatuses: upToDate,
  keyTypes: [0],
  // Nothing more than the TTLs that the identity key chose.
  maxTeeAge: 0,
  maxTpmAge: 0,
  platforms: [],
  deniedPlatforms: [],
  requirePlatform: false,
  measuredPcrs: { [cloudTypes.gcp]: bits(0, 4, 7, 11, 16, 23), [cloudTypes.azure]: bits(4, 7, 11, 16, 23) },
};

/** A record as an application looks at it. */
export interface PolicyRecord {
  readonly isRegistered: boolean;
  readonly isSuspended: boolean;
  readonly isPlatformRevoked: boolean;
  readonly isClassEpochCurrent: boolean;
  readonly cloud: number;
  readonly tee: number;
  readonly reportType: number;
  readonly assurance: Assurance;
  readonly measurementHash: Uint8Array;
  readonly platformId: Uint8Array;
  readonly measuredPcrs: number;
  /** Unix seconds, as everything here that ends in Time or Until; TTLs in seconds. */
  readonly teeTime: bigint;
  readonly tpmTime: bigint;
  readonly validUntil: bigint;
  readonly teeTtl: bigint;
  readonly tpmTtl: bigint;
}

/** Lives of the two halves of a new record (protocol §9), in seconds. */
export const defaultTtls = { tee: 2_592_000n, tpm: 5_184_000n } as const;

type PolicyCheck = Extract<CheckId, `policy.${string}`>;

function isBindingEnough({ cloud, tee, assurance }: PolicyRecord): boolean {
  if (cloud === cloudTypes.azure) return assurance.runtimeClaims;
  return tee === teeTypes.amdSevSnp ? assurance.quoteNamesTee : assurance.teeNamesAk;
}

const isListed = (list: readonly string[], { platformId }: PolicyRecord) =>
  platformId.some((byte) => byte !== 0) && list.includes(toHex(platformId));

/** VCEK seeds of Milan can be extracted by whoever controls the host, so a cloud or a list must say the same. */
function isPlatformEnough(record: PolicyRecord, floor: Floor): boolean {
  const { cloud, assurance, measuredPcrs } = record;
  if (isListed(floor.platforms, record)) return true;
  if (floor.requirePlatform) return false;
  const milan = 1;
  if (assurance.product !== milan || assurance.keyType !== 0) return true;
  if (cloud === cloudTypes.gcp) return assurance.pcrTrust >= pcrTrusts.host && (measuredPcrs & 1) !== 0;
  return cloud === cloudTypes.azure && assurance.pcrTrust === pcrTrusts.tee;
}

/** Whether a half of this time is too old for a floor at `now`. */
const isTooOld = (time: bigint, maxAge: number, now: bigint) => maxAge !== 0 && now >= time + BigInt(maxAge);

const earlier = (a: bigint, b: bigint) => (a < b ? a : b);

/**
 * Ids of the policy checks a record fails, in order. `golden` are the admitted measurement hashes (hex), or null when
 * the caller has none to compare with and the check is left out.
 */
export function failedPolicies(
  record: PolicyRecord,
  floor: Floor,
  now: bigint,
  golden: readonly string[] | null,
): PolicyCheck[] {
  const { cloud, assurance } = record;
  const needed = floor.measuredPcrs[cloud] ?? bits(4, 7, 11, 16, 23);
  const results: [PolicyCheck, boolean][] = [
    ["policy.registered", record.isRegistered],
    ["policy.suspended", !record.isSuspended],
    ["policy.platform-revoked", !record.isPlatformRevoked],
    ["policy.class-epoch", record.isClassEpochCurrent],
    ["policy.tee-validity", now < earlier(record.teeTime + record.teeTtl, record.validUntil)],
    ["policy.tpm-validity", now < record.tpmTime + record.tpmTtl],
    ["policy.measurement", golden === null || golden.includes(toHex(record.measurementHash))],
    ["policy.cloud", floor.clouds.includes(cloud)],
    ["policy.report-type", floor.reportTypes.includes(record.reportType)],
    ["policy.tee-fresh", assurance.teeFresh || !floor.requireTeeFresh],
    ["policy.tpm-fresh", assurance.tpmFresh || !floor.requireTpmFresh],
    ["policy.tee-age", !isTooOld(record.teeTime, floor.maxTeeAge, now)],
    ["policy.tpm-age", !isTooOld(record.tpmTime, floor.maxTpmAge, now)],
    ["policy.key-protection", assurance.keyProtection >= floor.minKeyProtection],
    ["policy.pcr-trust", assurance.pcrTrust >= (floor.minPcrTrust[cloud] ?? pcrTrusts.host)],
    ["policy.binding", !floor.requireBinding || isBindingEnough(record)],
    ["policy.tcb-status", floor.tcbStatuses.includes(assurance.tcbStatus)],
    ["policy.key-type", record.tee !== teeTypes.amdSevSnp || floor.keyTypes.includes(assurance.keyType)],
    ["policy.platform-denied", !isListed(floor.deniedPlatforms, record)],
    ["policy.platform", isPlatformEnough(record, floor)],
    ["policy.measured-pcrs", (record.measuredPcrs & needed) === needed],
  ];
  return results.filter(([, isMet]) => !isMet).map(([id]) => id);
}
