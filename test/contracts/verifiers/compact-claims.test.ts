// Azure's runtime claims in their compact form: what the contract makes of it is what it makes of the JSON, and what the
// SDK makes of either.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { concat, fromHex, isEqual, keccak256, sha256, toHex } from "../../../sdk/evidence/bytes.ts";
import { expandClaims, toCompactClaims } from "../../../sdk/evidence/compact-claims.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import { readRuntimeClaims } from "../../../sdk/evidence/runtime-claims.ts";
import { seededRandom } from "../../support/mutations.ts";
import { runtimeClaims } from "./captured.ts";
import { refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const library = await viem.deployContract("AzureClaims");
const harness = await viem.deployContract("CryptoHarness");
const read = (claims: Uint8Array) => library.read.read([toHex(claims)]);
const refused = (claims: Uint8Array) => refusalOf(() => read(claims));

// That of 2022 is of another layout.
const real = Object.entries(runtimeClaims)
  .filter(([name]) => name !== "azure-snp-constellation")
  .map(([name, text]) => [name, new Uint8Array(Buffer.from(text))] as const);
const json = real.find(([name]) => name === "azure-tdx-full-2026")![1];
const compact = toCompactClaims(json)!;
const configurationAt = 664;
const put = (at: number, text: string) =>
  concat(compact.subarray(0, at), Buffer.from(text), compact.subarray(at + text.length));

/** As the SDK reads claims of either form; null where it refuses. */
function expected(claims: Uint8Array) {
  const text = expandClaims(claims);
  const known = isRefusal(text) ? text : readRuntimeClaims(text);
  if (isRefusal(text) || isRefusal(known)) return null;
  const { akModulus, vmConfiguration, userData } = known;
  const parts = [akModulus, keccak256(vmConfiguration), userData.subarray(0, 32), userData.subarray(32)];
  return [...parts, sha256(text)].map(toHex);
}

describe("CompactClaims", () => {
  for (const [name, claims] of real)
    it(`says of ${name} what its JSON says`, async () => {
      const short = toCompactClaims(claims)!;
      assert.ok(short.length < claims.length - 320);
      const answer = await read(claims);
      assert.deepEqual(await read(short), answer);
      assert.deepEqual(answer, expected(claims));
      assert.equal(answer[4], toHex(sha256(claims)));
    });

  it("writes every character and every digit", async () => {
    // All numbers of six bits, in each of the 32 places of a word and in the rest; all bytes as digits.
    for (let shift = 0; shift < 64; shift++) {
      const changed = Uint8Array.from(compact);
      for (let i = 0; i < 256; i++) changed[2 + i] = (i * 37 + shift * 59) & 0xff;
      for (let i = 0; i < 64; i++) changed[600 + i] = (shift * 64 + i) & 0xff;
      assert.deepEqual(await read(changed), expected(changed), `round ${shift}`);
    }
  });

  it("says of every other text another hash, or nothing", async () => {
    for (let at = 0; at < compact.length; at++) {
      const changed = Uint8Array.from(compact);
      changed[at]! ^= 1 << (at % 8);
      const due = expected(changed);
      if (due === null) assert.equal(await refused(changed), "AzureClaimsLayoutUnknown", `byte ${at}`);
      else {
        assert.deepEqual(await read(changed), due, `byte ${at}`);
        assert.notEqual(due[4], toHex(sha256(json)), `byte ${at}`);
      }
    }
  });

  it("azure.claims-layout: is no shorter than its fixed parts, nor ends elsewhere", async () => {
    for (const length of [0, 1, 2, 257, 258, 599, 600, 663, 664, 664 + 52, compact.length - 1])
      assert.equal(await refused(compact.subarray(0, length)), "AzureClaimsLayoutUnknown", `${length} bytes`);
    assert.equal(await refused(concat(compact, Uint8Array.of(0x2c))), "AzureClaimsLayoutUnknown");
    // Nothing of a configuration but what closes it.
    const least = concat(compact.subarray(0, configurationAt), compact.subarray(-53));
    assert.deepEqual(await read(least), expected(least));
  });

  it("azure.claims-layout: has no other beginning", async () => {
    for (const [first, second] of [
      [0xff, 0x00],
      [0xff, 0x02],
      [0xfe, 0x01],
      [0x7b, 0x01],
    ] as const) {
      const changed = concat(Uint8Array.of(first, second), compact.subarray(2));
      assert.equal(expected(changed), null);
      assert.equal(await refused(changed), "AzureClaimsLayoutUnknown");
    }
  });

  it("azure.claims-layout: has no current time in its configuration, and vmUniqueId at its end", async () => {
    const end = compact.length - 53;
    for (let at = configurationAt; at + 12 <= end; at++)
      assert.equal(await refused(put(at, "current-time")), "AzureClaimsLayoutUnknown", `byte ${at}`);
    for (let at = end; at < end + 12; at++)
      assert.equal(await refused(put(at, "x")), "AzureClaimsLayoutUnknown", `byte ${at}`);
    assert.equal(await refused(put(end + 12, "x")), null);
  });

  it("is read as the SDK reads it, however disturbed", async () => {
    const dice = seededRandom(20_261_128);
    for (let round = 0; round < 200; round++) {
      const [, claims] = real[dice(real.length)]!;
      const short = toCompactClaims(claims)!;
      const [at, length] = [dice(short.length), dice(70)];
      const noise = Uint8Array.from({ length: dice(70) }, () => dice(256));
      const changed = concat(short.subarray(0, at), noise, short.subarray(at + length));
      const due = expected(changed);
      if (due === null) assert.equal(await refused(changed), "AzureClaimsLayoutUnknown", `round ${round}`);
      else assert.deepEqual(await read(changed), due, `round ${round}`);
    }
  });
});

describe("Base64", () => {
  it("writes what it reads", async () => {
    const dice = seededRandom(7);
    for (let round = 0; round < 50; round++) {
      const word = Uint8Array.from({ length: 32 }, () => dice(256));
      const text = await harness.read.encodeUrl([BigInt(toHex(word))]);
      const [packed, ok] = await harness.read.base64Url([text]);
      assert.ok(ok);
      assert.ok(
        isEqual(fromHex(`0x${packed.toString(16).padStart(64, "0")}`).subarray(0, 24), word.subarray(0, 24)),
      );
    }
  });
});
