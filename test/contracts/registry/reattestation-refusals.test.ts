// What re-attestation refuses, each by everything else being right: without the check it would be recorded.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { extraData } from "../../../sdk/evidence/binding.ts";
import { alice, aliceLong, bob, carol, chainId, withRecords } from "./records.ts";
import { akIdFor, keyOf, quoteOf, statementIdOf } from "./stub-evidence.ts";
import { reattestation, reattestCalldataOf } from "./stub-reattestation.ts";

const word = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const current = alice;

describe("re-attestation is refused by", () => {
  const records = withRecords();
  const { act, attest, get, nonceOf, pass, reattest, refusedRenewal, revoke, self, setTtl, stub } = records;

  it("reattestation.registered: an identity that never was, was superseded or revoked", async () => {
    assert.equal(await refusedRenewal({ current }), "CVMNotRegistered");
    await attest({ key: alice });
    await attest({ key: bob });
    assert.equal(await refusedRenewal({ current }), "CVMNotRegistered");
    await revoke(bob);
    assert.equal(await refusedRenewal({ current: bob }), "CVMNotRegistered");
  });

  it("reattestation.unanchored: quotes of every un-anchored form", async () => {
    await attest({ key: alice });
    assert.equal(await refusedRenewal({ current, anchorBlock: null }), "ReattestationUnanchored");
    const extra = new Uint8Array(0);
    assert.equal(await refusedRenewal({ current, certification: "tpm", extra }), "ReattestationUnanchored");
  });

  it("reattestation.ak: another AK, though certified and anchored", async () => {
    await attest({ key: alice });
    assert.equal(await refusedRenewal({ current, ak: 2 }), "ReattestationAKMismatch");
    await attest({ key: bob, ak: 2 });
    assert.equal(await refusedRenewal({ current, ak: 2 }), "ReattestationAKMismatch");
  });

  it("reattestation.signature: another signer, nonce, chain, registry, quote or length", async () => {
    await attest({ key: alice });
    const registry = self();
    const other = await records.buildRenewal({ current, certification: "tpm" });
    const { signature } = reattestation(
      { current, nonce: 0n, anchorBlock: await stub().anchorAt(1) },
      { chainId, registry },
    );
    for (const wrong of [
      { signer: bob },
      { key: bob, signer: bob },
      { nonce: 1n },
      { domain: { chainId: chainId + 1n, registry } },
      { domain: { chainId, registry: word(1).subarray(12) } },
      { signature },
      { signature: new Uint8Array(0) },
      { signature: new Uint8Array(65) },
    ])
      assert.equal(await refusedRenewal({ current, ...wrong }), "ActionSignatureWrong");
    assert.equal(await stub().chain.refusalOf(stub().registry, other), null);
  });

  it("reattestation.suspended: a suspended record", async () => {
    await attest({ key: alice });
    await act("suspend", [[alice.hash]], 1);
    for (const key of [alice, bob])
      assert.equal(await refusedRenewal({ current, key }), "ReattestationSuspended");
    await act("resume", [[akIdFor(1)]], 0);
    assert.equal(await refusedRenewal({ current }), null);
  });

  it("reattestation.tee-validity: a TEE half that ended by its TTL or its verdict", async () => {
    await attest({ key: alice });
    await setTtl(alice, 3600n, 7_776_000n);
    await pass(3600);
    assert.equal(await refusedRenewal({ current }), "ReattestationTEEExpired");
    const { timestamp } = await stub().chain.publicClient.getBlock();
    await attest({ key: bob, ak: 2, claims: { validUntil: Number(timestamp) + 600 } });
    assert.equal(await refusedRenewal({ current: bob, ak: 2 }), null);
    await pass(600);
    assert.equal(await refusedRenewal({ current: bob, ak: 2 }), "ReattestationTEEExpired");
  });

  it("reattestation.platform-revoked: a revoked platform", async () => {
    await attest({ key: alice });
    const { platformId } = await get(alice);
    await act("revokePlatform", [platformId], 1);
    assert.equal(await refusedRenewal({ current }), "ReattestationPlatformRevoked");
    await act("restorePlatform", [platformId], 0);
    assert.equal(await refusedRenewal({ current }), null);
  });

  it("reattestation.class-epoch: a class that was re-opened since", async () => {
    await attest({ key: alice });
    await act("bumpEpoch", [1, 1, 1], 1);
    assert.equal(await refusedRenewal({ current }), "ReattestationClassReopened");
    await attest({ key: alice });
    assert.equal(await refusedRenewal({ current }), null);
  });

  it("reattestation.measurement: other PCR values, selection or TEE measurement than recorded", async () => {
    await attest({ key: alice });
    assert.equal(await refusedRenewal({ current, pcrMeasurement: 0x58 }), "ReattestationMeasurementMismatch");
    assert.equal(await refusedRenewal({ current, reportId: word(0x55) }), "ReattestationMeasurementMismatch");
  });

  it("ak.revoked: a revoked AK, even when its suspension was lifted", async () => {
    await attest({ key: alice });
    const akId = akIdFor(1);
    await act("revokeAk", [akId], 1);
    await act("resume", [[akIdFor(1)]], 0);
    for (const key of [alice, bob]) assert.equal(await refusedRenewal({ current, key }), "AKRevoked");
    await act("restoreAk", [akId], 0);
    assert.equal(await refusedRenewal({ current }), null);
  });

  it("record.identity-retired: a key retired or revoked under either spelling", async () => {
    await attest({ key: bob, ak: 2 });
    await revoke(bob);
    await attest({ key: alice });
    for (const key of [bob, keyOf(12, true)])
      assert.equal(await refusedRenewal({ current, key, certification: "tpm" }), "IdentityRetired");
  });

  it("record.identity-taken: a key live under another AK, or the current key spelled otherwise", async () => {
    await attest({ key: bob, ak: 2 });
    await attest({ key: alice });
    for (const key of [bob, keyOf(12, true), aliceLong])
      assert.equal(await refusedRenewal({ current, key, certification: "tpm" }), "IdentityTaken");
  });

  it("record.not-newer: a quote anchored below the recorded head, not one exactly at it", async () => {
    const early = await stub().anchorAt();
    const receipt = await attest({ key: alice });
    for (const key of [alice, bob])
      assert.equal(await refusedRenewal({ current, key, anchorBlock: early }), "EvidenceNotNewer");
    const depth = (await stub().anchorAt()).blockNumber - receipt.blockNumber;
    const exact = await stub().anchorAt(Number(depth));
    assert.equal(await refusedRenewal({ current, anchorBlock: exact }), null);
    await reattest({ current });
    assert.equal(await refusedRenewal({ current, anchorBlock: exact }), "EvidenceNotNewer");
  });

  it("binding.report-id: a TEE measurement of another length", async () => {
    await attest({ key: alice });
    for (const length of [0, 16, 31, 33, 64])
      assert.equal(
        await refusedRenewal({ current, reportId: new Uint8Array(length).fill(0x54) }),
        "ReportIdUnexpected",
      );
  });

  it("anchor.mismatch: a quote made for a registration, or for another cloud, TEE, report type or selection", async () => {
    await attest({ key: alice });
    const anchorBlock = await stub().anchorAt();
    const full = { key: alice, anchorBlock, certification: "none" } as const;
    const renewal = reattestation(
      { current, nonce: await nonceOf(alice), anchorBlock },
      { chainId, registry: self() },
    );
    const tpmQuote = quoteOf(full, statementIdOf(full));
    const workloadCollaterals = { ...renewal.workloadCollaterals, tpmQuote };
    const calldata = reattestCalldataOf({ ...renewal, workloadCollaterals });
    assert.equal(await stub().chain.refusalOf(stub().registry, calldata), "AnchorMismatch");
    for (const wrong of [{ tee: 2 }, { reportType: 2 }])
      assert.equal(await refusedRenewal({ current, ...wrong }), "AnchorMismatch");
  });

  it("anchor.ak-certified: a quote anchored for an AK rated otherwise", async () => {
    await attest({ key: alice });
    const wrong = { anchoredAkCertified: false };
    assert.equal(await refusedRenewal({ current, ...wrong }), "AnchorAKCertifiedMismatch");
  });

  it("quote.identity and certify.key: a quote or certification of another key than the one that comes", async () => {
    await attest({ key: alice });
    const extra = extraData(fromHex(carol.hash), word(0).subarray(0, 17));
    assert.equal(await refusedRenewal({ current, extra }), "QuoteIdentityMismatch");
    assert.equal(
      await refusedRenewal({ current, key: bob, certification: "tpm", certifiedKey: carol }),
      "CertifyKeyMismatch",
    );
  });
});
