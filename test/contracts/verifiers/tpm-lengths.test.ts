// The TPM's structures, cut at every byte and with lengths that lie: whatever stands behind them in calldata, zeros or
// not, is never read as a part of them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";
import type { Hex } from "viem";
import { pcrsOf, selectedPcrs, simulated } from "./captured.ts";
import type { TpmCase } from "./captured.ts";
import { refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const verifier = await viem.deployContract("TPMVerifier");

const x = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString("hex")}`;
const bytesOf = (digits: string) => Buffer.from(digits, "hex");

async function everyPrefix(
  bytes: Buffer,
  read: (prefix: Buffer) => Promise<unknown>,
  error: string,
): Promise<void> {
  for (let length = 0; length < bytes.length; length++)
    assert.equal(await refusalOf(() => read(bytes.subarray(0, length))), error, `${length} bytes`);
}

describe("TPM structures that are cut", () => {
  for (const name of ["sim-quote-ecc", "sim-quote-rsa"]) {
    const c = simulated[name]!;
    const [ak, attest, signature] = [c.ak!, c.attest, c.signature].map(bytesOf) as [Buffer, Buffer, Buffer];
    const pcrs = pcrsOf(c.pcrs!, selectedPcrs(c.attest));

    it(`is the attest of ${name}, before zeros: TPMAttestTruncated`, () =>
      everyPrefix(
        attest,
        (prefix) => verifier.read.verifyQuote([x(ak), x(prefix), x(signature), pcrs]),
        "TPMAttestTruncated",
      ));

    it(`is the attest of ${name}, before ff: TPMAttestTruncated`, () =>
      everyPrefix(
        attest,
        (prefix) => {
          const head = Buffer.from([prefix.length >> 8, prefix.length & 0xff]);
          const quoted = Buffer.concat([head, prefix, Buffer.alloc(64, 0xff)]);
          return verifier.read.verifyQuotedValues([x(ak), x(quoted), []]);
        },
        "TPMAttestTruncated",
      ));

    it(`is the signature of ${name}: TPMSignatureLength`, () =>
      everyPrefix(
        signature,
        (prefix) => verifier.read.verifyQuote([x(ak), x(attest), x(prefix), pcrs]),
        "TPMSignatureLength",
      ));
  }

  const c = simulated["sim-certify-ecc"]!;
  const certify = (change: Partial<Pick<TpmCase, "tpmtPublic" | "attest">>) => {
    const parts = { ...c, ...change };
    const [tpmtPublic, attest, signature] = [parts.tpmtPublic!, parts.attest, parts.signature].map(
      (digits): Hex => `0x${digits}`,
    ) as [Hex, Hex, Hex];
    return verifier.read.verifyCertification([`0x${c.ak!}`, { tpmtPublic, attest, signature }]);
  };

  it("is the attest of a certification: TPMAttestTruncated", () =>
    everyPrefix(
      bytesOf(c.attest),
      (prefix) => certify({ attest: prefix.toString("hex") }),
      "TPMAttestTruncated",
    ));

  it("is the public area of a certified key: CertifyPublicMalformed", () =>
    everyPrefix(
      bytesOf(c.tpmtPublic!),
      (prefix) => certify({ tpmtPublic: prefix.toString("hex") }),
      "CertifyPublicMalformed",
    ));

  // The same area with scheme ECDSA and SHA-256: 0018000b for 0010 at 44.
  it("is a public area with a scheme: CertifyPublicMalformed", () =>
    everyPrefix(
      bytesOf(`${c.tpmtPublic!.slice(0, 88)}0018000b${c.tpmtPublic!.slice(92)}`),
      (prefix) => certify({ tpmtPublic: prefix.toString("hex") }),
      "CertifyPublicMalformed",
    ));

  it("names its key by 34 bytes, of which the first two are SHA-256's: CertifyNameMismatch", async () => {
    const digest = createHash("sha256").update(bytesOf(c.tpmtPublic!)).digest("hex");
    const name = `0022000b${digest}`;
    assert.ok(c.attest.includes(name));
    for (const other of [`0022000c${digest}`, `0023000b${digest}00`, `0021000b${digest.slice(2)}`]) {
      const attest = c.attest.replace(name, other);
      assert.equal(await refusalOf(() => certify({ attest })), "CertifyNameMismatch");
    }
  });

  for (const length of [0, 33])
    it(`takes no coordinate of ${length} bytes: CertifyPublicMalformed`, async () => {
      const area = bytesOf(c.tpmtPublic!);
      const [head, sizedX, sizedY] = [area.subarray(0, -68), area.subarray(-68, -34), area.subarray(-34)];
      const odd = Buffer.concat([Buffer.from([0, length]), Buffer.alloc(length)]);
      for (const coordinates of [
        [odd, sizedY],
        [sizedX, odd],
      ]) {
        const tpmtPublic = Buffer.concat([head, ...coordinates]).toString("hex");
        assert.equal(await refusalOf(() => certify({ tpmtPublic })), "CertifyPublicMalformed");
      }
    });
});

describe("TPM signatures whose numbers are longer than 32 bytes", () => {
  const c = simulated["sim-quote-ecc"]!;
  const [r, s] = [c.signature.slice(12, 76), c.signature.slice(80)];
  for (const [what, digits] of [
    ["r", `0018000b002100${r}0020${s}`],
    ["s", `0018000b0020${r}002100${s}`],
  ] as const)
    it(`is refused for ${what} with a leading zero: TPMSignatureLength`, async () => {
      const pcrs = pcrsOf(c.pcrs!, selectedPcrs(c.attest));
      const args = [`0x${c.ak!}`, `0x${c.attest}`, `0x${digits}`, pcrs] as const;
      assert.equal(await refusalOf(() => verifier.read.verifyQuote(args)), "TPMSignatureLength");
    });
});

describe("AKs that are neither P-256 nor RSA-2048", () => {
  const certification = { tpmtPublic: "0x", attest: "0x", signature: "0x" } as const;
  for (const length of [0, 63, 65, 255, 257, 384])
    it(`are refused before anything else, of ${length} bytes: AKPublicUnsupported`, async () => {
      const ak = x(new Uint8Array(length).fill(0xc1));
      for (const call of [
        () => verifier.read.verifyQuote([ak, "0x", "0x", []]),
        () => verifier.read.verifyCertifiedQuote([ak, "0x", "0x", [], certification]),
        () => verifier.read.verifyQuotedValues([ak, "0x", []]),
        () => verifier.read.verifyCertification([ak, certification]),
        () => verifier.read.verifyCreation([ak, certification]),
      ])
        assert.equal(await refusalOf(call), "AKPublicUnsupported");
    });
});

describe("TPM signatures by RSA-2048", () => {
  const c = simulated["sim-quote-rsa"]!;
  const pcrs = pcrsOf(c.pcrs!, selectedPcrs(c.attest));
  const value = c.signature.slice(12);
  for (const [what, digits] of [
    ["255 bytes", `0014000b00ff${value.slice(2)}`],
    ["257 bytes", `0014000b010100${value}`],
    ["256 bytes and one behind them", `${c.signature}00`],
  ] as const)
    it(`is refused with ${what}: TPMSignatureLength`, async () => {
      const args = [`0x${c.ak!}`, `0x${c.attest}`, `0x${digits}`, pcrs] as const;
      assert.equal(await refusalOf(() => verifier.read.verifyQuote(args)), "TPMSignatureLength");
    });
});
