// Every region of a (simulated) NitroTPM document: a changed byte ends in the check that the region belongs to, and
// nothing changed is ever accepted.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CheckId } from "../../sdk/checks.ts";
import { isEqual } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeNitroDocument, nitroScope } from "../../sdk/verify/nitro.ts";
import {
  binding,
  cbor,
  documentTime,
  identitySpki,
  nitroChain,
  nitroDocument,
  nitroExpectation,
  pcrOf,
  protectedHeader,
} from "../support/nitro-document.ts";
import { flipBit, mutateBytes, seededRandom } from "../support/mutations.ts";

const document = nitroDocument();
const chain = nitroChain();
const expected = nitroExpectation();

function checkOf(bytes: Uint8Array): CheckId | "accepted" {
  const verdict = judgeNitroDocument(bytes, expected);
  return isRefusal(verdict) ? verdict.check : "accepted";
}

interface Region {
  readonly name: string;
  readonly at: number;
  readonly length: number;
  readonly checks: readonly CheckId[];
}

function regionOf(name: string, part: Uint8Array, ...ids: CheckId[]): Region {
  const found = document.findIndex((_, at) => isEqual(document.subarray(at, at + part.length), part));
  assert.ok(found >= 0, `${name} is not in the document`);
  return { name, at: found, length: part.length, checks: ids };
}

const within = (name: string, at: number, length: number, ...ids: CheckId[]): Region => ({
  name,
  at,
  length,
  checks: ids,
});
const structure = ["nitro.cbor", "nitro.document"] as const;
const certificate = ["x509.der", "nitro.certificate", "x509.critical-extension"] as const;
const links = ["nitro.issuer", "nitro.issuer-not-ca", "nitro.certificate-signature"] as const;

const text = (name: string, value: string) => [
  regionOf(`key ${name}`, cbor.text(name).subarray(1), ...structure),
  regionOf(`value of ${name}`, cbor.text(value).subarray(1), "nitro.cbor", "nitro.signature"),
];

const regions: readonly Region[] = [
  within("array of four", 0, 1, "nitro.cbor", "nitro.cose"),
  within("length of the header", 1, 1, "nitro.cbor", "nitro.cose"),
  regionOf("protected header", protectedHeader, "nitro.cose"),
  within("unprotected header", 6, 1, "nitro.cbor", "nitro.cose"),
  within("length of the payload", 7, 3, "nitro.cbor", "nitro.cose"),
  within("length of the map", 10, 1, ...structure),
  ...text("module_id", "i-0123456789abcdef0-tpm0000000000000000"),
  regionOf("key digest", cbor.text("digest"), ...structure),
  regionOf("value of digest", cbor.text("SHA384"), ...structure),
  regionOf("key timestamp", cbor.text("timestamp"), ...structure),
  regionOf("value of timestamp", cbor.uint(documentTime * 1000).subarray(2), "nitro.signature"),
  regionOf("key nitrotpm_pcrs", cbor.text("nitrotpm_pcrs"), ...structure),
  regionOf("PCR 4", pcrOf(4), "nitro.signature"),
  regionOf("PCR 5, which nobody expects", pcrOf(5), "nitro.signature"),
  regionOf("key certificate", cbor.text("certificate"), ...structure),
  regionOf("leaf", chain.leaf, ...certificate, ...links, "nitro.signature", "nitro.leaf"),
  regionOf("key cabundle", cbor.text("cabundle"), ...structure),
  regionOf("root", chain.root, ...certificate, "nitro.root"),
  regionOf("zone", chain.zone, ...certificate, ...links),
  regionOf("identity key", identitySpki, "nitro.signature"),
  regionOf("key nonce", cbor.text("nonce"), ...structure),
  regionOf("binding", binding, "nitro.signature"),
  within("length of the signature", document.length - 98, 2, "nitro.cbor", "nitro.cose"),
  within("signature", document.length - 96, 96, "nitro.signature"),
];

describe("a changed NitroTPM document (simulated)", () => {
  it("is accepted unchanged", () => assert.equal(checkOf(document), "accepted"));

  for (const { name, at, length, checks } of regions)
    it(`is refused by ${checks.join(", ")} where ${name} is changed`, () => {
      const random = seededRandom(at);
      // Every byte of a short region, 24 of a long one.
      for (let i = 0; i < Math.min(length, 24); i++) {
        const byte = at + (length <= 24 ? i : random(length));
        const check = checkOf(flipBit(document, 8 * byte + random(8)));
        assert.ok(checks.includes(check as CheckId), `byte ${byte} ends in ${check}`);
      }
    });

  it("ends 2,000 seeded mutations in a check of the scope: cut, lengthened, one to three bits", () => {
    const random = seededRandom(18);
    const seen = new Set<string>();
    for (let i = 0; i < 2_000; i++) {
      let bytes = document;
      let names = "";
      for (let edits = 1 + random(3); edits > 0; edits--) {
        const [name, mutated] = mutateBytes(bytes, random);
        [bytes, names] = [mutated, `${names}${name}; `];
      }
      if (isEqual(bytes, document)) continue;
      const check = checkOf(bytes);
      assert.ok((nitroScope as readonly string[]).includes(check), `${i}: ${names} ends in ${check}`);
      seen.add(check);
    }
    assert.ok(seen.size >= 8, [...seen].join());
  });
});
