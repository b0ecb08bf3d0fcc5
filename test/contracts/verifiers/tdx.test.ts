import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { network } from "hardhat";
import { concat, encodeAbiParameters, isAddressEqual, keccak256, pad, toHex } from "viem";
import type { Hex } from "viem";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { startIntelChain } from "../../support/intel-chain.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import type { ContractClaims } from "../../support/tdx-claims.ts";
import { capturedCollateral, collateralFrom, quoteBytes, real } from "../../support/tdx-vectors.ts";
import { azureRegistration, gcpRegistration } from "./captured.ts";
import { deployIntel, intelRoot } from "./intel.ts";
import { hex } from "./outcome.ts";

const capturedAt = Date.parse("2026-02-05T00:00:00Z") / 1000;
const quoteOf = (name: string): Buffer => Buffer.from(quoteBytes(name));
const verify = (chain: IntelChain, quote: Uint8Array) =>
  chain.call<ContractClaims>(chain.verifier, "verify", hex(quote));
const verdictOf = async (chain: IntelChain, quote: Uint8Array) => (await verify(chain, quote)).verdict;

async function mustVerify(chain: IntelChain, quote: Uint8Array): Promise<ContractClaims> {
  const { verdict, value } = await verify(chain, quote);
  assert.equal(verdict, null);
  return value;
}

/** Holds the documents of the captures, of both platforms. */
async function startCaptured(): Promise<IntelChain> {
  const chain = await startIntelChain({ at: capturedAt, tcbInfo: 18, qeIdentity: 18 });
  assert.equal(await chain.upsert(capturedCollateral.azure), null);
  const { tcbInfo, tcbInfoSignature } = capturedCollateral.gcp;
  await chain.mustSend(chain.collateral, "upsertTCBInfo", hex(tcbInfo), hex(tcbInfoSignature));
  return chain;
}

function changed(quote: Buffer, offset: number, value?: number): Buffer {
  const copy = Buffer.from(quote);
  copy[offset] = value ?? copy[offset]! ^ 1;
  return copy;
}

/** PPID of the PCK leaf: OCTET STRING behind OID 1.2.840.113741.1.13.1.1. */
function ppidOf(quote: Buffer): Hex {
  const text = quote.toString("latin1");
  const begin = text.indexOf("-----BEGIN CERTIFICATE-----") + 27;
  const der = Buffer.from(text.slice(begin, text.indexOf("-----END", begin)), "base64");
  const at = der.indexOf(Buffer.from("060a2a864886f84d010d01010410", "hex"));
  return hex(der.subarray(at + 14, at + 30));
}

describe("TDXVerifier", () => {
  let chain: IntelChain;
  before(async () => {
    chain = await startCaptured();
  });
  after(() => chain.close());

  for (const [what, quote] of [
    ["a TD report 1.0 in version 4", quoteOf("v4-gcp-cos113")],
    ["a TD report 1.0 in version 5", quoteOf("v5-gotdx")],
  ] as const)
    it(`says what stands in ${what}`, async () => {
      const claims = await mustVerify(chain, quote);
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
      assert.deepEqual([claims.keyType, claims.product], [0, 0]);
      assert.ok(claims.tcbStatus > 0);
      assert.ok(claims.validUntil > capturedAt);
    });

  for (const [name, { report }] of [
    ["Azure, whose leaf is followed by a NUL", azureRegistration],
    ["GCP", gcpRegistration],
  ] as const)
    it(`accepts the report of the captured registration of ${name}`, async () => {
      assert.equal(await verdictOf(chain, fromHex(report)), null);
    });

  it("names the platform by its PPID", async () => {
    const quote = quoteOf("v5-gotdx");
    const { platformId } = await mustVerify(chain, quote);
    const domain = keccak256(toHex("cvm-registry.platform.v1"));
    const types = [{ type: "bytes32" }, { type: "uint8" }, { type: "uint8" }, { type: "bytes" }] as const;
    assert.equal(platformId, keccak256(encodeAbiParameters(types, [domain, 1, 0, ppidOf(quote)])));
    assert.notEqual(platformId, (await mustVerify(chain, quoteOf("v4-gcp-cos113"))).platformId);
  });

  it("refuses a quote of a platform whose TCB info nobody brought", async () => {
    assert.equal(await verdictOf(chain, quoteOf("v4-dcapqvl-sample")), "tdx.tcb-info-missing");
  });

  it("keeps the root and the collateral it was built with", async () => {
    const held = await chain.read<Hex>(chain.verifier, "intelCollateral");
    assert.ok(isAddressEqual(held, chain.collateral.address));
    const [x, y] = await chain.read<[Hex, Hex]>(chain.collateral, "rootKey");
    assert.equal(concat([x, y]), intelRoot);
  });
});

