import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";

const folder = new URL("../../agent/platforms/simulated/pki/", import.meta.url);
const certificate = (file: string) =>
  new X509Certificate(readFileSync(new URL(`${file}.crt.pem`, folder), "utf8"));

describe("simulator authorities", () => {
  for (const [root, intermediate] of [
    ["intel-root", "intel-platform-ca"],
    ["gcp-root", "gcp-intermediate"],
    ["azure-root", "azure-intermediate"],
  ] as const) {
    it(`${intermediate} is a CA signed by ${root}, which signs itself`, () => {
      const [issuer, subject] = [certificate(root), certificate(intermediate)];
      assert.ok(issuer.verify(issuer.publicKey));
      assert.ok(subject.verify(issuer.publicKey));
      assert.ok(subject.checkIssued(issuer));
      assert.ok(issuer.ca && subject.ca);
    });
  }

  it("intel-tcb-signing is signed by intel-root, no CA, and dated as Intel's of 2025", () => {
    const [root, signer] = [certificate("intel-root"), certificate("intel-tcb-signing")];
    assert.ok(signer.verify(root.publicKey) && signer.checkIssued(root));
    assert.equal(signer.ca, false);
    assert.deepEqual(
      [signer.validFrom, signer.validTo],
      ["May  6 09:25:00 2025 GMT", "May  6 09:25:00 2032 GMT"],
    );
  });

  it("say in every private key file that the key is public", () => {
    const files = readdirSync(folder).filter((file) => file.endsWith(".public-private-key.pem"));
    assert.equal(files.length, 7);
    for (const file of files) {
      const text = readFileSync(new URL(file, folder), "utf8");
      assert.match(text, /^# cvm-registry SIMULATOR key, public knowledge/);
    }
  });

  it("carry Intel's names to the letter", () => {
    const lines = "O=Intel Corporation\nL=Santa Clara\nST=CA\nC=US";
    assert.equal(certificate("intel-root").subject, `CN=Intel SGX Root CA\n${lines}`);
    assert.equal(certificate("intel-platform-ca").subject, `CN=Intel SGX PCK Platform CA\n${lines}`);
    assert.equal(certificate("intel-tcb-signing").subject, `CN=Intel SGX TCB Signing\n${lines}`);
  });

  it("stay when the missing ones are made: the pinned certificates are those of the first making", () => {
    const [root, ca] = [certificate("intel-root"), certificate("intel-platform-ca")];
    assert.deepEqual(
      [root.fingerprint256.slice(0, 11), ca.fingerprint256.slice(0, 11)],
      ["C5:37:D6:BF", "64:2B:09:E3"],
    );
  });

  it("are not Intel's: the root key differs from the real one", () => {
    const real = "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5";
    const { intelRoot } = simulatorTrustRoots();
    assert.equal(intelRoot.length, 64);
    assert.notEqual(toHex(intelRoot.subarray(0, 32)), real);
  });

  it("name one AK root per simulated cloud", () => {
    assert.deepEqual(
      simulatorTrustRoots().akRoots.map(({ cloud }) => cloud),
      [1, 2],
    );
  });
});
