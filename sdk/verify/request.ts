// The first checks of a registration: known enumerations, an existing verifier, a usable identity key.
import type { CheckId } from "../checks.ts";
import { identityAlgorithm } from "../evidence/binding.ts";
import { refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { CvmIdentity, Registration } from "../evidence/registration.ts";
import type { SupportedReport } from "./context.ts";
import { isOnP256 } from "./signature.ts";

export const identityScope = [
  "identity.algorithm",
  "identity.encoding",
  "identity.point",
] as const satisfies readonly CheckId[];

export const requestScope = [
  "registration.cloud",
  "registration.tee",
  "registration.report-type",
  "tee.report-type-unsupported",
  ...identityScope,
] as const satisfies readonly CheckId[];

const isWithin = (value: number, last: number) => Number.isInteger(value) && value >= 1 && value <= last;

/** x‖y of an identity, whose data is x‖y or 0x04‖x‖y (protocol §2). */
export function identityKey(identity: CvmIdentity): Uint8Array | Refusal {
  const { sigScheme, curve, hashAlgo, data } = identity;
  const isKnown =
    sigScheme === identityAlgorithm.sigScheme &&
    curve === identityAlgorithm.curve &&
    hashAlgo === identityAlgorithm.hashAlgo;
  if (!isKnown) return refuse("identity.algorithm", `algorithms are ${sigScheme}, ${curve}, ${hashAlgo}`);
  const isPrefixed = data.length === 65 && data[0] === 0x04;
  if (data.length !== 64 && !isPrefixed)
    return refuse("identity.encoding", `identity data has ${data.length} bytes`);
  const key = isPrefixed ? data.subarray(1) : data;
  return isOnP256(key) ? key : refuse("identity.point", "identity key is not a point of P-256");
}

/** x‖y of the identity of an admissible request. */
export function judgeRequest(
  registration: Registration,
  supported: readonly SupportedReport[],
): Uint8Array | Refusal {
  const { cloud, tee, reportType } = registration;
  if (!isWithin(cloud, 4)) return refuse("registration.cloud", `cloud is ${cloud}`);
  if (!isWithin(tee, 2)) return refuse("registration.tee", `tee is ${tee}`);
  if (!isWithin(reportType, 3)) return refuse("registration.report-type", `report type is ${reportType}`);
  const isSupported = supported.some((known) => known.tee === tee && known.reportType === reportType);
  if (!isSupported)
    return refuse("tee.report-type-unsupported", `no verifier for TEE ${tee} with report type ${reportType}`);
  return identityKey(registration.workloadCollaterals.cvmIdentity);
}

/** Both spellings of an identity, 64 and 65 bytes of data: one key, one life. */
export function spellings(key: Uint8Array): readonly [CvmIdentity, CvmIdentity] {
  return [
    { ...identityAlgorithm, data: key },
    { ...identityAlgorithm, data: Uint8Array.of(0x04, ...key) },
  ];
}
