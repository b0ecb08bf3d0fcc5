// The policy file of `cvm verify --policy`: a JSON object that replaces single items of the default floor, by name.
//
//   { "tcbStatuses": ["UpToDate", "OutOfDate"], "clouds": ["gcp"], "reportTypes": ["solidity"], "requireTeeFresh": false,
//     "requireTpmFresh": false, "minKeyProtection": "tpm", "minPcrTrust": {"azure": "none"}, "requireBinding": true,
//     "keyTypes": ["VCEK"], "maxTeeAge": 86400, "maxTpmAge": 3600, "platforms": ["0x…"], "deniedPlatforms": ["0x…"],
//     "requirePlatform": true, "measuredPcrs": {"gcp": [0, 4, 7]} }
import { toHex } from "../evidence/bytes.ts";
import { cloudTypes, keyProtections, pcrTrusts, reportTypes } from "../evidence/registration.ts";
import { keyTypeNames, tcbStatusNames } from "./claims-json.ts";
import { bytesOf } from "./input-fields.ts";
import { defaultFloor } from "./policy.ts";
import type { Floor } from "./policy.ts";

/** Why a policy or golden file cannot be used. */
export interface UnusableFile {
  readonly unusable: string;
}

type Names = Readonly<Record<string, number>>;
const numbered = (names: readonly string[]): Names =>
  Object.fromEntries(names.map((name, value) => [name, value]));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function valueOf(names: Names, name: unknown): number | null {
  return typeof name === "string" && Object.hasOwn(names, name) ? names[name]! : null;
}

function valuesOf(names: Names, list: unknown): number[] | null {
  if (!Array.isArray(list)) return null;
  const values = list.map((name) => valueOf(names, name));
  return values.includes(null) ? null : (values as number[]);
}

/** An object keyed by cloud, on top of the default's. */
function byCloud(
  before: Readonly<Record<number, number>>,
  value: unknown,
  read: (item: unknown) => number | null,
): Record<number, number> | null {
  if (!isObject(value)) return null;
  const out = { ...before };
  for (const [name, item] of Object.entries(value)) {
    const cloud = valueOf(cloudTypes, name);
    const entry = read(item);
    if (cloud === null || entry === null) return null;
    out[cloud] = entry;
  }
  return out;
}

function pcrBits(list: unknown): number | null {
  if (!Array.isArray(list)) return null;
  const isIndex = (pcr: unknown): pcr is number =>
    typeof pcr === "number" && Number.isInteger(pcr) && pcr >= 0;
  if (!list.every((pcr) => isIndex(pcr) && pcr < 24)) return null;
  return (list as number[]).reduce((mask, pcr) => mask | (1 << pcr), 0);
}

const flag = (value: unknown) => (typeof value === "boolean" ? value : null);

// The contract's field is a uint24, as the TTLs are.
const seconds = (value: unknown) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1 << 24 ? value : null;

function platformsOf(list: unknown): string[] | null {
  if (!Array.isArray(list)) return null;
  const ids = list.map((id) => (typeof id === "string" ? bytesOf(id) : null));
  return ids.every((id) => id?.length === 32) ? ids.map((id) => toHex(id!)) : null;
}

// A revoked platform is refused before any policy is asked.
const acceptableStatuses = numbered(tcbStatusNames.filter((name) => name !== "Revoked"));

const readers: { readonly [Item in keyof Floor]: (value: unknown) => Floor[Item] | null } = {
  clouds: (value) => valuesOf(cloudTypes, value),
  reportTypes: (value) => valuesOf(reportTypes, value),
  requireTeeFresh: flag,
  requireTpmFresh: flag,
  minKeyProtection: (value) => valueOf(keyProtections, value),
  minPcrTrust: (value) => byCloud(defaultFloor.minPcrTrust, value, (item) => valueOf(pcrTrusts, item)),
  requireBinding: flag,
  tcbStatuses: (value) => valuesOf(acceptableStatuses, value),
  keyTypes: (value) => valuesOf(numbered(keyTypeNames), value),
  maxTeeAge: seconds,
  maxTpmAge: seconds,
  platforms: platformsOf,
  deniedPlatforms: platformsOf,
  requirePlatform: flag,
  measuredPcrs: (value) => byCloud(defaultFloor.measuredPcrs, value, pcrBits),
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The default floor with the items of the file. An unknown item is an error: it would not be enforced. */
export function parsePolicyFile(text: string): Floor | UnusableFile {
  const value = parseJson(text);
  if (!isObject(value)) return { unusable: "the policy file is not a JSON object" };
  const floor: Record<string, unknown> = { ...defaultFloor };
  for (const [name, item] of Object.entries(value)) {
    const read = Object.hasOwn(readers, name) ? readers[name as keyof Floor] : undefined;
    const entry = read === undefined ? null : read(item);
    if (entry === null) return { unusable: `policy item ${name} is unknown or malformed` };
    floor[name] = entry;
  }
  return floor as unknown as Floor;
}

/** Measurement hashes of {"golden_measurement": "…"}, {"golden_measurements": […]} or a bare list. */
export function parseGoldenFile(text: string): string[] | UnusableFile {
  const unusable = { unusable: "the golden file holds no 32-byte measurement hashes" };
  const value = parseJson(text);
  const list = isObject(value) ? (value["golden_measurements"] ?? [value["golden_measurement"]]) : value;
  if (!Array.isArray(list) || list.length === 0) return unusable;
  const hashes = list.map((item) => (typeof item === "string" ? bytesOf(item) : null));
  return hashes.every((hash) => hash?.length === 32) ? hashes.map((hash) => toHex(hash!)) : unusable;
}
