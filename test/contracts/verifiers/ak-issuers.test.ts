// Issuers of AK certificates: brought ahead, named by hash, and never believed further than their own chain. Microsoft's
// chain of 2026 has two of them, signed with SHA-512 and SHA-384.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { network } from "hardhat";
import { hexToBytes, keccak256, zeroAddress } from "viem";
import type { Hex } from "viem";
import { judgeAkChain } from "../../../sdk/verify/ak-certificates.ts";
import type { CachedIssuer } from "../../../sdk/verify/ak-certificates.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import { defaultTrust } from "../../../sdk/verify/roots.ts";
import { gcpRegistration, hardware } from "./captured.ts";
import { startAkChain } from "../../support/ak-judges.ts";
import { issue } from "../../support/ak-pki.ts";
import { hex, refusalOf } from "./outcome.ts";
import { assertParity } from "./parity.ts";

const at = 1_781_000_000n; // 2026-06-09
const { viem } = await network.create({ override: { initialDate: new Date(Number(at) * 1000) } });
const gas = 16_000_000n;

const [leaf, ca24, ca2025, root] = hardware["azure-tdx-full-2026"]!.certs!.map((der): Hex => `0x${der}`) as [
  Hex,
  Hex,
  Hex,
  Hex,
];
const [googleLeaf, googleCa] = gcpRegistration.certs as [Hex, Hex];
const name = (der: Hex): Hex => keccak256(der);

const deploy = () =>
  viem.deployContract("AKCertificates", [
    zeroAddress,
    defaultTrust.akRoots.map(({ cloud, der }) => ({ cloud, der: hex(der) })),
  ]);
type Certificates = Awaited<ReturnType<typeof deploy>>;

const cachedParents = new Map<Hex, { der: Hex; parent: Hex }>([
  [name(ca24), { der: ca24, parent: ca2025 }],
  [name(ca2025), { der: ca2025, parent: root }],
  [name(root), { der: root, parent: root }],
]);
function cachedIssuer(hash: Uint8Array): CachedIssuer | null {
  const issuer = cachedParents.get(hex(hash));
  return issuer ? { der: hexToBytes(issuer.der), parent: hexToBytes(name(issuer.parent)) } : null;
}

