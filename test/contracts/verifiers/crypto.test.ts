import assert from "node:assert/strict";
import { constants, createHash, generateKeyPairSync, privateEncrypt, publicDecrypt, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { toHex } from "viem";
import { hex } from "./outcome.ts";

const { viem } = await network.create();
const harness = await viem.deployContract("CryptoHarness");
const certificates = await viem.deployContract("CertificateHarness");

/** Deterministic bytes: SHA-256 in counter mode. */
function bytesOf(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) blocks.push(createHash("sha256").update(`${seed}/${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/vendor/wycheproof/${name}`, import.meta.url), "utf8"));

interface Group<Key> {
  readonly publicKey: Key;
  readonly tests: readonly { tcId: number; msg: string; sig: string; result: string; comment: string }[];
}
const digestOf = (msg: string) => hex(createHash("sha256").update(Buffer.from(msg, "hex")).digest());

describe("P256 library", () => {
  const { testGroups } = fixture("ecdsa_secp256r1_sha256_p1363_test.json") as {
    testGroups: Group<{ uncompressed: string }>[];
  };

  it("agrees with every Wycheproof signature of 64 bytes, high s included", async () => {
    let count = 0;
    for (const { publicKey, tests } of testGroups) {
      const point = publicKey.uncompressed;
      for (const { tcId, msg, sig, result } of tests) {
        if (sig.length !== 128) continue;
        const args = [
          digestOf(msg),
          `0x${sig.slice(0, 64)}`,
          `0x${sig.slice(64)}`,
          `0x${point.slice(2, 66)}`,
          `0x${point.slice(66)}`,
        ] as const;
        assert.equal(await harness.read.p256(args), result === "valid", `test ${tcId}`);
        count++;
      }
    }
    assert.ok(count > 150);
  });

  it("tells points of the curve from others", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = privateKey.export({ format: "jwk" });
    const x = hex(Buffer.from(jwk.x!, "base64url"));
    const y = hex(Buffer.from(jwk.y!, "base64url"));
    const p = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
    const word = (value: bigint) => toHex(value, { size: 32 });
    assert.equal(await harness.read.isOnCurve([x, y]), true);
    assert.equal(await harness.read.isOnCurve([x, word(p - BigInt(y))]), true);
    assert.equal(await harness.read.isOnCurve([y, x]), false);
    assert.equal(await harness.read.isOnCurve([word(0n), word(0n)]), false);
    assert.equal(await harness.read.isOnCurve([word(p), y]), false);
    assert.equal(await harness.read.isOnCurve([x, word(p)]), false);
    // x = 5 has a point; x + p names the same one in a second spelling and does not fit below p.
    const y5 = 0x459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbccn;
    assert.equal(await harness.read.isOnCurve([word(5n), word(y5)]), true);
    assert.equal(await harness.read.isOnCurve([word(5n + p), word(y5)]), false);
    // The same of y = 5: a root of x³ − 3x + b − 25, by Cantor and Zassenhaus.
    const xOfFive = word(0xd7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7n);
    assert.equal(await harness.read.isOnCurve([xOfFive, word(5n)]), true);
    assert.equal(await harness.read.isOnCurve([xOfFive, word(5n + p)]), false);
  });
});

