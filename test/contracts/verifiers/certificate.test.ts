import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { gcpRegistration, hardware, simulated } from "./captured.ts";
import { hex, refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const harness = await viem.deployContract("CertificateHarness");

const quote = readFileSync(
  new URL("../../fixtures/hardware/tdx-quotes/v5-alibaba.bin", import.meta.url),
).toString("latin1");
const pck = [...quote.matchAll(/-----BEGIN CERTIFICATE-----\n([^-]*)-----END/g)].map((match) =>
  Buffer.from(match[1]!, "base64"),
);
const bytesOf = (digits: string) => Buffer.from(digits.replace(/^0x/, ""), "hex");
const gcp = gcpRegistration.certs.map(bytesOf);
const bareMetal = simulated["sim-quote-rsa"]!.certs!.map(bytesOf);
const azureLeaf = bytesOf(hardware["azure-tdx-full-2025"]!.certs![0]!);

const parse = async (der: Buffer) => (await harness.read.parse([hex(der)]))[0];
const refusal = (der: Buffer) => refusalOf(() => harness.read.parse([hex(der)]));

describe("Certificate", () => {
  for (const [name, der] of [
    ...pck.map((der, i) => [`Intel ${i}`, der] as const),
    ...gcp.map((der, i) => [`GCP ${i}`, der] as const),
    ...bareMetal.map((der, i) => [`software TPM ${i}`, der] as const),
    ["Azure leaf", azureLeaf] as const,
  ])
    it(`reads ${name} as node:crypto does`, async () => {
      const fields = await parse(der);
      const theirs = new X509Certificate(der);
      assert.equal(Number(fields.notBefore) * 1000, Date.parse(theirs.validFrom));
      assert.equal(Number(fields.notAfter) * 1000, Date.parse(theirs.validTo));
      assert.equal(fields.isCA, theirs.ca);
      const key = theirs.publicKey.export({ format: "jwk" });
      const word = (text: string | undefined) => hex(Buffer.from(text!, "base64url"));
      if (key.kty === "EC") assert.deepEqual([fields.x, fields.y], [word(key.x), word(key.y)]);
      else assert.equal(fields.modulus, word(key.n));
    });

  for (const [name, chain] of [
    ["Intel", pck],
    ["GCP", gcp],
    ["software TPM", bareMetal],
  ] as const)
    it(`finds each certificate of ${name} signed by the next, and by no other`, async () => {
      for (const [i, der] of chain.entries())
        for (const [j, issuer] of chain.entries())
          assert.equal(
            await harness.read.isSignedBy([hex(der), hex(issuer)]),
            j === Math.min(i + 1, chain.length - 1),
            `${i} by ${j}`,
          );
    });

  const leaf = pck[0]!;
  const at = (digits: string) => leaf.indexOf(Buffer.from(digits, "hex"));
  const put = (offset: number, digits: string): Buffer => {
    const copy = Buffer.from(leaf);
    copy.write(digits, offset, "hex");
    return copy;
  };
  // OIDs: 2.5.29.15 keyUsage, 2.5.29.19 basicConstraints, 2.5.4.3 commonName.
  for (const [what, der, error] of [
    ["nothing", Buffer.alloc(0), "X509Malformed"],
    ["an indefinite length", put(1, "80"), "X509Malformed"],
    [
      "a length in too many bytes",
      Buffer.concat([Buffer.from("30830004", "hex"), leaf.subarray(3)]),
      "X509Malformed",
    ],
    ["a byte behind the end", Buffer.concat([leaf, Buffer.alloc(1)]), "X509Malformed"],
    ["version 1", put(at("a003020102") + 4, "00"), "X509Malformed"],
    ["a serial of 21 bytes, none of them a sign", put(at("a0030201020215") + 7, "01"), "X509Malformed"],
    ["a time that is no digit", put(at("170d") + 4, "3a"), "X509Malformed"],
    ["month 13", put(at("170d") + 4, "3133"), "X509Malformed"],
    [
      "ECDSA with SHA-384",
      put(leaf.lastIndexOf(Buffer.from("2a8648ce3d040302", "hex")) + 7, "03"),
      "X509SignatureAlgorithmUnsupported",
    ],
    [
      "a stated algorithm that differs",
      put(at("2a8648ce3d040302") + 7, "03"),
      "X509SignatureAlgorithmUnsupported",
    ],
    ["a key of another curve", put(at("2a8648ce3d030107") + 7, "06"), "X509KeyUnsupported"],
    ["an unknown critical extension", put(at("0603551d0f0101ff") + 4, "77"), "X509CriticalExtensionUnknown"],
    ["an extension twice", put(at("0603551d130101ff") + 4, "0f"), "X509Malformed"],
    ["criticality FALSE spelt out", put(at("0603551d0f0101ff") + 7, "00"), "X509Malformed"],
  ] as const)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusal(der), error);
    });

  it("refuses every cut", async () => {
    for (let length = 0; length < leaf.length; length += 37)
      assert.equal(await refusal(leaf.subarray(0, length)), "X509Malformed", `${length} bytes`);
  });
});
