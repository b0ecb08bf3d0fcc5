// TPM quotes and certifications: real ones, ones made by swtpm, and forgeries with the check each ends in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { readPublicKey } from "../../sdk/evidence/certificate.ts";
import type { PublicKey } from "../../sdk/evidence/certificate.ts";
import { replayEventLog } from "../../sdk/evidence/event-log.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { MeasureablePcr } from "../../sdk/evidence/registration.ts";
import { readRuntimeClaims } from "../../sdk/evidence/runtime-claims.ts";
import { objectAttributes, readTpmPublic } from "../../sdk/evidence/tpm-public.ts";
import { verifyCertification, verifyQuote } from "../../sdk/verify/tpm.ts";
import type { QuoteEvidence } from "../../sdk/verify/tpm.ts";
import { flip, mustFindTpm, mustHex } from "./fixtures.ts";
import type { TpmVector } from "./fixtures.ts";

function mustReadKey(spki: Uint8Array): PublicKey {
  const key = readPublicKey(spki);
  if (isRefusal(key)) throw new Error(key.detail);
  return key;
}

function evidenceOf(vector: TpmVector): QuoteEvidence {
  const pcrs = Object.entries(vector.pcrs?.values ?? {}).map(([index, pcr]): MeasureablePcr => ({
    index: Number(index),
    pcr: fromHex(pcr),
    allEvents: [],
    measureEventsIdx: [],
    measurePcr: true,
  }));
  return { attest: mustHex(vector.attest), signature: mustHex(vector.signature), pcrs };
}

function errorOf(
  id: string,
  change: (evidence: QuoteEvidence) => QuoteEvidence = (same) => same,
): string | null {
  const vector = mustFindTpm(id);
  const claims = verifyQuote(mustReadKey(mustHex(vector.akSpki)), change(evidenceOf(vector)));
  return isRefusal(claims) ? claims.check : null;
}

describe("real quotes", () => {
  for (const id of [
    "azure-tdx-full-2025",
    "azure-snp-evidence-v0",
    "generic-tpm-evidence-trustee",
    "gcp-cos85-nonce9009-sha256",
    "sim-quote-ecc",
    "sim-quote-rsa",
  ])
    it(`${id} holds`, () => assert.equal(errorOf(id), null));

  it("a quote without its PCR values ends in tpm.pcr-selection", () => {
    const key: PublicKey = { type: "p256", bytes: new Uint8Array(64) };
    const claims = verifyQuote(key, evidenceOf(mustFindTpm("automata-gcp-ecc-quote")));
    assert.equal(isRefusal(claims) && claims.check, "tpm.pcr-selection");
  });
});

describe("forged quotes", () => {
  const cases: Readonly<Record<string, string>> = {
    "neg-bad-magic": "tpm.magic",
    "neg-certify-as-quote": "tpm.attest-type",
    "neg-no-selection": "tpm.bank-count",
    "neg-pcr-changed": "tpm.pcr-digest",
    "neg-pcr-permuted": "tpm.pcr-digest",
    "neg-rsa-ak-ecc-sig": "tpm.signature-scheme",
    "neg-sha1-bank": "tpm.bank",
    "neg-sig-sha1-relabel": "tpm.signature-scheme",
    "neg-tampered": "tpm.pcr-digest",
    "neg-trailing": "tpm.attest-trailing",
    "neg-truncated": "tpm.attest-length",
    "sim-quote-pss": "tpm.signature-scheme",
  };
  for (const [id, error] of Object.entries(cases))
    it(`${id} ends in ${error}`, () => assert.equal(errorOf(id), error));
});

describe("one changed byte of a quote", () => {
  // Offsets of TPM 2.0 Part 2 §10.12.8 with a SHA-256 name and 32 bytes of extraData.
  const cases: readonly [what: string, at: number, error: string, bit?: number][] = [
    ["magic", 0, "tpm.magic"],
    ["type", 5, "tpm.attest-type"],
    ["qualified signer", 10, "tpm.signature"],
    ["extraData", 44, "tpm.signature"],
    ["clock", 83, "tpm.signature"],
    ["resetCount", 87, "tpm.signature"],
    ["restartCount", 91, "tpm.signature"],
    ["safe", 92, "tpm.safe", 2],
    ["firmware version", 93, "tpm.signature"],
    ["bank count", 104, "tpm.bank-count", 2],
    ["bank", 106, "tpm.bank"],
    ["select size", 107, "tpm.select-size"],
    ["bitmap", 108, "tpm.pcr-selection"],
    ["digest length", 112, "tpm.digest-length"],
    ["digest", 113, "tpm.pcr-digest"],
  ];
  for (const [what, at, error, bit] of cases)
    it(`${what} ends in ${error}`, () => {
      const change = (evidence: QuoteEvidence) => ({ ...evidence, attest: flip(evidence.attest, at, bit) });
      assert.equal(errorOf("sim-quote-ecc", change), error);
    });

  it("every truncation ends in tpm.attest-length", () => {
    for (let length = 0; length < 145; length++) {
      const change = (evidence: QuoteEvidence) => ({
        ...evidence,
        attest: evidence.attest.subarray(0, length),
      });
      assert.equal(errorOf("sim-quote-ecc", change), "tpm.attest-length", String(length));
    }
  });
});

