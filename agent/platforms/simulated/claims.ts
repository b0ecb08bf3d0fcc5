// Azure's runtime claims, byte for byte in the layout of the captured machines (2025): the on-chain reader finds the
// key, the VM configuration and the user data at constant distances from start and end.
import { randomBytes } from "node:crypto";
import { ascii, toHex } from "../../../sdk/evidence/bytes.ts";

export interface Claims {
  /** RSA-2048 modulus of the AK. */
  readonly akModulus: Uint8Array;
  readonly ekModulus: Uint8Array;
  /** UUID, lower case. */
  readonly vmUniqueId: string;
  /** 64 bytes. */
  readonly userData: Uint8Array;
}

const key = (kid: string, operation: string, modulus: Uint8Array): string =>
  `{"kid":"${kid}","key_ops":["${operation}"],"kty":"RSA","e":"AQAB","n":"${Buffer.from(modulus).toString("base64url")}"}`;

const vmConfiguration =
  '"root-cert-thumbprint":"","console-enabled":true,"secure-boot":true,"tpm-enabled":true,"tpm-persisted":true';

export function runtimeClaims({ akModulus, ekModulus, vmUniqueId, userData }: Claims): Uint8Array {
  const keys = `${key("HCLAkPub", "sign", akModulus)},${key("HCLEkPub", "encrypt", ekModulus)}`;
  const digits = toHex(userData).slice(2).toUpperCase();
  const configuration = `{${vmConfiguration},"vmUniqueId":"${vmUniqueId}"}`;
  return ascii(`{"keys":[${keys}],"vm-configuration":${configuration},"user-data":"${digits}"}`);
}

/** The EK plays no part in attestation: any 2048-bit number of its shape will do. */
export function simulatedEkModulus(): Uint8Array {
  const modulus = Uint8Array.from(randomBytes(256));
  modulus[0]! |= 0x80;
  modulus[255]! |= 1;
  return modulus;
}
