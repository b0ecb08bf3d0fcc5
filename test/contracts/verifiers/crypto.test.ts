import assert from "node:assert/strict";
import { createHash, createSign, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";

const { viem } = await network.create();
const harness = await viem.deployContract("CryptoHarness");

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
/** Deterministic bytes: SHA-256 in counter mode. */
function bytesOf(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) blocks.push(createHash("sha256").update(`${seed}/${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

describe("SHA512 library", () => {
  for (const length of [0, 1, 3, 104, 111, 112, 119, 120, 127, 128, 129, 239, 240, 255, 256, 672, 760])
    it(`agrees with node:crypto on ${length} bytes`, async () => {
      const data = bytesOf("sha", length);
      const [head, tail] = await harness.read.sha384([hex(data)]);
      assert.equal(head + tail.slice(2), hex(createHash("sha384").update(data).digest()));
      const [head512, tail512] = await harness.read.sha512([hex(data)]);
      assert.equal(head512 + tail512.slice(2), hex(createHash("sha512").update(data).digest()));
    });

  it("costs at most 27,000 gas per block", async () => {
    const [, , gas] = await harness.read.sha384([hex(bytesOf("gas", 672))]);
    console.log("sha384 of 672 bytes, gas:", gas);
    assert.ok(gas < 27_000n * 6n);
  });
});