describe("signature structures", () => {
  const withSignature = (signature: Uint8Array) => (evidence: QuoteEvidence) => ({ ...evidence, signature });

  it("leading zeros of r and s may be missing, and nothing may follow", () => {
    const signature = mustHex(mustFindTpm("sim-quote-ecc").signature);
    assert.equal(
      errorOf("sim-quote-ecc", withSignature(Uint8Array.of(...signature, 0))),
      "tpm.signature-length",
    );
    assert.equal(errorOf("sim-quote-ecc", withSignature(signature.subarray(0, -1))), "tpm.signature-length");
    assert.equal(errorOf("sim-quote-ecc", withSignature(signature.subarray(0, 3))), "tpm.signature-length");
    const zeroR = Uint8Array.of(...fromHex("0018000b0000"), ...signature.subarray(38));
    assert.equal(errorOf("sim-quote-ecc", withSignature(zeroR)), "tpm.signature");
  });

  it("an RSA signature has 256 bytes", () => {
    const signature = mustHex(mustFindTpm("sim-quote-rsa").signature);
    const short = Uint8Array.of(...fromHex("0014000b00ff"), ...signature.subarray(7));
    assert.equal(errorOf("sim-quote-rsa", withSignature(short)), "tpm.signature-length");
    assert.equal(errorOf("sim-quote-rsa", withSignature(flip(signature, 100))), "tpm.signature");
  });
});

describe("PCR lists", () => {
  const change = (at: number, by: Partial<MeasureablePcr>) => (evidence: QuoteEvidence) => ({
    ...evidence,
    pcrs: evidence.pcrs.map((pcr, position) => (position === at ? { ...pcr, ...by } : pcr)),
  });
  const errorWith = (at: number, by: Partial<MeasureablePcr>) => errorOf("sim-quote-ecc", change(at, by));
  const event = new Uint8Array(32);

  it("an index above 23 ends in tpm.pcr-index", () =>
    assert.equal(errorWith(11, { index: 24 }), "tpm.pcr-index"));
  it("an index twice ends in tpm.pcr-order", () => assert.equal(errorWith(1, { index: 0 }), "tpm.pcr-order"));
  it("two modes at once end in tpm.pcr-mode", () =>
    assert.equal(errorWith(0, { allEvents: [event], measureEventsIdx: [0] }), "tpm.pcr-mode"));
  it("an event out of range ends in tpm.event-index", () =>
    assert.equal(errorWith(0, { measurePcr: false, measureEventsIdx: [0] }), "tpm.event-index"));
  it("events out of order end in tpm.event-index", () => {
    const by = { measurePcr: false, allEvents: [event, event], measureEventsIdx: [1, 0] };
    assert.equal(errorWith(0, by), "tpm.event-index");
  });
  it("events that do not give the value end in tpm.event-replay", () =>
    assert.equal(errorWith(0, { allEvents: [event] }), "tpm.event-replay"));
  it("a PCR left out ends in tpm.pcr-selection", () => {
    const without = (evidence: QuoteEvidence) => ({ ...evidence, pcrs: evidence.pcrs.slice(1) });
    assert.equal(errorOf("sim-quote-ecc", without), "tpm.pcr-selection");
  });
});

