// Azure's runtime claims without what is alike in all of them: a registry puts it back and hashes the whole, so that
// claims mean the same in either form (contracts/evidence/CompactClaims.sol). Calldata is a third shorter by it.
//
//   0 ff 01 ‖ 2 modulus of HCLAkPub, 256 ‖ 258 base64url of the modulus of HCLEkPub, 342 ‖ 600 user-data, 64 ‖
//   664 text between `"vm-configuration":{` and `"user-data"`
import { toBase64Url } from "./base64.ts";
import { ascii, concat, isEqual, toHex } from "./bytes.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { readRuntimeClaims } from "./runtime-claims.ts";

const form = Uint8Array.of(0xff, 0x01);
const [modulusAt, ekTextAt, userDataAt, configurationAt] = [2, 258, 600, 664];

// What is put back. In full the text of HCLEkPub begins at 487, the configuration at 853; user-data ends 2 from the end.
const head = ascii('{"keys":[{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"');
const middle = ascii('"},{"kid":"HCLEkPub","key_ops":["encrypt"],"kty":"RSA","e":"AQAB","n":"');
const beforeConfiguration = ascii('"}],"vm-configuration":{');
const beforeUserData = ascii('"user-data":"');
const end = ascii('"}');
const ekTextFrom = 487;
const ekTextEnd = 829;
const configurationFrom = 853;
const userDataDigits = 128;

const isCompact = (claims: Uint8Array): boolean => isEqual(claims.subarray(0, form.length), form);

/** The JSON that compact claims stand for; other bytes are given back as they are, whatever they be. */
export function expandClaims(claims: Uint8Array): Uint8Array | Refusal {
  if (!isCompact(claims)) return claims;
  if (claims.length < configurationAt)
    return refuse(
      "azure.claims-layout",
      `compact claims of ${claims.length} bytes, ${configurationAt} are due`,
    );
  const userData = toHex(claims.subarray(userDataAt, configurationAt)).slice(2).toUpperCase();
  return concat(
    head,
    toBase64Url(claims.subarray(modulusAt, ekTextAt)),
    middle,
    claims.subarray(ekTextAt, userDataAt),
    beforeConfiguration,
    claims.subarray(configurationAt),
    beforeUserData,
    ascii(userData),
    end,
  );
}

/** The compact form of claims; null where it would stand for other ones. */
export function toCompactClaims(claims: Uint8Array): Uint8Array | null {
  const read = readRuntimeClaims(claims);
  if (isRefusal(read)) return null;
  const userDataFrom = claims.length - end.length - userDataDigits;
  const compact = concat(
    form,
    read.akModulus,
    claims.subarray(ekTextFrom, ekTextEnd),
    read.userData,
    claims.subarray(configurationFrom, userDataFrom - beforeUserData.length),
  );
  const back = expandClaims(compact);
  return !isRefusal(back) && isEqual(back, claims) ? compact : null;
}
