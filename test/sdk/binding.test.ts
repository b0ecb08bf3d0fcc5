// Every hash of the protocol against vectors computed by an implementation that shares no code with this one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { captures, snpReport } from "../support/captured-reports.ts";
import { snpMeasurement } from "../support/snp-reports.ts";
import {
  akIdOf,
  anchor,
  azureTeeMeasurement,
  domains,
  extraData,
  identityHash,
  measurementHash,
  pcrMeasurement,
  platformId,
  policyPcrDigest,
  reportData,
  requestHash,
  selectionHash,
} from "../../sdk/evidence/binding.ts";
import { fromHex, keccak256, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import {
  envelopeMessage,
  erc7913Message,
  operatorMessage,
  revokeMessage,
  ttlMessage,
  walkthroughMessage,
} from "../../sdk/evidence/message.ts";
import { readRuntimeClaims } from "../../sdk/evidence/runtime-claims.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { mustFindCaptured, mustReadRegistration, protocolVectors } from "./fixtures.ts";

const { anchored, messages, policyPcr } = protocolVectors;
const { input } = anchored;
const block = {
  chainId: BigInt(input.chainId),
  registry: fromHex(input.registry),
  blockNumber: BigInt(input.blockNumber),
  blockHash: fromHex(input.blockHash),
};
const selection = selectionHash(input.selection);
const request = requestHash({
  cloud: input.cloud,
  tee: input.tee,
  reportType: input.reportType,
  selectionHash: selection,
  certifiedName: fromHex(input.certifiedName),
  akCertified: input.akCertified,
});
const [akId, identity] = [fromHex(input.akId), fromHex(input.identityHash)];

describe("protocol vectors", () => {
  for (const [name, value] of Object.entries(protocolVectors.domains))
    it(`domain ${name}`, () => assert.equal(toHex(domains[name as keyof typeof domains]), value));

  it("selection, request and anchor of the anchored example", () => {
    assert.equal(toHex(selection), anchored["selectionHash"]);
    assert.equal(toHex(request), anchored["requestHash"]);
    const bytes = anchor(block, request, fromHex(input.statement));
    assert.equal(toHex(bytes), anchored["anchor"]);
    assert.equal(toHex(extraData(identity, bytes)), anchored["extraData"]);
  });

  it("anchor of a re-attestation has statement 0", () => {
    assert.equal(toHex(anchor(block, request, new Uint8Array(32))), anchored["reattestAnchor"]);
  });

  it("report_data, anchored and un-anchored", () => {
    assert.equal(toHex(reportData(akId, identity, block, request)), anchored["reportData"]);
    assert.equal(toHex(reportData(akId, identity, null, null)), anchored["reportDataUnanchored"]);
  });

  it("PolicyPCR digest", () => {
    const pcrs = policyPcr.pcrs.map((index, at) => ({ index, pcr: fromHex(policyPcr.values[at]!) }));
    assert.equal(toHex(policyPcrDigest(pcrs)), policyPcr.authPolicy);
  });
});

describe("message vectors", () => {
  const chainId = BigInt(messages["chainId"]!);
  const of = (name: string) => messages[name]!;
  const application = fromHex(of("application"));
  const user = new TextEncoder().encode(of("user"));
  const registry = fromHex(of("registry"));
  const nonce = BigInt(of("nonce"));

  it("envelope", () => {
    const message = envelopeMessage(chainId, application, user);
    assert.equal(toHex(message), of("envelope"));
    assert.equal(toHex(sha256(message)), of("envelopeDigest"));
  });

  it("walkthrough", () => {
    const message = walkthroughMessage(BigInt(of("walkthroughChainId")), application, user);
    assert.equal(toHex(message), of("walkthrough"));
    assert.equal(toHex(sha256(message)), of("walkthroughDigest"));
  });

  it("ERC-7913", () => {
    const fields = {
      chainId,
      verifier: fromHex(of("verifier")),
      application,
      hash: fromHex(of("erc7913Hash")),
    };
    assert.equal(toHex(erc7913Message(fields)), of("erc7913"));
    assert.equal(toHex(sha256(erc7913Message(fields))), of("erc7913Digest"));
  });

  it("actions signed by the identity key", () => {
    assert.equal(toHex(ttlMessage(chainId, registry, nonce, 806_400n, 806_400n)), of("ttl"));
    assert.equal(toHex(operatorMessage(chainId, registry, nonce, application)), of("operator"));
    assert.equal(toHex(revokeMessage(chainId, registry, nonce)), of("revoke"));
  });
});

for (const [file, capture] of Object.entries(captures))
  describe(`captured ${file}`, () => {
    const vector = mustFindCaptured(file);
    const registration = mustReadRegistration(capture);
    const { pcrs, cvmIdentity, akPub, certs } = registration.workloadCollaterals;
    const key = cvmIdentity.data.subarray(cvmIdentity.data.length - 64);

    it("identity hash in both spellings", () => {
      assert.equal(toHex(identityHash({ ...cvmIdentity, data: key })), vector.identityHash64);
      const prefixed = { ...cvmIdentity, data: Uint8Array.of(0x04, ...key) };
      assert.equal(toHex(identityHash(prefixed)), vector.identityHash65);
    });

    it("selection and PCR measurement", () => {
      assert.equal(toHex(selectionHash(pcrs)), vector.selectionHash);
      assert.equal(toHex(pcrMeasurement(pcrs)), vector.pcrMeasurement);
    });

    it("akId", () => {
      const claims = certs.length > 0 ? null : readRuntimeClaims(akPub);
      const leaf = certs.length > 0 ? readCertificate(certs[0]!) : null;
      assert.ok(!isRefusal(claims) && !isRefusal(leaf));
      assert.equal(toHex(akIdOf(leaf?.key.bytes ?? claims!.akModulus)), vector.akId);
    });

    it("measurement hash over the halves", () => {
      const { cloud, tee, pcrTrust } = vector;
      const halves = {
        teeMeasurement: fromHex(vector.teeMeasurement),
        pcrMeasurement: fromHex(vector.pcrMeasurement),
      };
      assert.equal(toHex(measurementHash({ cloud, tee, pcrTrust, ...halves })), vector.measurementHash);
    });

    if (vector.tee === 2)
      it("SNP statement, measurement and platform", () => {
        const report = snpReport(registration.teeAttestationReport);
        assert.equal(toHex(keccak256(report.subarray(0, 672))), vector.statementId);
        assert.equal(toHex(platformId(2, vector.product, report.subarray(0x1a0, 0x1e0))), vector.platformId);
        const inner = snpMeasurement(report);
        const digest = vector.vmConfigurationDigest;
        const measured = digest === undefined ? inner : azureTeeMeasurement(inner, fromHex(digest));
        assert.equal(toHex(measured), vector.teeMeasurement);
      });
  });
