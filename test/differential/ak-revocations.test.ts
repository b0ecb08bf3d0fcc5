// Revoked AK certificates on chain and in TypeScript: which certificate is meant, what is forgotten with it and what
// comes back, and who may say so.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Hex } from "viem";
import { keccak256, toBigInt, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { certificateId } from "../../sdk/verify/ak-certificates.ts";
import { startAkChain } from "../support/ak-judges.ts";
import type { AkJudges } from "../support/ak-judges.ts";
import { issue } from "../support/ak-pki.ts";
import { mustFindChain, referenceRoots } from "../support/tpm-vectors.ts";

const at = new Date("2026-07-01T00:00:00Z");
const nothing = { cloud: 0, isTrusted: false, notAfter: 0 };

/** What a certificate is revoked by, as the contract and as the SDK write it. */
function idOf(der: Uint8Array) {
  const certificate = readCertificate(der);
  assert.ok(!isRefusal(certificate));
  const { issuer, serial } = certificate;
  return {
    args: [toHex(keccak256(issuer)), toBigInt(serial)] as const,
    revoked: new Set([certificateId(issuer, serial)]),
  };
}
function akIdOf(der: Uint8Array): Hex {
  const certificate = readCertificate(der);
  assert.ok(!isRefusal(certificate));
  return toHex(keccak256(certificate.key.bytes));
}

const azure = mustFindChain("azure-tdx-full-2026");
const google = mustFindChain("automata-gcp-ecc-quote");

describe("a revoked AK certificate", () => {
  let judges: AkJudges;
  let goBack: () => Promise<void>;
  before(async () => {
    judges = await startAkChain(referenceRoots, at);
    const snapshot = await judges.networkHelpers.takeSnapshot();
    goBack = () => snapshot.restore();
  });
  beforeEach(() => goBack());
  after(() => judges.close());

  for (const [name, chain] of [
    ["Azure", azure],
    ["Google", google],
  ] as const)
    for (const [index, der] of chain.entries())
      for (const isWarm of [false, true])
        it(`${index} of ${name}'s chain, ${isWarm ? "known" : "new"}: ak.certificate-revoked, at its place`, async () => {
          if (isWarm) await judges.record(chain);
          const { args, revoked } = idOf(der);
          await judges.contract.write.revokeCertificate(args);
          assert.equal(await judges.contract.read.isRevoked(args), true);
          await judges.compare(chain, "ak.certificate-revoked", revoked);
          assert.deepEqual((await judges.judge(chain)).args, [BigInt(index), ...args]);
          await judges.compare(chain.slice(0, -1), "ak.certificate-revoked", revoked);
          await judges.compare(name === "Azure" ? google : azure, null, revoked);
          await judges.contract.write.restoreCertificate(args);
          await judges.compare(chain, null);
        });

  it("takes what is known of every key with it, until its chain is brought again", async () => {
    await judges.record(azure);
    await judges.record(google);
    const known = await judges.trustOf(akIdOf(google[0]!), 1);
    assert.equal(known.isTrusted, true);
    const { args } = idOf(azure[1]!);
    await judges.contract.write.revokeCertificate(args);
    assert.deepEqual(await judges.trustOf(akIdOf(azure[0]!), 2), nothing);
    assert.deepEqual(await judges.trustOf(akIdOf(google[0]!), 1), nothing);
    await judges.record(google);
    assert.deepEqual(await judges.trustOf(akIdOf(google[0]!), 1), known);
    assert.deepEqual(await judges.trustOf(akIdOf(azure[0]!), 2), nothing);
    // And so does the next one.
    await judges.contract.write.revokeCertificate(idOf(google[0]!).args);
    assert.deepEqual(await judges.trustOf(akIdOf(google[0]!), 1), nothing);
  });

  it("restored, gives nothing back by itself: its chain must be brought", async () => {
    await judges.record(azure);
    const known = await judges.trustOf(akIdOf(azure[0]!), 2);
    const { args } = idOf(azure[0]!);
    await judges.contract.write.revokeCertificate(args);
    await judges.contract.write.restoreCertificate(args);
    assert.deepEqual(await judges.trustOf(akIdOf(azure[0]!), 2), nothing);
    await judges.record(azure);
    assert.deepEqual(await judges.trustOf(akIdOf(azure[0]!), 2), known);
  });

  it("does not leave its end to a shorter certificate of the same key", async () => {
    const root = await issue({ name: "root", ca: true });
    const own = await startAkChain([{ cloud: 4, der: root.der }], at);
    try {
      const long = await issue({ name: "AK", by: root, to: new Date("2030-01-01T00:00:00Z") });
      const short = await issue({
        name: "AK",
        by: root,
        keys: long.keys,
        to: new Date("2027-01-01T00:00:00Z"),
      });
      await own.record([long.der]);
      await own.contract.write.revokeCertificate(idOf(long.der).args);
      await own.record([short.der]);
      const end = Date.parse("2027-01-01T00:00:00Z") / 1000;
      assert.deepEqual(await own.trustOf(akIdOf(long.der), 4), { cloud: 4, isTrusted: true, notAfter: end });
      await own.compare([long.der], "ak.certificate-revoked", idOf(long.der).revoked);
      await own.compare([short.der], null, idOf(long.der).revoked);
    } finally {
      await own.close();
    }
  });

  it("is the one of that issuer and that serial, and no other", async () => {
    const leaf = idOf(azure[0]!).args;
    const [otherIssuer] = idOf(google[0]!).args;
    await judges.contract.write.revokeCertificate([leaf[0], leaf[1] + 1n]);
    await judges.contract.write.revokeCertificate([otherIssuer, leaf[1]]);
    await judges.compare(azure, null);
    await judges.compare(google, null);
  });

  it("is said in events", async () => {
    const { args } = idOf(azure[0]!);
    const names: string[] = [];
    for (const functionName of ["revokeCertificate", "restoreCertificate"] as const) {
      await judges.contract.write[functionName](args);
      const [revoked] = await judges.contract.getEvents.CertificateRevoked();
      const [restored] = await judges.contract.getEvents.CertificateRestored();
      const event = revoked ?? restored!;
      names.push(event.eventName);
      assert.deepEqual([event.args.issuerHash, event.args.serial], args);
    }
    assert.deepEqual(names, ["CertificateRevoked", "CertificateRestored"]);
  });

  it("is the authority's word only: AccessManagedUnauthorized", async () => {
    const { args } = idOf(azure[0]!);
    const account = judges.stranger;
    const { simulate } = judges.contract;
    await assert.rejects(simulate.revokeCertificate(args, { account }), /AccessManagedUnauthorized/);
    await judges.contract.write.revokeCertificate(args);
    await assert.rejects(simulate.restoreCertificate(args, { account }), /AccessManagedUnauthorized/);
    assert.equal(await judges.contract.read.isRevoked(args), true);
  });
});
