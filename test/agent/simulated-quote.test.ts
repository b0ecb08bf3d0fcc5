// Quotes of any content from a seed, read back by the SDK's readers; the signatures by node:crypto.
import assert from "node:assert/strict";
import { verify, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import type { SimulatedQuoteOptions } from "../../agent/platforms/simulated/simulated-quote.ts";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { revokedPckSerials } from "../../agent/platforms/simulated/tcb.ts";
import { startTdxHost } from "../../agent/platforms/simulated/tdx-host.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { readPckExtension } from "../../sdk/evidence/pck-extension.ts";
import { readPemChain } from "../../sdk/evidence/pem.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/remembered.ts";
import { verifyTdxQuote } from "../../sdk/verify/tdx/quote.ts";
import { randomTdxCase, tdxFaults } from "../support/random-tdx.ts";
import { p256Key } from "./tpm.behavior.ts";

const now = new Date("2026-02-05T13:00:00Z");
const { intelRoot } = simulatorTrustRoots();
const seconds = BigInt(now.getTime() / 1000);

/** The value; fails the test when it is a refusal. */
function must<T>(value: T): Exclude<T, { check: string; detail: string }> {
  assert.ok(!isRefusal(value), isRefusal(value) ? value.detail : "");
  return value as Exclude<T, { check: string; detail: string }>;
}

const collateral = must(judgeTdxCollateral(simulatedTdxCollateral({ now }), { intelRoot, now: seconds }));

async function read(options: SimulatedQuoteOptions) {
  const bytes = await simulatedQuote(options);
  const quote = must(readTdxQuote(bytes));
  const [leaf] = must(readPemChain(quote.pckChain));
  const certificate = must(readCertificate(leaf!));
  return { bytes, quote, leaf: leaf!, certificate, pck: must(readPckExtension(certificate)) };
}

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe("simulated quote", () => {
  for (const [version, body, length] of [
    [4, "1.0", 584],
    [5, "1.0", 584],
    [5, "1.5", 648],
  ] as const) {
    it(`of version ${version} with a TD report ${body} is believed under the simulator's root`, async () => {
      const { bytes: raw, quote } = await read({ seed: 1, version, body });
      assert.deepEqual([quote.version, quote.bodyBytes.length], [version, length]);
      const { error, claims } = verifyTdxQuote(raw, { intelRoot, now: seconds, collateral });
      assert.equal(error, null);
      assert.equal(claims?.tcbStatus, 1);
      const key = { key: p256Key(quote.attestationKey), dsaEncoding: "ieee-p1363" } as const;
      assert.ok(verify("sha256", quote.signed, key, quote.signature));
    });
  }

  it("of version 4 has no TD report 1.5", async () => {
    await assert.rejects(simulatedQuote({ seed: 1, version: 4, body: "1.5" }), /no TD report of 648 bytes/);
  });

  it("follows from its seed, signatures and certificate included", async () => {
    const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => simulatedQuote({ seed })));
    assert.deepEqual(one, again);
    assert.notDeepEqual(one, other);
  });

  it("states every field it is given", async () => {
    const { quote, certificate, pck, leaf } = await read({
      seed: 3,
      body: "1.5",
      report: {
        teeTcbSvn: bytes(16, 1),
        mrSignerSeam: bytes(48, 2),
        seamAttributes: fromHex("0300000000000000"),
        tdAttributes: fromHex("0400000000000000"),
        mrConfigId: bytes(48, 5),
        mrOwner: bytes(48, 6),
        mrOwnerConfig: bytes(48, 7),
        reportData: bytes(64, 8),
      },
      teeTcbSvn2: bytes(16, 9),
      mrServiceTd: bytes(48, 10),
      pck: {
        serial: fromHex("ff00000000000000000000000000000000000001"),
        cpuSvn: bytes(16, 255),
        pceSvn: 65535,
        pceId: Uint8Array.of(1, 2),
        fmspc: bytes(6, 11),
        ppid: bytes(16, 12),
        notBefore: new Date("2026-01-01T00:00:00Z"),
        notAfter: new Date("2026-02-01T00:00:00Z"),
      },
      padding: 99,
    });
    const { body } = quote;
    assert.deepEqual(
      [body.teeTcbSvn, body.mrSignerSeam, body.mrConfigId, body.mrOwner, body.mrOwnerConfig],
      [bytes(16, 1), bytes(48, 2), bytes(48, 5), bytes(48, 6), bytes(48, 7)],
    );
    assert.deepEqual([body.seamAttributes, body.tdAttributes], [3n, 4n]);
    assert.deepEqual(
      [body.reportData, body.teeTcbSvn2, body.mrServiceTd],
      [bytes(64, 8), bytes(16, 9), bytes(48, 10)],
    );
    assert.equal(toHex(certificate.serial), "0x00ff00000000000000000000000000000000000001");
    assert.equal(new X509Certificate(leaf).serialNumber, "FF00000000000000000000000000000000000001");
    assert.equal(certificate.notAfter, BigInt(Date.parse("2026-02-01T00:00:00Z") / 1000));
    assert.deepEqual([pck.cpuSvn, pck.ppid, pck.fmspc], [bytes(16, 255), bytes(16, 12), bytes(6, 11)]);
    assert.deepEqual([pck.pceSvn, pck.pceId], [65535, Uint8Array.of(1, 2)]);
    assert.ok(pck.componentSvns.every((svn) => svn === 255));
  });

  it("lets the quoting enclave report what it is given, signed by the PCK key", async () => {
    const { quote, certificate } = await read({
      seed: 4,
      qeReport: {
        cpuSvn: bytes(16, 1),
        miscSelect: bytes(4, 2),
        attributes: bytes(16, 3),
        mrSigner: bytes(32, 4),
        isvProdId: 0x0506,
        isvSvn: 0x0708,
        reportData: bytes(64, 9),
      },
      authData: bytes(5, 10),
    });
    const report = Buffer.from(quote.qeReport);
    assert.deepEqual(Uint8Array.from(report.subarray(0, 16)), bytes(16, 1));
    assert.equal(report.readUInt32LE(16), 0x02020202);
    assert.deepEqual(Uint8Array.from(report.subarray(48, 64)), bytes(16, 3));
    assert.deepEqual(Uint8Array.from(report.subarray(128, 160)), bytes(32, 4));
    assert.deepEqual([report.readUInt16LE(256), report.readUInt16LE(258)], [0x0506, 0x0708]);
    assert.deepEqual(Uint8Array.from(report.subarray(320)), bytes(64, 9));
    assert.deepEqual(quote.qeAuthData, bytes(5, 10));
    const key = { key: p256Key(certificate.key.bytes), dsaEncoding: "ieee-p1363" } as const;
    assert.ok(verify("sha256", report, key, quote.qeReportSignature));
  });
});

