// What several certificates of one AK say together, as AKCertificates keeps it (protocol §6).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latestTrust } from "../../sdk/verify/ak.ts";

const marked = (notAfter: bigint) => ({ isTrusted: true, notAfter });
const unmarked = (notAfter: bigint) => ({ isTrusted: false, notAfter });

describe("trust in an AK of several certificates", () => {
  it("ends with the certificate that bears the mark", () => {
    assert.deepEqual(latestTrust(unmarked(9n), marked(5n)), marked(5n));
    assert.deepEqual(latestTrust(marked(5n), unmarked(9n)), marked(5n));
  });

  it("takes the latest end among equals", () => {
    assert.deepEqual(latestTrust(marked(5n), marked(7n)), marked(7n));
    assert.deepEqual(latestTrust(unmarked(9n), unmarked(5n)), unmarked(9n));
  });

  it("is nothing without a certificate", () => assert.equal(latestTrust(null, null), null));
});