describe("TDXVerifier and trust roots", () => {
  const otherRoot: Hex = `0x${intelRoot.slice(66)}${intelRoot.slice(2, 66)}`;

  it("refuses every quote under another root", async () => {
    const chain = await startIntelChain({ at: capturedAt, root: otherRoot });
    assert.equal(await verdictOf(chain, quoteOf("v5-gotdx")), "tdx.root");
    await chain.close();
  });

  it("is not built over the collateral of another root", async () => {
    const connection = await network.create();
    const { collateral } = await deployIntel(connection, { root: otherRoot });
    const [x, y]: [Hex, Hex] = [`0x${intelRoot.slice(2, 66)}`, `0x${intelRoot.slice(66)}`];
    const deploy = (first: Hex, second: Hex) =>
      connection.viem.deployContract("TDXVerifier", [first, second, collateral.address, 1]);
    // The other root is (y, x).
    for (const [first, second] of [
      [x, y],
      [x, x],
      [y, y],
    ] as const)
      await assert.rejects(deploy(first, second), /CollateralRootMismatch/);
    await deploy(y, x);
    await connection.close();
  });
});

describe("TDXVerifier on changed quotes", () => {
  const original = real.cases[0]!;
  let chain: IntelChain;
  let empty: IntelChain;
  before(async () => {
    chain = await startIntelChain({ at: original.now, tcbInfo: 17, qeIdentity: 17 });
    assert.equal(await chain.upsert(collateralFrom(original)), null);
    empty = await startIntelChain({ at: original.now });
  });
  after(() => Promise.all([chain.close(), empty.close()]));

  const v4 = quoteOf("v4-dcapqvl-sample");
  const v5 = quoteOf("v5-alibaba");
  const data4 = 636;
  const data5 = 54 + v5.readUInt32LE(50) + 4;
  const inner4 = data4 + 584 + v4.readUInt16LE(data4 + 582);
  const pem4 = inner4 + 6;
  const end4 = data4 + v4.readUInt32LE(632);
  const text = v4.toString("latin1");
  const secondCertificate = text.indexOf("-----BEGIN", pem4 + 10);
  const thirdCertificate = text.indexOf("-----BEGIN", secondCertificate + 10);

  /** The version 4 with other certificates, its lengths those of it. */
  function fitted(quote: Buffer): Buffer {
    quote.writeUInt32LE(quote.length - data4, 632);
    quote.writeUInt32LE(quote.length - data4 - 134, data4 + 130);
    quote.writeUInt32LE(quote.length - pem4, inner4 + 2);
    return quote;
  }
  const damagedLeaf = changed(v4, pem4 + 28, 0x4e);
  const withTail = (quote: Buffer) => fitted(Buffer.concat([quote.subarray(0, end4), Buffer.from("x")]));

  const rows: [string, Buffer, string][] = [
    ["cut in the header", v4.subarray(0, 47), "tdx.length"],
    ["cut in the body", v4.subarray(0, 635), "tdx.length"],
    ["cut in the descriptor of its body", v5.subarray(0, 51), "tdx.length"],
    ["cut in the signature data", v4.subarray(0, end4 - 1), "tdx.length"],
    ["empty", Buffer.alloc(0), "tdx.length"],
    ["version 3", changed(v4, 0, 3), "tdx.version"],
    ["key type 3", changed(v4, 2, 3), "tdx.key-type"],
    ["TEE type SGX", changed(v4, 4, 0), "tdx.tee-type"],
    ["another QE vendor", changed(v4, 12), "tdx.qe-vendor"],
    ["body type 1", changed(v5, 48, 1), "tdx.body-type"],
    ["body size off by one", changed(v5, 50), "tdx.body-type"],
    ["outer length off by one", changed(v4, data4 + 130), "tdx.signature-length"],
    ["inner length off by one", changed(v4, inner4 + 2), "tdx.signature-length"],
    ["authentication data longer", changed(v4, data4 + 582, 33), "tdx.signature-length"],
    ["outer type 5", changed(v4, data4 + 128, 5), "tdx.certification-type"],
    ["inner type 4", changed(v4, inner4, 4), "tdx.certification-type"],
    ["padding not zero", changed(v4, v4.length - 1), "tdx.padding"],
    ["first byte of padding not zero", changed(v4, end4, 1), "tdx.padding"],
    ["leaf header damaged", changed(v4, pem4), "tdx.pck-chain"],
    ["leaf base64 damaged", changed(v4, pem4 + 200, 0x2a), "tdx.pck-chain"],
    ["leaf line end damaged", changed(v4, pem4 + 28 + 64, 0x0d), "tdx.pck-chain"],
    ["intermediate header damaged", changed(v4, secondCertificate), "tdx.pck-chain"],
    ["root header damaged", changed(v4, thirdCertificate), "tdx.pck-chain"],
    ["leaf DER damaged at its first tag", damagedLeaf, "x509.der"],
    ["a byte behind its root", withTail(v4), "tdx.pck-chain"],
    // The text is split before any certificate is read.
    ["leaf DER damaged and a byte behind its root", withTail(damagedLeaf), "tdx.pck-chain"],
    ["quote signature changed", changed(v4, data4), "tdx.signature"],
    ["attestation key changed", changed(v4, data4 + 64), "tdx.qe-report-data"],
    ["QE report changed", changed(v4, data4 + 134), "tdx.qe-signature"],
    ["QE report data changed", changed(v4, data4 + 134 + 320), "tdx.qe-signature"],
    ["QE signature changed", changed(v4, data4 + 518), "tdx.qe-signature"],
    ["authentication data changed", changed(v4, data4 + 584), "tdx.qe-report-data"],
    ["report data changed", changed(v4, 48 + 520), "tdx.signature"],
    ["user data of the header changed", changed(v4, 28), "tdx.signature"],
    ["version 4 relabelled 5", changed(v4, 0, 5), "tdx.body-type"],
    ["body of version 5 changed", changed(v5, 54 + 600), "tdx.signature"],
    ["signature of version 5 changed", changed(v5, data5 + 63), "tdx.signature"],
  ];
  // What stands behind the certificates is reached with collateral alone.
  const behindChain = ["tdx.signature", "tdx.qe-report-data", "tdx.qe-signature"];
  for (const [what, quote, check] of rows)
    it(`refuses a quote with ${what}: ${check}`, async () => {
      assert.equal(await verdictOf(chain, quote), check);
      const due = behindChain.includes(check) ? "tdx.root-crl-missing" : check;
      assert.equal(await verdictOf(empty, quote), due);
    });

  it("accepts a chain that ends in LF, and in LF and NUL", async () => {
    const hasNul = v4[end4 - 1] === 0;
    const shorter = Buffer.concat([v4.subarray(0, end4 - (hasNul ? 1 : 0)), Buffer.from(hasNul ? "" : "\0")]);
    assert.equal(await verdictOf(chain, fitted(shorter)), null);
  });

  it("never passes with any byte in use changed", async () => {
    // Every 61st byte: a prime stride touches every region.
    for (let offset = 0; offset < end4 - 2; offset += 61) {
      const verdict = await verdictOf(chain, changed(v4, offset));
      assert.notEqual(verdict, null, `offset ${offset}`);
    }
  });
});

describe("gas of TDXVerifier", () => {
  it("is printed", async () => {
    const chain = await startCaptured();
    for (const [label, name] of [
      ["v5, 5006 bytes", "v5-gotdx"],
      ["v4 from GCP, 8000 bytes", "v4-gcp-cos113"],
    ] as const) {
      const { gasUsed } = await chain.mustSend(chain.verifier, "verify", hex(quoteOf(name)));
      console.log(`gas, raw TDX quote, ${label}: ${gasUsed}`);
    }
    await chain.close();
  });
});
