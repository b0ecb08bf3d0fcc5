// Strict DER: properties over arbitrary trees and bytes, and the boundaries of lengths.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fromBase64, fromBase64Url } from "../../sdk/evidence/base64.ts";
import { ascii, concat, fromHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isMinimalInteger, readDer, readDerNodes, readUnsigned } from "../../sdk/evidence/der.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTime } from "../../sdk/evidence/time.ts";
import { readTpmPublic } from "../../sdk/evidence/tpm-public.ts";
import { readCertifyAttest, readQuoteAttest } from "../../sdk/evidence/tpm-attest.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { googleAkRoot } from "../../sdk/verify/roots.ts";
import { certificateOf } from "../support/tdx-vectors.ts";
import { flip } from "./fixtures.ts";

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  return Uint8Array.of(0x82, length >> 8, length & 0xff);
}

const encode = (tag: number, content: Uint8Array) =>
  concat(Uint8Array.of(tag), encodeLength(content.length), content);

const lowTags = fc.integer({ min: 1, max: 0xff }).filter((tag) => (tag & 0x1f) !== 0x1f);
const seed = 20261124;

describe("DER", () => {
  it("reads back every node that is encoded minimally", () => {
    fc.assert(
      fc.property(lowTags, fc.uint8Array({ maxLength: 700 }), (tag, content) => {
        const node = readDer(encode(tag, content), tag);
        assert.ok(!isRefusal(node));
        assert.deepEqual(node.content, content);
      }),
      { seed },
    );
  });

  it("splits a list of nodes into the same nodes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(lowTags, fc.uint8Array({ maxLength: 200 }))), (list) => {
        const bytes = concat(new Uint8Array(0), ...list.map(([tag, content]) => encode(tag, content)));
        const nodes = readDerNodes(bytes);
        assert.ok(!isRefusal(nodes));
        assert.deepEqual(
          nodes.map(({ tag, content }) => [tag, content]),
          list,
        );
      }),
      { seed },
    );
  });

  it("refuses one byte more and one byte less", () => {
    fc.assert(
      fc.property(
        lowTags,
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 0, max: 255 }),
        (tag, content, extra) => {
          const der = encode(tag, content);
          assert.ok(isRefusal(readDer(concat(der, Uint8Array.of(extra)), tag)));
          assert.ok(isRefusal(readDer(der.subarray(0, -1), tag)));
        },
      ),
      { seed },
    );
  });

  for (const [what, hex] of Object.entries({
    "an indefinite length": "30800000",
    "a long form where the short one does": "308101ff",
    "a long form with a leading zero": "30820080" + "00".repeat(128),
    "a length of four bytes": "308400000001ff",
    "a tag of more than one byte": "1f0100",
    "no bytes": "",
    "a tag alone": "30",
  }))
    it(`refuses ${what}`, () => assert.ok(isRefusal(readDer(fromHex(hex), 0x30))));

  it("knows the minimal forms of integers", () => {
    for (const hex of ["00", "7f", "0080", "80", "ff7f"]) assert.ok(isMinimalInteger(fromHex(hex)), hex);
    for (const hex of ["", "0000", "007f", "ff80", "ffff"]) assert.ok(!isMinimalInteger(fromHex(hex)), hex);
  });

  it("reads no negative magnitude", () => {
    const negative = readDer(fromHex("0201ff"), 0x02);
    assert.ok(!isRefusal(negative) && isRefusal(readUnsigned(negative)));
  });
});

describe("times of X.509", () => {
  const timeOf = (tag: number, text: string) =>
    readTime({ tag, content: ascii(text), raw: new Uint8Array(0) });

  it("agrees with the calendar of the platform", () => {
    const bounds = {
      min: new Date("1950-01-01T00:00:00Z"),
      max: new Date("2049-12-31T23:59:59Z"),
      noInvalidDate: true,
    };
    fc.assert(
      fc.property(fc.date(bounds), (date) => {
        const iso = date.toISOString().replace(/[-:T]/g, "").slice(0, 14);
        const seconds = BigInt(Math.floor(date.getTime() / 1000));
        assert.equal(timeOf(0x18, `${iso}Z`), seconds);
        assert.equal(timeOf(0x17, `${iso.slice(2)}Z`), seconds);
      }),
      { seed },
    );
  });

  for (const text of [
    "20260229000000Z",
    "20261301000000Z",
    "20260100000000Z",
    "20260101240000Z",
    "2026010100000Z",
    "20260101000000+",
  ])
    it(`refuses ${text}`, () => assert.ok(isRefusal(timeOf(0x18, text))));

  it("knows leap days", () => assert.equal(timeOf(0x18, "20240229000000Z"), 1_709_164_800n));
});

describe("base64", () => {
  it("reads back what the platform writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        assert.deepEqual(fromBase64(ascii(buffer.toString("base64"))), bytes);
        assert.deepEqual(fromBase64Url(ascii(buffer.toString("base64url"))), bytes);
      }),
      { seed },
    );
  });

  for (const text of ["QQ", "QQ=", "QR==", "QUF=", "Q===", "====", "QQ==QQ==", "Q Q=", "QQ-_"])
    it(`refuses ${text}`, () => assert.equal(fromBase64(ascii(text)), null));
});

describe("readers of structures", () => {
  it("answer a value or a refusal to any bytes, and never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 900 }), (bytes) => {
        for (const read of [readCertificate, readQuoteAttest, readCertifyAttest, readTpmPublic, readTdxQuote])
          assert.ok(isRefusal(read(bytes)));
      }),
      { seed },
    );
  });

  it("a certificate with any byte changed is another certificate or refused, and never throws", () => {
    const original = readCertificate(googleAkRoot.der);
    assert.ok(!isRefusal(original));
    for (let at = 0; at < googleAkRoot.der.length; at++)
      for (const bit of [0x01, 0x80]) {
        const changed = readCertificate(flip(googleAkRoot.der, at, bit));
        if (!isRefusal(changed))
          assert.notDeepEqual([changed.tbs, changed.signature], [original.tbs, original.signature]);
      }
  });

  it("a serial number has 20 bytes, and a 21st in front for the sign alone (RFC 5280 §4.1.2.2)", () => {
    const der = certificateOf("platformCa");
    const at = der.findIndex((_, i) => der[i] === 0x02 && der[i + 1] === 0x15 && der[i + 2] === 0);
    assert.ok(at > 0 && !isRefusal(readCertificate(der)));
    const refused = readCertificate(flip(der, at + 2, 0x01));
    assert.ok(isRefusal(refused));
    assert.equal(refused.check, "x509.der");
  });
});
