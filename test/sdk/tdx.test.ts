// Real TDX quotes, and what one changed byte of every region ends in.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";
import { judgeTdxQuote, tdxScope, verifyTdxQuote } from "../../sdk/verify/tdx/index.ts";
import type { JudgedTdxCollateral, TdxTrust } from "../../sdk/verify/tdx/index.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { capturedCollateralFor, mustJudge, realTrust } from "../support/tdx-vectors.ts";
import { capturedAt, fixtureBytes, fixturePath, flip, mustReadRegistration } from "./fixtures.ts";

const quoteOf = (name: string) => fixtureBytes(`hardware/tdx-quotes/${name}`);
const base = realTrust(capturedAt);
const judged = new Map<TdxCollateral, JudgedTdxCollateral>();

/** Trust with the collateral of the quote's platform, judged at the captures' date. */
function trustFor(quote: Uint8Array, now = capturedAt): TdxTrust {
  const collateral = capturedCollateralFor(quote);
  if (!judged.has(collateral)) judged.set(collateral, mustJudge(collateral, base));
  return { ...base, now, collateral: judged.get(collateral)! };
}

const errorOf = (quote: Uint8Array, trust = trustFor(v4)) => verifyTdxQuote(quote, trust).error;

/** Platforms of which there is no collateral in date in February 2026. */
const otherPlatforms = [
  "trustee-quote6",
  "v4-dcapqvl-sample",
  "v4-dstack-ratls",
  "v4-flashtestations-12c14e-quote",
  "v4-flashtestations-12c14e-quote2",
  "v4-flashtestations-46f6b3-quote",
  "v4-flashtestations-c200F2-quote",
  "v4-flashtestations-f200f2-quote",
  "v4-near-gastest",
  "v4-phala-hex",
];

/** Quotes that are refused, and why; every other one is genuine. */
const refused: Readonly<Record<string, string>> = {
  ...Object.fromEntries(otherPlatforms.map((name) => [`${name}.bin`, "tdx.tcb-info-missing"])),
  // PCK certificate of 2026-05
  "v4-gcp-attestedtls.bin": "tdx.pck-dates",
  "v4-trustee.bin": "tdx.debug",
  "v5-azure-outdated.bin": "tdx.tcb-level",
};

describe("real TDX quotes", () => {
  for (const name of readdirSync(fixturePath("hardware/tdx-quotes")).filter((file) => file.endsWith(".bin")))
    it(`${name} ends in ${refused[name] ?? "accepted"}`, () => {
      const report = verifyTdxQuote(quoteOf(name), trustFor(quoteOf(name)));
      assert.equal(report.error, refused[name] ?? null);
      assert.equal(report.claims === null, name in refused);
    });

  it("a PCK certificate that begins later holds later", () => {
    const quote = quoteOf("v4-gcp-attestedtls.bin");
    // In date by then, while the collateral no longer is.
    assert.equal(errorOf(quote, trustFor(quote, 1_780_000_000n)), "tdx.root-crl-dates");
  });

  it("claims name the statement, the platform and the earliest end of the chain", () => {
    const quote = mustReadRegistration("gcp-tdx-2025-12-18").teeAttestationReport;
    const claims = judgeTdxQuote(quote, trustFor(quote));
    assert.ok(!isRefusal(claims));
    assert.equal(toHex(claims.statementId), toHex(keccak256(claims.quote.bodyBytes)));
    assert.equal(claims.ppid.length, 16);
    assert.equal(claims.tcbStatus, 1);
    assert.equal(claims.tcbEvaluationDataNumber, 18);
    assert.equal(claims.validUntil, BigInt(Date.parse("2026-02-26T09:01:45Z") / 1000));
    assert.notEqual(toHex(claims.teeMeasurement), toHex(claims.legacyTeeMeasurement));
  });

  it("every check of an accepted quote passes", () => {
    const { checks } = verifyTdxQuote(v5, trustFor(v5));
    assert.deepEqual(
      checks.map(({ id }) => id),
      tdxScope,
    );
    assert.ok(checks.every(({ status }) => status === "pass"));
  });

  it("without collateral no quote is accepted", () => {
    assert.equal(errorOf(v4, { ...base, collateral: null }), "tdx.root-crl-missing");
  });
});

