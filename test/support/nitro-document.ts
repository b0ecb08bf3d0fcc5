// SIMULATED NitroTPM attestation documents under an authority of our own, since no real one could be had: keys follow
// from a seed, signatures are deterministic, names say simulator. Field order, lengths and null for what the guest did
// not give are those of captured Nitro documents.
import { p384 } from "@noble/curves/nist.js";
import {
  bitString,
  boolean,
  element,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  time,
  utf8String,
} from "../../agent/platforms/simulated/der.ts";
import { seededBytes } from "../../agent/platforms/simulated/p256.ts";
import { ascii, concat, fromHex, toBigInt, uint } from "../../sdk/evidence/bytes.ts";
import type { NitroExpectation } from "../../sdk/verify/nitro.ts";

export interface P384KeyPair {
  readonly secretKey: Uint8Array;
  /** x‖y */
  readonly publicKey: Uint8Array;
}

export function seededP384(purpose: string): P384KeyPair {
  const { secretKey } = p384.keygen(seededBytes("nitro", purpose, 72));
  return { secretKey, publicKey: p384.getPublicKey(secretKey, false).subarray(1) };
}

/** r‖s over the SHA-384 of the bytes. */
export const signP384 = (key: P384KeyPair, bytes: Uint8Array): Uint8Array =>
  p384.sign(bytes, key.secretKey, { lowS: false });

export interface CertificateSpec {
  readonly subject: string;
  readonly issuer: string;
  readonly key: Uint8Array;
  readonly issuerKey: P384KeyPair;
  readonly from: number;
  readonly until: number;
  /** Path length of a CA, or null for an end entity. */
  readonly pathLength: number | null;
  /** First byte of keyUsage. */
  readonly keyUsage: number;
  /** Dotted OID of a critical extension that nobody knows. */
  readonly unknownCritical?: string;
  /** AlgorithmIdentifiers, outside and inside. */
  readonly algorithms?: readonly [Uint8Array, Uint8Array];
  readonly spki?: Uint8Array;
}

const ecdsaSha384 = sequence(objectIdentifier("1.2.840.10045.4.3.3"));
const name = (commonName: string) =>
  sequence(element(0x31, sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));
const extension = (oid: string, value: Uint8Array) =>
  sequence(objectIdentifier(oid), boolean(true), octetString(value));
const date = (seconds: number) => time(new Date(seconds * 1000));

export function issueP384(spec: CertificateSpec): Uint8Array {
  const [outer, inner] = spec.algorithms ?? [ecdsaSha384, ecdsaSha384];
  const constraints = spec.pathLength === null ? [] : [boolean(true), integer(spec.pathLength)];
  const point = bitString(concat(uint(4, 1), spec.key));
  const curve = sequence(objectIdentifier("1.2.840.10045.2.1"), objectIdentifier("1.3.132.0.34"));
  const extensions = [
    extension("2.5.29.19", sequence(...constraints)),
    extension("2.5.29.15", element(0x03, uint(1, 1), uint(spec.keyUsage, 1))),
    ...(spec.unknownCritical === undefined ? [] : [extension(spec.unknownCritical, sequence())]),
  ];
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(toBigInt(seededBytes("nitro", spec.subject, 16))),
    inner,
    name(spec.issuer),
    sequence(date(spec.from), date(spec.until)),
    name(spec.subject),
    spec.spki ?? sequence(curve, point),
    explicit(3, sequence(...extensions)),
  );
  const rs = signP384(spec.issuerKey, tbs);
  const value = sequence(integer(toBigInt(rs.subarray(0, 48))), integer(toBigInt(rs.subarray(48))));
  return sequence(tbs, outer, bitString(value));
}

const head = (major: number, length: number): Uint8Array =>
  length < 24
    ? uint(major * 32 + length, 1)
    : length < 0x100
      ? concat(uint(major * 32 + 24, 1), uint(length, 1))
      : concat(uint(major * 32 + 25, 1), uint(length, 2));

/** CBOR writers, shortest form. */
export const cbor = {
  uint: (value: number | bigint) =>
    BigInt(value) < 0x10000n ? head(0, Number(value)) : concat(uint(0x1b, 1), uint(value, 8)),
  bytes: (value: Uint8Array) => concat(head(2, value.length), value),
  text: (value: string) => concat(head(3, ascii(value).length), ascii(value)),
  array: (...items: readonly Uint8Array[]) => concat(head(4, items.length), ...items),
  map: (...pairs: readonly (readonly [Uint8Array, Uint8Array])[]) =>
    concat(head(5, pairs.length), ...pairs.flat()),
  null: uint(0xf6, 1),
};

