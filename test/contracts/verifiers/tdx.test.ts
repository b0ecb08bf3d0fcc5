import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { before, describe, it } from "node:test";
import { network } from "hardhat";
import { concat, encodeAbiParameters, keccak256, pad, toHex } from "viem";
import type { Hex } from "viem";
import { azureRegistration, gcpRegistration } from "./captured.ts";
import { hex, refusalOf } from "./outcome.ts";

const folder = new URL("../../fixtures/hardware/tdx-quotes/", import.meta.url);
const quoteOf = (name: string): Buffer => readFileSync(new URL(name, folder));
const names = readdirSync(folder).filter((name) => name.endsWith(".bin"));
const debugQuote = "v4-trustee.bin";
const genuine = names.filter((name) => name !== debugQuote);

// Intel SGX Root CA
const rootX = "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5";
const rootY = "0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";
const noon = BigInt(Date.parse("2026-11-01T12:00:00Z") / 1000);

const { viem, networkHelpers } = await network.create();
const client = await viem.getPublicClient();

async function deploy(x: Hex = rootX, y: Hex = rootY) {
  const collateral = await viem.deployContract("IntelCollateral", [x, y]);
  const verifier = await viem.deployContract("TDXVerifier", [x, y, collateral.address]);
  return { collateral, verifier };
}
type Verifier = Awaited<ReturnType<typeof deploy>>["verifier"];

const verify = async (verifier: Verifier, quote: Uint8Array) =>
  (await verifier.simulate.verify([hex(quote)], { gas: 16_000_000n })).result;
const refusal = (verifier: Verifier, quote: Uint8Array) => refusalOf(() => verify(verifier, quote));

function changed(quote: Buffer, offset: number, value?: number): Buffer {
  const copy = Buffer.from(quote);
  copy[offset] = value ?? copy[offset]! ^ 1;
  return copy;
}

describe("TDXVerifier", () => {
  let cold: Verifier;
  let warm: Verifier;
  before(async () => {
    await networkHelpers.time.increaseTo(noon);
    ({ verifier: cold } = await deploy());
    ({ verifier: warm } = await deploy());
    await warm.write.verify([hex(quoteOf("v5-gotdx.bin"))]);
  });

  for (const name of genuine)
    it(`accepts ${name}, the same with a cold and a warm cache`, async () => {
      const claims = await verify(cold, quoteOf(name));
      assert.deepEqual(await verify(warm, quoteOf(name)), claims);
      const quote = quoteOf(name);
      const start = quote.readUInt16LE(0) === 4 ? 48 : 54;
      const length = quote.readUInt16LE(0) === 5 && quote.readUInt16LE(48) === 3 ? 648 : 584;
      const body = quote.subarray(start, start + length);
      assert.equal(claims.statementId, keccak256(body));
      const field = (from: number, to: number): Hex => hex(body.subarray(from, to));
      const measurement = (rtmr3: Hex) =>
        keccak256(
          concat([
            field(136, 184),
            field(328, 472),
            rtmr3,
            field(120, 136),
            field(184, 328),
            length === 648 ? field(600, 648) : pad("0x", { size: 48 }),
          ]),
        );
      assert.equal(claims.teeMeasurement, measurement(field(472, 520)));
      assert.equal(claims.legacyTeeMeasurement, measurement(pad("0x", { size: 48 })));
      assert.equal(claims.reportDataHead + claims.reportDataTail.slice(2), field(520, 584));
      assert.equal(claims.legacyRegister, field(472, 520));
      assert.deepEqual([claims.tcbStatus, claims.keyType, claims.product], [0, 0, 0]);
      assert.ok(BigInt(claims.validUntil) > noon);
    });

  for (const [name, { report }] of [
    ["Azure, whose leaf is followed by a NUL", azureRegistration],
    ["GCP", gcpRegistration],
  ] as const)
    it(`accepts the report of the captured registration of ${name}`, async () => {
      const quote = Buffer.from(report.slice(2), "hex");
      assert.equal(await refusal(cold, quote), null);
      assert.equal(await refusal(warm, quote), null);
    });

  it("names the platform by its PPID", async () => {
    // Two quotes of one host, and one of another.
    const [one, same, other] = await Promise.all(
      ["v4-flashtestations-12c14e-quote.bin", "v4-flashtestations-12c14e-quote2.bin", "v5-alibaba.bin"].map(
        async (name) => (await verify(warm, quoteOf(name))).platformId,
      ),
    );
    assert.equal(one, same);
    assert.notEqual(one, other);
    const ppid = ppidOf(quoteOf("v5-alibaba.bin"));
    const domain = keccak256(toHex("cvm-registry.platform.v1"));
    const types = [{ type: "bytes32" }, { type: "uint8" }, { type: "uint8" }, { type: "bytes" }] as const;
    assert.equal(other, keccak256(encodeAbiParameters(types, [domain, 1, 0, ppid])));
  });

  it("refuses a TD in debug mode", async () => {
    assert.equal(await refusal(warm, quoteOf(debugQuote)), "TDXDebugEnabled");
  });

  it("refuses every quote under another root", async () => {
    const { verifier } = await deploy(rootY, rootX);
    assert.equal(await refusal(verifier, quoteOf("v5-gotdx.bin")), "TDXRootUntrusted");
  });
});

