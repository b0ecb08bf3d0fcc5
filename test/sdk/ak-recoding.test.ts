// Calldata with its AK certificates recoded: on real chains nothing that is signed or bound changes, and certificates are
// missed only where they say nothing that the registry does not know.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  certifiedAkOf,
  isTrustKept,
  toKnownAkCalldata,
  toNamedIssuersCalldata,
} from "../../sdk/evidence/ak-recoding.ts";
import type { CertifiedAk } from "../../sdk/evidence/ak-recoding.ts";
import { ascii, concat, fromHex, keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import type { Registration, WorkloadCollaterals } from "../../sdk/evidence/registration.ts";
import { judgeAkChain } from "../../sdk/verify/ak-certificates.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { verifyRegistration } from "../../sdk/verify/registration.ts";
import { hardware, runtimeClaims } from "../contracts/verifiers/captured.ts";
import { sampleCalldata } from "../relayer/support/evidence.ts";
import { capturedAt, mustReadRegistration, offlineFor } from "./fixtures.ts";

function must<T>(value: T): Exclude<T, Refusal> {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value as Exclude<T, Refusal>;
}

function mustDecode(calldata: Uint8Array): Registration {
  const registration = decodeAttestCvm(calldata);
  assert.ok(!("check" in registration));
  return registration;
}

const withCollaterals = (registration: Registration, change: Partial<WorkloadCollaterals>): Registration => ({
  ...registration,
  workloadCollaterals: { ...registration.workloadCollaterals, ...change },
});

/** Everything of a registration but its certificates and, outside Azure, its akPub. */
const around = (registration: Registration): string =>
  toHex(
    encodeAttestCvm(
      withCollaterals(
        registration,
        registration.cloud === 2 ? { certs: [] } : { certs: [], akPub: new Uint8Array(0) },
      ),
    ),
  );

const gcp = mustReadRegistration("gcp-tdx-2025-12-18");
// Microsoft's chain of 2026 and the claims that name its key, in a registration of another machine.
const azure = withCollaterals(mustReadRegistration("azure-tdx-2025-08-26"), {
  akPub: ascii(runtimeClaims["azure-tdx-full-2026"]!),
  certs: hardware["azure-tdx-full-2026"]!.certs!.map((der) => fromHex(`0x${der}`)),
});
const azureAt = 1_781_000_000n; // 2026-06-09, inside its certificates
const everything = () => true;
const nothing = () => false;
const certsOf = (registration: Registration) => registration.workloadCollaterals.certs;

describe("a registration with its AK certificates recoded", () => {
  for (const [name, registration, at] of [
    ["gcp", gcp, capturedAt],
    ["azure", azure, azureAt],
  ] as const) {
    const given = encodeAttestCvm(registration);
    const ak = certifiedAkOf(given);

    it(`names key, issuers and end of a real chain (${name})`, () => {
      assert.ok(ak !== null);
      const [leaf, ...issuers] = certsOf(registration).map((der) => must(readCertificate(der)));
      assert.deepEqual(ak.akPublic, leaf!.key.bytes);
      assert.deepEqual(
        ak.issuers,
        issuers.map(({ der }) => keccak256(der)),
      );
      const judged = must(judgeAkChain(certsOf(registration), defaultTrust, at));
      assert.ok(ak.notAfter >= judged.notAfter);
      assert.equal(ak.cloud, judged.cloud);
    });

    it(`loses nothing but the certificates for a registry that knows the key (${name})`, () => {
      const recoded = mustDecode(must(toKnownAkCalldata(given)));
      assert.equal(around(recoded), around(registration));
      assert.deepEqual(certsOf(recoded), []);
    });

    it(`names cached issuers by hash and keeps the leaf in full (${name})`, () => {
      const [leaf, ...issuers] = certsOf(registration);
      const last = must(readCertificate(issuers.at(-1)!));
      const isRooted = toHex(last.issuer) === toHex(last.subject);
      const recoded = mustDecode(must(toNamedIssuersCalldata(given, everything)));
      assert.equal(around(recoded), around(registration));
      const named = (isRooted ? issuers.slice(0, -1) : issuers).map((der) => keccak256(der));
      assert.deepEqual(certsOf(recoded), [leaf, ...named]);
      assert.deepEqual(must(toNamedIssuersCalldata(given, nothing)), given);
      // What is named already stays so, and is known by the same hash.
      const again = encodeAttestCvm(recoded);
      assert.deepEqual(must(toNamedIssuersCalldata(again, everything)), again);
      assert.deepEqual(certifiedAkOf(again)!.issuers, named);
    });
  }

  it("is judged the same without certificates by a registry that knows the key", () => {
    const context = offlineFor(gcp);
    const { key, isTrusted, notAfter } = must(judgeAkChain(certsOf(gcp), defaultTrust, capturedAt));
    const certifiedAk = (akId: Uint8Array) =>
      toHex(akId) === toHex(keccak256(key.bytes)) ? { isTrusted, notAfter } : null;
    const recoded = mustDecode(must(toKnownAkCalldata(encodeAttestCvm(gcp))));
    const [full, short] = [
      verifyRegistration(gcp, context),
      verifyRegistration(recoded, { ...context, certifiedAk }),
    ];
    assert.equal(full.verdict, "accepted");
    assert.deepEqual([short.verdict, short.claims], [full.verdict, full.claims]);
    assert.ok(full.claims!.assurance.akCertified);
  });

  it("leaves out a root at the end when the registry has it, and keeps one that it has not", () => {
    const root = defaultTrust.akRoots.find(({ cloud }) => cloud === 1)!.der;
    const [leaf, issuer] = certsOf(gcp) as [Uint8Array, Uint8Array];
    const rooted = encodeAttestCvm(withCollaterals(gcp, { certs: [leaf, issuer, root] }));
    const known = new Set([keccak256(issuer), keccak256(root)].map(toHex));
    const recode = (isCached: (hash: string) => boolean) =>
      certsOf(mustDecode(must(toNamedIssuersCalldata(rooted, isCached))));
    assert.deepEqual(
      recode((hash) => known.has(hash as never)),
      [leaf, keccak256(issuer)],
    );
    assert.deepEqual(
      recode((hash) => hash === toHex(keccak256(issuer))),
      [leaf, keccak256(issuer), root],
    );
    // The leaf is never named: its extensions decide.
    assert.deepEqual(certsOf(mustDecode(must(toNamedIssuersCalldata(rooted, everything))))[0], leaf);
  });

  it("is refused where certificates name no key that can do without them", () => {
    const [leaf] = certsOf(gcp) as [Uint8Array];
    const foreign = certsOf(azure);
    for (const other of [
      sampleCalldata(7n),
      encodeAttestCvm(gcp).subarray(1),
      encodeAttestCvm(withCollaterals(gcp, { akPub: new Uint8Array(64) })),
      encodeAttestCvm(withCollaterals(gcp, { certs: [leaf.subarray(1)] })),
      encodeAttestCvm(withCollaterals(gcp, { certs: [keccak256(leaf)] })),
      encodeAttestCvm(withCollaterals(gcp, { certs: [leaf, concat(leaf, Uint8Array.of(0))] })),
      encodeAttestCvm(withCollaterals(azure, { certs: certsOf(gcp) })),
      encodeAttestCvm(withCollaterals(azure, { akPub: new Uint8Array(0), certs: foreign })),
    ]) {
      assert.equal(certifiedAkOf(other), null);
      assert.ok(isRefusal(toKnownAkCalldata(other)));
    }
  });
});

describe("certificates are missed only where the registry knows as much", () => {
  const day = 86_400n;
  const now = 1_800_000_000n;
  const ak: CertifiedAk = {
    cloud: 2,
    akPublic: new Uint8Array(256),
    notAfter: now + 365n * day,
    issuers: [],
    isAnchored: true,
  };
  const end = ak.notAfter;
  for (const [what, kept, change, known] of [
    ["the same end", true, {}, { notAfter: end }],
    ["a later end", true, {}, { notAfter: end + 1n }],
    ["an end before the chain's, longer than any record counts", true, {}, { notAfter: now + 91n * day }],
    ["an end that might shorten the record", false, {}, { notAfter: now + 91n * day - 1n }],
    ["the end of a chain that ends soon", true, { notAfter: now + day }, { notAfter: now + day }],
    [
      "a sooner end than a chain's that ends soon",
      false,
      { notAfter: now + day },
      { notAfter: now + day - 1n },
    ],
    ["no mark", false, {}, { notAfter: end, isTrusted: false }],
    ["un-anchored evidence", false, { isAnchored: false }, { notAfter: end }],
  ] as const)
    it(`${what}: ${kept ? "missed" : "sent"}`, () =>
      assert.equal(isTrustKept({ ...ak, ...change }, { isTrusted: true, ...known }, now), kept));

  it("takes captured evidence, whose quotes name no anchor, for un-anchored", () => {
    for (const registration of [gcp, azure])
      assert.equal(certifiedAkOf(encodeAttestCvm(registration))?.isAnchored, false);
  });
});
