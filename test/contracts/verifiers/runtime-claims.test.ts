import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import { runtimeClaims } from "./captured.ts";
import { refusalOf } from "./outcome.ts";

const { viem } = await network.create();
const harness = await viem.deployContract("CryptoHarness");
const x = (digits: string): Hex => `0x${digits}`;

describe("RuntimeClaims", () => {
  const utf8 = (text: string): Hex => x(Buffer.from(text).toString("hex"));
  const old = "azure-snp-constellation";

  for (const [name, text] of Object.entries(runtimeClaims))
    if (name !== old)
      it(`reads ${name}`, async () => {
        const [n, configuration, head, tail] = await harness.read.runtimeClaims([utf8(text)]);
        const json = JSON.parse(text) as { keys: { n: string }[]; "user-data": string };
        assert.equal(n, x(Buffer.from(json.keys[0]!.n, "base64url").toString("hex")));
        const between = text.slice(text.indexOf('"vm-configuration":{') + 20, text.indexOf('"vmUniqueId"'));
        assert.equal(configuration, keccak256(utf8(between)));
        assert.equal(head + tail.slice(2), x(json["user-data"].toLowerCase()));
      });

  const text = runtimeClaims["azure-tdx-full-2026"]!;
  const put = (at: number, value: string) => text.slice(0, at) + value + text.slice(at + value.length);
  for (const [what, changed] of [
    ["the layout of 2022", runtimeClaims[old]!],
    ["nothing", ""],
    ["another purpose of the key", put(40, "x")],
    ["a modulus that is no base64url", put(100, "+")],
    ["a modulus with a spare bit", put(415, "B")],
    ["a modulus that goes on", put(416, "A")],
    ["a moved configuration", put(833, "x")],
    ["a moved vmUniqueId", put(text.length - 190, "x")],
    ["user-data that is no hex", put(text.length - 100, "g")],
    ["a current time", put(853, '"current-time')],
    ["a byte behind the end", `${text} `],
  ] as const)
    it(`refuses ${what}`, async () => {
      const outcome = await refusalOf(() => harness.read.runtimeClaims([utf8(changed)]));
      assert.equal(outcome, "AzureClaimsLayoutUnknown");
    });

  it("refuses a current time wherever it stands in the configuration, and nothing that is like one", async () => {
    const read = (changed: string) => refusalOf(() => harness.read.runtimeClaims([utf8(changed)]));
    for (let at = 853; at + 12 <= text.length - 196; at++)
      assert.equal(await read(put(at, "current-time")), "AzureClaimsLayoutUnknown", `byte ${at}`);
    for (const like of ["current-timf", "rrrrrrrrrrrr", "cur rent-time"])
      assert.equal(await read(put(870, like)), null, like);
    // One that ends behind the configuration is no part of it, nor is what closes it moved.
    assert.equal(await read(put(text.length - 196 - 3, "rr")), null);
  });

  it("refuses claims whose parts overlap, however right each is", async () => {
    // What opens user-data stands before what opens the configuration, which is left nothing.
    for (const length of [900, 950, 995]) {
      const parts = put(length - 143, '"user-data":"').slice(0, length - 2);
      const overlapping = `${parts.slice(0, 833)}"vm-configuration":{${parts.slice(853)}"}`;
      assert.equal(overlapping.length, length);
      const outcome = await refusalOf(() => harness.read.runtimeClaims([utf8(overlapping)]));
      assert.equal(outcome, "AzureClaimsLayoutUnknown", `${length} bytes`);
    }
  });

  // Positions as the layout has them; between them lie the second key and the configuration.
  const end = text.length;
  for (const [what, from, to] of [
    ["what stands before the modulus", 0, 74],
    ["the modulus", 74, 416],
    ["the quote behind the modulus", 416, 417],
    ["what opens the configuration", 833, 853],
    ["what closes the configuration", end - 196, end - 184],
    ["what stands before user-data", end - 143, end - 130],
    ["user-data", end - 130, end - 2],
    ["the end", end - 2, end],
  ] as const)
    it(`refuses every other byte in ${what}`, async () => {
      for (let at = from; at < to; at++) {
        // Bit 7 makes any character none of ASCII, and leaves what is left of it right.
        const bytes = Buffer.from(text);
        bytes[at]! ^= 0x80;
        const outcome = await refusalOf(() => harness.read.runtimeClaims([x(bytes.toString("hex"))]));
        assert.equal(outcome, "AzureClaimsLayoutUnknown", `byte ${at}`);
      }
    });
});

describe("Base64", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (const [functionName, alphabet] of [
    ["base64", `${letters}+/`],
    ["base64Url", `${letters}-_`],
  ] as const)
    it(`${functionName} takes its alphabet alone, every character at its number`, async () => {
      for (let byte = 0; byte < 256; byte++) {
        // Between the greatest and the least number, at the ends and in the middle.
        const text = Buffer.from("_A_A_A_A_A_A_A_A_A_A_A_A_A_A_A_A".replaceAll("_", alphabet[63]!));
        for (const at of [0, 13, 14, 31]) text[at] = byte;
        const [packed, ok] = await harness.read[functionName]([BigInt(x(text.toString("hex")))]);
        assert.equal(ok, byte < 128 && alphabet.includes(String.fromCharCode(byte)), `byte ${byte}`);
        if (!ok) continue;
        const due = text.toString().replaceAll("-", "+").replaceAll("_", "/");
        assert.equal(packed >> 64n, BigInt(x(Buffer.from(due, "base64").toString("hex"))), `byte ${byte}`);
        assert.equal(packed & (2n ** 64n - 1n), 0n);
      }
    });
});
