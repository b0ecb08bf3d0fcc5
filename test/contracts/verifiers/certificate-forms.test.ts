// The contract reads nearly every name attribute and extension from one word and the rest by a general loop. Whether
// one form or the other is read must not matter: here certificates are composed of both, and of what nearly is the
// short form.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { element, objectIdentifier, sequence, utf8String } from "../../../agent/platforms/simulated/der.ts";
import { concat, fromHex } from "../../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import {
  attribute,
  compare,
  compose,
  extension,
  leaf,
  members,
  patched,
  signature,
} from "./composed-certificates.ts";

const keyUsage = fromHex("030206c0");
const long = new Uint8Array(150).fill(0x61);
const short = extension("2.5.29.35", fromHex("30020101"));
const critical = extension("2.5.29.15", keyUsage, true);
const name = attribute("2.5.4.3", utf8String("Intel SGX PCK Certificate"));
const country = attribute("2.5.4.6", element(0x13, fromHex("5553")));
const pairOf = (oid: string, text: string) => sequence(objectIdentifier(oid), utf8String(text));

const subjects: Record<string, Uint8Array[]> = {
  "one short name": [name],
  "no name at all": [],
  "a name beside others": [country, name, attribute("2.5.4.10", utf8String("Intel Corporation"))],
  "two short names": [name, name],
  "a short and a long name": [name, attribute("2.5.4.3", utf8String("a".repeat(130)))],
  "a long name alone": [country, attribute("2.5.4.3", utf8String("a".repeat(130)))],
  "a name of the longest short form": [attribute("2.5.4.3", utf8String("a".repeat(118)))],
  "a name one byte longer": [attribute("2.5.4.3", utf8String("a".repeat(119)))],
  "an empty name": [attribute("2.5.4.3", utf8String(""))],
  "a name of two attributes in one set": [element(0x31, pairOf("2.5.4.3", "a"), pairOf("2.5.4.6", "b"))],
  "an attribute of another arc": [attribute("1.2.840.113549.1.9.1", utf8String("a@b")), name],
  "a value shorter than its sequence": [patched(name, 10, name[10]! - 1)],
  "a value longer than its sequence": [patched(name, 10, name[10]! + 1)],
  "a sequence shorter than its set": [patched(name, 3, name[3]! - 1)],
  "a set that ends behind the name": [patched(name, 1, name[1]! + 1)],
  "a value with a tag of several bytes": [patched(name, 9, 0x1f)],
  "a sequence instead of the set": [patched(name, 0, 0x30)],
  "a set of nothing": [element(0x31), name],
  "a long length that reads as a short one": [
    concat(fromHex("3181307f0603550403" + "0c78"), long.subarray(0, 120)),
  ],
  "a name that the list cuts": [name.subarray(0, name.length - 3)],
};

const extensions: Record<string, Uint8Array[]> = {
  "two short ones": [short, critical],
  "the same short one twice": [short, short],
  "a short one again in long form": [short, extension("2.5.29.35", long)],
  "a long one again in short form": [extension("2.5.29.35", long), short],
  "a long one of another arc twice": [extension("1.2.3", long), extension("1.2.3", long)],
  "a short one of another arc twice": [extension("1.2.3", keyUsage), extension("1.2.3", keyUsage)],
  "others of two arcs": [extension("1.2.3", keyUsage), extension("1.2.4", keyUsage), short],
  "an unknown critical one": [short, extension("2.5.29.36", keyUsage, true)],
  "an unknown critical one in long form": [short, extension("2.5.29.36", long, true)],
  "an empty value": [extension("2.5.29.35", new Uint8Array(0))],
  "a value of the longest short form": [extension("2.5.29.35", long.subarray(0, 118))],
  "a value one byte longer": [extension("2.5.29.35", long.subarray(0, 119))],
  "a critical one of the longest short form": [extension("2.5.29.19", long.subarray(0, 115), true)],
  "a value shorter than its extension": [patched(short, 8, short[8]! - 1)],
  "a value longer than its extension": [patched(short, 8, short[8]! + 1)],
  "an extension that ends behind the list": [patched(short, 1, short[1]! + 1)],
  "criticality FALSE spelt out": [patched(critical, 9, 0)],
  "criticality of another byte": [patched(critical, 9, 1)],
  "a critical value shorter than its extension": [patched(critical, 11, critical[11]! - 1)],
  "a value that is no octet string": [patched(short, 7, 0x03)],
  "a critical value that is no octet string": [patched(critical, 10, 0x03)],
  nothing: [],
  "a cut one": [short.subarray(0, 5)],
  "a set instead of the sequence": [patched(short, 0, 0x31)],
  "a long length that reads as a short one": [
    concat(fromHex("3081" + "0603551d23" + "047a"), long.subarray(0, 122)),
  ],
  "one that the list cuts": [short, critical.subarray(0, critical.length - 2)],
  "one that ends in its OID": [short, fromHex("30050603551d0e"), fromHex("04fe")],
  "key usage with a second byte": [extension("2.5.29.15", fromHex("030307c080"))],
  "key usage with set unused bits": [extension("2.5.29.15", fromHex("030206c1"))],
};

// 2.5.29.17: what it names decides nothing, but it must be a list of names.
const names: readonly (readonly [string, Uint8Array, string | null])[] = [
  ["a name", sequence(element(0x82, fromHex("61"))), null],
  ["a long name", sequence(element(0x82, long)), null],
  ["no name", sequence(), "x509.der"],
  ["nothing", new Uint8Array(0), "x509.der"],
  ["a set", element(0x31, element(0x82, fromHex("61"))), "x509.der"],
  ["a name and a byte", Uint8Array.of(...sequence(element(0x82, fromHex("61"))), 0), "x509.der"],
];

describe("subjectAltName", () => {
  for (const [what, value, check] of names)
    for (const isCritical of [true, false])
      it(`of ${what}, ${isCritical ? "" : "not "}critical: ${check ?? "accepted"}`, async () => {
        const der = compose({ extensions: [short, extension("2.5.29.17", value, isCritical)] });
        await compare(what, der);
        const sdk = readCertificate(der);
        assert.equal(isRefusal(sdk) ? sdk.check : null, check);
      });
});

describe("short and long forms in a certificate", () => {
  for (const [what, subject] of Object.entries(subjects))
    it(`subject: ${what}`, () => compare(what, compose({ subject })));

  for (const [what, list] of Object.entries(extensions))
    it(`extensions: ${what}`, () => compare(what, compose({ extensions: list })));

  it("agree on the leaf with each byte of subject and extensions changed", async () => {
    const { raw } = members[5]!;
    const from = leaf.indexOf(Buffer.from(raw));
    const until = leaf.indexOf(Buffer.from(signature.raw));
    const keyFrom = leaf.indexOf(Buffer.from(members[6]!.raw));
    for (let at = from; at < until; ++at) {
      if (at === keyFrom) at += members[6]!.raw.length;
      const value = leaf[at]! ^ [0x01, 0x80, 0x02, 0x0f][at % 4]!;
      await compare(`byte ${at}`, patched(leaf, at, value));
    }
  });
});
