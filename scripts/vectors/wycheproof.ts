// Wycheproof files (C2SP/wycheproof, testvectors_v1): each group names a key, a hash and a form of signature, each test
// a message, a signature and a verdict.
import { fromHex, sha256, sha384, sha512 } from "../../sdk/evidence/bytes.ts";
import { isP256Signature, isRsaSignature } from "../../sdk/verify/signature.ts";
import { sdkReaders } from "./primitives.ts";
import type { RsaHash } from "./primitives.ts";
import type { Expectation, VectorCase, VectorSet } from "./set.ts";
import { addTo, UnreadableVectors } from "./set.ts";

interface WycheproofTest {
  readonly tcId: number;
  readonly msg: string;
  readonly sig: string;
  readonly result: string;
}

interface WycheproofGroup {
  readonly type?: string;
  readonly sha?: string;
  readonly keySize?: number;
  readonly publicKey?: { readonly curve?: string; readonly publicExponent?: string };
  readonly publicKeyDer?: string;
  readonly tests: readonly WycheproofTest[];
}

export interface WycheproofFile {
  readonly algorithm?: string;
  readonly numberOfTests?: number;
  readonly testGroups: readonly WycheproofGroup[];
}

const p256Primitive = "contracts/crypto/P256 + sdk/verify/signature";
const rsaPrimitive = "contracts/crypto/RSA + sdk/verify/signature";

const expectations: Record<string, Expectation> = { valid: true, invalid: false, acceptable: "either" };

type Job = "ecdsa-der" | "ecdsa-p1363" | RsaHash;

const digestBy: Record<RsaHash, (message: Uint8Array) => Uint8Array> = {
  "SHA-256": sha256,
  "SHA-384": sha384,
  "SHA-512": sha512,
};
const isRsaHash = (name: string): name is RsaHash => Object.hasOwn(digestBy, name);

/** What judges a group, or why nothing here does. */
function jobOf(group: WycheproofGroup, algorithm: string): Job | { readonly reason: string } {
  const { type = "", sha = "", keySize, publicKey } = group;
  if (type === "EcdsaVerify" || type === "EcdsaP1363Verify") {
    const curve = publicKey?.curve ?? "an unnamed curve";
    if (curve !== "secp256r1") return { reason: `ECDSA on ${curve}: no primitive` };
    if (sha !== "SHA-256") return { reason: `ECDSA with ${sha}: no primitive` };
    return type === "EcdsaVerify" ? "ecdsa-der" : "ecdsa-p1363";
  }
  if (type !== "RsassaPkcs1Verify") return { reason: `${type || algorithm}: no primitive` };
  if (!isRsaHash(sha)) return { reason: `RSA PKCS#1 v1.5 with ${sha}: no primitive` };
  const isSize = keySize === 2048 || keySize === 3072 || keySize === 4096;
  return isSize ? sha : { reason: `RSA of ${keySize ?? "unnamed"} bits: no primitive` };
}

function mustReadHex(text: unknown, what: string): Uint8Array {
  try {
    if (typeof text === "string" && !/^0x/i.test(text)) return fromHex(text);
  } catch {
    // Told below.
  }
  throw new UnreadableVectors(`${what} is not hex`);
}

function ecdsaCase(job: Exclude<Job, RsaHash>, spki: Uint8Array, message: Uint8Array, sig: Uint8Array) {
  const isDer = job === "ecdsa-der";
  const key = sdkReaders.readKey(spki);
  return {
    async judgedByContract(contracts) {
      const own = await contracts.readKey(spki);
      const signature = isDer ? await contracts.readEcdsaSignature(sig) : sig;
      if (own?.type !== "p256" || signature === null) return false;
      return contracts.isP256Signature(sha256(message), signature, own.bytes);
    },
    judgedBySdk() {
      const signature = isDer ? sdkReaders.readEcdsaSignature(sig) : sig;
      if (key?.type !== "p256" || signature === null) return false;
      return isP256Signature(message, signature, key.bytes);
    },
  } satisfies Partial<VectorCase>;
}

function rsaCase(hash: RsaHash, spki: Uint8Array, message: Uint8Array, sig: Uint8Array) {
  const key = sdkReaders.readKey(spki);
  return {
    async judgedByContract(contracts) {
      const own = await contracts.readKey(spki);
      return own?.type === "rsa" && contracts.isRsaSignature(hash, message, sig, own.bytes);
    },
    judgedBySdk: () => key?.type === "rsa" && isRsaSignature(digestBy[hash](message), sig, key.bytes),
  } satisfies Partial<VectorCase>;
}

function caseOf(job: Job, group: WycheproofGroup, test: WycheproofTest): VectorCase {
  const { tcId, result } = test;
  const expected = expectations[result];
  if (!Number.isSafeInteger(tcId)) throw new UnreadableVectors("a test has no tcId");
  if (expected === undefined) throw new UnreadableVectors(`test ${tcId} has the result ${result}`);
  const spki = mustReadHex(group.publicKeyDer, "publicKeyDer");
  const message = mustReadHex(test.msg, `msg of test ${tcId}`);
  const sig = mustReadHex(test.sig, `sig of test ${tcId}`);
  if (!isRsaHash(job)) return { id: tcId, expected, ...ecdsaCase(job, spki, message, sig) };
  const stated = group.publicKey?.publicExponent;
  const exponent = stated === undefined ? {} : { exponent: BigInt(`0x${stated}`) };
  return { id: tcId, expected, ...exponent, ...rsaCase(job, spki, message, sig) };
}

/** Cases of a Wycheproof file. Throws UnreadableVectors. */
export function readWycheproof(file: WycheproofFile): VectorSet {
  const cases: VectorCase[] = [];
  const skipped = new Map<string, number>();
  let primitive = "none";
  let total = 0;
  for (const group of file.testGroups) {
    const tests: unknown = group.tests;
    if (!Array.isArray(tests)) throw new UnreadableVectors("a group has no tests");
    total += tests.length;
    const job = jobOf(group, file.algorithm ?? "unnamed algorithm");
    if (typeof job === "object") {
      addTo(skipped, job.reason, tests.length);
      continue;
    }
    primitive = isRsaHash(job) ? rsaPrimitive : p256Primitive;
    for (const test of tests as WycheproofTest[]) cases.push(caseOf(job, group, test));
  }
  if (file.numberOfTests !== total)
    throw new UnreadableVectors(`numberOfTests is ${file.numberOfTests}, the groups hold ${total}`);
  return { primitive, cases, skipped };
}
