// CRLs: Intel's against an independent reader, and lists of our own making that deviate in one thing each.
import "reflect-metadata";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { X509Crl } from "@peculiar/x509";
import { concat, fromHex } from "../../sdk/evidence/bytes.ts";
import { readCertificateList, serialKey } from "../../sdk/evidence/certificate-list.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { documentBytes, real } from "../support/tdx-vectors.ts";

const errorOf = (der: Uint8Array) => {
  const list = readCertificateList(der);
  return isRefusal(list) ? list.check : null;
};

describe("CRLs of Intel", () => {
  const ids = Object.keys(real.documents).filter((id) => /^(root|platform)-/.test(id));
  assert.equal(ids.length, 19);
  for (const id of ids)
    it(`${id} reads as another reader reads it`, () => {
      const der = documentBytes(id);
      const list = readCertificateList(der);
      assert.ok(!isRefusal(list));
      const other = new X509Crl(der);
      assert.equal(list.thisUpdate, BigInt(other.thisUpdate.getTime() / 1000));
      assert.equal(list.nextUpdate, BigInt(other.nextUpdate!.getTime() / 1000));
      const serials = other.entries.map(({ serialNumber }) => `0x${serialNumber.replace(/^00/, "")}`);
      assert.deepEqual([...list.serials].sort(), serials.sort());
    });

  it("cut anywhere are malformed", () => {
    const der = documentBytes("platform-2026-01-27");
    for (let length = 0; length < der.length; length += 13)
      assert.equal(errorOf(der.subarray(0, length)), "x509.der", `${length}`);
    assert.equal(errorOf(concat(der, Uint8Array.of(0))), "x509.der");
  });
});

/** DER of a tag and its content, lengths below 2^16. */
function tlv(tag: number, ...content: readonly (Uint8Array | string)[]): Uint8Array {
  const body = concat(...content.map((part) => (typeof part === "string" ? fromHex(part) : part)));
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concat(Uint8Array.of(tag, ...size), body);
}

const sequence = (...content: (Uint8Array | string)[]) => tlv(0x30, ...content);
const utc = (time: string) => tlv(0x17, new TextEncoder().encode(time));
const ecdsaSha256 = "300a06082a8648ce3d040302";
const ecdsaSha384 = "300a06082a8648ce3d040303";
const name = sequence(tlv(0x31, sequence("0603550403", tlv(0x0c, "6161"))));
const signature = tlv(0x03, "00", sequence("020101", "020102"));
const from = utc("260101000000Z");
const until = utc("260201000000Z");
const extension = (isCritical: boolean) =>
  sequence("0603551d14", ...(isCritical ? ["0101ff"] : []), tlv(0x04, "020101"));
const entry = (serial: string, ...rest: Uint8Array[]) => sequence(tlv(0x02, serial), from, ...rest);

interface Parts {
  readonly version?: string;
  readonly inner?: string;
  readonly outer?: string;
  readonly times?: readonly Uint8Array[];
  readonly revoked?: readonly Uint8Array[] | null;
  readonly extensions?: readonly Uint8Array[] | null;
  readonly tail?: readonly Uint8Array[];
  readonly signature?: Uint8Array;
}

function listOf(parts: Parts = {}): Uint8Array {
  const { revoked = [entry("05")], extensions = [extension(false)] } = parts;
  const tbs = sequence(
    parts.version ?? "020101",
    parts.inner ?? ecdsaSha256,
    name,
    ...(parts.times ?? [from, until]),
    ...(revoked === null ? [] : [sequence(...revoked)]),
    ...(extensions === null ? [] : [tlv(0xa0, sequence(...extensions))]),
    ...(parts.tail ?? []),
  );
  return sequence(tbs, parts.outer ?? parts.inner ?? ecdsaSha256, parts.signature ?? signature);
}

const longest = `7f${"ff".repeat(19)}`;
const accepted: readonly (readonly [string, Parts])[] = [
  ["with one entry", {}],
  ["without entries", { revoked: null }],
  ["without extensions", { extensions: null }],
  ["with neither", { revoked: null, extensions: null }],
  ["with an entry extension", { revoked: [entry("05", sequence(extension(false)))] }],
  ["with a serial of 20 bytes and a sign byte", { revoked: [entry(`00${"ff".repeat(20)}`), entry(longest)] }],
];

const critical = "x509.critical-extension";
const algorithm = "x509.signature-algorithm";
const refused: readonly (readonly [string, Parts, string])[] = [
  ["of version 1", { version: "020100" }, "x509.der"],
  ["without nextUpdate", { times: [from] }, "x509.der"],
  ["with a time that is none", { times: [from, utc("260230000000Z")] }, "x509.der"],
  ["with an empty list of entries", { revoked: [] }, "x509.der"],
  ["with serial 0", { revoked: [entry("00")] }, "x509.der"],
  ["with a negative serial", { revoked: [entry("80")] }, "x509.der"],
  ["with a serial that is not minimal", { revoked: [entry("0005")] }, "x509.der"],
  ["with a serial of 21 bytes", { revoked: [entry(`01${"ff".repeat(20)}`)] }, "x509.der"],
  ["with an entry without date", { revoked: [sequence("020105")] }, "x509.der"],
  ["with an entry of another tag", { revoked: [tlv(0x31, "020105", from)] }, "x509.der"],
  ["with empty entry extensions", { revoked: [entry("05", sequence())] }, "x509.der"],
  ["with a critical entry extension", { revoked: [entry("05", sequence(extension(true)))] }, critical],
  ["with a critical extension", { extensions: [extension(true)] }, critical],
  ["with an extension twice", { extensions: [extension(false), extension(false)] }, "x509.der"],
  ["with empty extensions", { extensions: [] }, "x509.der"],
  ["with a member behind the extensions", { tail: [sequence("0500")] }, "x509.der"],
  ["signed by another algorithm", { inner: ecdsaSha384 }, algorithm],
  ["that states two algorithms", { outer: ecdsaSha384 }, algorithm],
  ["with a signature that is none", { signature: tlv(0x03, "00", "0500") }, "x509.der"],
  ["with a signature of odd bits", { signature: tlv(0x03, "01", sequence("020101", "020102")) }, "x509.der"],
  ["malformed and of another algorithm", { inner: ecdsaSha384, revoked: [] }, "x509.der"],
  ["critical and of another algorithm", { inner: ecdsaSha384, extensions: [extension(true)] }, algorithm],
];

describe("a CRL", () => {
  for (const [what, parts] of accepted)
    it(`${what} is read`, () => assert.equal(errorOf(listOf(parts)), null));
  for (const [what, parts, check] of refused)
    it(`${what} ends in ${check}`, () => assert.equal(errorOf(listOf(parts)), check));

  it("names serials without their sign byte, as certificates do", () => {
    const list = readCertificateList(listOf({ revoked: [entry("00ff"), entry("7f")] }));
    assert.ok(!isRefusal(list));
    assert.deepEqual([...list.serials], ["0xff", "0x7f"]);
    assert.equal(serialKey(fromHex("00ff")), "0xff");
    assert.equal(serialKey(fromHex("7f")), "0x7f");
  });
});
