// Inputs of the proven programs, byte by byte.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dcapInput, snpV2Input, snpV3Input } from "../../proving/guest-input.ts";
import { reportIn } from "../../scripts/prover/captures.ts";
import { concat, uint } from "../../sdk/evidence/bytes.ts";

const word = (value: number) => uint(value, 32);
const padded = (bytes: Uint8Array) => concat(bytes, new Uint8Array((32 - (bytes.length % 32)) % 32));
const report = new Uint8Array(1_184).fill(0xaa);
const chain = [Uint8Array.of(1), new Uint8Array(33).fill(2)];
// Two certificates: their offsets count from behind the number.
const chainWords = concat(
  word(2),
  word(64),
  word(128),
  word(1),
  padded(chain[0]!),
  word(33),
  padded(chain[1]!),
);

describe("input of the SNP programs", () => {
  it("v2 is one struct: time, trusted certificates, report, chain", () => {
    const expected = concat(
      ...[word(32), word(1_768_978_717), word(2), word(128), word(128 + 32 + 1_184)],
      ...[word(1_184), padded(report), chainWords],
    );
    const given = { timestamp: 1_768_978_717n, trustedCertificates: 2, report, chain };
    assert.deepEqual(snpV2Input(given), expected);
  });

  it("v3 is one struct: time, report, chain", () => {
    const expected = concat(
      ...[word(32), word(7), word(96), word(96 + 32 + 1_184)],
      ...[word(1_184), padded(report), chainWords],
    );
    assert.deepEqual(snpV3Input({ timestamp: 7n, report, chain }), expected);
  });
});

describe("input of the DCAP program", () => {
  it("v1.1 is a list of parameters: collateral, quote, time", () => {
    const [collateral, quote] = [Uint8Array.of(1, 2, 3), new Uint8Array(40).fill(4)];
    const expected = concat(
      ...[word(96), word(160), word(9)],
      ...[word(3), padded(collateral), word(40), padded(quote)],
    );
    assert.deepEqual(dcapInput({ timestamp: 9n, collateral, quote }), expected);
  });
});

describe("inputs as the local prover server reads them", () => {
  it("have the report or quote in them", () => {
    const given = { timestamp: 1n, report, chain };
    assert.deepEqual(reportIn("snp-v2", snpV2Input({ ...given, trustedCertificates: 1 })), report);
    assert.deepEqual(reportIn("snp-v3", snpV3Input(given)), report);
    const quote = dcapInput({ timestamp: 1n, quote: report, collateral: report.subarray(0, 5) });
    assert.deepEqual(reportIn("dcap", quote), report);
  });
});
