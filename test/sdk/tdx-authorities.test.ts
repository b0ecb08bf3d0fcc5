// Root, intermediate and signer by themselves: certificates of our own making that lack one thing each.
import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { describe, it } from "node:test";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import type { Certificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { checkIntermediate, checkRoot, checkSigner } from "../../sdk/verify/tdx/chain.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
const [rootKeys, otherKeys, leafKeys] = await Promise.all([newKeys(), newKeys(), newKeys()]);

interface Form {
  readonly subject?: string;
  readonly issuer?: string;
  readonly isCa?: boolean;
  readonly usage?: number;
  readonly signedBy?: webcrypto.CryptoKeyPair;
  readonly keys?: webcrypto.CryptoKeyPair;
}

const rootName = "CN=Intel SGX Root CA";

async function certificateOf(form: Form): Promise<Certificate> {
  const { isCa = false, usage = KeyUsageFlags.digitalSignature } = form;
  const made = await X509CertificateGenerator.create({
    serialNumber: "01",
    subject: form.subject ?? "CN=Intel SGX TCB Signing",
    issuer: form.issuer ?? rootName,
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2030-01-01"),
    signingAlgorithm: algorithm,
    publicKey: (form.keys ?? leafKeys).publicKey,
    signingKey: (form.signedBy ?? rootKeys).privateKey,
    extensions: [
      new BasicConstraintsExtension(isCa, undefined, true),
      ...(usage === 0 ? [] : [new KeyUsagesExtension(usage, true)]),
    ],
  });
  const certificate = readCertificate(new Uint8Array(made.rawData));
  if (isRefusal(certificate)) throw new Error(certificate.detail);
  return certificate;
}

const rootForm = { subject: rootName, isCa: true, usage: KeyUsageFlags.keyCertSign, keys: rootKeys };
const root = await certificateOf(rootForm);

const caForm = { subject: "CN=Intel SGX PCK Platform CA", isCa: true, usage: KeyUsageFlags.keyCertSign };

describe("TCB signing certificate", () => {
  const errorOf = async (form: Form) => checkSigner(await certificateOf(form), root)?.check ?? null;
  it("of the root is accepted", async () => assert.equal(await errorOf({}), null));
  for (const [what, form] of [
    ["of another name", { subject: "CN=Intel SGX PCK Certificate" }],
    ["of another issuer", { issuer: "CN=Intel SGX PCK Platform CA" }],
    ["signed by another key", { signedBy: otherKeys }],
    ["that is a CA", { isCa: true }],
    ["that may not sign", { usage: KeyUsageFlags.keyCertSign }],
    ["without key usage", { usage: 0 }],
  ] as const)
    it(`${what} is refused`, async () => assert.equal(await errorOf(form), "tdx.signer"));
});

describe("intermediate", () => {
  const errorOf = async (form: Form) =>
    checkIntermediate(await certificateOf({ ...caForm, ...form }), root)?.check ?? null;
  it("of the root is accepted", async () => assert.equal(await errorOf({}), null));
  for (const [what, form] of [
    ["of another issuer", { issuer: "CN=Somebody" }],
    ["signed by another key", { signedBy: otherKeys }],
    ["that is no CA", { isCa: false }],
    ["that may not sign certificates", { usage: KeyUsageFlags.digitalSignature }],
  ] as const)
    it(`${what} is refused`, async () => assert.equal(await errorOf(form), "tdx.intermediate"));
});

describe("root", () => {
  const errorOf = async (form: Form, key = root.key.bytes) =>
    checkRoot(await certificateOf({ ...rootForm, ...form }), key)?.check ?? null;
  it("of the pinned key is accepted", async () => assert.equal(await errorOf({}), null));
  it("of another key is refused", async () => {
    assert.equal(await errorOf({}, new Uint8Array(64)), "tdx.root");
    assert.equal(await errorOf({ keys: otherKeys, signedBy: otherKeys }), "tdx.root");
  });
  it("that another key signed is refused", async () =>
    assert.equal(await errorOf({ signedBy: otherKeys }), "tdx.root"));
  it("that names another issuer is refused", async () =>
    assert.equal(await errorOf({ issuer: "CN=Somebody" }), "tdx.root"));
});
