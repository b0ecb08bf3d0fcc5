// Anchors, binding flags and record rules on their own: what anchored evidence must name, and in which order.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anchor, identityHash, reportData, requestHash } from "../../sdk/evidence/binding.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import type { AttestationKey } from "../../sdk/verify/ak.ts";
import { emptyRegistry } from "../../sdk/verify/context.ts";
import type { ChainView, LiveIdentity, RegistryState } from "../../sdk/verify/context.ts";
import { judgeAnchor, judgeExtraData } from "../../sdk/verify/freshness.ts";
import { judgeRecord } from "../../sdk/verify/record.ts";
import { identityKey, spellings } from "../../sdk/verify/request.ts";
import { judgeBinding, keyProtectionOf, pcrTrustOf } from "../../sdk/verify/tee-binding.ts";
import type { BindingEvidence } from "../../sdk/verify/tee-binding.ts";
import type { TeeClaims } from "../../sdk/verify/tee.ts";
import type { QuoteClaims } from "../../sdk/verify/tpm.ts";
import { flip, mustReadRegistration } from "./fixtures.ts";

const bytes32 = (fill: number) => new Uint8Array(32).fill(fill);
const hash = bytes32(0x11);
const chain: ChainView = {
  chainId: 31337n,
  registry: new Uint8Array(20).fill(0x22),
  head: 1000n,
  blockSeconds: 2n,
  maxAnchorBlocks: 100n,
  blockHash: (number) => (number >= 900n ? hash : null),
};
const statement = bytes32(0x33);
const request = {
  cloud: 1,
  tee: 1,
  reportType: 1,
  selectionHash: bytes32(0x44),
  certifiedName: bytes32(0x55),
  akCertified: true,
};
const anchorOf = (blockNumber: bigint, by: Partial<typeof request> = {}, statementId = statement) =>
  anchor(
    { chainId: chain.chainId, registry: chain.registry, blockNumber, blockHash: hash },
    requestHash({ ...request, ...by }),
    statementId,
  );
const errorOf = (bytes: Uint8Array, view: ChainView | null = chain) => {
  const block = judgeAnchor(bytes, request, statement, view);
  return isRefusal(block) ? block.check : null;
};

describe("anchors", () => {
  it("hold for a block below the head within the window", () => {
    for (const number of [999n, 900n]) assert.equal(errorOf(anchorOf(number)), null, String(number));
  });
  it("of the head or later end in anchor.block", () => {
    for (const number of [1000n, 1001n]) assert.equal(errorOf(anchorOf(number)), "anchor.block");
  });
  it("behind the window end in anchor.age", () => assert.equal(errorOf(anchorOf(899n)), "anchor.age"));
  it("whose hash is unknown or zero end in anchor.hash", () => {
    assert.equal(errorOf(anchorOf(950n), { ...chain, blockHash: () => null }), "anchor.hash");
    assert.equal(errorOf(anchorOf(950n), { ...chain, blockHash: () => new Uint8Array(32) }), "anchor.hash");
    assert.equal(errorOf(anchorOf(950n), null), "anchor.hash");
  });
  it("for the other certification state end in anchor.ak-certified", () =>
    assert.equal(errorOf(anchorOf(950n, { akCertified: false })), "anchor.ak-certified"));
  it("of another cloud, TEE, report type, selection, key or statement end in anchor.mismatch", () => {
    for (const by of [
      { cloud: 2 },
      { tee: 2 },
      { reportType: 2 },
      { selectionHash: bytes32(0) },
      { certifiedName: bytes32(0) },
    ])
      assert.equal(errorOf(anchorOf(950n, by)), "anchor.mismatch");
    assert.equal(errorOf(anchorOf(950n, {}, bytes32(0))), "anchor.mismatch");
    assert.equal(errorOf(flip(anchorOf(950n), 16)), "anchor.mismatch");
    assert.equal(errorOf(anchorOf(950n), { ...chain, chainId: 1n }), "anchor.mismatch");
    assert.equal(errorOf(anchorOf(950n), { ...chain, registry: new Uint8Array(20) }), "anchor.mismatch");
  });
});

