import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
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

  it("say in every private key file that the key is public", () => {
    for (const file of ["intel-root", "intel-platform-ca", "gcp-root", "gcp-intermediate", "azure-root"]) {
      const text = readFileSync(new URL(`${file}.public-private-key.pem`, folder), "utf8");
      assert.match(text, /^# cvm-registry SIMULATOR key, public knowledge/);
    }
  });

  it("carry Intel's names to the letter", () => {
    const lines = "O=Intel Corporation\nL=Santa Clara\nST=CA\nC=US";
    assert.equal(certificate("intel-root").subject, `CN=Intel SGX Root CA\n${lines}`);
    assert.equal(certificate("intel-platform-ca").subject, `CN=Intel SGX PCK Platform CA\n${lines}`);
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
