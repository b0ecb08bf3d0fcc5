import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { network } from "hardhat";
import { keccak256, parseEventLogs, zeroAddress } from "viem";
import type { Hex } from "viem";
import { gcpRegistration, hardware, simulated } from "./captured.ts";
import { refusalOf } from "./outcome.ts";

const { viem, networkHelpers } = await network.create();
const client = await viem.getPublicClient();
const [guardian] = await viem.getWalletClients();
const harness = await viem.deployContract("CertificateHarness");

const clouds = { gcp: 1, azure: 2, bareMetal: 4 } as const;
const start = BigInt(Date.parse("2026-12-01T12:00:00Z") / 1000);
const gas = 16_000_000n;
const x = (digits: string): Hex => `0x${digits}`;

const google = gcpRegistration.certs;
const googleRoot = google[2]!;
const older = hardware["automata-gcp-ecc-quote"]!.certs!.map(x);
const test = simulated["sim-quote-ecc"]!.certs!.map(x);
const testRSA = simulated["sim-quote-rsa"]!.certs!.map(x);
const testRoot = test.at(-1)!;

const deploy = () =>
  viem.deployContract("AKCertificates", [
    guardian!.account.address,
    [
      { cloud: clouds.gcp, der: googleRoot },
      { cloud: clouds.bareMetal, der: testRoot },
    ],
  ]);
type Certificates = Awaited<ReturnType<typeof deploy>>;
const verify = async (certificates: Certificates, certs: readonly Hex[]) =>
  (await certificates.simulate.verifyChain([certs], { gas })).result;
const refusal = (certificates: Certificates, certs: readonly Hex[]) =>
  refusalOf(() => verify(certificates, certs));

/** The certificate with one byte changed. */
function changed(der: Hex, at: number): Hex {
  const bytes = Buffer.from(der.slice(2), "hex");
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  return x(bytes.toString("hex"));
}

