// The primitives under test: the contracts' libraries behind their test doors on a chain inside this process, reached
// by eth_call, and the SDK's functions of the same job.
import { network } from "hardhat";
import { toHex } from "viem";
import type { Hex } from "viem";
import { concat, fromHex, sha256 } from "../../sdk/evidence/bytes.ts";
import { readCertificate, readPublicKey } from "../../sdk/evidence/certificate.ts";
import type { PublicKey } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import { buildDoors } from "../build.ts";
import { anySignature, carrierOf } from "./carrier.ts";

/** A key as a certificate reader gives it, or null when it refuses the key. */
type Key = PublicKey | null;

/** A hash of RSASSA-PKCS1-v1_5, as Wycheproof names it. */
export type RsaHash = "SHA-256" | "SHA-384" | "SHA-512";

/** The contracts' libraries. Every answer is false or null on a refusal and throws on anything else. */
export interface Primitives {
  readKey(spki: Uint8Array): Promise<Key>;
  /** r‖s of an ECDSA-Sig-Value in DER. */
  readEcdsaSignature(der: Uint8Array): Promise<Uint8Array | null>;
  isP256Signature(digest: Uint8Array, signature: Uint8Array, key: Uint8Array): Promise<boolean>;
  isRsaSignature(
    hash: RsaHash,
    message: Uint8Array,
    signature: Uint8Array,
    modulus: Uint8Array,
  ): Promise<boolean>;
  sha384(message: Uint8Array): Promise<Uint8Array>;
  sha512(message: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The answer, or null when the contract refuses by a check of certificates. */
async function unlessRefused<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    const data = revertDataOf(error);
    if (data !== null && decodeRevert(data).check?.startsWith("x509.") === true) return null;
    throw error;
  }
}

// A key for carriers of signatures: the base point (SEC 2 §2.4.2).
const generator = fromHex(
  "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0" +
    "f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);

const half = (bytes: Uint8Array, at: 0 | 1): Hex => toHex(bytes.subarray(32 * at, 32 * (at + 1)));

/** Builds what is missing and deploys the test doors. */
export async function openPrimitives(): Promise<Primitives> {
  buildDoors();
  const connection = await network.create();
  const { viem } = connection;
  const crypto = await viem.deployContract("CryptoHarness");
  const certificates = await viem.deployContract("CertificateHarness");
  const parse = async (der: Uint8Array) => {
    const parsed = await unlessRefused(certificates.read.parse([toHex(der)]));
    return parsed === null ? null : parsed[0];
  };
  return {
    async readKey(spki) {
      const fields = await parse(carrierOf(spki, anySignature));
      if (fields === null) return null;
      return fields.modulus === "0x"
        ? { type: "p256", bytes: concat(fromHex(fields.x), fromHex(fields.y)) }
        : { type: "rsa", bytes: fromHex(fields.modulus) };
    },
    async readEcdsaSignature(der) {
      const fields = await parse(carrierOf(generator, der));
      return fields === null ? null : concat(fromHex(fields.r), fromHex(fields.s));
    },
    // A contract takes r‖s as two words: a signature of another length has no such form.
    async isP256Signature(digest, signature, key) {
      if (signature.length !== 64) return false;
      const words = [half(signature, 0), half(signature, 1), half(key, 0), half(key, 1)] as const;
      return crypto.read.p256([toHex(digest), ...words]);
    },
    async isRsaSignature(hash, message, signature, modulus) {
      const key = [toHex(modulus), toHex(signature)] as const;
      if (hash === "SHA-384") return certificates.read.rsaSha384([...key, toHex(message)]);
      if (hash === "SHA-512") return certificates.read.rsaSha512([...key, toHex(message)]);
      const [ok] = await certificates.read.rsaSha256([...key, toHex(sha256(message))]);
      return ok;
    },
    async sha384(message) {
      const [head, tail] = await crypto.read.sha384([toHex(message)]);
      return concat(fromHex(head), fromHex(tail));
    },
    async sha512(message) {
      const [head, tail] = await crypto.read.sha512([toHex(message)]);
      return concat(fromHex(head), fromHex(tail));
    },
    close: () => connection.close(),
  };
}

/** The same two readers of the SDK. */
export const sdkReaders = {
  readKey(spki: Uint8Array): Key {
    const key = readPublicKey(spki);
    return isRefusal(key) ? null : key;
  },
  readEcdsaSignature(der: Uint8Array): Uint8Array | null {
    const carrier = readCertificate(carrierOf(generator, der));
    return isRefusal(carrier) ? null : carrier.signature;
  },
};
