// The default floor: what it admits, and that each item alone is enough to refuse.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { parseGoldenFile, parsePolicyFile } from "../../sdk/verify/policy-file.ts";
import { defaultFloor, defaultTtls, failedPolicies } from "../../sdk/verify/policy.ts";
import type { Floor, PolicyRecord } from "../../sdk/verify/policy.ts";

const now = 1_000_000_000n;
const assurance = {
  teeFresh: true,
  tpmFresh: true,
  teeNamesAk: true,
  quoteNamesTee: true,
  runtimeClaims: false,
  pcrReportId: false,
  pcrTrust: 1,
  keyProtection: 2,
  akCertified: true,
  tcbStatus: 1,
  keyType: 0,
  product: 0,
};
const good: PolicyRecord = {
  isRegistered: true,
  isSuspended: false,
  isPlatformRevoked: false,
  isClassEpochCurrent: true,
  cloud: 1,
  tee: 1,
  reportType: 1,
  assurance,
  measurementHash: new Uint8Array(32).fill(1),
  platformId: new Uint8Array(32).fill(2),
  measuredPcrs: 0xffffff,
  teeTime: now,
  tpmTime: now,
  validUntil: now + 100n,
  teeTtl: defaultTtls.tee,
  tpmTtl: defaultTtls.tpm,
};
const golden = [toHex(good.measurementHash)];
const failed = (by: Partial<PolicyRecord>, held: Partial<typeof assurance> = {}) =>
  failedPolicies({ ...good, ...by, assurance: { ...assurance, ...held } }, defaultFloor, now, golden);

describe("the default floor", () => {
  it("admits fresh, bound, protected, up-to-date evidence of GCP TDX", () =>
    assert.deepEqual(failed({}), []));
  it("admits the same of Azure with runtime claims and pcrTrust tee", () =>
    assert.deepEqual(failed({ cloud: 2 }, { runtimeClaims: true, teeNamesAk: false, pcrTrust: 2 }), []));
  it("admits SNP of Genoa whose quote names the TEE", () =>
    assert.deepEqual(failed({ tee: 2 }, { product: 2, teeNamesAk: false }), []));
  it("admits SWHardeningNeeded", () => assert.deepEqual(failed({}, { tcbStatus: 2 }), []));

  const cases: readonly [string, Partial<PolicyRecord>, Partial<typeof assurance>][] = [
    ["policy.registered", { isRegistered: false }, {}],
    ["policy.suspended", { isSuspended: true }, {}],
    ["policy.platform-revoked", { isPlatformRevoked: true }, {}],
    ["policy.class-epoch", { isClassEpochCurrent: false }, {}],
    ["policy.tee-validity", { validUntil: now }, {}],
    ["policy.tee-validity", { teeTime: now - defaultTtls.tee }, {}],
    ["policy.tpm-validity", { tpmTime: now - defaultTtls.tpm }, {}],
    ["policy.measurement", { measurementHash: new Uint8Array(32) }, {}],
    ["policy.cloud", { cloud: 4 }, {}],
    ["policy.report-type", { reportType: 2 }, {}],
    ["policy.tee-fresh", {}, { teeFresh: false }],
    ["policy.tpm-fresh", {}, { tpmFresh: false }],
    ["policy.key-protection", {}, { keyProtection: 1 }],
    ["policy.pcr-trust", {}, { pcrTrust: 0 }],
    ["policy.pcr-trust", { cloud: 2 }, { runtimeClaims: true }],
    ["policy.binding", {}, { teeNamesAk: false }],
    ["policy.binding", { tee: 2 }, { product: 2, quoteNamesTee: false }],
    ["policy.binding", { cloud: 2 }, { pcrTrust: 2 }],
    ["policy.tcb-status", {}, { tcbStatus: 0 }],
    ["policy.tcb-status", {}, { tcbStatus: 5 }],
    ["policy.key-type", { tee: 2 }, { product: 2, keyType: 1 }],
    ["policy.measured-pcrs", { measuredPcrs: 0xffffff & ~(1 << 11) }, {}],
    ["policy.measured-pcrs", { measuredPcrs: 0xfffffe }, {}],
  ];
  for (const [id, by, held] of cases)
    it(`${id} alone refuses`, () => assert.deepEqual(failed(by, held), [id]));

  it("Milan needs a certified cloud or a list", () => {
    assert.deepEqual(failed({ tee: 2 }, { product: 1 }), []);
    assert.deepEqual(failed({ tee: 2, cloud: 3 }, { product: 1 }), ["policy.platform"]);
    const listed = { ...defaultFloor, platforms: [toHex(good.platformId)] };
    const record = { ...good, tee: 2, cloud: 3, assurance: { ...assurance, product: 1 } };
    assert.deepEqual(failedPolicies(record, listed, now, golden), []);
  });
  it("a floor's ages, deny list and call for a platform each refuse alone, in the contract's order", () => {
    const by = (change: Partial<Floor>, record: Partial<PolicyRecord> = {}) =>
      failedPolicies({ ...good, ...record }, { ...defaultFloor, ...change }, now, golden);
    const id = toHex(good.platformId);
    const old = { teeTime: now - 60n, tpmTime: now - 60n };
    assert.deepEqual(by({ maxTeeAge: 61, maxTpmAge: 61 }, old), []);
    assert.deepEqual(by({ maxTeeAge: 60 }, old), ["policy.tee-age"]);
    assert.deepEqual(by({ maxTpmAge: 60 }, old), ["policy.tpm-age"]);
    assert.deepEqual(by({ deniedPlatforms: [id], platforms: [id] }), ["policy.platform-denied"]);
    assert.deepEqual(by({ requirePlatform: true }), ["policy.platform"]);
    assert.deepEqual(by({ requirePlatform: true, platforms: [id] }), []);
    assert.deepEqual(by({ requirePlatform: true, deniedPlatforms: [id] }), [
      "policy.platform-denied",
      "policy.platform",
    ]);
  });
  it("platform 0, which is none, is on no list", () => {
    const none = new Uint8Array(32);
    const lists = { platforms: [toHex(none)], deniedPlatforms: [toHex(none)], requirePlatform: true };
    const record = { ...good, platformId: none };
    assert.deepEqual(failedPolicies(record, { ...defaultFloor, ...lists }, now, golden), ["policy.platform"]);
  });
  it("leaves the measurement out when nothing is given to compare with", () =>
    assert.deepEqual(
      failedPolicies({ ...good, measurementHash: new Uint8Array(32) }, defaultFloor, now, null),
      [],
    ));
});