describe("certifications", () => {
  const vector = mustFindTpm("sim-certify-ecc");
  const ak = mustReadKey(mustHex(vector.akSpki));
  const certification = {
    tpmtPublic: mustHex(vector.keyTpmtPublic),
    attest: mustHex(vector.certifyAttest),
    signature: mustHex(vector.certifySignature),
  };
  const key = readTpmPublic(certification.tpmtPublic);
  assert.ok(!isRefusal(key));
  const errorWith = (by: Partial<typeof certification>, identity = key.bytes) => {
    const claims = verifyCertification(ak, { ...certification, ...by }, identity);
    return isRefusal(claims) ? claims.check : null;
  };
  const { tpmtPublic, attest, signature } = certification;

  it("a certified key holds, and names its policy", () => {
    const claims = verifyCertification(ak, certification, key.bytes);
    assert.ok(!isRefusal(claims));
    assert.equal(claims.authPolicy.length, 32);
    assert.equal(claims.attributes & objectAttributes.userWithAuth, 0);
  });

  it("an RSA AK certifies too", () => {
    const rsa = mustFindTpm("sim-certify-rsa");
    const certified = readTpmPublic(mustHex(rsa.keyTpmtPublic));
    assert.ok(!isRefusal(certified));
    const claims = verifyCertification(
      mustReadKey(mustHex(rsa.akSpki)),
      {
        tpmtPublic: mustHex(rsa.keyTpmtPublic),
        attest: mustHex(rsa.certifyAttest),
        signature: mustHex(rsa.certifySignature),
      },
      certified.bytes,
    );
    assert.equal(isRefusal(claims) ? claims.check : null, null);
  });

  const at = {
    type: 0,
    nameAlg: 2,
    attributes: 4,
    policy: 10,
    symmetric: 42,
    scheme: 44,
    hash: 46,
    curve: 48,
  };
  const cases: readonly [string, Partial<typeof certification>, string][] = [
    ["key type", { tpmtPublic: flip(tpmtPublic, at.type + 1, 0x80) }, "certify.public"],
    ["name algorithm", { tpmtPublic: flip(tpmtPublic, at.nameAlg + 1) }, "certify.public"],
    ["fixedTPM cleared", { tpmtPublic: flip(tpmtPublic, at.attributes + 3, 0x02) }, "certify.attributes"],
    ["restricted set", { tpmtPublic: flip(tpmtPublic, at.attributes + 1, 0x01) }, "certify.attributes"],
    ["decrypt set", { tpmtPublic: flip(tpmtPublic, at.attributes + 1, 0x02) }, "certify.attributes"],
    ["x509sign set", { tpmtPublic: flip(tpmtPublic, at.attributes + 1, 0x08) }, "certify.attributes"],
    [
      "encryptedDuplication set",
      { tpmtPublic: flip(tpmtPublic, at.attributes + 2, 0x08) },
      "certify.attributes",
    ],
    ["policy", { tpmtPublic: flip(tpmtPublic, at.policy) }, "certify.name"],
    ["symmetric algorithm", { tpmtPublic: flip(tpmtPublic, at.symmetric + 1) }, "certify.public"],
    ["scheme", { tpmtPublic: flip(tpmtPublic, at.scheme + 1) }, "certify.scheme"],
    ["scheme hash", { tpmtPublic: flip(tpmtPublic, at.hash + 1) }, "certify.scheme"],
    ["curve", { tpmtPublic: flip(tpmtPublic, at.curve + 1) }, "certify.public"],
    ["trailing byte", { tpmtPublic: Uint8Array.of(...tpmtPublic, 0) }, "certify.public"],
    ["attest type", { attest: flip(attest, 5) }, "tpm.attest-type"],
    ["attested name", { attest: flip(attest, 110) }, "certify.name"],
    ["attest trailing", { attest: Uint8Array.of(...attest, 0) }, "tpm.attest-trailing"],
    ["signature", { signature: flip(signature, 20) }, "tpm.signature"],
  ];
  for (const [what, by, error] of cases)
    it(`${what} ends in ${error}`, () => assert.equal(errorWith(by), error));

  it("another identity ends in certify.key", () =>
    assert.equal(errorWith({}, flip(key.bytes, 0)), "certify.key"));
});

describe("firmware event logs", () => {
  for (const id of ["gcp-cos85-nonce9009-sha256", "sim-quote-ecc"])
    it(`${id} replays to the quoted values`, () => {
      const vector = mustFindTpm(id);
      const replayed = replayEventLog(mustHex(vector.eventLog));
      assert.ok(!isRefusal(replayed));
      const quoted = vector.pcrs!.values;
      for (const [index, value] of replayed)
        if (String(index) in quoted)
          assert.equal(toHex(value), toHex(fromHex(quoted[index]!)), `PCR ${index}`);
      assert.ok(replayed.size > 4);
    });
});

describe("Azure runtime claims", () => {
  const claims = mustHex(mustFindTpm("azure-tdx-full-2025").runtimeClaims);
  const errorWith = (bytes: Uint8Array) => isRefusal(readRuntimeClaims(bytes));

  it("give the AK that signed the quote", () => {
    const read = readRuntimeClaims(claims);
    assert.ok(!isRefusal(read));
    const { bytes } = mustReadKey(mustHex(mustFindTpm("azure-tdx-full-2025").akSpki));
    assert.deepEqual(read.akModulus, bytes);
    assert.equal(read.userData.length, 64);
  });

  it("are refused when a literal moves", () => {
    for (const at of [0, 73, 416, 833, claims.length - 196, claims.length - 143, claims.length - 1])
      assert.ok(errorWith(flip(claims, at)), String(at));
    assert.ok(errorWith(Uint8Array.of(...claims, 0x20)));
    assert.ok(errorWith(claims.subarray(1)));
    assert.ok(errorWith(new Uint8Array(0)));
  });

  it("are refused with current-time", () => {
    const text = Buffer.from(claims).toString("latin1");
    const moved = text.replace('"vm-configuration":{', '"vm-configuration":{"current-time":1661455391,');
    assert.ok(errorWith(new Uint8Array(Buffer.from(moved, "latin1"))));
  });
});