const v4 = quoteOf("v4-gcp-cos113.bin");
const v5 = quoteOf("v5-gotdx.bin");
const sigData = 48 + 584 + 4;

/** Offset of the PEM text in version 4 quotes with 32 bytes of authentication data. */
const pem = sigData + 584 + 32 + 6;
const text = (quote: Uint8Array) => Buffer.from(quote).toString("latin1");

function usedLength(quote: Uint8Array): number {
  const length = quote[632]! | (quote[633]! << 8) | (quote[634]! << 16);
  return sigData + length;
}

describe("one changed byte of a version 4 quote", () => {
  const cases: readonly [what: string, at: number, error: string, bit?: number][] = [
    ["version", 0, "tdx.version", 2],
    ["attestation key type", 2, "tdx.key-type"],
    ["TEE type", 4, "tdx.tee-type"],
    ["vendor", 12, "tdx.qe-vendor"],
    ["user data", 28, "tdx.signature"],
    ["teeTcbSvn", 48, "tdx.signature"],
    ["mrTd", 48 + 136, "tdx.signature"],
    ["rtmr3", 48 + 472, "tdx.signature"],
    ["reportData", 48 + 520, "tdx.signature"],
    ["signature data length", 632, "tdx.signature-length"],
    ["quote signature", sigData, "tdx.signature"],
    ["attestation key", sigData + 64, "tdx.qe-report-data"],
    ["outer certification type", sigData + 128, "tdx.certification-type"],
    ["outer certification length", sigData + 130, "tdx.signature-length"],
    ["QE report", sigData + 134, "tdx.qe-signature"],
    ["QE report data", sigData + 134 + 320, "tdx.qe-signature"],
    ["QE report signature", sigData + 518, "tdx.qe-signature"],
    ["authentication data length", sigData + 582, "tdx.signature-length"],
    ["authentication data", sigData + 584, "tdx.qe-report-data"],
    ["inner certification type", sigData + 616, "tdx.certification-type"],
    ["inner certification length", sigData + 618, "tdx.signature-length"],
    ["PEM header", pem, "tdx.pck-chain"],
    ["PEM line end", pem + 27, "tdx.pck-chain"],
    ["padding", v4.length - 1, "tdx.padding"],
    ["first byte of padding", usedLength(v4), "tdx.padding"],
  ];
  for (const [what, at, error, bit] of cases)
    it(`${what} ends in ${error}`, () => assert.equal(errorOf(flip(v4, at, bit)), error));
});

