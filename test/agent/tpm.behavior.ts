// The behaviour both TPMs must show. Signatures are checked with node:crypto over the structures as they come out.
/* eslint-disable @typescript-eslint/no-floating-promises -- node:test awaits its own suites; lint knows that for *.test.ts only */
import assert from "node:assert/strict";
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { concat, isEqual, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { policyPcrDigest } from "../../sdk/evidence/binding.ts";
import { ecdsaBytes, reader } from "../../agent/tpm/structures.ts";
import { TpmError, type Attestation, type AttestationKey, type Tpm } from "../../agent/tpm/tpm.ts";

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

export function p256Key(xy: Uint8Array): KeyObject {
  const [x, y] = [base64url(xy.subarray(0, 32)), base64url(xy.subarray(32))];
  return createPublicKey({ format: "jwk", key: { kty: "EC", crv: "P-256", x, y } });
}

export const rsaKey = (n: Uint8Array): KeyObject =>
  createPublicKey({ format: "jwk", key: { kty: "RSA", n: base64url(n), e: "AQAB" } });

export function isSignedBy(ak: AttestationKey, { attest, signature }: Attestation): boolean {
  if (ak.kind === "rsa2048") {
    assert.equal(toHex(signature.subarray(0, 6)), "0x0014000b0100");
    return verify("sha256", attest, rsaKey(ak.publicKey), signature.subarray(6));
  }
  assert.equal(toHex(signature.subarray(0, 4)), "0x0018000b");
  return verify(
    "sha256",
    attest,
    { key: p256Key(ak.publicKey), dsaEncoding: "ieee-p1363" },
    ecdsaBytes(signature),
  );
}

export function parseAttest(attest: Uint8Array) {
  const r = reader(attest);
  const [magic, type, , extraData] = [r.u32(), r.u16(), r.sized(), r.sized()];
  r.take(8);
  const resetCount = r.u32();
  r.u32();
  const safe = r.u8();
  r.take(8);
  return { magic, type, extraData, resetCount, safe, body: r.rest() };
}

const event = sha256(new TextEncoder().encode("event"));

export function describeTpm(name: string, start: () => Promise<Tpm>): void {
  describe(`TPM: ${name}`, () => {
    let tpm: Tpm;
    let ak: AttestationKey;
    before(async () => {
      tpm = await start();
      ak = await tpm.createAttestationKey("p256");
    });
    after(() => tpm.close());

    it("starts with zero PCRs and extends by sha256(old ‖ digest)", async () => {
      const zero = (await tpm.pcrRead([11])).get(11)!;
      assert.equal(toHex(zero), toHex(new Uint8Array(32)));
      await tpm.pcrExtend(11, event);
      assert.equal(toHex((await tpm.pcrRead([11])).get(11)!), toHex(sha256(zero, event)));
    });

    it("reads all 24 PCRs although a command answers eight", async () => {
      const indices = Array.from({ length: 24 }, (_, index) => index);
      const values = await tpm.pcrRead(indices);
      assert.equal(values.size, 24);
      assert.equal(toHex(values.get(17)!), `0x${"ff".repeat(32)}`);
    });

    it("quotes exactly the asked PCRs, one SHA-256 bank, signed by the AK", async () => {
      const pcrs = [0, 4, 11, 23];
      const extraData = new Uint8Array(50).fill(7);
      const quote = await tpm.quote(ak, extraData, pcrs);
      assert.ok(isSignedBy(ak, quote));
      const attest = parseAttest(quote.attest);
      assert.deepEqual([attest.magic, attest.type, attest.safe], [0xff544347, 0x8018, 1]);
      assert.equal(toHex(attest.extraData), toHex(extraData));
      const values = await tpm.pcrRead(pcrs);
      const digest = sha256(...pcrs.map((index) => values.get(index)!));
      assert.equal(
        toHex(attest.body),
        toHex(concat(Uint8Array.from([0, 0, 0, 1, 0, 11, 3, 0x11, 8, 0x80, 0, 32]), digest)),
      );
    });

    it("refuses qualifying data of 67 bytes", async () => {
      await assert.rejects(
        tpm.quote(ak, new Uint8Array(67), [0]),
        (error) => error instanceof TpmError && error.rc === 0x1d5,
      );
    });

    it("makes an RSA-2048 AK that quotes with RSASSA-SHA256", async () => {
      const rsa = await tpm.createAttestationKey("rsa2048");
      assert.equal(rsa.publicKey.length, 256);
      assert.ok(isSignedBy(rsa, await tpm.quote(rsa, new Uint8Array(0), [4])));
    });

    it("gives an AK that is restricted, signing and fixed", () => {
      const r = reader(ak.tpmtPublic);
      assert.deepEqual([r.u16(), r.u16(), r.u32()], [0x0023, 0x000b, 0x00050072]);
    });
  });

  describe(`TPM identity key: ${name}`, () => {
    let tpm: Tpm;
    before(async () => {
      tpm = await start();
    });
    after(() => tpm.close());

    it("has attributes 0x00040032 and the PolicyPCR digest of the present values", async () => {
      await tpm.pcrExtend(23, event);
      const key = await tpm.createIdentityKey([23, 11]);
      assert.deepEqual(key.policyPcrs, [11, 23]);
      const values = await tpm.pcrRead([11, 23]);
      const r = reader(key.tpmtPublic);
      assert.deepEqual([r.u16(), r.u16(), r.u32()], [0x0023, 0x000b, 0x00040032]);
      const policy = policyPcrDigest([11, 23].map((index) => ({ index, pcr: values.get(index)! })));
      assert.equal(toHex(r.sized()), toHex(policy));
      assert.equal(toHex(key.name), toHex(concat(Uint8Array.from([0, 11]), sha256(key.tpmtPublic))));
    });

    it("is random: two keys under one policy differ", async () => {
      const [first, second] = [await tpm.createIdentityKey([23]), await tpm.createIdentityKey([23])];
      assert.ok(!isEqual(first.publicKey, second.publicKey));
    });

    it("is certified by the AK with the qualifying data of the caller", async () => {
      const ak = await tpm.createAttestationKey("p256");
      const key = await tpm.createIdentityKey([23]);
      const certification = await tpm.certify(ak, key, event);
      assert.ok(isSignedBy(ak, certification));
      const attest = parseAttest(certification.attest);
      assert.deepEqual([attest.magic, attest.type], [0xff544347, 0x8017]);
      assert.equal(toHex(attest.extraData), toHex(event));
      assert.equal(toHex(reader(attest.body).sized()), toHex(key.name));
    });

    it("signs digests with several keys in turn, then again after an evict", async () => {
      const keys = [await tpm.createIdentityKey([23]), await tpm.createIdentityKey([11, 23])];
      const message = new TextEncoder().encode("message");
      for (const key of [keys[0]!, keys[1]!, keys[0]!]) {
        const signature = await tpm.sign(key, sha256(message));
        assert.ok(signature !== null && signature.length === 64);
        const publicKey = { key: p256Key(key.publicKey), dsaEncoding: "ieee-p1363" as const };
        assert.ok(verify("sha256", message, publicKey, signature));
        await tpm.evict(key);
      }
    });

    it("stops signing once a PCR of its policy is extended, a key without that PCR goes on", async () => {
      const bound = await tpm.createIdentityKey([11, 23]);
      const other = await tpm.createIdentityKey([11]);
      assert.ok((await tpm.sign(bound, event)) !== null);
      await tpm.pcrExtend(23, event);
      assert.equal(await tpm.sign(bound, event), null);
      assert.equal(await tpm.sign(bound, event), null);
      assert.ok((await tpm.sign(other, event)) !== null);
    });
  });
}
