// Quotes in the forms that are for off chain only: RSASSA-PSS, SHA-384, the SHA-384 bank. `cvm verify` reads them;
// verifyQuote, which judges registrations, refuses every one by the check that the contract names.
import assert from "node:assert/strict";
import { constants, createHash, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { concat, fromHex, toHex, uint } from "../../sdk/evidence/bytes.ts";
import type { PublicKey } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { parseInput, isUnreadable } from "../../sdk/verify/input.ts";
import { verifyInput } from "../../sdk/verify/input-verdict.ts";
import { defaultFloor } from "../../sdk/verify/policy.ts";
import { verifyQuoteOffChain } from "../../sdk/verify/tpm-off-chain.ts";
import { verifyQuote } from "../../sdk/verify/tpm.ts";
import { offline, flip, mustFindTpm, mustHex } from "./fixtures.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecc = generateKeyPairSync("ec", { namedCurve: "P-256" });
const akOf = ({ publicKey }: { publicKey: KeyObject }, type: PublicKey["type"]): PublicKey => ({
  type,
  bytes: rawPublicKey(publicKey),
});
const rsaAk = akOf(rsa, "rsa");
const eccAk = akOf(ecc, "p256");

const hashes = { sha256: [0x000b, 32], sha384: [0x000c, 48] } as const;
type HashName = keyof typeof hashes;

/** Behind the header of a real quote: one bank, PCRs 0 and 7, their digest by the hash of the signature. */
function quoteOf(bank: HashName, hash: HashName) {
  const pcrs = [0, 7].map((index) => ({
    ...{ index, pcr: new Uint8Array(hashes[bank][1]).fill(index + 1), allEvents: [] },
    ...{ measureEventsIdx: [], measurePcr: true },
  }));
  const digest = createHash(hash).update(concat(pcrs[0]!.pcr, pcrs[1]!.pcr)).digest();
  const header = mustHex(mustFindTpm("sim-quote-ecc").attest).subarray(0, 101);
  const selection = concat(uint(1, 4), uint(hashes[bank][0], 2), fromHex("03810000"));
  return { attest: concat(header, selection, uint(digest.length, 2), digest), pcrs, bank };
}

const signatureOf = (scheme: number, hash: HashName, ...parts: readonly Uint8Array[]) =>
  concat(uint(scheme, 2), uint(hashes[hash][0], 2), ...parts.flatMap((part) => [uint(part.length, 2), part]));

function pss(attest: Uint8Array, hash: HashName, saltLength: number): Uint8Array {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return signatureOf(0x0016, hash, sign(hash, attest, { key: rsa.privateKey, padding, saltLength }));
}
const pkcs1 = (attest: Uint8Array, hash: HashName) =>
  signatureOf(0x0014, hash, sign(hash, attest, rsa.privateKey));
function ecdsa(attest: Uint8Array, hash: HashName): Uint8Array {
  const raw = sign(hash, attest, { key: ecc.privateKey, dsaEncoding: "ieee-p1363" });
  return signatureOf(0x0018, hash, raw.subarray(0, 32), raw.subarray(32));
}

const checkOf = (outcome: object) => ("check" in outcome ? outcome.check : null);

describe("quotes off chain", () => {
  for (const bank of ["sha256", "sha384"] as const)
    for (const hash of ["sha256", "sha384"] as const) {
      const quote = quoteOf(bank, hash);
      const isRegistered = bank === "sha256" && hash === "sha256";
      const refusedBy = bank === "sha384" ? "tpm.bank" : "tpm.digest-length";
      const longest = 256 - hashes[hash][1] - 2;
      for (const [scheme, ak, signature] of [
        ["RSASSA", rsaAk, pkcs1(quote.attest, hash)],
        ["ECDSA", eccAk, ecdsa(quote.attest, hash)],
        ["RSAPSS, salt of the digest", rsaAk, pss(quote.attest, hash, hashes[hash][1])],
        ["RSAPSS, no salt", rsaAk, pss(quote.attest, hash, 0)],
        ["RSAPSS, longest salt", rsaAk, pss(quote.attest, hash, longest)],
      ] as const)
        it(`of ${bank}, ${scheme} with ${hash} hold, and by no other message or key`, () => {
          assert.equal(checkOf(verifyQuoteOffChain(ak, { ...quote, signature })), null);
          const other = { ...quote, attest: flip(quote.attest, 44), signature };
          assert.equal(checkOf(verifyQuoteOffChain(ak, other)), "tpm.signature");
          const wrong = { ...quote, signature: flip(signature, signature.length - 1) };
          assert.equal(checkOf(verifyQuoteOffChain(ak, wrong)), "tpm.signature");
          const stranger = ak === rsaAk ? flip(ak.bytes, 100) : eccOther;
          assert.equal(
            checkOf(verifyQuoteOffChain({ ...ak, bytes: stranger }, { ...quote, signature })),
            "tpm.signature",
          );
          const isPss = scheme.startsWith("RSAPSS");
          const registered = isRegistered ? (isPss ? "tpm.signature-scheme" : null) : refusedBy;
          assert.equal(checkOf(verifyQuote(ak, { ...quote, signature })), registered);
        });
    }

  const quote = quoteOf("sha384", "sha256");
  const signature = pkcs1(quote.attest, "sha256");
  const errorWith = (by: object, ak = rsaAk) =>
    checkOf(verifyQuoteOffChain(ak, { ...quote, signature, ...by }));
  for (const [what, expected, by, ak] of [
    ["of another bank than stated: tpm.bank", "tpm.bank", { bank: "sha256" }],
    ["of the SHA-1 bank: tpm.bank", "tpm.bank", { bank: "sha1" }],
    ["with a list of other PCRs: tpm.pcr-selection", "tpm.pcr-selection", { pcrs: quote.pcrs.slice(1) }],
    [
      "with values split elsewhere: tpm.pcr-digest",
      "tpm.pcr-digest",
      {
        pcrs: [
          { ...quote.pcrs[0]!, pcr: concat(quote.pcrs[0]!.pcr, quote.pcrs[1]!.pcr.subarray(0, 1)) },
          { ...quote.pcrs[1]!, pcr: quote.pcrs[1]!.pcr.subarray(1) },
        ],
      },
    ],
    ["with other values: tpm.pcr-digest", "tpm.pcr-digest", { pcrs: quoteOf("sha256", "sha256").pcrs }],
    [
      "signed with SHA-1: tpm.signature-scheme",
      "tpm.signature-scheme",
      { signature: concat(fromHex("00140004"), signature.subarray(4)) },
    ],
    ["of a scheme that is none of the key's", "tpm.signature-scheme", { signature }, eccAk],
    [
      "with PSS for a P-256 key",
      "tpm.signature-scheme",
      { signature: pss(quote.attest, "sha256", 32) },
      eccAk,
    ],
    [
      "with PKCS#1 relabelled PSS",
      "tpm.signature",
      { signature: concat(fromHex("0016"), signature.subarray(2)) },
    ],
    [
      "with PSS relabelled PKCS#1",
      "tpm.signature",
      { signature: concat(fromHex("0014"), pss(quote.attest, "sha256", 32).subarray(2)) },
    ],
    [
      "with a byte behind the signature",
      "tpm.signature-length",
      { signature: Uint8Array.of(...signature, 0) },
    ],
    ["with no signature", "tpm.signature-length", { signature: new Uint8Array(0) }],
  ] as const)
    it(`are refused ${what}`, () => assert.equal(errorWith(by, ak), expected));
});

const eccOther = rawPublicKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);

describe("cvm verify, kind tpm-quote", () => {
  it("accepts a quote that swtpm signed with RSAPSS, and names its AK", () => {
    const { attest, signature, pcrs, akTpmtPublic, nonce } = mustFindTpm("sim-quote-pss");
    const file = { kind: "tpm-quote", attest, signature, pcrs, nonce, akPublic: akTpmtPublic };
    const verdict = verdictOn(file);
    assert.deepEqual([verdict.verdict, verdict.error], ["accepted", null]);
    assert.equal(typeof verdict.claims["akName"], "string");
    const last = toHex(flip(mustHex(signature), 100));
    assert.equal(verdictOn({ ...file, signature: last }).error, "tpm.signature");
  });
});

function verdictOn(file: object) {
  const input = parseInput(JSON.stringify(file));
  assert.ok(isRefusal(input) || !isUnreadable(input));
  return verifyInput(input, { now: offline.now, trust: offline.trust, floor: defaultFloor, golden: null });
}