describe("changed parts of a quote", () => {
  it("every truncation ends in a named structure check", () => {
    for (let length = 0; length < usedLength(v4); length += 61) {
      const error = errorOf(v4.subarray(0, length));
      assert.ok(error === "tdx.length", `${length} bytes: ${error}`);
    }
  });

  it("the v5 body descriptor is checked, and signed", () => {
    assert.equal(errorOf(flip(v5, 48)), "tdx.body-type");
    assert.equal(errorOf(flip(v5, 50)), "tdx.body-type");
    assert.equal(errorOf(flip(v5, 54 + 136), trustFor(v5)), "tdx.signature");
  });

  it("another root is not trusted", () => {
    assert.equal(errorOf(v4, { ...trustFor(v4), intelRoot: flip(intelRoot, 0) }), "tdx.root");
  });

  it("dates are those of the verification time", () => {
    assert.equal(errorOf(v4, trustFor(v4, 1_500_000_000n)), "tdx.intermediate-dates");
    assert.equal(errorOf(v4, trustFor(v4, 1_550_000_000n)), "tdx.pck-dates");
    assert.equal(errorOf(v4, trustFor(v4, 2_100_000_000n)), "tdx.intermediate-dates");
  });

  it("a changed character in each certificate names that certificate's check", () => {
    const begins = [...text(v4).matchAll(/-----BEGIN CERTIFICATE-----\n/g)].map(({ index }) => index + 28);
    assert.equal(begins.length, 3);
    const ends = [...text(v4).matchAll(/\n-----END CERTIFICATE-----\n/g)].map(({ index }) => index);
    // Behind the 60th character lies the serial number, in front of the last line the signature.
    const errors = begins.map((begin) => errorOf(replaceCharacter(v4, begin + 40)));
    assert.deepEqual(errors, ["tdx.pck-signature", "tdx.intermediate", "tdx.root"]);
    const signatures = ends.map((end) => errorOf(replaceCharacter(v4, end - 20)));
    assert.deepEqual(signatures, ["tdx.pck-signature", "tdx.intermediate", "tdx.root"]);
  });

  it("a chain with a certificate twice or without its root is malformed", () => {
    const quote = text(v4);
    const start = quote.indexOf("-----BEGIN");
    const second = quote.indexOf("-----BEGIN", start + 1);
    const third = quote.indexOf("-----BEGIN", second + 1);
    const end = start + quote.slice(start).lastIndexOf("-----END CERTIFICATE-----\n") + 26;
    const chain = [quote.slice(start, second), quote.slice(second, third), quote.slice(third, end)] as const;
    assert.equal(errorOf(withChain(v4, start, chain.join(""))), null);
    assert.equal(errorOf(withChain(v4, start, chain[0] + chain[1])), "tdx.pck-chain");
    assert.equal(errorOf(withChain(v4, start, chain.join("") + chain[2])), "tdx.pck-chain");
    assert.equal(errorOf(withChain(v4, start, chain[1] + chain[0] + chain[2])), "tdx.intermediate");
    assert.equal(errorOf(withChain(v4, start, chain[0] + chain[2] + chain[1])), "tdx.root");
    assert.equal(errorOf(withChain(v4, start, `${chain.join("")}\0`)), null);
    assert.equal(errorOf(withChain(v4, start, `${chain.join("")}\0\0`)), "tdx.pck-chain");
    assert.equal(errorOf(withChain(v4, start, `${chain[0]}\0${chain[1]}${chain[2]}\0`)), null);
    assert.equal(errorOf(withChain(v4, start, `${chain[0]}${chain[1]}\0${chain[2]}`)), "tdx.pck-chain");
    assert.equal(errorOf(withChain(v4, start, chain.join("\n"))), "tdx.pck-chain");
    assert.equal(errorOf(withChain(v4, start, chain.join("").replaceAll("\n", "\r\n"))), "tdx.pck-chain");
  });
});

/** Another base64 character at `at`. */
function replaceCharacter(quote: Uint8Array, at: number): Uint8Array {
  const out = quote.slice();
  out[at] = out[at] === 0x41 ? 0x42 : 0x41;
  return out;
}

/** The quote with other PEM text, and lengths to match; the text is not signed by anybody. */
function withChain(quote: Uint8Array, start: number, chain: string): Uint8Array {
  const bytes = Buffer.from(chain, "latin1");
  const out = Buffer.concat([quote.subarray(0, start), bytes]);
  out.writeUInt32LE(bytes.length, start - 4);
  out.writeUInt32LE(out.length - sigData - 134, sigData + 130);
  out.writeUInt32LE(out.length - sigData, 632);
  return new Uint8Array(out);
}

describe("TD attributes", () => {
  it("are judged behind the signature, so a changed bit is a wrong signature", () => {
    assert.equal(errorOf(flip(v4, 48 + 120)), "tdx.signature");
  });

  it("a TD 1.0 body has no mrServiceTd", () => {
    const quote = readTdxQuote(v4);
    assert.ok(!isRefusal(quote));
    assert.deepEqual(quote.body.mrServiceTd, new Uint8Array(48));
    assert.equal(quote.body.teeTcbSvn2, null);
  });
});