/** PPID of the PCK leaf: OCTET STRING behind OID 1.2.840.113741.1.13.1.1. */
function ppidOf(quote: Buffer): Hex {
  const text = quote.toString("latin1");
  const begin = text.indexOf("-----BEGIN CERTIFICATE-----") + 27;
  const der = Buffer.from(text.slice(begin, text.indexOf("-----END", begin)), "base64");
  const at = der.indexOf(Buffer.from("060a2a864886f84d010d01010410", "hex"));
  return hex(der.subarray(at + 14, at + 30));
}

describe("TDXVerifier on changed quotes", () => {
  let verifier: Verifier;
  let cold: Verifier;
  before(async () => {
    ({ verifier } = await deploy());
    ({ verifier: cold } = await deploy());
    await verifier.write.verify([hex(quoteOf("v5-gotdx.bin"))]);
  });

  const v4 = quoteOf("v4-dcapqvl-sample.bin");
  const v5 = quoteOf("v5-alibaba.bin");
  const data4 = 636;
  const data5 = 54 + v5.readUInt32LE(50) + 4;
  const inner4 = data4 + 584 + v4.readUInt16LE(data4 + 582);
  const pem4 = inner4 + 6;
  const end4 = data4 + v4.readUInt32LE(632);
  const text = v4.toString("latin1");
  const secondCertificate = text.indexOf("-----BEGIN", pem4 + 10);
  const thirdCertificate = text.indexOf("-----BEGIN", secondCertificate + 10);

  const rows: [string, Buffer, string][] = [
    ["cut in the header", v4.subarray(0, 47), "TDXQuoteTruncated"],
    ["cut in the body", v4.subarray(0, 635), "TDXQuoteTruncated"],
    ["cut in the signature data", v4.subarray(0, end4 - 1), "TDXQuoteTruncated"],
    ["empty", Buffer.alloc(0), "TDXQuoteTruncated"],
    ["version 3", changed(v4, 0, 3), "TDXVersionUnsupported"],
    ["key type 3", changed(v4, 2, 3), "TDXKeyTypeUnsupported"],
    ["TEE type SGX", changed(v4, 4, 0), "TDXTeeTypeUnsupported"],
    ["another QE vendor", changed(v4, 12), "TDXVendorUnknown"],
    ["body type 1", changed(v5, 48, 1), "TDXBodyUnsupported"],
    ["body size off by one", changed(v5, 50), "TDXBodyUnsupported"],
    ["outer length off by one", changed(v4, data4 + 130), "TDXSignatureLengthMismatch"],
    ["inner length off by one", changed(v4, inner4 + 2), "TDXSignatureLengthMismatch"],
    ["authentication data longer", changed(v4, data4 + 582, 33), "TDXSignatureLengthMismatch"],
    ["outer type 5", changed(v4, data4 + 128, 5), "TDXCertificationTypeUnsupported"],
    ["inner type 4", changed(v4, inner4, 4), "TDXCertificationTypeUnsupported"],
    ["padding not zero", changed(v4, v4.length - 1), "TDXPaddingNotZero"],
    ["first byte of padding not zero", changed(v4, end4, 1), "TDXPaddingNotZero"],
    ["leaf header damaged", changed(v4, pem4), "TDXCertificateChainMalformed"],
    ["leaf base64 damaged", changed(v4, pem4 + 200, 0x2a), "TDXCertificateChainMalformed"],
    ["leaf line end damaged", changed(v4, pem4 + 28 + 64, 0x0d), "TDXCertificateChainMalformed"],
    ["intermediate header damaged", changed(v4, secondCertificate), "TDXCertificateChainMalformed"],
    ["root header damaged", changed(v4, thirdCertificate), "TDXCertificateChainMalformed"],
    ["leaf DER damaged at its first tag", changed(v4, pem4 + 28, 0x4e), "X509Malformed"],
    ["quote signature changed", changed(v4, data4), "TDXSignatureWrong"],
    ["attestation key changed", changed(v4, data4 + 64), "TDXQEReportDataMismatch"],
    ["QE report changed", changed(v4, data4 + 134), "TDXQESignatureWrong"],
    ["QE report data changed", changed(v4, data4 + 134 + 320), "TDXQESignatureWrong"],
    ["QE signature changed", changed(v4, data4 + 518), "TDXQESignatureWrong"],
    ["authentication data changed", changed(v4, data4 + 584), "TDXQEReportDataMismatch"],
    ["report data changed", changed(v4, 48 + 520), "TDXSignatureWrong"],
    ["user data of the header changed", changed(v4, 28), "TDXSignatureWrong"],
    ["version 4 relabelled 5", changed(v4, 0, 5), "TDXBodyUnsupported"],
    ["body of version 5 changed", changed(v5, 54 + 600), "TDXSignatureWrong"],
    ["signature of version 5 changed", changed(v5, data5 + 63), "TDXSignatureWrong"],
  ];
  for (const [what, quote, error] of rows)
    it(`refuses a quote with ${what}: ${error}`, async () => {
      assert.equal(await refusal(verifier, quote), error);
      assert.equal(await refusal(cold, quote), error);
    });

  it("accepts a chain that ends in LF, and in LF and NUL", async () => {
    const hasNul = v4[end4 - 1] === 0;
    const shorter = Buffer.concat([v4.subarray(0, end4 - (hasNul ? 1 : 0)), Buffer.from(hasNul ? "" : "\0")]);
    shorter.writeUInt32LE(shorter.length - data4, 632);
    shorter.writeUInt32LE(shorter.length - data4 - 134, data4 + 130);
    shorter.writeUInt32LE(shorter.length - pem4, inner4 + 2);
    assert.equal(await refusal(verifier, shorter), null);
  });

  it("never passes with any byte in use changed", async () => {
    // Every 61st byte: a prime stride touches every region.
    for (let offset = 0; offset < end4 - 2; offset += 61) {
      const isReserved = false;
      const outcome = await refusal(verifier, changed(v4, offset));
      assert.ok(outcome !== null || isReserved, `offset ${offset}`);
    }
  });
});

describe("gas of TDXVerifier", () => {
  it("is printed", async () => {
    const { verifier } = await deploy();
    for (const [label, name] of [
      ["first quote of a network", "v5-gotdx.bin"],
      ["new host, v4, 4936 bytes", "v4-dcapqvl-sample.bin"],
      ["new host, v4 from GCP, 8000 bytes", "v4-gcp-cos113.bin"],
    ] as const) {
      const hash = await verifier.write.verify([hex(quoteOf(name))]);
      const { gasUsed } = await client.getTransactionReceipt({ hash });
      console.log(`gas, TDX ${label}: ${gasUsed}`);
    }
  });
});
