// Both P-256 verifiers of the SDK against Wycheproof and against each other.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { concat, fromHex, uint } from "../../sdk/evidence/bytes.ts";
import { verifyP256 as verifyByNoble } from "../../sdk/verify/p256-noble.ts";
import { verifyP256 as verifyByOpenSsl } from "../../sdk/verify/p256-openssl.ts";
import { isOnP256, isP256Signature } from "../../sdk/verify/signature.ts";

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
const file = "test/fixtures/vendor/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json";
const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as Wycheproof;
const bytes = (hex: string) => fromHex(hex === "" ? "0x" : hex);

describe("P-256 in the SDK", () => {
  it("is OpenSSL's under Node", () => assert.equal(isP256Signature, verifyByOpenSsl));

  it("is Wycheproof's verdict by either", () => {
    for (const { publicKey, tests } of testGroups)
      for (const { tcId, msg, sig, result } of tests)
        for (const verify of [verifyByNoble, verifyByOpenSsl]) {
          const verdict = verify(bytes(msg), bytes(sig), bytes(publicKey.uncompressed).subarray(1));
          assert.equal(
            verdict,
            result === "valid",
            `${verify === verifyByNoble ? "noble" : "OpenSSL"} ${tcId}`,
          );
        }
  });

  it("takes high s, and no key off the curve or of another length", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(27));
    const message = Uint8Array.of(1, 2, 3);
    const signature = new Uint8Array(sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" }));
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`);
    const twin = concat(signature.subarray(0, 32), uint(n - s, 32));
    const off = Uint8Array.from(key);
    off[63]! ^= 1;
    assert.deepEqual(
      [isOnP256(key), isOnP256(off), isOnP256(key.subarray(1)), isOnP256(new Uint8Array(64))],
      [true, false, false, false],
    );
    assert.equal(isOnP256(concat(new Uint8Array(32).fill(0xff), key.subarray(32))), false);
    for (const verify of [verifyByNoble, verifyByOpenSsl]) {
      assert.equal(verify(message, signature, key), true);
      assert.equal(verify(message, twin, key), true);
      assert.equal(verify(message, signature, off), false);
      assert.equal(verify(message, signature.subarray(1), key), false);
      assert.equal(verify(message, signature, key.subarray(1)), false);
      assert.equal(verify(Uint8Array.of(1, 2), signature, key), false);
    }
  });
});
