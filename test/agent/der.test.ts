import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { toBigInt, toHex } from "../../sdk/evidence/bytes.ts";
import { readDer, readUnsigned } from "../../sdk/evidence/der.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { integer, objectIdentifier, octetString } from "../../agent/platforms/simulated/der.ts";

describe("DER writer", () => {
  it("writes integers that the strict reader accepts and reads back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 160n }), (value) => {
        const node = readDer(integer(value), 0x02);
        assert.ok(!isRefusal(node));
        const read = readUnsigned(node);
        assert.ok(!isRefusal(read));
        assert.equal(toBigInt(read), value);
      }),
    );
  });

  it("writes lengths of one, two and three bytes", () => {
    for (const length of [0, 127, 128, 255, 256, 65_535]) {
      const node = readDer(octetString(new Uint8Array(length)), 0x04);
      assert.ok(!isRefusal(node), `${length}`);
    }
  });

  it("writes object identifiers with arcs of several bytes", () => {
    // 1.2.840.113741.1.13.1 as in Intel's certificates; 1.3.6.1.4.1.11129.2.1.21 as in Google's.
    assert.equal(toHex(objectIdentifier("1.2.840.113741.1.13.1")), "0x06092a864886f84d010d01");
    assert.equal(toHex(objectIdentifier("1.3.6.1.4.1.11129.2.1.21")), "0x060a2b06010401d679020115");
  });
});
