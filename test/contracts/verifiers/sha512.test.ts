// SHA-384 and SHA-512 (FIPS 180-4) of contracts/crypto/SHA512.sol against node:crypto and the plain twin.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { hex } from "./outcome.ts";

const { viem } = await network.create();
const harness = await viem.deployContract("CryptoHarness");
const twin = await viem.deployContract("PlainSHA512");

/** Deterministic bytes: SHA-256 in counter mode. */
function bytesOf(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < length; i++) blocks.push(createHash("sha256").update(`${seed}/${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

type Size = 384 | 512;
const byNode = (size: Size, data: Uint8Array) => hex(createHash(`sha${size}`).update(data).digest());

async function byMemory(size: Size, data: Uint8Array): Promise<string> {
  const [head, tail] = await harness.read[`sha${size}`]([hex(data)]);
  return head + tail.slice(2);
}

async function bySlice(size: Size, data: Uint8Array, from: number, to: number): Promise<string> {
  const [head, tail] = await harness.read[`sha${size}Slice`]([hex(data), BigInt(from), BigInt(to)]);
  return head + tail.slice(2);
}

// FIPS 180-4 §4.2.3, §5.3.4 and §5.3.5 by their definition: roots of the first primes.
const primes = firstPrimes(80);
type TwinArgs = Parameters<typeof twin.read.hash>[0];
const rounds = primes.map((prime) => rootFraction(BigInt(prime), 3n)) as unknown as TwinArgs[1];
const square = (prime: number) => rootFraction(BigInt(prime), 2n);
const initial = {
  384: primes.slice(8, 16).map(square) as unknown as TwinArgs[2],
  512: primes.slice(0, 8).map(square) as unknown as TwinArgs[2],
};

async function byTwin(size: Size, data: Uint8Array): Promise<string> {
  const digest = await twin.read.hash([hex(data), rounds, initial[size]]);
  return digest.slice(0, 2 + size / 4);
}

/** Pairs of message words, and σ0 or σ1 as SHA512Block takes it of the pair in its two lanes. */
const carrying = [
  {
    name: "σ0",
    at: 1,
    words: [0x1n, 0xf80fe03f80fe03f8n],
    sigma: (pair: bigint, q: bigint) => (q >> 1n) ^ (q >> 8n) ^ (pair >> 7n),
  },
  {
    name: "σ1",
    at: 14,
    words: [0x1fffn, 0xfffffff800000000n],
    sigma: (pair: bigint, q: bigint) => (q >> 19n) ^ (q >> 61n) ^ (pair >> 6n),
  },
] as const;

const lengths = Array.from({ length: 301 }, (_, length) => length);

for (const size of [384, 512] as const)
  describe(`SHA-${size}`, () => {
    it("agrees with node:crypto on every length from 0 to 300, from memory and from calldata", async () => {
      for (const length of lengths) {
        // What stands around the slice must not count.
        const data = bytesOf(`sha${size}`, length + 7);
        const slice = data.subarray(3, 3 + length);
        const digest = byNode(size, slice);
        assert.equal(await byMemory(size, slice), digest, `memory, ${length} bytes`);
        assert.equal(await bySlice(size, data, 3, 3 + length), digest, `calldata, ${length} bytes`);
      }
    });

    it("agrees with the plain twin on every length from 0 to 300", async () => {
      for (const length of lengths) {
        const data = bytesOf("twin", length);
        assert.equal(await byMemory(size, data), await byTwin(size, data), `${length} bytes`);
      }
    });

    it("agrees with node:crypto on longer messages", async () => {
      for (const length of [384, 495, 496, 511, 512, 672, 760, 1184, 2047, 4096, 6000]) {
        const data = bytesOf("long", length);
        assert.equal(await byMemory(size, data), byNode(size, data), `memory, ${length} bytes`);
        assert.equal(await bySlice(size, data, 1, length), byNode(size, data.subarray(1)), `${length} bytes`);
      }
    });

    it("carries nothing from lane to lane in words of all zeros and all ones", async () => {
      for (const byte of [0x00, 0xff, 0x80, 0x01, 0x7f, 0xfe])
        for (const length of [8, 111, 128, 256]) {
          const data = Buffer.alloc(length, byte);
          assert.equal(await byMemory(size, data), byNode(size, data), `${length} bytes of ${byte}`);
        }
      // One word of ones among zeros, and the reverse, in each place of a block.
      for (let word = 0; word < 16; word++)
        for (const byte of [0x00, 0xff]) {
          const data = Buffer.alloc(128, byte).fill(~byte & 0xff, 8 * word, 8 * word + 8);
          assert.equal(await byMemory(size, data), byNode(size, data), `word ${word} among ${byte}`);
        }
    });

    for (const { name, at, words, sigma } of carrying)
      it(`cuts what ${name} leaves above a word before the sum carries into the next`, async () => {
        // The lower lane's high half is all ones: uncut, a carry out of its low half would run through it. Chance
        // finds such words once in 2⁶⁴.
        const pair = (words[0] << 128n) | words[1];
        const lower = sigma(pair, pair * ((1n << 64n) + 1n)) & ((1n << 128n) - 1n);
        assert.equal(lower >> 64n, (1n << 64n) - 1n);
        const data = Buffer.alloc(128);
        words.forEach((word, i) => data.writeBigUInt64BE(word, 8 * (at + i)));
        // W[17] takes W[10] by its W[t−7]: with all ones the sum carries.
        data.fill(0xff, 80, 88);
        assert.equal(await byMemory(size, data), byNode(size, data));
      });
  });

describe("SHA512 library", () => {
  it("reads no memory but its own and leaves the rest as it was", async () => {
    for (const length of [0, 1, 31, 111, 112, 127, 128, 129, 240, 300])
      for (const byte of ["00", "ff", "a5"]) {
        const data = bytesOf("dirt", length);
        const dirt = `0x${byte.repeat(32)}` as const;
        const [head384, tail384, head512, tail512, isTidy] = await harness.read.shaInDirt([hex(data), dirt]);
        assert.equal(head384 + tail384.slice(2), byNode(384, data));
        assert.equal(head512 + tail512.slice(2), byNode(512, data));
        assert.equal(isTidy, true, `${length} bytes in ${byte}`);
      }
  });

  it("costs at most 27,000 gas per block, and at most that for a message of one", async () => {
    const data = hex(bytesOf("gas", 1135));
    const inMemory = async (length: number) => (await harness.read.sha384([hex(bytesOf("gas", length))]))[2];
    const inCalldata = async (length: number) =>
      (await harness.read.sha384Slice([data, 0n, BigInt(length)]))[2];
    for (const gasOf of [inMemory, inCalldata]) {
      // With its padding a message of 111 bytes is one block and one of 1135 bytes nine.
      const [one, nine] = [await gasOf(111), await gasOf(1135)];
      console.log(`sha384 of 1 and 9 blocks, gas: ${one}, ${nine}`);
      assert.ok(one <= 27_000n);
      assert.ok((nine - one) / 8n <= 27_000n);
    }
  });
});

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** First 64 bits of the fractional part of the square or cube root of n: how FIPS 180-4 defines its constants. */
function rootFraction(n: bigint, root: 2n | 3n): bigint {
  const target = n << (64n * root);
  let low = 0n;
  let high = 1n << 80n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** root <= target) low = middle;
    else high = middle;
  }
  return low & ((1n << 64n) - 1n);
}
