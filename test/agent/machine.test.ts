// Simulated machines, checked without our own verifier: offsets of the quote format and node:crypto alone.
import assert from "node:assert/strict";
import { createHash, verify, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Platform } from "../../agent/platforms/platform.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { p256Key } from "./tpm.behavior.ts";

const pki = new URL("../../agent/platforms/simulated/pki/", import.meta.url);
const rootOf = (file: string) => new X509Certificate(readFileSync(new URL(`${file}.crt.pem`, pki)));
const sha = (algorithm: string, ...parts: Uint8Array[]): Buffer => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const isP256Signed = (xy: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean =>
  verify("sha256", bytes, { key: p256Key(xy), dsaEncoding: "ieee-p1363" }, signature);

const userBytes = new Uint8Array(64).fill(0xab);
const u32 = (bytes: Uint8Array, at: number): number => Buffer.from(bytes).readUInt32LE(at);

/** Splits a v4 quote by the offsets of Intel's format. */
function split(quote: Uint8Array) {
  const data = quote.subarray(636, 636 + u32(quote, 632));
  const authLength = data[582]! | (data[583]! << 8);
  const pemAt = 584 + authLength + 6;
  return {
    total: 636 + data.length,
    signed: quote.subarray(0, 632),
    body: quote.subarray(48, 632),
    signature: data.subarray(0, 64),
    attestationKey: data.subarray(64, 128),
    qeReport: data.subarray(134, 518),
    qeSignature: data.subarray(518, 582),
    authData: data.subarray(584, 584 + authLength),
    pem: Buffer.from(data.subarray(pemAt)).toString("latin1"),
  };
}

for (const flavour of ["gcp-tdx", "azure-tdx"] as const) {
  describe(`simulated machine: ${flavour}`, () => {
    let machine: Platform;
    before(async () => {
      machine = await startSimulatedMachine({ flavour });
    });
    after(() => machine.close());

    it("gives a quote whose four signatures and two hashes hold", async () => {
      const { report } = await machine.teeStatement(userBytes);
      const parts = split(report);
      assert.equal(parts.total, report.length);
      assert.ok(isP256Signed(parts.attestationKey, parts.signed, parts.signature));
      assert.deepEqual(
        Buffer.from(parts.qeReport.subarray(320, 384)),
        Buffer.concat([sha("sha256", parts.attestationKey, parts.authData), Buffer.alloc(32)]),
      );
      const chain = parts.pem.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g)!;
      assert.equal(chain.join(""), parts.pem);
      const [pck, ca, root] = chain.map((pem) => new X509Certificate(pem));
      assert.ok(isP256Signed(rawPublicKey(pck!.publicKey), parts.qeReport, parts.qeSignature));
      assert.ok(pck!.verify(ca!.publicKey) && ca!.verify(root!.publicKey));
      assert.equal(root!.fingerprint256, rootOf("intel-root").fingerprint256);
      assert.ok(!pck!.ca);
    });

    it("writes the PCK chain in lines of 64 columns ended by LF", async () => {
      const { pem } = split((await machine.teeStatement(userBytes)).report);
      assert.ok(pem.endsWith("-----END CERTIFICATE-----\n") && !pem.includes("\r"));
      const lines = pem.split("\n");
      lines.forEach((line, at) => {
        if (line.startsWith("-----") || lines[at + 1]?.startsWith("-----END")) return;
        if (line !== "") assert.equal(line.length, 64);
      });
    });

    it("has an AK certificate for its AK under the cloud's simulated root", () => {
      const [leaf, intermediate] = machine.akCertificates.map((der) => new X509Certificate(der));
      const root = rootOf(flavour === "gcp-tdx" ? "gcp-root" : "azure-root");
      assert.ok(leaf!.verify(intermediate!.publicKey) && intermediate!.verify(root.publicKey));
      assert.ok(leaf!.checkIssued(intermediate!));
      assert.deepEqual(rawPublicKey(leaf!.publicKey), machine.ak.publicKey);
      assert.ok(!leaf!.ca);
    });

    it("measures the same at every start, on whatever TPM, although its keys are new", async () => {
      const other = await startSimulatedMachine({ flavour, tpm: "software" });
      try {
        const [here, there] = await Promise.all(
          [machine, other].map(async (each) => ({
            pcrs: await each.tpm.pcrRead(each.measuredPcrs),
            // Everything of the TD report before report_data.
            body: split((await each.teeStatement(userBytes)).report).body.subarray(0, 520),
          })),
        );
        assert.deepEqual(here!.pcrs, there!.pcrs);
        assert.deepEqual(here!.body, there!.body);
        assert.notDeepEqual(machine.ak.publicKey, other.ak.publicKey);
      } finally {
        await other.close();
      }
    });

    it("has a boot log that replays to PCR 0, 4, 7 and 11", async () => {
      const log = Buffer.from(machine.bootLog);
      const header = 32 + log.readUInt32LE(28);
      const pcrs = new Map<number, Buffer>();
      for (let at = header; at < log.length;) {
        const index = log.readUInt32LE(at);
        const digest = log.subarray(at + 14, at + 46);
        pcrs.set(index, sha("sha256", pcrs.get(index) ?? Buffer.alloc(32), digest));
        at += 50 + log.readUInt32LE(at + 46);
      }
      for (const [index, value] of await machine.tpm.pcrRead([0, 4, 7, 11]))
        assert.deepEqual(pcrs.get(index), Buffer.from(value), `PCR ${index}`);
    });

    it("leaves PCR 16 zero and PCR 23 measured", async () => {
      const values = await machine.tpm.pcrRead([16, 23]);
      assert.deepEqual(values.get(16), new Uint8Array(32));
      assert.notDeepEqual(values.get(23), new Uint8Array(32));
    });
  });
}

