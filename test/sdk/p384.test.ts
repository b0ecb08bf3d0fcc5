// P-384 in the SDK: signatures and certificates, against Wycheproof, AWS's own chain and a real SNP report; and that
// what the contracts share goes on refusing it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fromHex, isEqual, sha256, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { readCborMap } from "../../sdk/evidence/cbor.ts";
import { readCertificate, readEcdsaSignature, readPublicKey } from "../../sdk/evidence/certificate.ts";
import { readCoseSign1 } from "../../sdk/evidence/cose-sign1.ts";
import { readNitroDocument } from "../../sdk/evidence/nitro-document.ts";
import { readP384Certificate, readP384Key } from "../../sdk/evidence/p384-certificate.ts";
import { isRefusal, type Refusal } from "../../sdk/evidence/refusal.ts";
import { cloudTypes } from "../../sdk/evidence/registration.ts";
import { readSnpReport } from "../../sdk/evidence/snp-report.ts";
import { capturedSnpReport } from "../support/captured-snp.ts";
import { judgeAkChain, mayIssue, maySign } from "../../sdk/verify/ak-certificates.ts";
import { isP384Signature } from "../../sdk/verify/p384.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";

interface Wycheproof {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
}
const fixtures = "test/fixtures";
const file = (path: string) => Uint8Array.from(readFileSync(`${fixtures}/${path}`));

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value;
}

describe("P-384 in the SDK", () => {
  it("is Wycheproof's verdict, DER included", () => {
    const path = `${fixtures}/vendor/wycheproof/ecdsa_secp384r1_sha384_test.json`;
    const { testGroups } = JSON.parse(readFileSync(path, "utf8")) as Wycheproof;
    let valid = 0;
    for (const { publicKey, tests } of testGroups) {
      const key = fromHex(publicKey.uncompressed).subarray(1);
      for (const { tcId, msg, sig, result } of tests) {
        const signature = readEcdsaSignature(fromHex(sig), 48);
        const verdict = !isRefusal(signature) && isP384Signature(fromHex(msg), signature, key);
        assert.equal(verdict, result === "valid", `${tcId}`);
        if (verdict) valid += 1;
      }
    }
    assert.equal(valid, 194);
  });

  it("takes no signature or key of another length, and no key off the curve", () => {
    const { bytes, key } = capturedSnpReport();
    const report = must(readSnpReport(bytes));
    const off = key.slice();
    off[95]! ^= 1;
    assert.ok(isP384Signature(report.signed, report.signature, key));
    assert.ok(!isP384Signature(report.signed, report.signature.subarray(1), key));
    assert.ok(!isP384Signature(report.signed, report.signature, key.subarray(1)));
    assert.ok(!isP384Signature(report.signed, report.signature, off));
    assert.ok(!isP384Signature(report.signed.subarray(1), report.signature, key));
  });
});

describe("a real document of AWS Nitro (an enclave's)", () => {
  const bytes = file("hardware/nitro-enclave-2024-11-30/document.bin");
  const cose = must(readCoseSign1(bytes));
  const fields = must(readCborMap(cose.payload));
  const bundle = fields.get("cabundle") as readonly Uint8Array[];
  const ders = [fields.get("certificate") as Uint8Array, ...bundle.toReversed()];
  const chain = ders.map((der) => must(readP384Certificate(der)));

  it("is read to the last field, absent ones as null", () => {
    assert.deepEqual(
      [...fields.keys()],
      [
        "module_id",
        "digest",
        "timestamp",
        "pcrs",
        "certificate",
        "cabundle",
        "public_key",
        "user_data",
        "nonce",
      ],
    );
    assert.equal(fields.get("user_data"), null);
    assert.equal(fields.get("timestamp"), 1_732_983_768_387n);
  });

  it("has a chain that ends in AWS's published root and verifies link by link, signature included", () => {
    const root = "0x641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";
    assert.equal(toHex(sha256(ders.at(-1)!)), root);
    for (let at = 0; at + 1 < chain.length; at++) {
      const [certificate, issuer] = [chain[at]!, chain[at + 1]!];
      assert.ok(isEqual(certificate.issuer, issuer.subject) && mayIssue(issuer, at));
      assert.ok(isP384Signature(certificate.tbs, certificate.signature, issuer.key), `link ${at}`);
    }
    assert.ok(maySign(chain[0]!));
    assert.ok(isP384Signature(cose.toBeSigned, cose.signature, chain[0]!.key));
  });

  it("nitro.document: is no NitroTPM document, its PCRs are an enclave's", () => {
    assert.deepEqual(readNitroDocument(bytes), { check: "nitro.document", detail: "field pcrs is unknown" });
  });

  it("x509.signature-algorithm: its certificates stay refused where the contracts judge too", () => {
    for (const der of ders) {
      const verdict = readCertificate(der);
      assert.equal(isRefusal(verdict) && verdict.check, "x509.signature-algorithm");
    }
    const trust = { intelRoot, akRoots: [{ cloud: cloudTypes.aws, der: ders.at(-1)! }] };
    const verdict = judgeAkChain(ders, trust, 1_732_983_800n);
    assert.equal(isRefusal(verdict) && verdict.check, "x509.signature-algorithm");
  });

  it("x509.key: so does a bare P-384 key", () => {
    const spki = Uint8Array.of(
      ...fromHex("3076301006072a8648ce3d020106052b8104002203620004"),
      ...chain[0]!.key,
    );
    assert.equal(toHex(readP384Key(spki)!), toHex(chain[0]!.key));
    const verdict = readPublicKey(spki);
    assert.equal(isRefusal(verdict) && verdict.check, "x509.key");
    assert.equal(readP384Key(spki.subarray(1)), null);
    assert.equal(readP384Key(Uint8Array.of(...uint(0x31, 1), ...spki.subarray(1))), null);
  });
});