/** 2026-03-24T12:00:00Z */
export const documentTime = 1_774_353_600;
const hour = 3600;
const names = {
  root: "simulator.aws.nitro-enclaves",
  zone: "zonal.simulator.aws.nitro-enclaves",
  leaf: "i-0123456789abcdef0-tpm0000000000000000.simulator.aws",
};
const keys = { root: seededP384("root"), zone: seededP384("zone"), leaf: seededP384("leaf") };
export const nitroKeys = keys;

export type ChainEdits = Partial<Record<keyof typeof names, Partial<CertificateSpec>>>;

/** DER of root, zone and leaf. */
export function nitroChain(edits: ChainEdits = {}): Record<keyof typeof names, Uint8Array> {
  const dates = { from: documentTime - hour, until: documentTime + 2 * hour };
  const ca = { keyUsage: 0x06, ...dates };
  const root = { subject: names.root, issuer: names.root, key: keys.root.publicKey, issuerKey: keys.root };
  const zone = { subject: names.zone, issuer: names.root, key: keys.zone.publicKey, issuerKey: keys.root };
  const leaf = { subject: names.leaf, issuer: names.zone, key: keys.leaf.publicKey, issuerKey: keys.zone };
  return {
    root: issueP384({ ...ca, ...root, pathLength: 1, ...edits.root }),
    zone: issueP384({ ...ca, ...zone, pathLength: 0, ...edits.zone }),
    leaf: issueP384({ ...dates, ...leaf, pathLength: null, keyUsage: 0x80, ...edits.leaf }),
  };
}

/** x‖y of the identity key; the base point of P-256 serves (SEC 2 §2.4.2). */
export const identityKey = fromHex(
  "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296" +
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
);
export const identitySpki = concat(
  fromHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
  identityKey,
);
export const binding = seededBytes("nitro", "binding", 64);
export const pcrOf = (index: number): Uint8Array =>
  index < 16 && index !== 13 ? seededBytes("nitro", `PCR ${index}`, 48) : new Uint8Array(48);

const pcrMap = cbor.map(
  ...Array.from({ length: 24 }, (_, index) => [cbor.uint(index), cbor.bytes(pcrOf(index))] as const),
);

export type Fields = Readonly<Record<string, Uint8Array>>;

/** CBOR value of each field, in the order of captured documents. */
export const fieldsOf = (chain: ReturnType<typeof nitroChain>): Fields => ({
  module_id: cbor.text("i-0123456789abcdef0-tpm0000000000000000"),
  digest: cbor.text("SHA384"),
  timestamp: cbor.uint(documentTime * 1000),
  nitrotpm_pcrs: pcrMap,
  certificate: cbor.bytes(chain.leaf),
  cabundle: cbor.array(cbor.bytes(chain.root), cbor.bytes(chain.zone)),
  public_key: cbor.bytes(identitySpki),
  user_data: cbor.null,
  nonce: cbor.bytes(binding),
});

export const protectedHeader = fromHex("a1013822");

/** Payload map; of indefinite length when `isOpen`. */
export function payloadOf(fields: Fields, isOpen = false): Uint8Array {
  const pairs = Object.entries(fields).map(([key, value]) => [cbor.text(key), value] as const);
  return isOpen ? concat(uint(0xbf, 1), ...pairs.flat(), uint(0xff, 1)) : cbor.map(...pairs);
}

/** COSE_Sign1 by the leaf's key. */
export function sealed(payload: Uint8Array, key: P384KeyPair = keys.leaf): Uint8Array {
  const structure = cbor.array(
    cbor.text("Signature1"),
    cbor.bytes(protectedHeader),
    cbor.bytes(new Uint8Array(0)),
    cbor.bytes(payload),
  );
  return enveloped(payload, signP384(key, structure));
}

export const enveloped = (payload: Uint8Array, signature: Uint8Array, header = protectedHeader): Uint8Array =>
  cbor.array(cbor.bytes(header), cbor.map(), cbor.bytes(payload), cbor.bytes(signature));

/** A document with some fields replaced, added or (undefined) left out. */
export function nitroDocument(
  edits: Readonly<Record<string, Uint8Array | undefined>> = {},
  chain = nitroChain(),
): Uint8Array {
  const fields = Object.entries({ ...fieldsOf(chain), ...edits }).filter(([, value]) => value !== undefined);
  return sealed(payloadOf(Object.fromEntries(fields) as Fields));
}

export const nitroExpectation = (edits: Partial<NitroExpectation> = {}): NitroExpectation => ({
  root: nitroChain().root,
  now: BigInt(documentTime + 60),
  maxAgeSeconds: 300n,
  binding: { field: "nonce", value: binding },
  identityKey,
  pcrs: new Map([4, 7, 11, 12, 13].map((index) => [index, pcrOf(index)])),
  ...edits,
});
