// CRLs against the reading of @peculiar/x509, and strict DER.
import "reflect-metadata";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { X509Crl } from "@peculiar/x509";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import {
  boolean,
  element,
  enumerated,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../agent/platforms/simulated/der.ts";
import { contains, parse, refusalOfList } from "./document-door.ts";
import { certificateLists, journalHashes } from "./intel-documents.ts";
import { hex } from "./outcome.ts";

const platform = certificateLists["platform-2026-08-12"]!;

const seconds = (date: Date | undefined) => BigInt(date!.getTime() / 1000);
const word = (bytes: ArrayBuffer): Hex =>
  `0x${BigInt(hex(new Uint8Array(bytes)))
    .toString(16)
    .padStart(64, "0")}`;
const serialsOf = (list: X509Crl) =>
  list.entries.map(({ serialNumber }) => serialNumber.replace(/^00/, "").padStart(40, "0"));

/** Element of DER at `at`: where its content starts and where it ends. */
function header(der: Buffer, at: number): [number, number] {
  const length = der[at + 1]!;
  if (length < 0x80) return [at + 2, at + 2 + length];
  const start = at + 2 + (length & 0x7f);
  return [start, start + der.readUIntBE(at + 2, length & 0x7f)];
}

// A list of our own: everything but the signature is read, so that is any.
const utf8 = (text: string) => new TextEncoder().encode(text);
const utcTime = (text: string) => element(0x17, utf8(text));
const now = utcTime("260812235711Z");
const later = utcTime("260911235711Z");
const ecdsa = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const name = sequence(element(0x31, sequence(objectIdentifier("2.5.4.3"), element(0x0c, utf8("CA")))));
const extension = (oid: string, isCritical: boolean, value: Uint8Array) =>
  sequence(objectIdentifier(oid), ...(isCritical ? [boolean(true)] : []), octetString(value));
const reason = (isCritical = false) => extension("2.5.29.21", isCritical, enumerated(1));
const crlNumber = (isCritical = false) => extension("2.5.29.20", isCritical, integer(1));
const entry = (serial: Uint8Array, ...rest: Uint8Array[]) => sequence(serial, ...rest);
const plain = (serial: bigint, time = now) => entry(integer(serial), time, sequence(reason()));
const signature = (...items: Uint8Array[]) => element(0x03, Uint8Array.of(0), ...items);
const rs = signature(sequence(integer(1n << 255n), integer(5)));

interface Parts {
  version?: Uint8Array[];
  algorithm?: Uint8Array;
  outer?: Uint8Array;
  times?: Uint8Array[];
  entries?: Uint8Array[] | null;
  extensions?: Uint8Array[];
  signature?: Uint8Array;
}

const listOf = (parts: Parts): Uint8Array =>
  sequence(
    sequence(
      ...(parts.version ?? [integer(1)]),
      parts.algorithm ?? ecdsa,
      name,
      ...(parts.times ?? [now, later]),
      ...(parts.entries === null ? [] : [sequence(...(parts.entries ?? [plain(1n), plain(2n)]))]),
      ...(parts.extensions ?? [explicit(0, sequence(crlNumber()))]),
    ),
    parts.outer ?? parts.algorithm ?? ecdsa,
    parts.signature ?? rs,
  );
const serials = async (entries: Uint8Array[]) =>
  (await parse.certificateList(listOf({ entries })))[0].serials;
const packed = (...values: bigint[]): Hex =>
  `0x${values.map((value) => value.toString(16).padStart(40, "0")).join("")}`;

describe("CertificateList", () => {
  for (const [file, der] of Object.entries(certificateLists))
    it(`reads ${file} as @peculiar/x509 does`, async () => {
      const [fields] = await parse.certificateList(der);
      const theirs = new X509Crl(der);
      const [tbs] = header(der, 0);
      const [version, tbsEnd] = header(der, tbs);
      const signed = der.subarray(tbs, tbsEnd);
      const [, algorithm] = header(der, header(der, version)[1]);
      const [, issuerEnd] = header(der, algorithm);
      const raw = Buffer.from(theirs.signature);
      const [r, rEnd] = header(raw, 2);
      const [s, sEnd] = header(raw, rEnd);
      assert.deepEqual(fields, {
        tbsHash: hex(createHash("sha256").update(signed).digest()),
        contentHash: keccak256(signed),
        issuerHash: keccak256(der.subarray(algorithm, issuerEnd)),
        r: word(new Uint8Array(raw.subarray(r, rEnd)).buffer),
        s: word(new Uint8Array(raw.subarray(s, sEnd)).buffer),
        thisUpdate: seconds(theirs.thisUpdate),
        nextUpdate: seconds(theirs.nextUpdate),
        serials: `0x${serialsOf(theirs).join("")}`,
      });
    });

  it("has the content hashes that a real proof names", async () => {
    const hashes = await Promise.all(
      ["root-2025-03-20", "platform-2025-06-04"].map(
        async (file) => (await parse.certificateList(certificateLists[file]!))[0].contentHash,
      ),
    );
    assert.deepEqual(hashes, journalHashes().slice(4));
  });

  it("costs at most 42 thousand gas with 57 entries", async () => {
    const [, gas] = await parse.certificateList(platform);
    assert.ok(gas <= 42_000n, String(gas));
  });

  it("finds every serial of a list and no other", async () => {
    const [fields] = await parse.certificateList(platform);
    const all = serialsOf(new X509Crl(platform)).map((digits) => BigInt(`0x${digits}`));
    for (const serial of [all[0]!, all[20]!, all.at(-1)!]) {
      assert.equal(await contains(fields.serials, serial), true);
      assert.equal(await contains(fields.serials, serial ^ 1n), false);
      assert.equal(await contains(fields.serials, serial >> 8n), false);
    }
    assert.equal(await contains("0x", 0n), false);
    assert.equal(await contains("0x", 1n), false);
  });

  const largest = 2n ** 160n - 1n;
  const top = 1n << 159n;
  for (const [what, values] of [
    ["serials of all lengths", [1n, 127n, 128n, 255n, 256n, 2n ** 63n, 2n ** 150n, top - 1n, top, largest]],
    ["serials of one length", [top, top + 1n, 2n ** 158n, 2n ** 158n + 1n, 2n ** 152n, 2n ** 151n]],
    ["one entry", [largest]],
  ] as const)
    it(`reads ${what}`, async () => {
      assert.equal(await serials(values.map((value) => plain(value))), packed(...values));
    });

  it("reads entries that end differently", async () => {
    const other = utcTime("250101000000Z");
    const long = extension("2.5.29.24", false, element(0x18, utf8("20250101000000Z")));
    const entries = [
      plain(top),
      plain(top + 1n, other),
      entry(integer(top + 2n), now),
      entry(integer(top + 3n), now),
      entry(integer(top + 4n), now, sequence(reason(), long)),
      entry(integer(top + 5n), now, sequence(reason(), long)),
      entry(integer(top + 6n), now, sequence(extension("2.5.29.99", false, new Uint8Array(200)))),
      plain(top + 7n, element(0x18, utf8("20260812235711Z"))),
    ];
    assert.equal(await serials(entries), packed(...entries.map((_, i) => top + BigInt(i))));
  });

  it("reads a list without entries and without extensions", async () => {
    const [fields] = await parse.certificateList(listOf({ entries: null, extensions: [] }));
    assert.equal(fields.serials, "0x");
  });

  const bytes = (...values: number[]) => element(0x02, Uint8Array.from(values));
  const many = (...values: Uint8Array[]) => listOf({ entries: [plain(top), plain(top + 1n), ...values] });
  const twenty = Array<number>(20).fill(0x7f);
  for (const [what, der] of [
    ["nothing", new Uint8Array()],
    ["a byte behind the end", Buffer.concat([platform, Buffer.alloc(1)])],
    ["an indefinite length", Buffer.concat([Buffer.from("3080", "hex"), platform.subarray(4)])],
    ["a length in too many bytes", Buffer.concat([Buffer.from("3083000d", "hex"), platform.subarray(3)])],
    ["an empty list of entries", listOf({ entries: [] })],
    ["version 1", listOf({ version: [] })],
    ["version 3", listOf({ version: [integer(2)] })],
    ["no nextUpdate", listOf({ times: [now] })],
    ["a third time", listOf({ times: [now, later, later] })],
    ["a thisUpdate that is no date", listOf({ times: [utcTime("260231000000Z"), later] })],
    ["a nextUpdate that is no date", listOf({ times: [now, utcTime("260911235760Z")] })],
    ["serial 0", many(plain(0n))],
    ["serial 0 in 20 bytes", many(entry(bytes(...Array<number>(20).fill(0)), now, sequence(reason())))],
    ["a negative serial", many(entry(bytes(0x80, ...twenty.slice(1)), now, sequence(reason())))],
    ["a serial with a spare byte", many(entry(bytes(0, ...twenty), now, sequence(reason())))],
    ["a short serial with a spare byte", many(entry(bytes(0, 1), now, sequence(reason())))],
    ["a serial of 21 significant bytes", many(plain(1n << 160n))],
    ["a serial of no bytes", many(entry(bytes(), now, sequence(reason())))],
    ["an entry without a date", many(entry(integer(top)))],
    ["an entry whose date is none", many(plain(top, utcTime("260231000000Z")))],
    ["an entry with a fourth element", many(entry(integer(top), now, sequence(reason()), now))],
    ["an entry that ends alike but has more", many(entry(integer(top), now, sequence(reason()), integer(1)))],
    ["an entry that is no sequence", many(element(0x31, integer(top), now, sequence(reason())))],
    [
      "a serial that is no INTEGER",
      many(entry(element(0x04, Uint8Array.from(twenty)), now, sequence(reason()))),
    ],
    ["empty extensions of an entry", many(entry(integer(top), now, sequence()))],
    ["an extension of an entry twice", many(entry(integer(top), now, sequence(reason(), reason())))],
    ["an extension with an element more", many(entry(integer(top), now, sequence(sequence(reason(), now))))],
    ["empty extensions of the list", listOf({ extensions: [explicit(0, sequence())] })],
    ["extensions of another tag", listOf({ extensions: [explicit(3, sequence(crlNumber()))] })],
    [
      "an extension of the list twice",
      listOf({ extensions: [explicit(0, sequence(crlNumber(), crlNumber()))] }),
    ],
    ["something behind the extensions", listOf({ extensions: [explicit(0, sequence(crlNumber())), now] })],
    [
      "criticality FALSE spelt out",
      listOf({
        extensions: [
          explicit(
            0,
            sequence(sequence(objectIdentifier("2.5.29.20"), boolean(false), octetString(integer(1)))),
          ),
        ],
      }),
    ],
    [
      "a signature with unused bits",
      listOf({ signature: element(0x03, Uint8Array.of(1), sequence(integer(1), integer(1))) }),
    ],
    ["an empty signature", listOf({ signature: element(0x03) })],
    ["a signature of one number", listOf({ signature: signature(sequence(integer(1))) })],
    [
      "a signature of three numbers",
      listOf({ signature: signature(sequence(integer(1), integer(1), integer(1))) }),
    ],
    ["a signature of 257 bits", listOf({ signature: signature(sequence(integer(1n << 256n), integer(1))) })],
  ] as const)
    it(`refuses ${what}: X509Malformed`, async () => {
      assert.equal(await refusalOfList(der), "X509Malformed");
    });

  // An entry may not take bytes of what follows its list.
  it("refuses a last entry that runs over: X509Malformed", async () => {
    const [tbs] = header(platform, 0);
    const [, innerEnd] = header(platform, tbs);
    const list = platform.indexOf(Buffer.from("30820be9", "hex"));
    assert.ok(list > 0 && list < innerEnd);
    const shorter = Buffer.from(platform);
    shorter.writeUInt16BE(shorter.readUInt16BE(list + 2) - 1, list + 2);
    assert.equal(await refusalOfList(shorter), "X509Malformed");
  });

  const rsa = sequence(objectIdentifier("1.2.840.113549.1.1.11"), element(0x05));
  const sha384 = sequence(objectIdentifier("1.2.840.10045.4.3.3"));
  for (const [what, der, error] of [
    ["RSA", listOf({ algorithm: rsa }), "X509SignatureAlgorithmUnsupported"],
    ["ECDSA with SHA-384", listOf({ algorithm: sha384 }), "X509SignatureAlgorithmUnsupported"],
    [
      "another algorithm inside",
      listOf({ algorithm: sha384, outer: ecdsa }),
      "X509SignatureAlgorithmUnsupported",
    ],
    [
      "another algorithm outside",
      listOf({ algorithm: ecdsa, outer: sha384 }),
      "X509SignatureAlgorithmUnsupported",
    ],
    [
      "a critical extension",
      listOf({ extensions: [explicit(0, sequence(crlNumber(true)))] }),
      "X509CriticalExtensionUnknown",
    ],
    [
      "a critical extension of an entry",
      many(entry(integer(top), now, sequence(reason(true))), plain(top + 2n)),
      "X509CriticalExtensionUnknown",
    ],
    [
      "a critical extension of many entries",
      listOf({ entries: [1n, 2n, 3n].map((i) => entry(integer(top + i), now, sequence(reason(true)))) }),
      "X509CriticalExtensionUnknown",
    ],
  ] as const)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusalOfList(der), error);
    });

  it("refuses every cut", async () => {
    const root = certificateLists["root-2026-02-26"]!;
    for (let length = 0; length < root.length; length++)
      assert.equal(await refusalOfList(root.subarray(0, length)), "X509Malformed", `${length} bytes`);
    for (let length = 0; length < platform.length; length += 61)
      assert.equal(await refusalOfList(platform.subarray(0, length)), "X509Malformed", `${length} bytes`);
  });

  it("refuses or reads alike a changed byte anywhere in the entries", async () => {
    for (let at = 150; at < platform.length - 90; at += 7) {
      const changed = Buffer.from(platform);
      changed[at]! ^= 1 << (at % 8);
      if ((await refusalOfList(changed)) !== null) continue;
      const [fields] = await parse.certificateList(changed);
      assert.equal(fields.serials, `0x${serialsOf(new X509Crl(changed)).join("")}`, `${at}`);
    }
  });
});
