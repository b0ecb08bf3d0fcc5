// The strict CBOR reader: examples of RFC 8949 appendix A where documents use them, and every other encoding refused.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { readCbor, readCborMap, type CborMap } from "../../sdk/evidence/cbor.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { mutateBytes, seededRandom } from "../support/mutations.ts";

const read = (hex: string) => readCbor(fromHex(hex));
const refused = (value: unknown) => isRefusal(value) && value.check === "nitro.cbor";

describe("CBOR", () => {
  it("reads RFC 8949's examples", () => {
    const examples: [string, unknown][] = [
      ["00", 0n],
      ["17", 23n],
      ["1818", 24n],
      ["190100", 256n],
      ["1a000f4240", 1_000_000n],
      ["1bffffffffffffffff", 18_446_744_073_709_551_615n],
      ["f6", null],
      ["40", new Uint8Array(0)],
      ["4401020304", Uint8Array.of(1, 2, 3, 4)],
      ["60", ""],
      ["6449455446", "IETF"],
      ["62c3bc", "ü"],
      ["80", []],
      ["8301820203820405", [1n, [2n, 3n], [4n, 5n]]],
      ["a0", new Map()],
      [
        "a26161016162820203",
        new Map<unknown, unknown>([
          ["a", 1n],
          ["b", [2n, 3n]],
        ]),
      ],
    ];
    for (const [hex, value] of examples) assert.deepEqual(read(hex), value, hex);
  });

  it("nitro.cbor: refuses whatever is longer than needed", () => {
    for (const hex of [
      "1800",
      "1817",
      "190017",
      "1900ff",
      "1a0000ffff",
      "1b00000000ffffffff",
      "580101",
      "7801" + "61",
    ])
      assert.ok(refused(read(hex)), hex);
    for (const hex of ["18ff", "19ffff", "1affffffff", "1b0000000100000000"])
      assert.equal(typeof read(hex), "bigint", hex);
  });

  it("nitro.cbor: refuses indefinite and reserved lengths", () => {
    for (const [at, first] of ["1c", "1d", "1e", "1f"].entries())
      assert.ok(refused(read(first + "01".repeat(2 ** (at + 4)))), first);
    for (const hex of [
      "5f42010243030405ff",
      "7f657374726561646d696e67ff",
      "9fff",
      "1c",
      "3f",
      "5c",
      "9d",
      "bc",
      "ff",
    ])
      assert.ok(refused(read(hex)), hex);
  });

  it("nitro.cbor: refuses negative numbers, tags, floats and other simple values", () => {
    for (const hex of [
      "20",
      "3903e7",
      "c11a514b67b0",
      "d818456449455446",
      "f90000",
      "f4",
      "f5",
      "f7",
      "f0",
      "f8ff",
    ])
      assert.ok(refused(read(hex)), hex);
  });

  it("nitro.cbor: refuses keys that occur twice or are neither integer nor text", () => {
    for (const hex of ["a2616101616102", "a200010002", "a1400a", "a1f600", "a18000", "a1a000"])
      assert.ok(refused(read(hex)), hex);
    assert.equal((read("a2000161300a") as CborMap).size, 2, '0 and "0" are two keys');
  });

  it("nitro.cbor: refuses text that is not UTF-8, trailing bytes and ends inside an item", () => {
    for (const hex of [
      "61ff",
      "62c328",
      "63eda080",
      "0000",
      "a000",
      "",
      "18",
      "19ff",
      "42ff",
      "6261",
      "8101ff",
      "82",
      "a1",
      "a101",
    ])
      assert.ok(refused(read(hex)), hex);
  });

  it("nitro.cbor: counts that the bytes cannot hold end at once", () => {
    for (const major of ["5b", "7b", "9b", "bb"]) {
      const started = performance.now();
      assert.ok(refused(read(`${major}ffffffffffffffff`)), major);
      assert.ok(performance.now() - started < 1000, major);
    }
  });

  it("nitro.cbor: nests five deep at most", () => {
    assert.deepEqual(read("8181818100"), [[[[0n]]]]);
    assert.ok(refused(read("818181818100")));
    assert.ok(refused(readCbor(new Uint8Array(8192).fill(0x81))));
    assert.ok(refused(readCbor(new Uint8Array(8192).fill(0xa1))));
  });

  it("reads the outermost map in either form of length, and no inner one", () => {
    const map = new Map([["a", 1n]]);
    assert.deepEqual(readCborMap(fromHex("a1616101")), map);
    assert.deepEqual(readCborMap(fromHex("bf616101ff")), map);
    assert.deepEqual(readCborMap(fromHex("bfff")), new Map());
    for (const hex of [
      "bf616101",
      "bf6161ff",
      "bf616101ffff",
      "bf616101616102ff",
      "bf6161bfffff",
      "80",
      "f6",
      "bf",
      "",
    ])
      assert.ok(refused(readCborMap(fromHex(hex))), hex);
  });

  it("ends 2,000 seeded mutations in a value or in nitro.cbor", () => {
    const random = seededRandom(384);
    const seed = fromHex("a66161016162820203616344010203046164f661651a000f424061668163616263");
    assert.ok(!refused(readCbor(seed)));
    for (let i = 0; i < 2_000; i++) {
      let bytes = seed;
      for (let edits = random(3) + 1; edits > 0; edits--) [, bytes] = mutateBytes(bytes, random);
      const value = readCbor(bytes);
      if (isRefusal(value)) assert.equal(value.check, "nitro.cbor");
    }
  });
});
