// A TPM in this process, for machines without swtpm: real keys, real signatures, the same structures and the same
// refusals. It protects nothing (its keys are in our memory) and serves the simulator alone.
import { generateKeyPairSync, randomBytes, sign as signBytes, type KeyObject } from "node:crypto";
import { concat, isEqual, sha256, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { policyPcrDigest } from "../../sdk/evidence/binding.ts";
import {
  attestationPublic,
  attestTypes,
  ecdsaSignature,
  endorsementName,
  generatedMagic,
  identityPublic,
  nameOf,
  pcrSelection,
  qualifiedNameOf,
  rsaSignature,
  tpm2b,
} from "./structures.ts";
import {
  TpmError,
  type Attestation,
  type AttestationKey,
  type AttestationKeyKind,
  type IdentityKey,
  type Tpm,
} from "./tpm.ts";

const pcrCount = 24;
/** Marks the attest structures as ours: ASCII "cvm-sim" and a version. */
const firmwareVersion = concat(new TextEncoder().encode("cvm-sim"), uint(1, 1));
/** TPM_RC_SIZE of parameter 1: qualifying data is longer than TPMT_HA with SHA-512 (66 bytes). */
const sizeRefused = 0x1d5;
/** TPM_RC_INTEGRITY of parameter 1: a private area that this TPM did not encrypt. */
const integrityRefused = 0x1df;
/** TPM_RC_HANDLE of handle 1. */
const handleRefused = 0x18b;
/** TPM_RC_LOCALITY: this PCR cannot be reset from locality 0. */
const localityRefused = 0x907;
/** PCRs that TPM2_PCR_Reset takes from locality 0 (PC Client Platform TPM Profile, PCR attributes). */
const resettablePcrs = [16, 23];
const maxQualifyingData = 66;
const firstTransient = 0x80000000;

const fromJwk = (value: string | undefined): Uint8Array => Uint8Array.from(Buffer.from(value!, "base64url"));

const p256Sign = (key: KeyObject, bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(signBytes("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }));

function generateP256(): { privateKey: KeyObject; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  return { privateKey, publicKey: concat(fromJwk(x), fromJwk(y)) };
}

function generateRsa(): { privateKey: KeyObject; publicKey: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { privateKey, publicKey: fromJwk(publicKey.export({ format: "jwk" }).n) };
}

/**
 * ECDSA over a digest: node:crypto hashes what it signs, so the digest goes through @noble. `p256.sign` is imported
 * where it is used to keep the one place that sees a raw private scalar small.
 */
async function signDigest(privateKey: KeyObject, digest: Uint8Array): Promise<Uint8Array> {
  const { p256 } = await import("@noble/curves/nist.js");
  const scalar = fromJwk(privateKey.export({ format: "jwk" }).d);
  return p256.sign(digest, scalar, { prehash: false, lowS: false });
}

export interface SoftwareTpm extends Tpm {
  /** TPM2_PCR_Reset from locality 0, as any process of the guest may send it. Not the agent's: no Tpm has it. */
  pcrReset(index: number): Promise<void>;
}

export function softwareTpm(): SoftwareTpm {
  const pcrs: Uint8Array[] = Array.from({ length: pcrCount }, (_, index) =>
    new Uint8Array(32).fill(index >= 17 && index <= 22 ? 0xff : 0),
  );
  const attestationKeys = new Map<number, KeyObject>();
  // The blob of an identity key is a random label here; the key itself stays in this map.
  const identityKeys = new Map<string, KeyObject>();
  const started = performance.now();

  const pcr = (index: number): Uint8Array => {
    const value = pcrs[index];
    if (value === undefined) throw new RangeError(`no PCR ${index}`);
    return value;
  };
  const ascending = (indices: readonly number[]): number[] => [...indices].sort((a, b) => a - b);
  const policyOf = (indices: readonly number[]): Uint8Array =>
    policyPcrDigest(indices.map((index) => ({ index, pcr: pcr(index) })));

  function attest(ak: AttestationKey, type: number, extraData: Uint8Array, body: Uint8Array): Attestation {
    const privateKey = attestationKeys.get(ak.handle);
    if (privateKey === undefined) throw new TpmError("TPM2_Quote", handleRefused);
    if (extraData.length > maxQualifyingData) throw new TpmError("TPM2_Quote", sizeRefused);
    const bytes = concat(
      uint(generatedMagic, 4),
      uint(type, 2),
      tpm2b(qualifiedNameOf(endorsementName(), nameOf(ak.tpmtPublic))),
      tpm2b(extraData),
      uint(Math.floor(performance.now() - started), 8),
      uint(1, 4), // resetCount
      uint(0, 4), // restartCount
      uint(1, 1), // safe
      firmwareVersion,
      body,
    );
    const signature =
      ak.kind === "rsa2048"
        ? rsaSignature(Uint8Array.from(signBytes("sha256", bytes, privateKey)))
        : ecdsaSignature(p256Sign(privateKey, bytes));
    return { attest: bytes, signature };
  }

  function createAttestationKey(kind: AttestationKeyKind): AttestationKey {
    const { privateKey, publicKey } = kind === "rsa2048" ? generateRsa() : generateP256();
    const handle = firstTransient + attestationKeys.size;
    attestationKeys.set(handle, privateKey);
    return { kind, handle, publicKey, tpmtPublic: attestationPublic(kind, publicKey) };
  }

  function createIdentityKey(policyPcrs: readonly number[]): IdentityKey {
    const { privateKey, publicKey } = generateP256();
    const ordered = ascending(policyPcrs);
    const tpmtPublic = identityPublic(policyOf(ordered), publicKey);
    const privateBlob = Uint8Array.from(randomBytes(32));
    identityKeys.set(toHex(privateBlob), privateKey);
    return { tpmtPublic, name: nameOf(tpmtPublic), publicKey, policyPcrs: ordered, privateBlob };
  }

  async function sign(key: IdentityKey, digest: Uint8Array): Promise<Uint8Array | null> {
    const privateKey = identityKeys.get(toHex(key.privateBlob));
    if (privateKey === undefined) throw new TpmError("TPM2_Load", integrityRefused);
    const expected = nameOf(identityPublic(policyOf(key.policyPcrs), key.publicKey));
    return isEqual(expected, key.name) ? signDigest(privateKey, digest) : null;
  }

  // `async` turns a refusal into a rejected promise, as the other TPM answers.
  /* eslint-disable @typescript-eslint/require-await */
  return {
    createAttestationKey: async (kind) => createAttestationKey(kind),
    createIdentityKey: async (policyPcrs) => createIdentityKey(policyPcrs),
    pcrExtend: async (index, digest) => {
      if (digest.length !== 32) throw new RangeError("a SHA-256 PCR is extended by 32 bytes");
      pcrs[index] = sha256(pcr(index), digest);
    },
    pcrReset: async (index) => {
      if (!resettablePcrs.includes(index)) throw new TpmError("TPM2_PCR_Reset", localityRefused);
      pcrs[index] = new Uint8Array(32);
    },
    pcrRead: async (indices) => new Map(indices.map((index) => [index, pcr(index).slice()])),
    quote: async (ak, extraData, indices) => {
      const ordered = ascending(indices);
      const digest = sha256(new Uint8Array(0), ...ordered.map(pcr));
      return attest(ak, attestTypes.quote, extraData, concat(pcrSelection(ordered), tpm2b(digest)));
    },
    certify: async (ak, key, qualifyingData) => {
      const parent = qualifiedNameOf(endorsementName(), nameOf(ak.tpmtPublic));
      const body = concat(tpm2b(key.name), tpm2b(qualifiedNameOf(parent, key.name)));
      return attest(ak, attestTypes.certify, qualifyingData, body);
    },
    sign,
    evict: async () => undefined,
    close: async () => {
      attestationKeys.clear();
      identityKeys.clear();
    },
  };
  /* eslint-enable @typescript-eslint/require-await */
}
