import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { encodeAbiParameters, keccak256, parseAbiParameters } from "viem";
import type { Hex } from "viem";
import { azureRegistration, gcpRegistration, hardware, pcrsOf, selectedPcrs, simulated } from "./captured.ts";
import type { Pcr, TpmCase } from "./captured.ts";
import { refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const client = await viem.getPublicClient();
const verifier = await viem.deployContract("TPMVerifier");
const harness = await viem.deployContract("CryptoHarness");

const x = (digits: string): Hex => `0x${digits}`;
const quoteArgs = (c: TpmCase, pcrs: readonly Pcr[]) =>
  [x(c.ak!), x(c.attest), x(c.signature), pcrs] as const;
const refusalOfQuote = (c: TpmCase, pcrs: readonly Pcr[] = pcrsOf(c.pcrs!, selectedPcrs(c.attest))) =>
  refusalOf(() => verifier.read.verifyQuote(quoteArgs(c, pcrs)));

const azureAk = (await harness.read.runtimeClaims([azureRegistration.akPub]))[0];
// P-256 point behind the SubjectPublicKeyInfo prefix of the leaf.
const prefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
const leaf = gcpRegistration.certs[0]!;
const gcpAk = x(leaf.slice(leaf.indexOf(prefix) + prefix.length).slice(0, 128));

const azure: TpmCase = {
  ak: azureAk.slice(2),
  attest: azureRegistration.tpmQuote.slice(2),
  signature: azureRegistration.tpmSignature.slice(2),
};
const gcp: TpmCase = {
  ak: gcpAk.slice(2),
  attest: gcpRegistration.tpmQuote.slice(2),
  signature: gcpRegistration.tpmSignature.slice(2),
};

describe("TPMVerifier on captured registrations", () => {
  for (const [name, evidence, pcrs] of [
    ["Azure, RSA", azure, azureRegistration.pcrs],
    ["GCP, P-256", gcp, gcpRegistration.pcrs],
  ] as const)
    it(`accepts the quote of ${name}, and condenses its PCRs as protocol §13 says`, async () => {
      const claims = await verifier.read.verifyQuote(quoteArgs(evidence, pcrs));
      const mode = (pcr: Pcr) => (pcr.measurePcr ? 1 : pcr.measureEventsIdx.length > 0 ? 2 : 0);
      assert.equal(
        claims.selectionHash,
        keccak256(
          encodeAbiParameters(
            parseAbiParameters("(uint256 index, bool measurePcr, uint256[] measureEventsIdx)[]"),
            [pcrs],
          ),
        ),
      );
      const measured = pcrs.map((pcr) => ({
        index: Number(pcr.index),
        mode: mode(pcr),
        value: mode(pcr) === 1 ? pcr.pcr : x("00".repeat(32)),
        eventIndices: pcr.measureEventsIdx,
        eventDigests: pcr.measureEventsIdx.map((at) => pcr.allEvents[Number(at)]!),
      }));
      const types =
        "(uint8 index, uint8 mode, bytes32 value, uint256[] eventIndices, bytes32[] eventDigests)[]";
      assert.equal(
        claims.pcrMeasurement,
        keccak256(encodeAbiParameters(parseAbiParameters(types), [measured])),
      );
      const bits = pcrs.reduce((sum, pcr) => (mode(pcr) === 1 ? sum | (1 << Number(pcr.index)) : sum), 0);
      assert.equal(claims.measuredPcrs, bits);
      assert.equal(claims.policyDigest, policyOf(pcrs.filter((pcr) => mode(pcr) !== 0)));
      // Both captures are un-anchored: 0xff ‖ identity hash.
      assert.match(claims.extraData, /^0xff[0-9a-f]{64}$/);
    });

  for (const name of ["azure-tdx-full-2025", "azure-tdx-full-2026", "generic-tpm-evidence-trustee"])
    it(`accepts the real quote ${name}`, async () => {
      assert.equal(await refusalOfQuote(hardware[name]!), null);
    });

  it("refuses quotes over other banks", async () => {
    for (const name of ["gcp-cos85-nonce9009-sha384", "gcp-cos85-nonce9009-sha1"])
      assert.equal(await refusalOfQuote(hardware[name]!, []), "TPMBankUnsupported");
  });
});

function policyOf(pcrs: readonly Pcr[]): Hex {
  const bitmap = Buffer.alloc(3);
  for (const { index } of pcrs) bitmap[Number(index) >> 3]! |= 1 << (Number(index) & 7);
  const values = createHash("sha256");
  for (const { pcr } of pcrs) values.update(Buffer.from(pcr.slice(2), "hex"));
  const policy = createHash("sha256")
    .update(Buffer.alloc(32))
    .update(Buffer.from("0000017f00000001000b03", "hex"))
    .update(bitmap)
    .update(values.digest());
  return x(policy.digest("hex"));
}

describe("TPMVerifier on quotes of a software TPM", () => {
  for (const name of ["sim-quote-ecc", "sim-quote-rsa"])
    it(`accepts ${name}`, async () => {
      assert.equal(await refusalOfQuote(simulated[name]!), null);
    });

  // The nonce is the registry's to judge, so neg-wrong-nonce passes here.
  for (const [name, error] of [
    ["sim-quote-pss", "TPMSignatureScheme"],
    ["neg-bad-magic", "TPMMagicWrong"],
    // Its values are made up as well, and the list is judged before the signature.
    ["neg-unrestricted-signer", "PCRDigestMismatch"],
    ["neg-pcr-changed", "PCRDigestMismatch"],
    ["neg-no-selection", "TPMBankCount"],
    ["neg-sha1-bank", "TPMBankUnsupported"],
    ["neg-wrong-nonce", null],
    ["neg-certify-as-quote", "TPMAttestTypeUnexpected"],
    ["neg-tampered", "PCRDigestMismatch"],
    ["neg-trailing", "TPMAttestTrailing"],
    ["neg-truncated", "TPMAttestTruncated"],
    ["neg-sig-sha1-relabel", "TPMSignatureScheme"],
    ["neg-rsa-ak-ecc-sig", "TPMSignatureScheme"],
    ["neg-pcr-permuted", "PCRDigestMismatch"],
  ] as const)
    it(`${name}: ${error ?? "accepted"}`, async () => {
      const c = simulated[name]!;
      assert.equal(await refusalOfQuote(c, pcrsOf(c.pcrs!)), error);
    });
});

describe("TPMVerifier on changed evidence", () => {
  const set = (digits: string, at: number, value: string) =>
    digits.slice(0, 2 * at) + value + digits.slice(2 * at + value.length);
  const quote = simulated["sim-quote-ecc"]!;
  const pcrs = pcrsOf(quote.pcrs!);
  const changePcr = (at: number, change: Partial<Pcr>) =>
    pcrs.map((pcr, i) => (i === at ? { ...pcr, ...change } : pcr));
  const event = x("11".repeat(32));
  const value = x(
    createHash("sha256")
      .update(Buffer.alloc(32))
      .update(Buffer.from("11".repeat(32), "hex"))
      .digest("hex"),
  );

  for (const [what, change, error] of [
    ["safe flag 2", { attest: set(quote.attest, 92, "02") }, "TPMSafeNotBoolean"],
    ["two banks", { attest: set(quote.attest, 101, "00000002") }, "TPMBankCount"],
    ["a bitmap of four bytes", { attest: set(quote.attest, 107, "04") }, "TPMSelectSize"],
    ["a digest of 20 bytes", { attest: set(quote.attest, 111, "0014") }, "TPMDigestLength"],
    ["a wrong bitmap", { attest: set(quote.attest, 108, "000000") }, "PCRSelectionMismatch"],
    ["an empty attest", { attest: "" }, "TPMAttestTruncated"],
    ["an empty signature", { signature: "" }, "TPMSignatureLength"],
    ["a byte behind the signature", { signature: `${quote.signature}00` }, "TPMSignatureLength"],
    ["r of 33 bytes", { signature: set(quote.signature, 4, "0021") }, "TPMSignatureLength"],
    ["a changed r", { signature: set(quote.signature, 6, "ff") }, "TPMSignatureWrong"],
    ["an AK of 65 bytes", { ak: `04${quote.ak}` }, "AKPublicUnsupported"],
  ] as const)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusalOfQuote({ ...quote, ...change }, pcrs), error);
    });

  for (const [what, list, error] of [
    ["index 24", changePcr(11, { index: 24n }), "PCRIndexOutOfRange"],
    ["an index of 2^255", changePcr(11, { index: 1n << 255n }), "PCRIndexOutOfRange"],
    ["a PCR twice", changePcr(1, { index: 0n }), "PCROrder"],
    ["falling indices", [pcrs[1]!, pcrs[0]!], "PCROrder"],
    ["both modes", changePcr(0, { measureEventsIdx: [0n], allEvents: [event] }), "PCRModeConflict"],
    [
      "an event position without events",
      changePcr(0, { measurePcr: false, measureEventsIdx: [0n] }),
      "PCREventIndex",
    ],
    [
      "a falling event position",
      changePcr(0, { measurePcr: false, measureEventsIdx: [1n, 0n], allEvents: [event, event] }),
      "PCREventIndex",
    ],
    ["events of another value", changePcr(0, { allEvents: [event] }), "PCREventReplay"],
    [
      "events that replay to another quoted value",
      changePcr(0, { allEvents: [event], pcr: value }),
      "PCRDigestMismatch",
    ],
    ["a PCR left out", pcrs.slice(1), "PCRSelectionMismatch"],
    ["no PCRs", [], "PCRSelectionMismatch"],
  ] as const)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusalOfQuote(quote, list), error);
    });

  it("accepts r and s without their leading zeros", async () => {
    // A signature whose r begins with a zero byte cannot be made here; a spare zero must not be needed either.
    const r = quote.signature.slice(12, 76);
    const s = quote.signature.slice(80);
    const stripped = (v: string) => v.replace(/^(00)+/, "");
    const sized = (v: string) => (v.length / 2).toString(16).padStart(4, "0") + v;
    const signature = `0018000b${sized(stripped(r))}${sized(stripped(s))}`;
    assert.equal(await refusalOfQuote({ ...quote, signature }, pcrs), null);
  });
});