describe("simulated TDX host", () => {
  for (const [tcb, cpuSvn, isRevoked] of [
    ["UpToDate", "0303020204010005", false],
    ["SWHardeningNeeded", "0303020203010005", false],
    ["OutOfDate", "0202020203010005", false],
    ["PckRevoked", "0303020204010005", true],
  ] as const) {
    it(`${tcb} says so in its PCK certificate alone`, async () => {
      const options = {
        ppid: bytes(16, 1),
        authData: bytes(32, 0),
        notBefore: new Date("2025-07-01T00:00:00Z"),
      };
      const host = await startTdxHost({ ...options, tcb });
      const quote = must(readTdxQuote(host.quoteBody(bytes(584, 0))));
      const certificate = must(readCertificate(must(readPemChain(quote.pckChain))[0]!));
      const pck = must(readPckExtension(certificate));
      assert.equal(toHex(pck.cpuSvn), `0x${cpuSvn.padEnd(32, "0")}`);
      assert.equal(toHex(pck.fmspc), "0x90c06f000000");
      assert.equal(toHex(certificate.serial) === toHex(revokedPckSerials[0]!), isRevoked);
    });
  }
});

describe("random TDX cases", () => {
  it("follow from their seed", async () => {
    assert.deepEqual(await randomTdxCase(5, now), await randomTdxCase(5, now));
  });

  it("have versions, bodies, paddings and faults of every kind", async () => {
    const cases = await Promise.all(Array.from({ length: 60 }, (_, seed) => randomTdxCase(seed, now)));
    const kinds = new Set(cases.map(({ options }) => `${options.quote.version} ${options.quote.body}`));
    assert.deepEqual([...kinds].sort(), ["4 1.0", "5 1.0", "5 1.5"]);
    assert.ok(cases.some(({ options }) => options.quote.padding! > 0));
    const faulty = cases.filter(({ options }) => options.faults.length > 0).length;
    assert.ok(faulty > 5 && faulty < 30, `${faulty} of 60`);
    for (const { quote } of cases) must(readTdxQuote(quote));
  });

  it("every fault can be put into quote or collateral", async () => {
    const plain = { quote: { seed: 1 }, collateral: { now, tcbInfo: { tcbLevels: [] } }, faults: [] };
    const quote = await simulatedQuote(plain.quote);
    const documents = simulatedTdxCollateral(plain.collateral);
    for (const [name, change] of Object.entries(tdxFaults)) {
      if (name === "levels ascend") continue;
      const options = { ...plain, ...change(plain) };
      const isSame =
        Buffer.compare(await simulatedQuote(options.quote), quote) === 0 &&
        JSON.stringify(simulatedTdxCollateral(options.collateral)) === JSON.stringify(documents);
      assert.ok(!isSame, name);
    }
  });
});