describe("simulated machine: what differs between the clouds", () => {
  it("GCP: report_data is the guest's, RTMRs 0–2 are measured, the log says TDX in PCR 0", async () => {
    const machine = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software" });
    const { report, runtimeClaims } = await machine.teeStatement(userBytes);
    const { body } = split(report);
    assert.equal(runtimeClaims, null);
    assert.deepEqual(body.subarray(520), userBytes);
    for (const at of [328, 376, 424]) assert.notDeepEqual(body.subarray(at, at + 48), new Uint8Array(48));
    assert.deepEqual(body.subarray(472, 520), new Uint8Array(48));
    assert.ok(Buffer.from(machine.bootLog).includes(Buffer.from("GCE NonHostInfo\0\x03", "latin1")));
    assert.equal(machine.ak.kind, "p256");
    await machine.close();
  });

  it("Azure: report_data is sha256 of the claims, which carry AK and user data; RTMRs are zero", async () => {
    const machine = await startSimulatedMachine({ flavour: "azure-tdx", tpm: "software" });
    const { report, runtimeClaims } = await machine.teeStatement(userBytes);
    const { body } = split(report);
    assert.deepEqual(
      Buffer.from(body.subarray(520)),
      Buffer.concat([sha("sha256", runtimeClaims!), Buffer.alloc(32)]),
    );
    assert.deepEqual(body.subarray(328, 520), new Uint8Array(192));
    const claims = JSON.parse(Buffer.from(runtimeClaims!).toString()) as {
      keys: { kid: string; n: string }[];
      "user-data": string;
    };
    assert.equal(claims.keys[0]!.kid, "HCLAkPub");
    assert.deepEqual(Uint8Array.from(Buffer.from(claims.keys[0]!.n, "base64url")), machine.ak.publicKey);
    // In upper case, as the captured machines have it.
    assert.equal(claims["user-data"], "AB".repeat(64));
    // Length and offsets of the claims captured on Azure in August 2025.
    assert.equal(runtimeClaims!.length, 1157);
    assert.equal(Buffer.from(runtimeClaims!).indexOf('"vm-configuration":{'), 833);
    await machine.close();
  });
});