describe("extraData", () => {
  const identity = bytes32(0x66);
  const errorWith = (extra: Uint8Array, isCertified = false) => {
    const result = judgeExtraData(extra, identity, isCertified);
    return isRefusal(result) ? result.check : result;
  };
  const named = Uint8Array.of(0xff, ...identity);

  it("of 33 bytes names the identity", () => assert.equal(errorWith(named), null));
  it("of 50 bytes carries the anchor", () => {
    const tail = new Uint8Array(17).fill(7);
    assert.deepEqual(errorWith(Uint8Array.of(...named, ...tail)), tail);
  });
  it("may be empty only next to a certification", () => {
    assert.equal(errorWith(new Uint8Array(0), true), null);
    assert.equal(errorWith(new Uint8Array(0)), "quote.extra-data-length");
  });
  it("of any other length is refused", () => {
    for (const length of [1, 32, 34, 49, 51, 64])
      assert.equal(
        errorWith(new Uint8Array(length).fill(0xff), true),
        "quote.extra-data-length",
        String(length),
      );
  });
  it("begins with 0xff, not with the prefix of attested TLS", () =>
    assert.equal(errorWith(Uint8Array.of(0xfe, ...identity)), "quote.extra-data-prefix"));
  it("names this identity", () => assert.equal(errorWith(flip(named, 1)), "quote.identity"));
});

const gcp = mustReadRegistration("gcp-tdx-2025-12-18");
const gcpKey = identityKey(gcp.workloadCollaterals.cvmIdentity);
if (isRefusal(gcpKey)) throw new Error(gcpKey.detail);

describe("record rules", () => {
  const akId = bytes32(1);
  const [own, other] = spellings(gcpKey).map(identityHash) as [Uint8Array, Uint8Array];
  const base = {
    akId,
    identityHash: own,
    identityKey: gcpKey,
    keyProtection: 2,
    anchorBlock: 50n as bigint | null,
    mayRespell: true,
  };
  const errorWith = (registry: Partial<RegistryState>, by: Partial<typeof base> = {}) =>
    judgeRecord({ ...base, ...by }, { ...emptyRegistry, ...registry })?.check ?? null;
  const livesAs = (hash: Uint8Array, live: LiveIdentity): Partial<RegistryState> => ({
    isTaken: (asked) => (asked.every((byte, at) => byte === hash[at]) ? live : null),
  });
  const record = { identityHash: own, recordedBlock: 50n, isLive: true, teeTime: 0n, tpmTime: 0n };

  it("evidence of a recorded AK may have the recorded block, not an earlier one", () => {
    assert.equal(errorWith({ recordOfAk: () => record }), null);
    assert.equal(errorWith({ recordOfAk: () => record }, { anchorBlock: 49n }), "record.not-newer");
    assert.equal(errorWith({ recordOfAk: () => record }, { anchorBlock: null }), "record.unanchored");
  });
  it("the same AK renews its identity, and may not change its spelling", () => {
    const live = { akId, keyProtection: 2, isAnchored: true };
    assert.equal(errorWith(livesAs(own, live)), null);
    assert.equal(errorWith(livesAs(other, live)), "record.identity-taken");
  });
  it("the same AK takes its key back from the spelling that un-anchored evidence chose", () => {
    for (const keyProtection of [0, 2]) {
      const taken = livesAs(other, { akId, keyProtection, isAnchored: false });
      assert.equal(errorWith(taken), null);
      assert.equal(errorWith(taken, { keyProtection: 0 }), null);
      for (const by of [{ anchorBlock: null }, { mayRespell: false }])
        assert.equal(errorWith(taken, by), "record.identity-taken");
    }
  });
  it("an unproven record does not occupy its key against anchored evidence with a protected key", () => {
    const squatter = { akId: bytes32(2), keyProtection: 0, isAnchored: true };
    for (const hash of [own, other]) {
      assert.equal(errorWith(livesAs(hash, squatter)), null);
      assert.equal(errorWith(livesAs(hash, squatter), { keyProtection: 1 }), null);
      assert.equal(errorWith(livesAs(hash, squatter), { keyProtection: 0 }), "record.identity-taken");
      assert.equal(errorWith(livesAs(hash, squatter), { anchorBlock: null }), "record.identity-taken");
      assert.equal(errorWith(livesAs(hash, { ...squatter, keyProtection: 1 })), "record.identity-taken");
    }
  });
  it("a revoked AK comes before everything", () =>
    assert.equal(errorWith({ akRevoked: () => true, isRetired: () => true }), "ak.revoked"));
});

