// What a registration is refused for before anything in it is believed: calldata, types, AK, extraData, anchor.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "viem";
import { anchor, extraData, requestHash } from "../../../sdk/evidence/binding.ts";
import { fromHex, sha256, toHex } from "../../../sdk/evidence/bytes.ts";
import { runtimeClaims } from "../verifiers/captured.ts";
import { key, word, withRegistrations } from "./registrations.ts";
import { calldataOf, evidence, keyOf } from "./stub-evidence.ts";

describe("registration", () => {
  const { anchorAnew, at, refusal, stub } = withRegistrations();

  describe("of calldata", () => {
    it("refuses an unknown selector by name", async () => {
      for (const data of ["0x", "0x12345678", "0x4a231d6f00"] as Hex[])
        assert.equal(await stub().chain.refusalOf(stub().registry, data), "UnknownSelector");
    });

    it("accepts both of its own selectors", async () => {
      assert.equal(calldataOf(evidence({ key, anchorBlock: at() })).slice(0, 10), "0x2b19318e");
      const plain = evidence({ key, anchorBlock: at(), certification: "none" });
      assert.equal(calldataOf(plain).slice(0, 10), "0xdf42b054");
      assert.equal(await refusal({}), null);
      assert.equal(await refusal({ certification: "none" }), null);
    });

    it("refuses a trailing byte, dirty padding and a stretched offset", async () => {
      const data = calldataOf(evidence({ key, anchorBlock: at() }));
      assert.equal(await stub().chain.refusalOf(stub().registry, `${data}00`), "CalldataNotCanonical");
      // The last word of the calldata is the padded one-byte signature of the certification.
      const dirty = `${data.slice(0, -1)}1` as Hex;
      assert.equal(await stub().chain.refusalOf(stub().registry, dirty), "CalldataNotCanonical");
      const truncated = await stub().chain.refusalOf(stub().registry, data.slice(0, -64) as Hex);
      assert.ok(truncated === "" || truncated === "CalldataNotCanonical");
      const dirtyCloud = `${data.slice(0, 10)}01${data.slice(12)}` as Hex;
      assert.equal(await stub().chain.refusalOf(stub().registry, dirtyCloud), "");
    });
  });

  describe("of types", () => {
    it("refuses what the enumerations do not hold", async () => {
      for (const cloud of [0, 5, 255]) assert.equal(await refusal({ cloud }), "CloudUnknown");
      for (const tee of [0, 3, 255]) assert.equal(await refusal({ tee }), "TEEUnknown");
      for (const reportType of [0, 4]) assert.equal(await refusal({ reportType }), "ReportTypeUnknown");
    });

    it("refuses a report type without a verifier", async () => {
      assert.equal(await refusal({ reportType: 2 }), "ReportTypeUnsupported");
    });
  });

  describe("of the AK", () => {
    it("refuses akPub beside certificates outside Azure", async () => {
      assert.equal(await refusal({ akPub: keyOf(3).point }), "AKPublicUnexpected");
    });

    it("refuses keys of other lengths and off the curve", async () => {
      const plain = { isCertified: false };
      assert.equal(await refusal({ ...plain, akPub: word(1) }), "AKPublicUnsupported");
      assert.equal(await refusal({ ...plain, akPub: new Uint8Array(64) }), "AKNotOnCurve");
      assert.equal(await refusal({ ...plain, akPub: new Uint8Array(256).fill(1) }), "AKKeyTypeForCloud");
    });

    it("refuses claims of unknown layout on Azure", async () => {
      assert.equal(await refusal({ cloud: 2, akPub: word(1) }), "AzureClaimsLayoutUnknown");
    });
  });

  describe("of Azure's claims", () => {
    const claimsBytes = new TextEncoder().encode(runtimeClaims["azure-tdx-full-2026"]);
    const reported = { reportDataHead: toHex(sha256(claimsBytes)), reportDataTail: toHex(word(0)) };
    const azure = { cloud: 2, akPub: claimsBytes, anchorBlock: null } as const;

    it("takes those that report_data holds, and no others", async () => {
      assert.equal(await refusal({ ...azure, isCertified: false, claims: reported }), null);
      for (const half of ["reportDataHead", "reportDataTail"]) {
        const claims = { ...reported, [half]: toHex(word(1)) };
        assert.equal(await refusal({ ...azure, isCertified: false, claims }), "AzureClaimsNotReported");
      }
    });

    it("refuses certificates of another key than the claims name", async () => {
      assert.equal(await refusal({ ...azure, claims: reported }), "AKClaimsKeyMismatch");
    });
  });

  it("refuses a certification of another key", async () => {
    assert.equal(await refusal({ certifiedKey: keyOf(4) }), "CertifyKeyMismatch");
  });

  describe("of extraData", () => {
    it("takes 0 bytes with a certification, else 33 or 50", async () => {
      const empty = { extra: new Uint8Array(0), anchorBlock: null };
      assert.equal(await refusal({ ...empty }), null);
      assert.equal(await refusal({ ...empty, certification: "none" }), "ExtraDataLength");
      for (const length of [1, 32, 34, 49, 51])
        assert.equal(await refusal({ extra: new Uint8Array(length).fill(0xff) }), "ExtraDataLength");
    });

    it("refuses another first byte and another identity", async () => {
      const extra = extraData(fromHex(key.hash), null);
      assert.equal(await refusal({ extra: Uint8Array.of(0xfe, ...extra.subarray(1)) }), "ExtraDataPrefix");
      assert.equal(await refusal({ extra: extraData(word(1), null) }), "QuoteIdentityMismatch");
    });
  });

  describe("of the anchor", () => {
    it("refuses a block that is not past or beyond the window", async () => {
      const future = { ...at(), blockNumber: at().blockNumber + 1000n };
      assert.equal(await refusal({ anchorBlock: future }), "AnchorBlockNotPast");
      await stub().chain.request("hardhat_mine", "0x101");
      assert.equal(await refusal({}), "AnchorTooOld");
      await anchorAnew();
    });

    it("refuses another chain, registry or block hash", async () => {
      for (const other of [{ chainId: 1n }, { registry: new Uint8Array(20) }, { blockHash: word(1) }])
        assert.equal(await refusal({ anchorBlock: { ...at(), ...other } }), "AnchorMismatch");
    });

    it("names a wrong guess of akCertified", async () => {
      assert.equal(await refusal({ anchoredAkCertified: false }), "AnchorAKCertifiedMismatch");
      assert.equal(
        await refusal({ isCertified: false, anchoredAkCertified: true }),
        "AnchorAKCertifiedMismatch",
      );
    });

    it("refuses a statement, selection or certification put in place of the anchored one", async () => {
      const name = word(0x53);
      const honest = { cloud: 1, tee: 1, reportType: 1, selectionHash: word(0x52), certifiedName: name };
      const anchored = (change: object, statement = word(0x51)) =>
        extraData(
          fromHex(key.hash),
          anchor(at(), requestHash({ ...honest, akCertified: true, ...change }), statement),
        );
      assert.equal(await refusal({ extra: anchored({}) }), null);
      for (const change of [
        { cloud: 2 },
        { tee: 2 },
        { reportType: 2 },
        { selectionHash: word(1) },
        { certifiedName: word(0) },
      ])
        assert.equal(await refusal({ extra: anchored(change) }), "AnchorMismatch");
      assert.equal(await refusal({ extra: anchored({}, word(1)) }), "AnchorMismatch");
    });
  });
});
