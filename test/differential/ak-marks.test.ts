// The cloud's mark of an AK, on both sides: with it the AK is trusted, without it known only, and what rests on the
// mark ends with the certificate that bears it.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData, parseEventLogs } from "viem";
import {
  azureAkExtensions,
  azureAkSubject,
  gceSubject,
  gcpAkExtensions,
} from "../../agent/platforms/simulated/authorities.ts";
import {
  azureIntermediate,
  gcpIntermediate,
  simulatorTrustRoots,
} from "../../agent/platforms/simulated/pki.ts";
import type { Authority } from "../../agent/platforms/simulated/pki.ts";
import { boolean, element, explicit, sequence, utf8String } from "../../agent/platforms/simulated/der.ts";
import { issueCertificate, rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import type { CertificateSpec } from "../../agent/platforms/simulated/x509.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { concat, fromHex, keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { cloudTypes } from "../../sdk/evidence/registration.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { judgeAkChain } from "../../sdk/verify/ak-certificates.ts";
import { capturedAt } from "../support/captured.ts";

const roots = simulatorTrustRoots();
const notBefore = new Date("2025-07-01T00:00:00Z");
const early = new Date("2026-12-31T00:00:00Z");
const late = new Date("2031-12-31T00:00:00Z");
const secondsOf = (date: Date) => BigInt(date.getTime() / 1000);

const instance = (isProduction: boolean) => ({
  zone: "us-central1-a",
  projectNumber: 1n,
  projectId: "project",
  instanceId: 2n,
  instanceName: "instance",
  isProduction,
});

type Names = Pick<CertificateSpec, "subject" | "extensions">;
const gcp = (isProduction: boolean): Names => ({
  subject: gceSubject(instance(isProduction)),
  extensions: gcpAkExtensions(instance(isProduction)),
});
const azure: Names = { subject: azureAkSubject("1"), extensions: azureAkExtensions };
const azureWithoutPurpose: Names = {
  ...azure,
  extensions: azureAkExtensions.filter(({ kind }) => kind !== "extendedKeyUsage"),
};
const azureNamed = (name: string): Names => ({ ...azure, subject: [{ CN: [name] }] });

/** GCP's extension, of whatever bytes. */
const gcpOf = (value: Uint8Array): Names => {
  const names = gcp(true);
  const extensions = names.extensions.map((extension) =>
    extension.kind === "raw" ? { ...extension, value } : extension,
  );
  return { ...names, extensions };
};
const mark = (value: Uint8Array) => explicit(0, sequence(explicit(1, value)));
const isProduction = mark(boolean(true));
const cut = fromHex("0c7f61");
const gcpForms: readonly (readonly [what: string, value: Uint8Array, isTrusted: boolean])[] = [
  ["the mark alone", sequence(isProduction), true],
  ["a mark behind other members", sequence(utf8String("zone"), isProduction), true],
  ["a mark behind a long member", sequence(utf8String("a".repeat(144)), isProduction), true],
  ["nothing", new Uint8Array(0), false],
  ["a byte behind its sequence", concat(sequence(isProduction), Uint8Array.of(0)), false],
  ["a sequence that ends behind it", sequence(isProduction).subarray(0, -1), false],
  ["a set", element(0x31, isProduction), false],
  ["a mark that is a set", sequence(explicit(0, element(0x31, explicit(1, boolean(true))))), false],
  ["a mark of another number", sequence(explicit(0, sequence(explicit(2, boolean(true))))), false],
  ["a mark that is no BOOLEAN", sequence(mark(element(0x02, Uint8Array.of(0xff)))), false],
  ["a mark of two bytes", sequence(mark(element(0x01, Uint8Array.of(0xff, 0xff)))), false],
  ["a mark of 1", sequence(mark(element(0x01, Uint8Array.of(1)))), false],
  ["a member that is cut behind the mark", sequence(isProduction, cut), false],
  ["a member of a tag of several bytes", sequence(isProduction, fromHex("1f0100")), false],
  ["a member of a length that is not minimal", sequence(isProduction, fromHex("0c810161")), false],
];

interface Issued {
  readonly chain: readonly Uint8Array[];
  readonly akId: `0x${string}`;
}

async function issue(
  issuer: Authority,
  names: Names,
  notAfter: Date,
  key: CertificateSpec["publicKey"],
): Promise<Issued> {
  const serial = new Uint8Array(8).fill(0x11);
  const signing = { issuerPublicKey: issuer.publicKey, issuerPrivateKey: issuer.privateKey };
  const leaf = await issueCertificate({
    ...names,
    ...signing,
    issuer: issuer.name,
    serial,
    notBefore,
    notAfter,
    publicKey: key,
  });
  return { chain: [leaf, issuer.der], akId: toHex(keccak256(rawPublicKey(key))) };
}

const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;

describe("marks of AK certificates", () => {
  let chain: FrozenChain;
  before(async () => {
    chain = await createLocalChain({ roots, at: capturedAt });
  });
  after(() => chain.close());

  const record = (certs: readonly Uint8Array[]) =>
    chain.send(
      chain.address("AKCertificates"),
      encodeFunctionData({
        abi: akCertificatesAbi,
        functionName: "verifyChain",
        args: [certs.map((der) => toHex(der))],
      }),
    );
  const trustOf = (akId: `0x${string}`, cloud: number) =>
    chain.publicClient.readContract({
      address: chain.address("AKCertificates"),
      abi: akCertificatesAbi,
      functionName: "trustOf",
      args: [akId, cloud],
    });

  const cases = [
    { name: "a GCP production instance", issuer: gcpIntermediate, names: gcp(true), isTrusted: true },
    {
      name: "a GCP instance not in production",
      issuer: gcpIntermediate,
      names: gcp(false),
      isTrusted: false,
    },
    { name: "an Azure confidential VM", issuer: azureIntermediate, names: azure, isTrusted: true },
    {
      name: "an Azure AK without the AIK purpose",
      issuer: azureIntermediate,
      names: azureWithoutPurpose,
      isTrusted: false,
    },
    {
      name: "an Azure AK without a name",
      issuer: azureIntermediate,
      names: { ...azure, subject: [{ O: ["Microsoft"] }] },
      isTrusted: false,
    },
    ...["t", "1.Azure.windows.net", "1.ConfidentialVM.Azure.windows.com"].map((name) => ({
      name: `an Azure AK named ${name}`,
      issuer: azureIntermediate,
      names: azureNamed(name),
      isTrusted: false,
    })),
    ...gcpForms.map(([what, value, isTrusted]) => ({
      name: `a GCP instance described by ${what}`,
      issuer: gcpIntermediate,
      names: gcpOf(value),
      isTrusted,
    })),
  ];
  for (const { name, issuer, names, isTrusted } of cases)
    it(`${name} is ${isTrusted ? "" : "not "}trusted`, async () => {
      const cloud = issuer === gcpIntermediate ? cloudTypes.gcp : cloudTypes.azure;
      const { chain: certs, akId } = await issue(issuer(), names, early, newKey());
      await record(certs);
      const trust = await trustOf(akId, cloud);
      assert.deepEqual(trust, { cloud, isTrusted, notAfter: Number(secondsOf(early)) });
      const judged = judgeAkChain(certs, roots, capturedAt);
      assert.ok(!("check" in judged));
      assert.equal(judged.isTrusted, isTrusted);
      assert.equal(judged.notAfter, secondsOf(early));
    });

  it("an unmarked certificate of the same key prolongs no trust", async () => {
    const key = newKey();
    const marked = await issue(gcpIntermediate(), gcp(true), early, key);
    const unmarked = await issue(gcpIntermediate(), gcp(false), late, key);
    await record(marked.chain);
    const { logs } = await record(unmarked.chain);
    const trust = await trustOf(marked.akId, cloudTypes.gcp);
    assert.deepEqual(trust, { cloud: cloudTypes.gcp, isTrusted: true, notAfter: Number(secondsOf(early)) });
    // Both dates are told: after the first the key is known by the second, without a mark.
    const [event] = parseEventLogs({ abi: akCertificatesAbi, logs, eventName: "AKCertified" });
    assert.deepEqual(event!.args, {
      akId: marked.akId,
      cloud: cloudTypes.gcp,
      notAfter: Number(secondsOf(late)),
      trustedUntil: Number(secondsOf(early)),
    });
  });

  it("another cloud's certificate is no certificate", async () => {
    const { chain: certs, akId } = await issue(gcpIntermediate(), gcp(true), early, newKey());
    await record(certs);
    assert.equal((await trustOf(akId, cloudTypes.azure)).cloud, 0);
  });
});