describe("issuers of AK certificates", () => {
  let cold: Certificates;
  let warm: Certificates;
  beforeEach(async () => {
    cold = await deploy();
    warm = await deploy();
    await warm.write.cacheIssuers([[ca24, ca2025]]);
  });
  const verify = async (certificates: Certificates, certs: readonly Hex[]) =>
    (await certificates.simulate.verifyChain([certs], { gas })).result;
  /** Contract and SDK on one chain, with the same issuers cached. */
  const compare = (certificates: Certificates, certs: readonly Hex[], what: string) =>
    assertParity(
      () => verify(certificates, certs),
      judgeAkChain(
        certs.map((der) => hexToBytes(der)),
        defaultTrust,
        at,
        certificates === warm ? cachedIssuer : undefined,
      ),
      what,
    );

  it("accept Microsoft's chain whole, with and without its root, and named by hash", async () => {
    const [key, trust] = await verify(cold, [leaf, ca24, ca2025, root]);
    assert.equal(key.length, 2 + 512);
    const sdk = judgeAkChain(
      [leaf, ca24, ca2025].map((der) => hexToBytes(der)),
      defaultTrust,
      at,
    );
    if (isRefusal(sdk)) throw new Error(sdk.detail);
    assert.deepEqual(trust, { cloud: 2, isTrusted: true, notAfter: Number(sdk.notAfter) });
    assert.equal(hex(sdk.key.bytes), key);
    for (const certs of [
      [leaf, ca24, ca2025],
      [leaf, name(ca24), name(ca2025)],
      [leaf, name(ca24), ca2025],
      [leaf, ca24, name(ca2025), name(root)],
      [leaf, name(ca24), name(ca2025), root],
    ]) {
      assert.deepEqual(await verify(warm, certs), [key, trust]);
      await compare(warm, certs, `${certs.length} certificates`);
    }
  });

  it("named by hash are refused before anybody has brought them: AKIssuerUnknown", async () => {
    const named = [leaf, name(ca24), name(ca2025)];
    assert.equal(await refusalOf(() => verify(cold, named)), "AKIssuerUnknown");
    await compare(cold, named, "unknown");
    for (const certs of [
      [leaf, name(googleCa), name(ca2025)],
      [leaf, ca24, name(leaf)],
    ])
      assert.equal(await refusalOf(() => verify(warm, certs)), "AKIssuerUnknown");
    // The first of a chain is never a name: its extensions decide.
    assert.equal(await refusalOf(() => verify(warm, [name(ca24), ca2025])), "X509Malformed");
    await compare(warm, [name(ca24), ca2025], "a name as leaf");
  });

  it("are not verified by a name under another certificate: AKIssuerMismatch", async () => {
    for (const certs of [
      [leaf, name(ca2025), root],
      [leaf, name(ca24), name(ca24), name(ca2025)],
      [leaf, name(ca24), root],
      [googleLeaf, name(ca24), name(ca2025)],
    ]) {
      assert.equal(await refusalOf(() => verify(warm, certs)), "AKIssuerMismatch");
      await compare(warm, certs, "out of place");
    }
  });

  it("are brought by anybody, once, with their dates and cloud", async () => {
    const [cloud, notAfter] = await warm.read.knownIssuer([name(ca24)]);
    assert.deepEqual([cloud, notAfter], [2, Date.parse("2029-03-10T00:00:00Z") / 1000]);
    assert.deepEqual(await cold.read.knownIssuer([name(ca24)]), [0, 0]);
    await cold.write.cacheIssuers([[googleCa]]);
    assert.equal((await cold.read.knownIssuer([name(googleCa)]))[0], 1);
  });

  for (const [what, certs, error] of [
    ["a leaf", [leaf, ca24, ca2025], "AKIssuerNotCA"],
    ["an issuer of an unknown root", [ca24], "AKRootUntrusted"],
    ["issuers in the wrong order", [ca2025, ca24], "AKRootUntrusted"],
    ["an issuer twice", [ca24, ca24, ca2025], "AKIssuerMismatch"],
    ["no certificate", [], "AKChainLength"],
    ["an issuer with a byte behind", [`${ca24}00`, ca2025], "X509Malformed"],
    ["a changed signature", [`${ca24.slice(0, -2)}00`, ca2025], "AKCertificateSignatureWrong"],
  ] as const)
    it(`are refused ahead: ${what}, ${error}`, async () => {
      const call = () => cold.simulate.cacheIssuers([certs as readonly Hex[]], { gas });
      assert.equal(await refusalOf(call), error);
    });

  // Under a root that sets no path length nothing but its own extensions refuses it.
  it("are none that may not issue, directly under the root: AKIssuerNotCA", async () => {
    const root = await issue({ name: "root", ca: true });
    const judges = await startAkChain([{ cloud: 1, der: root.der }], new Date("2026-07-01T00:00:00Z"));
    for (const wish of [{}, { ca: 0, usages: ["cRLSign"] }] as const) {
      const { der } = await issue({ name: "no issuer", by: root, ...wish });
      const call = () => judges.contract.simulate.cacheIssuers([[hex(der)]], { gas });
      assert.equal(await refusalOf(call), "AKIssuerNotCA");
    }
    const { der } = await issue({ name: "issuer", by: root, ca: 0 });
    await judges.contract.simulate.cacheIssuers([[hex(der)]], { gas });
    await judges.close();
  });

  // Its signature is known under the one certificate, and without its DER it cannot be verified under the other.
  it("are not verified by a name under another certificate of their issuer's name: AKIssuerMismatch", async () => {
    const root = await issue({ name: "root", ca: true });
    const judges = await startAkChain([{ cloud: 1, der: root.der }], new Date("2026-07-01T00:00:00Z"));
    const parent = await issue({ name: "parent", by: root, ca: 1 });
    const twin = await issue({ name: "parent", by: root, ca: 1, keys: parent.keys });
    const issuer = await issue({ name: "issuer", by: parent, ca: 0 });
    const end = await issue({ name: "leaf", by: issuer });
    await judges.contract.write.cacheIssuers([[hex(issuer.der), hex(parent.der)]], { gas });
    const verifyUnder = (above: Uint8Array) =>
      judges.contract.simulate.verifyChain([[hex(end.der), name(hex(issuer.der)), hex(above)]], { gas });
    await verifyUnder(parent.der);
    assert.equal(await refusalOf(() => verifyUnder(twin.der)), "AKIssuerMismatch");
    await judges.close();
  });
});