describe("AKCertificates", () => {
  let cold: Certificates;
  let warm: Certificates;
  before(async () => {
    await networkHelpers.time.increaseTo(start);
    cold = await deploy();
    warm = await deploy();
    await warm.write.verifyChain([google]);
    await warm.write.verifyChain([test]);
  });

  for (const [what, certs] of [
    ["with its root", google],
    ["without its root", google.slice(0, 2)],
    ["of another machine and intermediate", older],
  ] as const)
    it(`accepts a GCP chain ${what}, as trusted, and the same with a cold and a warm cache`, async () => {
      const [key, trust] = await verify(cold, certs);
      assert.deepEqual(await verify(warm, certs), [key, trust]);
      assert.equal(key.length, 2 + 128);
      assert.equal(trust.cloud, clouds.gcp);
      assert.equal(trust.isTrusted, true);
      // The leaf ends first: 30 years after its issue.
      assert.ok(new Date(trust.notAfter * 1000).getUTCFullYear() === 2055);
    });

  for (const [what, certs, length] of [
    ["P-256", test, 64],
    ["RSA-2048", testRSA, 256],
  ] as const)
    it(`accepts a chain of a configured bare metal root for a ${what} key`, async () => {
      const [key, trust] = await verify(cold, certs);
      assert.equal((key.length - 2) / 2, length);
      assert.deepEqual([trust.cloud, trust.isTrusted], [clouds.bareMetal, true]);
    });

  it("records the key, and forgets it when its chain has ended", async () => {
    const certificates = await deploy();
    const [key, trust] = await verify(certificates, google);
    const akId = keccak256(key);
    const nothing = { cloud: 0, isTrusted: false, notAfter: 0 };
    assert.deepEqual(await certificates.read.trustOf([akId, clouds.gcp]), nothing);
    await certificates.write.verifyChain([google]);
    assert.deepEqual(await certificates.read.trustOf([akId, clouds.gcp]), trust);
    assert.deepEqual(await certificates.read.trustOf([akId, clouds.azure]), nothing);
    const snapshot = await networkHelpers.takeSnapshot();
    await networkHelpers.time.increaseTo(BigInt(trust.notAfter) + 1n);
    assert.deepEqual(await certificates.read.trustOf([akId, clouds.gcp]), nothing);
    assert.equal(await refusal(certificates, google), "AKCertificateOutOfDate");
    await snapshot.restore();
  });

  it("emits a certification once, and an issuer once", async () => {
    const certificates = await deploy();
    const names = async (certs: readonly Hex[]) => {
      const hash = await certificates.write.verifyChain([certs]);
      const { logs } = await client.getTransactionReceipt({ hash });
      return parseEventLogs({ abi: certificates.abi, logs }).map(({ eventName }) => eventName);
    };
    assert.deepEqual(await names(google), ["IssuerCached", "AKCertified"]);
    assert.deepEqual(await names(google.slice(0, 2)), []);
    assert.deepEqual(await names(older), ["IssuerCached", "AKCertified"]);
  });

  const leaf = google[0]!;
  const intermediate = google[1]!;
  for (const [what, certs, error] of [
    ["no certificates", [], "AKChainLength"],
    ["six certificates", [leaf, leaf, leaf, leaf, leaf, leaf], "AKChainLength"],
    ["an empty certificate", ["0x"], "X509Malformed"],
    ["a leaf without its issuer", [leaf], "AKRootUntrusted"],
    ["a chain of an unknown root", hardware["azure-tdx-full-2025"]!.certs!.map(x), "AKRootUntrusted"],
    ["a chain of another unknown root", hardware["azure-tdx-full-2026"]!.certs!.map(x), "AKRootUntrusted"],
    ["a changed leaf", [changed(leaf, 500), intermediate], "AKCertificateSignatureWrong"],
    ["a changed leaf signature", [changed(leaf, -1), intermediate], "AKCertificateSignatureWrong"],
    ["a changed intermediate signature", [leaf, changed(intermediate, -1)], "AKCertificateSignatureWrong"],
    ["a root of another signature", [leaf, intermediate, changed(googleRoot, -1)], "AKRootUntrusted"],
    ["a leaf under another intermediate of the same name", [leaf, older[1]!], "AKCertificateSignatureWrong"],
    ["a leaf under an intermediate of another name", [leaf, test[1]!], "AKIssuerMismatch"],
    ["a leaf twice", [leaf, leaf, intermediate], "AKIssuerMismatch"],
    ["a root as leaf", [googleRoot], "AKLeafUnsuitable"],
    ["an intermediate as leaf", [intermediate], "AKLeafUnsuitable"],
    ["a cut leaf", [leaf.slice(0, -2), intermediate], "X509Malformed"],
    ["a byte behind the leaf", [`${leaf}00`, intermediate], "X509Malformed"],
  ] as const)
    it(`refuses ${what}: ${error}`, async () => {
      assert.equal(await refusal(cold, certs as readonly Hex[]), error);
      assert.equal(await refusal(warm, certs as readonly Hex[]), error);
    });

  it("refuses a chain before its first day", async () => {
    const [fields] = await harness.read.parse([leaf]);
    assert.ok(fields.notBefore < start);
    const { viem: early } = await network.create({
      override: { initialDate: new Date(Number(fields.notBefore) * 1000 - 60_000) },
    });
    const certificates = await early.deployContract("AKCertificates", [
      zeroAddress,
      [{ cloud: clouds.gcp, der: googleRoot }],
    ]);
    const outcome = await refusalOf(() => certificates.simulate.verifyChain([google], { gas }));
    assert.equal(outcome, "AKCertificateOutOfDate");
  });

  it("refuses a root twice", async () => {
    const root = { cloud: clouds.gcp, der: googleRoot };
    await assert.rejects(
      viem.deployContract("AKCertificates", [zeroAddress, [root, root]]),
      /RootSubjectTaken/,
    );
  });
});

describe("gas of AKCertificates", () => {
  it("is printed", async () => {
    const certificates = await deploy();
    for (const label of ["first", "issuer cached, new key"] as const) {
      const certs = label === "first" ? google.slice(0, 2) : [older[0]!, older[1]!];
      if (label !== "first") {
        // Another machine's chain teaches the second intermediate.
        await certificates.write.verifyChain([hardware["automata-gcp-ecc-quote"]!.certs!.map(x)]);
      }
      const hash = await certificates.write.verifyChain([certs]);
      const { gasUsed } = await client.getTransactionReceipt({ hash });
      console.log(`gas, AK chain of GCP, ${label}: ${gasUsed}`);
    }
  });
});
