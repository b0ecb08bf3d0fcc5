// The runtime claims of Azure's paravisor: JSON whose sha256 stands in report_data. Read at constant distances from
// both ends, never searched: a text that the guest may influence must not be able to move a field. The layout was
// measured on eleven real documents (2023 to 2026); two older forms (key_ops "encrypt", `current-time`) are refused.
//
//   0 head 74 ‖ n 342 ‖ '"' ‖ … ‖ 833 '"vm-configuration":{' ‖ … ‖ end-196 '"vmUniqueId"' ‖ … ‖ end-143 tail
import { fromBase64Url } from "./base64.ts";
import { ascii, fromHex, isEqual } from "./bytes.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface RuntimeClaims {
  /** RSA-2048 modulus of HCLAkPub, 256 bytes. */
  readonly akModulus: Uint8Array;
  /** The 64 bytes of `user-data`. */
  readonly userData: Uint8Array;
  /** Claims bytes between `"vm-configuration":{` and `"vmUniqueId"` (protocol §6). */
  readonly vmConfiguration: Uint8Array;
}

const head = ascii('{"keys":[{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"');
const modulusLength = 342;
const configurationAt = 833;
const configuration = ascii('"vm-configuration":{');
const uniqueIdFromEnd = 196;
const uniqueId = ascii('"vmUniqueId"');
const tailFromEnd = 143;
const userDataKey = ascii('"user-data":"');
const userDataLength = 128;
const tailEnd = ascii('"}');
const currentTime = ascii("current-time");

const hasAt = (bytes: Uint8Array, at: number, literal: Uint8Array): boolean =>
  isEqual(bytes.subarray(at, at + literal.length), literal);

function contains(bytes: Uint8Array, literal: Uint8Array): boolean {
  for (let at = 0; at + literal.length <= bytes.length; at++) if (hasAt(bytes, at, literal)) return true;
  return false;
}

export function readRuntimeClaims(claims: Uint8Array): RuntimeClaims | Refusal {
  const unknown = (detail: string) => refuse("azure.claims-layout", detail);
  const configurationEnd = configurationAt + configuration.length;
  const uniqueIdAt = claims.length - uniqueIdFromEnd;
  if (uniqueIdAt < configurationEnd) return unknown("claims are too short");
  const tailAt = claims.length - tailFromEnd;
  const userDataAt = tailAt + userDataKey.length;
  const hasLiterals =
    hasAt(claims, 0, head) &&
    claims[head.length + modulusLength] === 0x22 &&
    hasAt(claims, configurationAt, configuration) &&
    hasAt(claims, uniqueIdAt, uniqueId) &&
    hasAt(claims, tailAt, userDataKey) &&
    hasAt(claims, userDataAt + userDataLength, tailEnd);
  if (!hasLiterals) return unknown("a literal of the layout is not in its place");
  const vmConfiguration = claims.subarray(configurationEnd, uniqueIdAt);
  if (contains(vmConfiguration, currentTime)) return unknown("claims carry current-time");
  const akModulus = fromBase64Url(claims.subarray(head.length, head.length + modulusLength));
  if (akModulus === null) return unknown("HCLAkPub modulus is not base64url");
  const userDataText = String.fromCharCode(...claims.subarray(userDataAt, userDataAt + userDataLength));
  if (!/^[0-9a-fA-F]*$/.test(userDataText)) return unknown("user-data is not hex");
  return { akModulus, userData: fromHex(userDataText), vmConfiguration };
}
