// Azure's runtime claims in their compact form, as a relayer makes it and a verifier reads it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toCompactClaimsCalldata, toKnownAkCalldata } from "../../sdk/evidence/ak-recoding.ts";
import { ascii, fromHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { expandClaims, toCompactClaims } from "../../sdk/evidence/compact-claims.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { verifyRegistration } from "../../sdk/verify/registration.ts";
import { hardware, runtimeClaims } from "../contracts/verifiers/captured.ts";
import { mustReadRegistration, offlineFor } from "./fixtures.ts";

const texts = Object.entries(runtimeClaims).filter(([name]) => name !== "azure-snp-constellation");
const text = runtimeClaims["azure-tdx-full-2026"]!;
const azure = mustReadRegistration("azure-tdx-2025-08-26");

describe("compact runtime claims", () => {
  for (const [name, claims] of texts)
    it(`stand for the very bytes of ${name}`, () => {
      const compact = toCompactClaims(ascii(claims));
      assert.ok(compact !== null);
      assert.deepEqual(expandClaims(compact), ascii(claims));
      // What is compact has no shorter form.
      assert.equal(toCompactClaims(compact), null);
    });

  for (const [what, claims] of [
    ["another layout", runtimeClaims["azure-snp-constellation"]!],
    ["another purpose of the second key", text.replace('["encrypt"]', '["decrypt"]')],
    ["user-data in lower case", `${text.slice(0, -4)}ab"}`],
  ] as const)
    it(`are not made of ${what}`, () => {
      assert.notEqual(claims, text);
      assert.equal(toCompactClaims(ascii(claims)), null);
    });

  it("azure.claims-layout: are no shorter than their fixed parts", () => {
    const compact = toCompactClaims(ascii(text))!;
    const cut = expandClaims(compact.subarray(0, 663));
    assert.ok(isRefusal(cut) && cut.check === "azure.claims-layout");
    assert.ok(!isRefusal(expandClaims(compact.subarray(0, 664))));
  });

  it("make the same verdict and claims of a real registration, and shorter calldata", () => {
    const given = encodeAttestCvm(azure);
    const recoded = toCompactClaimsCalldata(given);
    assert.ok(!isRefusal(recoded) && recoded.length < given.length - 256);
    const read = decodeAttestCvm(recoded);
    assert.ok(!("check" in read));
    const context = offlineFor(azure);
    const [full, compact] = [verifyRegistration(azure, context), verifyRegistration(read, context)];
    assert.equal(full.verdict, "accepted");
    assert.deepEqual([compact.verdict, compact.claims], [full.verdict, full.claims]);
    assert.deepEqual(toCompactClaimsCalldata(recoded), recoded);
  });

  it("can do without certificates as the claims in full can", () => {
    const certs = hardware["azure-tdx-full-2026"]!.certs!.map((der) => fromHex(`0x${der}`));
    const workloadCollaterals = { ...azure.workloadCollaterals, certs };
    const withClaims = (akPub: Uint8Array) =>
      encodeAttestCvm({ ...azure, workloadCollaterals: { ...workloadCollaterals, akPub } });
    const compact = toKnownAkCalldata(withClaims(toCompactClaims(ascii(text))!));
    assert.ok(!isRefusal(compact));
    assert.deepEqual(
      compact,
      toCompactClaimsCalldata(toKnownAkCalldata(withClaims(ascii(text))) as Uint8Array),
    );
  });

  it("are made of Azure's registrations alone", () => {
    const gcp = encodeAttestCvm(mustReadRegistration("gcp-tdx-2025-12-18"));
    assert.deepEqual(toCompactClaimsCalldata(gcp), gcp);
    assert.deepEqual(toCompactClaimsCalldata(gcp.subarray(1)), gcp.subarray(1));
  });
});