describe("RSA library", () => {
  const { testGroups } = fixture("rsa_signature_2048_sha256_test.json") as {
    testGroups: Group<{ modulus: string; publicExponent: string }>[];
  };
  const modulusOf = (modulus: string): `0x${string}` => `0x${modulus.replace(/^00/, "")}`;

  it("agrees with every Wycheproof signature with e = 65537", async () => {
    let count = 0;
    for (const { publicKey, tests } of testGroups) {
      if (publicKey.publicExponent !== "010001") continue;
      for (const { tcId, msg, sig, result, comment } of tests) {
        const [ok] = await certificates.read.rsaSha256([
          modulusOf(publicKey.modulus),
          `0x${sig}`,
          digestOf(msg),
        ]);
        // A DigestInfo without its NULL is legacy that some accept; here one message has one encoding.
        assert.equal(ok, result === "valid", `test ${tcId}: ${comment}`);
        count++;
      }
    }
    assert.ok(count > 200);
  });

  for (const modulusLength of [2048, 3072, 4096])
    it(`accepts a signature of ${modulusLength} bits, and nothing near it`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
      const n = Buffer.from(publicKey.export({ format: "jwk" }).n!, "base64url");
      const message = bytesOf("rsa", 100);
      const hash = hex(createHash("sha256").update(message).digest());
      const signature = sign("sha256", message, privateKey);
      const verdict = async (modulus: Buffer, s: Buffer, h = hash) =>
        (await certificates.read.rsaSha256([hex(modulus), hex(s), h]))[0];
      const [ok, gas] = await certificates.read.rsaSha256([hex(n), hex(signature), hash]);
      console.log(`gas, RSA-${modulusLength}: ${gas}`);
      assert.equal(ok, true);
      assert.equal(await verdict(n, signature, hex(bytesOf("other", 32))), false);
      assert.equal(await verdict(n, Buffer.concat([Buffer.alloc(1), signature])), false);
      assert.equal(await verdict(n, Buffer.concat([signature, Buffer.alloc(1)])), false);
      assert.equal(await verdict(n, signature.subarray(1)), false);
      assert.equal(await verdict(n.subarray(1), signature), false);
      assert.equal(await verdict(Buffer.alloc(n.length), signature), false);
      assert.equal(await verdict(n, n), false);
      // s + n has the same power; it is below 2^bits only by luck, so try it where it fits.
      const sum = BigInt(hex(signature)) + BigInt(hex(n));
      if (sum < 1n << BigInt(modulusLength)) assert.equal(await verdict(n, toBytes(sum, n.length)), false);
      if (modulusLength === 4096) {
        const long = sign("sha384", message, privateKey);
        assert.equal(await certificates.read.rsaSha384([hex(n), hex(long), hex(message)]), true);
        assert.equal(await certificates.read.rsaSha384([hex(n), hex(signature), hex(message)]), false);
      }
    });

  it("refuses good signatures by keys of other lengths", async () => {
    const message = bytesOf("length", 100);
    const hash = hex(createHash("sha256").update(message).digest());
    for (const modulusLength of [1024, 2304]) {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
      const n = Buffer.from(publicKey.export({ format: "jwk" }).n!, "base64url");
      const signature = sign("sha256", message, privateKey);
      assert.equal((await certificates.read.rsaSha256([hex(n), hex(signature), hash]))[0], false);
    }
  });

  // RFC 8017 §9.2. The key signs whatever stands in the block, so every byte can be wrong by itself.
  for (const [modulusLength, size] of [
    [2048, 256],
    [3072, 256],
    [4096, 256],
    [2048, 384],
    [2048, 512],
  ] as const)
    it(`compares every byte of the block of ${modulusLength} bits with SHA-${size}`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
      const n = Buffer.from(publicKey.export({ format: "jwk" }).n!, "base64url");
      const message = bytesOf("block", 100);
      const hash = createHash(`sha${size}`).update(message).digest();
      const isAccepted = async (block: Buffer) => {
        const signature = privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block);
        const key = [hex(n), hex(signature)] as const;
        if (size === 384) return certificates.read.rsaSha384([...key, hex(message)]);
        if (size === 512) return certificates.read.rsaSha512([...key, hex(message)]);
        return (await certificates.read.rsaSha256([...key, hex(hash)]))[0];
      };
      const block = publicDecrypt(
        { key: publicKey, padding: constants.RSA_NO_PADDING },
        sign(`sha${size}`, message, privateKey),
      );
      assert.equal(await isAccepted(block), true);
      for (let at = 0; at < block.length; at++) {
        const changed = Buffer.from(block);
        // The lowest bit: the block stays below the modulus.
        changed[at]! ^= 1;
        assert.equal(await isAccepted(changed), false, `byte ${at}`);
      }
    });

  it("costs at most 1,500 gas above the precompile (EIP-7883)", async () => {
    for (const modulusLength of [2048, 3072, 4096]) {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
      const n = Buffer.from(publicKey.export({ format: "jwk" }).n!, "base64url");
      const hash = hex(createHash("sha256").update("gas").digest());
      const signature = hex(sign("sha256", Buffer.from("gas"), privateKey));
      const [ok, gas] = await certificates.read.rsaSha256([hex(n), signature, hash]);
      const precompile = 2n * BigInt(modulusLength / 64) ** 2n * 16n;
      assert.ok(ok && gas <= precompile + 1_500n, `${gas} gas, precompile ${precompile}`);
    }
  });
});

const toBytes = (value: bigint, length: number) =>
  Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex");