describe("policy and golden files", () => {
  it("replace single items of the default", () => {
    const floor = parsePolicyFile(
      '{"tcbStatuses":["UpToDate","Unset"],"minPcrTrust":{"azure":"none"},"measuredPcrs":{"gcp":[0]}}',
    );
    assert.ok(!("unusable" in floor));
    assert.deepEqual(floor.tcbStatuses, [1, 0]);
    assert.deepEqual(floor.minPcrTrust, { 2: 0 });
    assert.equal(floor.measuredPcrs[1], 1);
    assert.deepEqual(floor.clouds, defaultFloor.clouds);
  });
  it("set ages, platform lists and the call for a platform", () => {
    const id = `0x${"22".repeat(32)}`;
    const lists = { platforms: [id], deniedPlatforms: [id], requirePlatform: true };
    const ages = { maxTeeAge: 86_400, maxTpmAge: 0xffffff };
    const floor = parsePolicyFile(JSON.stringify({ ...lists, ...ages }));
    assert.deepEqual(floor, { ...defaultFloor, ...lists, ...ages });
  });
  for (const text of [
    '{"maxTeeAge":-1}',
    '{"maxTeeAge":1.5}',
    '{"maxTpmAge":16777216}',
    '{"maxTpmAge":"60"}',
    '{"deniedPlatforms":["0x22"]}',
    '{"requirePlatform":1}',
    "[]",
    "x",
    '{"tcbstatuses":[]}',
    '{"tcbStatuses":["Fine"]}',
    '{"requireBinding":0}',
    '{"__proto__":{}}',
  ])
    it(`${text} is no policy`, () => assert.ok("unusable" in parsePolicyFile(text)));
  it("golden hashes are hex or base64 of 32 bytes", () => {
    const hash = `0x${"ab".repeat(32)}`;
    const base64 = Buffer.from("ab".repeat(32), "hex").toString("base64");
    assert.deepEqual(parseGoldenFile(JSON.stringify({ golden_measurement: base64 })), [hash]);
    assert.deepEqual(parseGoldenFile(JSON.stringify([hash, base64])), [hash, hash]);
    assert.ok("unusable" in parseGoldenFile("[]"));
    assert.ok("unusable" in parseGoldenFile('{"golden_measurement":"00"}'));
  });
});
