// The AK in the form off-chain verifiers read.
import { createPublicKey } from "node:crypto";
import type { AttestationKey } from "./tpm/tpm.ts";

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** SubjectPublicKeyInfo, DER. */
export function spkiOf({ kind, publicKey }: AttestationKey): Uint8Array {
  const jwk =
    kind === "rsa2048"
      ? { kty: "RSA", n: base64url(publicKey), e: "AQAB" }
      : {
          kty: "EC",
          crv: "P-256",
          x: base64url(publicKey.subarray(0, 32)),
          y: base64url(publicKey.subarray(32)),
        };
  return Uint8Array.from(
    createPublicKey({ format: "jwk", key: jwk }).export({ format: "der", type: "spki" }),
  );
}
