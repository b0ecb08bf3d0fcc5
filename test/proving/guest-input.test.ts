// Inputs of the proven programs, byte by byte.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeAbiParameters, parseAbiParameters } from "viem";
import type { ProvingError } from "../../proving/error.ts";
import { dcapCollateral, dcapInput, snpV2Input, snpV3Input } from "../../proving/guest-input.ts";
import { reportIn } from "../../scripts/prover/captures.ts";
import { concat, fromHex, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { readPemChain } from "../../sdk/evidence/pem.ts";
import { capturedCollateral } from "../support/tdx-vectors.ts";

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

describe("Intel's documents as the DCAP program reads them", () => {
  const documents = capturedCollateral.gcp;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const types = parseAbiParameters("bytes, bytes, bytes[2], string, string");

  it("are both lists, the signing chain, and both JSON texts with their signatures", () => {
    const encoded = dcapCollateral(documents);
    const [rootCrl, pckCrl, chain, tcbInfo, qeIdentity] = decodeAbiParameters(types, toHex(encoded));
    assert.deepEqual([fromHex(rootCrl), fromHex(pckCrl)], [documents.rootCaCrl, documents.pckCrl]);
    assert.deepEqual(chain.map(fromHex), readPemChain(documents.tcbInfoIssuerChain));
    const signature = (bytes: Uint8Array) => toHex(bytes).slice(2);
    assert.equal(
      tcbInfo,
      `{"tcbInfo":${text(documents.tcbInfo)},"signature":"${signature(documents.tcbInfoSignature)}"}`,
    );
    assert.equal(
      qeIdentity,
      `{"enclaveIdentity":${text(documents.qeIdentity)},"signature":"${signature(documents.qeIdentitySignature)}"}`,
    );
    // A list of parameters, as dcap-rs decodes it: no offset leads.
    assert.deepEqual(encoded.subarray(0, 32), word(160));
  });

  const chain = documents.tcbInfoIssuerChain;
  const half = text(chain).indexOf("-----END CERTIFICATE-----") + 26;
  const broken = {
    "no certificate": new Uint8Array(0),
    "one certificate": chain.subarray(0, half),
    "three certificates": concat(chain, chain.subarray(0, half)),
    "no PEM": chain.subarray(1),
  };
  for (const [name, tcbInfoIssuerChain] of Object.entries(broken))
    it(`proving.request: ${name} in the chain`, () => {
      assert.throws(
        () => dcapCollateral({ ...documents, tcbInfoIssuerChain }),
        (error: ProvingError) => error.code === "proving.request",
      );
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