describe("binding flags", () => {
  const akId = bytes32(1);
  const identity = bytes32(2);
  const block = { chainId: 1n, registry: new Uint8Array(20), blockNumber: 5n, blockHash: hash };
  const requested = bytes32(9);
  const registration = (by: Partial<Registration["workloadCollaterals"]>, cloud = 1): Registration => ({
    ...gcp,
    cloud,
    workloadCollaterals: { ...gcp.workloadCollaterals, reportId: new Uint8Array(0), ...by },
  });
  const ak: AttestationKey = {
    key: { type: "p256", bytes: gcpKey },
    akId,
    trust: { isTrusted: true, notAfter: 0n },
    runtimeClaims: null,
  };
  const evidence = (stated: Uint8Array, isAnchored: boolean): BindingEvidence => ({
    registration: registration({}),
    tee: { reportData: stated, legacyRegister: new Uint8Array(48) } as TeeClaims,
    ak,
    quote: { measuredPcrs: 1 } as QuoteClaims,
    identityHash: identity,
    block: isAnchored ? block : null,
    requestHash: requested,
  });
  const flagsOf = (of: BindingEvidence) => {
    const flags = judgeBinding(of);
    return isRefusal(flags)
      ? flags.check
      : Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []));
  };
  const anchored = reportData(akId, identity, block, requested);
  const plain = reportData(akId, identity, null, null);

  it("the anchored form counts in anchored evidence", () =>
    assert.deepEqual(flagsOf(evidence(anchored, true)), ["teeNamesAk", "quoteNamesTee"]));
  it("the zero form counts in un-anchored evidence", () =>
    assert.deepEqual(flagsOf(evidence(plain, false)), ["teeNamesAk"]));
  it("the zero form sets no flag in anchored evidence", () =>
    assert.deepEqual(flagsOf(evidence(plain, true)), ["quoteNamesTee"]));
  it("a tail that is not zero sets no flag", () =>
    assert.deepEqual(flagsOf(evidence(flip(anchored, 63), true)), ["quoteNamesTee"]));
  it("the anchored form is nothing in un-anchored evidence", () =>
    assert.equal(flagsOf(evidence(anchored, false)), "binding.none"));
  it("reportId stands in no anchored evidence", () => {
    const reportId = gcp.workloadCollaterals.reportId;
    assert.equal(
      flagsOf({ ...evidence(anchored, true), registration: registration({ reportId }) }),
      "binding.report-id",
    );
  });
  it("Azure states user-data in its claims", () => {
    const claims = { akModulus: new Uint8Array(256), userData: anchored, vmConfiguration: new Uint8Array(0) };
    const azure = { ...evidence(new Uint8Array(64), true), registration: registration({}, 2) };
    assert.deepEqual(flagsOf({ ...azure, ak: { ...ak, runtimeClaims: claims } }), [
      "teeNamesAk",
      "quoteNamesTee",
      "runtimeClaims",
    ]);
  });
  it("GCP measures PCR 0", () =>
    assert.equal(
      flagsOf({ ...evidence(anchored, true), quote: { measuredPcrs: 2 } as QuoteClaims }),
      "binding.gcp-pcr0",
    ));

  it("pcrTrust is the cloud's word for a trusted certificate, and none without", () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((cloud) => pcrTrustOf(cloud, ak)),
      [1, 2, 0, 1],
    );
    const untrusted = { ...ak, trust: { isTrusted: false, notAfter: 0n } };
    assert.deepEqual(
      [1, 2, 3, 4].map((cloud) => pcrTrustOf(cloud, untrusted)),
      [0, 0, 0, 0],
    );
    assert.equal(pcrTrustOf(1, { ...ak, trust: null }), 0);
  });

  it("keyProtection needs somebody's word, a certification, and for PCR binding the policy over the measured PCRs", () => {
    const policy = fromHex("aa".repeat(32));
    const quote = { policyDigest: policy } as QuoteClaims;
    const key = { nameHash: hash, publicKey: gcpKey, attributes: 0x00040032, authPolicy: policy };
    assert.equal(keyProtectionOf(key, 1, quote), 2);
    assert.equal(keyProtectionOf(key, 0, quote), 0);
    assert.equal(keyProtectionOf(null, 1, quote), 0);
    assert.equal(keyProtectionOf({ ...key, attributes: 0x00040472 }, 1, quote), 1);
    assert.equal(keyProtectionOf({ ...key, attributes: 0x000400b2 }, 1, quote), 1);
    assert.equal(keyProtectionOf({ ...key, authPolicy: new Uint8Array(0) }, 1, quote), 1);
    assert.equal(keyProtectionOf({ ...key, authPolicy: flip(policy, 31) }, 1, quote), 1);
  });
});
