// Members of a certificate that nearly are in form: the check that contract and SDK both end in.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, it } from "node:test";
import {
  bitString,
  boolean,
  element,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../agent/platforms/simulated/der.ts";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import { compare, compose, extension, harness, patched, tbsOf } from "./composed-certificates.ts";
import type { Parts } from "./composed-certificates.ts";
import { hex } from "./outcome.ts";

const keyUsage = fromHex("030206c0");
const empty = new Uint8Array(0);
const withRsa = (hash: number) => sequence(objectIdentifier(`1.2.840.113549.1.1.${hash}`), element(0x05));
const rsaSha512 = withRsa(13);
const modulusOf = (length: number, first = 0xc1) => new Uint8Array(length).fill(0xc1).fill(first, 0, 1);
const positive = (bytes: Uint8Array) => element(0x02, Uint8Array.of(0), bytes);
const spki = (bits: Uint8Array) => sequence(withRsa(1), bits);
const rsaKey = (modulus: Uint8Array, exponent: number | bigint = 65537) =>
  spki(bitString(sequence(modulus, integer(exponent))));
const utcTime = (text: string) => element(0x17, Buffer.from(text));
const generalizedTime = (text: string) => element(0x18, Buffer.from(text));
const late = generalizedTime("20500101000000Z");
const constraints = (...items: Uint8Array[]) => [extension("2.5.29.19", sequence(...items), true)];

// The check that both end in; null where the deviation is none.
const deviations: readonly (readonly [what: string, parts: Parts, check: string | null])[] = [
  ["a serial of no bytes", { serial: element(0x02) }, "x509.der"],
  ["a serial with a spare zero", { serial: element(0x02, fromHex("0001")) }, "x509.der"],
  ["a serial with a spare ff", { serial: element(0x02, fromHex("ff80")) }, "x509.der"],
  ["one time", { times: [late] }, "x509.der"],
  ["three times", { times: [late, late, late] }, "x509.der"],
  ["a UTCTime with seconds of one digit", { times: [utcTime("25010100000Z"), late] }, "x509.der"],
  ["a UTCTime with a byte behind Z", { times: [utcTime("250101000000ZZ"), late] }, "x509.der"],
  [
    "a GeneralizedTime with a byte behind Z",
    { times: [generalizedTime("20250101000000ZZ"), late] },
    "x509.der",
  ],
  ["a time that is a string", { times: [element(0x13, Buffer.from("20250101000000Z")), late] }, "x509.der"],
  ["a UTCTime of another zone", { times: [utcTime("250101000000A"), late] }, "x509.der"],
  ["a GeneralizedTime of another zone", { times: [generalizedTime("20250101000000A"), late] }, "x509.der"],
  ["a colon for a digit", { times: [utcTime("25010100000:Z"), late] }, "x509.der"],
  ["a letter for a digit", { times: [utcTime("250101000a00Z"), late] }, "x509.der"],
  ["the year 1949", { times: [generalizedTime("19491231235959Z"), late] }, "x509.der"],
  ["month 0", { times: [utcTime("250001000000Z"), late] }, "x509.der"],
  ["month 13", { times: [utcTime("251301000000Z"), late] }, "x509.der"],
  ["day 0", { times: [utcTime("250100000000Z"), late] }, "x509.der"],
  ["31 April", { times: [utcTime("250431000000Z"), late] }, "x509.der"],
  ["29 February of no leap year", { times: [utcTime("250229000000Z"), late] }, "x509.der"],
  ["29 February 2100", { times: [late, generalizedTime("21000229000000Z")] }, "x509.der"],
  ["29 February 2024", { times: [utcTime("240229000000Z"), late] }, null],
  ["hour 24", { times: [utcTime("250101240000Z"), late] }, "x509.der"],
  ["minute 60", { times: [utcTime("250101006000Z"), late] }, "x509.der"],
  ["second 60", { times: [utcTime("250101000060Z"), late] }, "x509.der"],
  [
    "ECDSA with SHA-384",
    { algorithm: sequence(objectIdentifier("1.2.840.10045.4.3.3")) },
    "x509.signature-algorithm",
  ],
  ["an RSA key of 2048 bits", { key: rsaKey(positive(modulusOf(256))) }, null],
  ["an RSA key of 2040 bits", { key: rsaKey(positive(modulusOf(255))) }, "x509.key"],
  ["an RSA key whose top bit is 0", { key: rsaKey(element(0x02, modulusOf(256, 0x41))) }, "x509.key"],
  ["an RSA key of exponent 3", { key: rsaKey(positive(modulusOf(256)), 3) }, "x509.key"],
  ["an RSA key in a bit string of no bytes", { key: spki(element(0x03)) }, "x509.der"],
  [
    "an RSA key with unused bits",
    { key: spki(element(0x03, Uint8Array.of(1), sequence(positive(modulusOf(256)), integer(65537)))) },
    "x509.der",
  ],
  [
    "criticality of two bytes",
    {
      extensions: [
        sequence(objectIdentifier("2.5.29.15"), element(0x01, fromHex("ffff")), octetString(keyUsage)),
      ],
    },
    "x509.der",
  ],
  ["constraints of no CA", { extensions: constraints() }, null],
  ["constraints of a CA with a path", { extensions: constraints(boolean(true), integer(1)) }, null],
  ["constraints with FALSE spelt out", { extensions: constraints(boolean(false)) }, "x509.der"],
  ["a path length of two bytes", { extensions: constraints(boolean(true), integer(256)) }, "x509.der"],
  ["key usage of no bits", { extensions: [extension("2.5.29.15", fromHex("030100"))] }, "x509.der"],
  ["key usage of three bytes", { extensions: [extension("2.5.29.15", fromHex("030400808000"))] }, "x509.der"],
  [
    "key usage with eight unused bits",
    { extensions: [extension("2.5.29.15", fromHex("03020800"))] },
    "x509.der",
  ],
  ["no purpose in extended key usage", { extensions: [extension("2.5.29.37", sequence())] }, "x509.der"],
  ["a purpose that is none", { extensions: [extension("2.5.29.37", sequence(integer(1)))] }, "x509.der"],
];

const signatures: readonly (readonly [what: string, parts: Parts, bits: Uint8Array, check: string | null])[] =
  [
    ["two numbers", {}, bitString(sequence(integer(1), integer(2))), null],
    ["three numbers", {}, bitString(sequence(integer(1), integer(2), integer(3))), "x509.der"],
    ["unused bits", {}, element(0x03, Uint8Array.of(1), sequence(integer(1), integer(2))), "x509.der"],
    ["the bytes of RSA", { algorithm: rsaSha512 }, bitString(modulusOf(256)), null],
    ["no bytes, of RSA", { algorithm: rsaSha512 }, bitString(empty), null],
    ["not even its first byte, of RSA", { algorithm: rsaSha512 }, element(0x03), "x509.der"],
  ];

describe("members of a certificate", () => {
  const check = async (der: Uint8Array, what: string, due: string | null) => {
    await compare(what, der);
    const sdk = readCertificate(der);
    assert.equal(isRefusal(sdk) ? sdk.check : null, due);
  };
  for (const [what, parts, due] of deviations)
    it(`${what}: ${due ?? "accepted"}`, () => check(compose(parts), what, due));
  for (const [what, parts, bits, due] of signatures)
    it(`a signature of ${what}: ${due ?? "accepted"}`, () => check(compose(parts, bits), what, due));
});

describe("a certificate signed by RSA with SHA-512", () => {
  it("is what its issuer's key signed, and nothing else", async () => {
    const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = keys.publicKey.export({ type: "spki", format: "der" });
    const signed = tbsOf({ algorithm: rsaSha512 });
    const issuer = hex(compose({ key }));
    const by = (bytes: Uint8Array) =>
      harness.read.isSignedBy([hex(sequence(signed, rsaSha512, bitString(bytes))), issuer]);
    const good = sign("sha512", signed, keys.privateKey);
    assert.equal(await by(good), true);
    assert.equal(await by(patched(good, 200, good[200]! ^ 1)), false);
    assert.equal(await by(sign("sha384", signed, keys.privateKey)), false);
  });
});