describe("TPMVerifier on certifications", () => {
  const refusalOfKey = (
    c: TpmCase,
    change: { tpmtPublic?: string; attest?: string; signature?: string } = {},
  ) => {
    const merged = { ...c, ...change };
    const certification = {
      tpmtPublic: x(merged.tpmtPublic!),
      attest: x(merged.attest),
      signature: x(merged.signature),
    };
    return refusalOf(() => verifier.read.verifyCertification([x(c.ak!), certification]));
  };

  for (const name of ["sim-certify-ecc", "sim-certify-rsa"])
    it(`accepts ${name} and reads its key`, async () => {
      const c = simulated[name]!;
      const key = await verifier.read.verifyCertification([
        x(c.ak!),
        { tpmtPublic: x(c.tpmtPublic!), attest: x(c.attest), signature: x(c.signature) },
      ]);
      const area = Buffer.from(c.tpmtPublic!, "hex");
      assert.equal(key.nameHash, x(createHash("sha256").update(area).digest("hex")));
      assert.equal(key.attributes, area.readUInt32BE(4));
      assert.equal(key.authPolicy, x(area.subarray(10, 42).toString("hex")));
      assert.equal(key.y, x(area.subarray(-32).toString("hex")));
      assert.equal(key.x, x(area.subarray(-66, -34).toString("hex")));
    });

  const c = simulated["sim-certify-ecc"]!;
  it("judges a quote and a certification together as it does by themselves", async () => {
    const quoted = simulated["sim-quote-ecc"]!;
    const [tpmtPublic, attest, signature] = [c.tpmtPublic!, c.attest, c.signature].map(x) as [Hex, Hex, Hex];
    const call = (changed: Hex) =>
      verifier.read.verifyCertifiedQuote([
        ...quoteArgs(quoted, pcrsOf(quoted.pcrs!, selectedPcrs(quoted.attest))),
        { tpmtPublic, attest, signature: changed },
      ]);
    const [, key] = await call(signature);
    const certification = { tpmtPublic, attest, signature };
    assert.deepEqual(key, await verifier.read.verifyCertification([x(c.ak!), certification]));
    assert.equal(await refusalOf(() => call(`${signature.slice(0, -2)}ff` as Hex)), "TPMSignatureWrong");
  });

  const area = c.tpmtPublic!;
  const put = (at: number, value: string) =>
    area.slice(0, 2 * at) + value + area.slice(2 * at + value.length);
  // authPolicy of 32 bytes ends at 42: symmetric 42, scheme 44.
  for (const [what, change, error] of [
    ["an RSA key", { tpmtPublic: put(0, "0001") }, "CertifyPublicMalformed"],
    ["a SHA-384 name", { tpmtPublic: put(2, "000c") }, "CertifyPublicMalformed"],
    ["a symmetric algorithm", { tpmtPublic: put(42, "0006") }, "CertifyPublicMalformed"],
    ["a byte behind TPMT_PUBLIC", { tpmtPublic: `${area}00` }, "CertifyPublicMalformed"],
    ["a cut TPMT_PUBLIC", { tpmtPublic: area.slice(0, -2) }, "CertifyPublicMalformed"],
    ["scheme ECDAA", { tpmtPublic: put(44, "001a") }, "CertifySchemeUnsupported"],
    ["a restricted key", { tpmtPublic: put(4, "00050032") }, "CertifyAttributes"],
    ["a decryption key", { tpmtPublic: put(4, "00060032") }, "CertifyAttributes"],
    ["a key made elsewhere", { tpmtPublic: put(4, "00040012") }, "CertifyAttributes"],
    ["another policy", { tpmtPublic: put(10, "00") }, "CertifyNameMismatch"],
    ["a quote", { attest: simulated["sim-quote-ecc"]!.attest }, "TPMAttestTypeUnexpected"],
    ["a byte behind the attest", { attest: `${c.attest}00` }, "TPMAttestTrailing"],
    ["a changed signature", { signature: `${c.signature.slice(0, -2)}ff` }, "TPMSignatureWrong"],
  ] as const)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusalOfKey(c, change), error);
    });
});

describe("gas of TPMVerifier", () => {
  it("is printed", async () => {
    for (const [label, c, pcrs] of [
      ["quote by an RSA AK", azure, azureRegistration.pcrs],
      ["quote by a P-256 AK with seven events", gcp, gcpRegistration.pcrs],
      ["quote by a P-256 AK", simulated["sim-quote-ecc"]!, pcrsOf(simulated["sim-quote-ecc"]!.pcrs!)],
    ] as const) {
      const used = await client.estimateContractGas({
        address: verifier.address,
        abi: verifier.abi,
        functionName: "verifyQuote",
        args: quoteArgs(c, pcrs),
      });
      console.log(`gas, TPM ${label}, whole transaction: ${used}`);
    }
    const [, , , , claimsGas] = await harness.read.runtimeClaims([azureRegistration.akPub]);
    console.log(`gas, runtime claims: ${claimsGas}`);
  });
});
