// The verdict on NitroTPM attestation documents. Every document here is SIMULATED (test/support/nitro-document.ts).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checks, type CheckId } from "../../sdk/checks.ts";
import { ascii, concat, fromHex, uint } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeNitroDocument, nitroScope, verifyNitroDocument } from "../../sdk/verify/nitro.ts";
import type { NitroExpectation } from "../../sdk/verify/nitro.ts";
import {
  binding,
  cbor,
  documentTime,
  enveloped,
  fieldsOf,
  identitySpki,
  nitroChain,
  nitroDocument,
  nitroExpectation,
  nitroKeys,
  payloadOf,
  pcrOf,
  sealed,
  seededP384,
  signP384,
  type CertificateSpec,
  type ChainEdits,
} from "../support/nitro-document.ts";

const accepted = "accepted";
const verdictOf = (bytes: Uint8Array, expected = nitroExpectation()): string => {
  const verdict = judgeNitroDocument(bytes, expected);
  return isRefusal(verdict) ? verdict.check : accepted;
};
const withChain = (edits: ChainEdits) => {
  const chain = nitroChain(edits);
  return verdictOf(nitroDocument({}, chain), nitroExpectation({ root: chain.root }));
};
const fields = fieldsOf(nitroChain());
const payload = payloadOf(fields);

describe("NitroTPM documents (simulated)", () => {
  it("are accepted with PCRs, time and end of the chain as claims", () => {
    const report = verifyNitroDocument(nitroDocument(), nitroExpectation());
    assert.equal(report.verdict, accepted);
    assert.deepEqual(
      report.checks.map(({ id }) => id),
      nitroScope,
    );
    assert.ok(report.checks.every(({ status }) => status === "pass"));
    assert.equal(report.claims!.pcrs.size, 24);
    assert.equal(report.claims!.timestamp, BigInt(documentTime) * 1000n);
    assert.equal(report.claims!.notAfter, BigInt(documentTime + 2 * 3600));
  });

  it("are judged by every nitro.* check of the catalogue, in its order", () => {
    const mine = checks.map(({ id }) => id).filter((id) => id.startsWith("nitro."));
    assert.deepEqual(
      nitroScope.filter((id) => id.startsWith("nitro.")),
      mine,
    );
  });

  it("are accepted with tag 18, in the open form, in any order, with user_data, with fields left out for null", () => {
    assert.equal(verdictOf(concat(uint(0xd2, 1), nitroDocument())), accepted);
    assert.equal(verdictOf(sealed(payloadOf(fields, true))), accepted);
    const reversed = Object.fromEntries(Object.entries(fields).reverse());
    assert.equal(verdictOf(sealed(payloadOf(reversed))), accepted);
    const byUserData = nitroExpectation({ binding: { field: "userData", value: binding } });
    assert.equal(
      verdictOf(nitroDocument({ user_data: fields["nonce"]!, nonce: cbor.null }), byUserData),
      accepted,
    );
    assert.equal(verdictOf(nitroDocument({ user_data: undefined })), accepted);
  });

  it("nitro.cbor: a payload or envelope that is not CBOR of one form", () => {
    const document = nitroDocument();
    const cases = [
      new Uint8Array(0),
      document.subarray(0, -1),
      concat(document, uint(0, 1)),
      concat(uint(0xd1, 1), document),
      concat(uint(0xd2d2, 2), document),
      sealed(concat(payload, uint(0, 1))),
      sealed(payload.subarray(0, -1)),
      sealed(cbor.array()),
      sealed(cbor.map([cbor.text("nonce"), cbor.null], [cbor.text("nonce"), cbor.null])),
      nitroDocument({ timestamp: concat(uint(0x1b, 1), uint(1, 8)) }),
      nitroDocument({ nitrotpm_pcrs: fromHex("bfff") }),
      nitroDocument({ nonce: fromHex("5f4101ff") }),
    ];
    for (const [at, bytes] of cases.entries()) assert.equal(verdictOf(bytes), "nitro.cbor", `case ${at}`);
  });

  it("nitro.cose: another envelope, header, algorithm or signature length", () => {
    const signature = new Uint8Array(96);
    const [header, body, tail] = [
      cbor.bytes(fromHex("a1013822")),
      cbor.bytes(payload),
      cbor.bytes(signature),
    ];
    const cases = [
      enveloped(payload, signature.subarray(1)),
      enveloped(payload, new Uint8Array(97)),
      enveloped(payload, signature, fromHex("a10126")), // ES256
      enveloped(payload, signature, fromHex("a1013823")), // ES512
      enveloped(payload, signature, fromHex("a0")),
      enveloped(payload, signature, fromHex("a201382204f6")),
      cbor.array(header, cbor.map([cbor.uint(4), cbor.null]), body, tail),
      cbor.array(header, cbor.null, body, tail),
      cbor.array(header, cbor.map(), body),
      cbor.array(header, cbor.map(), body, tail, cbor.null),
      cbor.array(header, cbor.map(), cbor.null, tail),
      cbor.array(cbor.map(), cbor.map(), body, tail),
      cbor.map(),
    ];
    for (const [at, bytes] of cases.entries()) assert.equal(verdictOf(bytes), "nitro.cose", `case ${at}`);
  });

  it("nitro.document: every field missing, of another type, out of bounds, and one too many", () => {
    const pcr = cbor.bytes(pcrOf(4));
    const bytes = (length: number) => cbor.bytes(new Uint8Array(length));
    const cases: [string, Uint8Array | undefined][] = [
      ...["module_id", "timestamp", "digest", "nitrotpm_pcrs", "certificate", "cabundle"].flatMap(
        (name): [string, Uint8Array | undefined][] => [
          [name, undefined],
          [name, cbor.null],
          [name, cbor.array()],
        ],
      ),
      ["pcrs", cbor.map([cbor.uint(0), pcr])],
      ["nonces", cbor.null],
      ["module_id", cbor.text("")],
      ["module_id", cbor.text("i".repeat(257))],
      ["timestamp", cbor.uint(0)],
      ["timestamp", cbor.text("1")],
      ["digest", cbor.text("SHA256")],
      ["digest", cbor.bytes(ascii("SHA384"))],
      ["nitrotpm_pcrs", cbor.map()],
      ["nitrotpm_pcrs", cbor.map([cbor.uint(24), pcr])],
      ["nitrotpm_pcrs", cbor.map([cbor.text("4"), pcr])],
      ["nitrotpm_pcrs", cbor.map([cbor.uint(4), bytes(32)])],
      ["nitrotpm_pcrs", cbor.map([cbor.uint(4), bytes(49)])],
      ["nitrotpm_pcrs", cbor.map([cbor.uint(4), cbor.null])],
      ["certificate", bytes(0)],
      ["certificate", bytes(1025)],
      ["cabundle", cbor.array(cbor.null)],
      ["cabundle", cbor.array(bytes(0))],
      ["cabundle", cbor.array(bytes(1025))],
      ["cabundle", cbor.array(...Array.from({ length: 9 }, () => bytes(1)))],
      ["public_key", bytes(0)],
      ["public_key", bytes(1025)],
      ["user_data", bytes(1025)],
      ["nonce", cbor.text("nonce")],
      ["nonce", bytes(1025)],
    ];
    for (const [name, value] of cases)
      assert.equal(verdictOf(nitroDocument({ [name]: value })), "nitro.document", `${name} ${value?.length}`);
    assert.equal(verdictOf(new Uint8Array(8193)), "nitro.document");
    assert.deepEqual(judgeNitroDocument(nitroDocument({ digest: undefined }), nitroExpectation()), {
      check: "nitro.document",
      detail: "field digest is missing",
    });
  });

  it("x509.der, x509.critical-extension, nitro.certificate: a certificate of another make", () => {
    const sha256Algorithm = fromHex("300a06082a8648ce3d040302");
    const sha384Algorithm = fromHex("300a06082a8648ce3d040303");
    const cases: [CheckId, Partial<CertificateSpec>][] = [
      ["x509.critical-extension", { unknownCritical: "1.2.3" }],
      ["nitro.certificate", { algorithms: [sha256Algorithm, sha256Algorithm] }],
      ["nitro.certificate", { algorithms: [sha384Algorithm, sha256Algorithm] }],
      ["nitro.certificate", { algorithms: [sha256Algorithm, sha384Algorithm] }],
      ["nitro.certificate", { spki: identitySpki }],
      ["x509.der", { algorithms: [sha384Algorithm, fromHex("0500")] }],
    ];
    for (const [check, edit] of cases)
      for (const place of ["root", "zone", "leaf"] as const)
        assert.equal(withChain({ [place]: edit }), check, `${place}: ${check}`);
    assert.equal(verdictOf(nitroDocument({ certificate: cbor.bytes(uint(0x30, 1)) })), "x509.der");
  });

  it("nitro.root: another root of the same name, the chain in another order, the root left out", () => {
    const { root, zone, leaf } = nitroChain();
    const other = nitroChain({ root: { keyUsage: 0x86 } }).root;
    const bundle = (...ders: Uint8Array[]) =>
      nitroDocument({ cabundle: cbor.array(...ders.map((der) => cbor.bytes(der))) });
    assert.equal(verdictOf(nitroDocument(), nitroExpectation({ root: other })), "nitro.root");
    for (const ders of [[other, zone], [zone, root], [zone], [leaf]])
      assert.equal(verdictOf(bundle(...ders)), "nitro.root");
    assert.equal(verdictOf(bundle(root, zone)), accepted);
    assert.equal(verdictOf(bundle(root)), "nitro.issuer");
    assert.equal(verdictOf(bundle(root, zone, zone)), "nitro.issuer");
  });

  it("nitro.issuer, nitro.issuer-not-ca, nitro.certificate-signature, nitro.leaf: a chain that does not hold", () => {
    const stranger = seededP384("stranger");
    const cases: [CheckId, ChainEdits][] = [
      ["nitro.issuer", { leaf: { issuer: "somebody else" } }],
      ["nitro.issuer", { zone: { issuer: "somebody else" } }],
      ["nitro.issuer-not-ca", { zone: { pathLength: null } }],
      ["nitro.issuer-not-ca", { zone: { keyUsage: 0x80 } }],
      ["nitro.issuer-not-ca", { root: { pathLength: 0 } }],
      ["nitro.issuer-not-ca", { root: { keyUsage: 0x02 } }],
      ["nitro.certificate-signature", { leaf: { issuerKey: stranger } }],
      ["nitro.certificate-signature", { leaf: { issuerKey: nitroKeys.root } }],
      ["nitro.certificate-signature", { zone: { issuerKey: nitroKeys.leaf } }],
      ["nitro.leaf", { leaf: { pathLength: 0 } }],
      ["nitro.leaf", { leaf: { keyUsage: 0x04 } }],
    ];
    for (const [check, edits] of cases)
      assert.equal(withChain(edits), check, JSON.stringify(Object.keys(edits)));
  });

  it("nitro.certificate-dates: any certificate out of date, to the second", () => {
    const now = documentTime + 60;
    for (const place of ["root", "zone", "leaf"] as const) {
      assert.equal(withChain({ [place]: { until: now } }), accepted, place);
      assert.equal(withChain({ [place]: { from: now } }), accepted, place);
      assert.equal(withChain({ [place]: { until: now - 1 } }), "nitro.certificate-dates", place);
      assert.equal(withChain({ [place]: { from: now + 1 } }), "nitro.certificate-dates", place);
    }
  });

  it("nitro.signature: by another key, over another payload, or over the payload without its structure", () => {
    assert.equal(verdictOf(sealed(payload, nitroKeys.zone)), "nitro.signature");
    assert.equal(verdictOf(enveloped(payload, signP384(nitroKeys.leaf, payload))), "nitro.signature");
    const other = payloadOf({ ...fields, nonce: cbor.bytes(new Uint8Array(64)) });
    const document = sealed(payload);
    assert.equal(verdictOf(enveloped(other, document.subarray(-96))), "nitro.signature");
    assert.equal(verdictOf(enveloped(payload, document.subarray(-96))), accepted);
  });

  it("nitro.binding, nitro.public-key: what the guest had signed is not what was asked for", () => {
    const cases: [CheckId, Record<string, Uint8Array | undefined>][] = [
      ["nitro.binding", { nonce: undefined }],
      ["nitro.binding", { nonce: cbor.null }],
      ["nitro.binding", { nonce: cbor.bytes(binding.subarray(1)) }],
      ["nitro.binding", { nonce: cbor.bytes(concat(binding, uint(0, 1))) }],
      ["nitro.binding", { nonce: cbor.null, user_data: cbor.bytes(binding) }],
      ["nitro.public-key", { public_key: undefined }],
      ["nitro.public-key", { public_key: cbor.bytes(identitySpki.subarray(27)) }],
      ["nitro.public-key", { public_key: cbor.bytes(concat(identitySpki, uint(0, 1))) }],
      ["nitro.public-key", { public_key: cbor.bytes(concat(identitySpki.subarray(0, 90), uint(0xf6, 1))) }],
    ];
    for (const [check, edits] of cases) assert.equal(verdictOf(nitroDocument(edits)), check);
  });

  it("nitro.timestamp: further from now than allowed, to either side", () => {
    const at = (seconds: number) =>
      verdictOf(nitroDocument(), nitroExpectation({ now: BigInt(documentTime + seconds) }));
    assert.deepEqual(
      [at(300), at(301), at(-300), at(-301)],
      [accepted, "nitro.timestamp", accepted, "nitro.timestamp"],
    );
  });

  it("nitro.pcr: an expected PCR differs or is not there; zero is a value; nothing expected is refused", () => {
    const expecting = (pcrs: NitroExpectation["pcrs"], edits = {}) =>
      verdictOf(nitroDocument(edits), nitroExpectation({ pcrs }));
    const zero = new Uint8Array(48);
    assert.equal(expecting(new Map([[13, zero]])), accepted);
    assert.equal(expecting(new Map([[4, zero]])), "nitro.pcr");
    assert.equal(expecting(new Map([[13, pcrOf(4)]])), "nitro.pcr");
    assert.equal(expecting(new Map()), "nitro.pcr");
    const only4 = { nitrotpm_pcrs: cbor.map([cbor.uint(4), cbor.bytes(pcrOf(4))]) };
    assert.equal(expecting(new Map([[4, pcrOf(4)]]), only4), accepted);
    assert.equal(expecting(new Map([[13, zero]]), only4), "nitro.pcr");
  });
});
