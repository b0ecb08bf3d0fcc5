// Random records under random floors: contract and SDK fail the same checks, the contract's three views agree, and no
// junk makes the check revert.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { concatHex } from "viem";
import type { Hex } from "viem";
import { checks, errorName } from "../../../sdk/checks.ts";
import { ascii, fromHex, toHex, uint } from "../../../sdk/evidence/bytes.ts";
import { envelopeMessage } from "../../../sdk/evidence/message.ts";
import { defaultFloor, failedPolicies } from "../../../sdk/verify/policy.ts";
import type { Floor, PolicyRecord } from "../../../sdk/verify/policy.ts";
import { signWith } from "../registry/stub-evidence.ts";
import { chainId, goodRecord, signer, solidityFloor, startStubApplication } from "./stub-application.ts";
import type { Explained, StubApplication } from "./stub-application.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 150);
const seed = 0xc0de;

/** `good` most of the time, so that single failures are met as well as many. */
const mostly = <T>(good: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: other });
const subset = (count: number) => fc.subarray([...Array(count).keys()]);
const pcrs = fc.nat(0xffffff);
const ids = [0x00, 0x22, 0x33].map((fill) => toHex(new Uint8Array(32).fill(fill)));

const records = (now: bigint): fc.Arbitrary<PolicyRecord> => {
  const good = goodRecord(now);
  const held = good.assurance;
  const time = fc.bigInt(now - 200_000n, now + 200_000n);
  const seconds = fc.bigInt(0n, 0xffffffn);
  const flag = (value: boolean) => mostly(value, fc.boolean());
  return fc.record({
    isRegistered: flag(true),
    isSuspended: flag(false),
    isPlatformRevoked: flag(false),
    isClassEpochCurrent: flag(true),
    cloud: fc.oneof(fc.constant(1), fc.nat(7)),
    tee: fc.oneof(fc.constant(1), fc.nat(3)),
    reportType: mostly(1, fc.nat(3)),
    assurance: fc.record({
      teeFresh: flag(true),
      tpmFresh: flag(true),
      teeNamesAk: flag(true),
      quoteNamesTee: flag(true),
      runtimeClaims: fc.boolean(),
      pcrReportId: fc.boolean(),
      pcrTrust: mostly(held.pcrTrust, fc.nat(3)),
      keyProtection: mostly(held.keyProtection, fc.nat(3)),
      akCertified: fc.boolean(),
      tcbStatus: mostly(held.tcbStatus, fc.nat(15)),
      keyType: mostly(held.keyType, fc.nat(3)),
      product: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(7)),
    }),
    measurementHash: mostly(good.measurementHash, fc.uint8Array({ minLength: 32, maxLength: 32 })),
    platformId: fc.constantFrom(...ids.map(fromHex)),
    measuredPcrs: mostly(good.measuredPcrs, pcrs),
    teeTime: mostly(good.teeTime, time),
    tpmTime: mostly(good.tpmTime, time),
    validUntil: mostly(good.validUntil, time),
    teeTtl: mostly(good.teeTtl, seconds),
    tpmTtl: mostly(good.tpmTtl, seconds),
  });
};

const floors: fc.Arbitrary<Floor> = fc.record({
  clouds: mostly(defaultFloor.clouds, subset(8)),
  reportTypes: mostly(defaultFloor.reportTypes, subset(4)),
  requireTeeFresh: fc.boolean(),
  requireTpmFresh: fc.boolean(),
  minKeyProtection: fc.nat(3),
  minPcrTrust: fc.nat(2).chain((trust) =>
    fc.nat(2).map((azure) => {
      const others = Object.fromEntries([0, 1, 3, 4, 5, 6, 7].map((cloud) => [cloud, trust]));
      return { ...others, 2: azure };
    }),
  ),
  requireBinding: fc.boolean(),
  tcbStatuses: mostly(defaultFloor.tcbStatuses, subset(16)),
  keyTypes: mostly(defaultFloor.keyTypes, subset(4)),
  maxTeeAge: mostly(0, fc.nat(200)),
  maxTpmAge: mostly(0, fc.nat(200)),
  platforms: fc.subarray(ids),
  deniedPlatforms: mostly<string[]>([], fc.subarray(ids)),
  requirePlatform: mostly(false, fc.boolean()),
  measuredPcrs: fc
    .tuple(pcrs, pcrs, pcrs, pcrs)
    .chain((required) => mostly(defaultFloor.measuredPcrs, fc.constant(byCloud(required)))),
});

function byCloud([gcp, azure, aws, bareMetal]: readonly [number, number, number, number]) {
  const others = Object.fromEntries([0, 4, 5, 6, 7].map((cloud) => [cloud, bareMetal]));
  return { ...others, 1: gcp, 2: azure, 3: aws };
}

describe("policy of contract and SDK", () => {
  let stub: StubApplication;
  let args: [Hex, Hex, Hex];
  let golden: string[];
  const shown = () => ids.filter((id) => !/^0x0+$/.test(id));
  before(async () => {
    stub = await startStubApplication();
    const message = envelopeMessage(chainId, fromHex(stub.app.address), ascii("hello"));
    args = [signer.hash, toHex(message), signWith(signer, message)];
    golden = [toHex(goodRecord(0n).measurementHash)];
    await stub.send(stub.app, "addGoldenMeasurement", [golden[0]]);
  });

  async function setFloor(floor: Floor): Promise<void> {
    await stub.send(stub.app, "setFloor", [solidityFloor(floor)]);
    for (const id of shown()) {
      await stub.send(stub.app, "admitPlatform", [id, floor.platforms.includes(id)]);
      await stub.send(stub.app, "denyPlatform", [id, floor.deniedPlatforms.includes(id)]);
    }
  }

  /** Ids that the contract fails, after holding check, require, explain and isAdmitted against each other. */
  async function failedOnChain(of: [Hex, Hex, Hex] = args): Promise<string[]> {
    const { app } = stub;
    const explained = await stub.view<Explained[]>(app, "explain", ...of);
    const failed = explained.filter(({ passed }) => !passed).map(({ check }) => check);
    const refusal = await stub.refusal(app, "requireCVMSignature", of);
    const row = checks.find(({ id }) => id === failed[0]);
    assert.equal(refusal?.name ?? null, row === undefined ? null : errorName(row));
    assert.equal(await stub.view(app, "checkCVMSignature", ...of), failed.length === 0);
    const ofRecord = failed.filter((id) => id !== "policy.message-format" && id !== "policy.signature");
    assert.equal(await stub.view(app, "isAdmitted", of[0]), ofRecord.length === 0);
    return failed;
  }

  it(`fail the same checks of ${runs} records under as many floors, seed ${seed}`, async () => {
    const seen = new Map<string, number>();
    const start = await stub.now();
    await fc.assert(
      fc.asyncProperty(records(start), floors, async (record, floor) => {
        await setFloor(floor);
        await stub.setRecord(record, signer);
        const expected = failedPolicies(record, floor, await stub.now(), golden);
        assert.deepEqual(await failedOnChain(), expected);
        const first = expected[0] ?? "admitted";
        seen.set(first, (seen.get(first) ?? 0) + 1);
      }),
      { seed, numRuns: runs, endOnFailure: true },
    );
    // Not all refused and not all alike.
    assert.ok(seen.has("admitted") && seen.size > 10, String([...seen]));
  });

  it("packs a floor and reads it back, whatever its fields hold", async () => {
    const all = { keyProtection: 255, pcrTrust: 254, azurePcrTrust: 253, milanNeedsPlatform: false };
    for (const floor of [
      { ...solidityFloor(defaultFloor), ...all, teeMaxAge: 0xffffff, tpmMaxAge: 1, allNeedPlatform: true },
      solidityFloor(defaultFloor),
    ]) {
      await stub.send(stub.app, "setMessageFormat", [1]);
      await stub.send(stub.app, "setFloor", [floor]);
      assert.deepEqual(await stub.view(stub.app, "floor"), floor);
      assert.equal(await stub.view(stub.app, "messageFormat"), 1);
    }
    await stub.send(stub.app, "setMessageFormat", [0]);
  });

  it("begin with one default floor", async () => {
    const fresh = await stub.chain.deploy("AttestedOracle", [stub.app.address, stub.chain.addressOf(0)]);
    assert.deepEqual(await stub.view(fresh, "floor"), solidityFloor(defaultFloor));
  });

  it("never revert on junk, and never take it", async () => {
    await setFloor(defaultFloor);
    await stub.setRecord(goodRecord(await stub.now()), signer);
    assert.deepEqual(await failedOnChain(), []);
    const [id, message, signature] = args;
    const junk = fc.uint8Array({ maxLength: 200 }).map(toHex);
    const cut = (of: Hex) => fc.nat(of.length / 2 - 1).map((at): Hex => `0x${of.slice(2, 2 + 2 * at)}`);
    const flip = (of: Hex) =>
      fc.tuple(fc.nat(fromHex(of).length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const bytes = fromHex(of);
        bytes[at]! ^= by;
        return toHex(bytes);
      });
    const anyOf = (of: Hex) => fc.oneof(junk, cut(of), flip(of), fc.constant<Hex>(`${of}00`));
    const pair = fc.oneof(
      fc.tuple(anyOf(message), fc.constant(signature)),
      fc.tuple(fc.constant(message), anyOf(signature)),
      fc.tuple(junk, junk),
    );
    await fc.assert(
      fc.asyncProperty(pair, async ([wrongMessage, wrongSignature]) => {
        assert.notDeepEqual(await failedOnChain([id, wrongMessage, wrongSignature]), []);
      }),
      { seed, numRuns: runs },
    );
  });

  it("fail closed beside what is no registry: an account, or what answers too little or reverts", async () => {
    const { chain, view } = stub;
    const owner = chain.addressOf(0);
    // Five words that would pass: what the stub registry says.
    const record = goodRecord(await stub.now());
    await stub.setRecord(record, signer);
    const words = await view<readonly [bigint, Hex, Hex, Hex, Hex]>(
      stub.registry,
      "signerStatus",
      signer.hash,
    );
    const five = concatHex([toHex(uint(words[0], 32)), ...words.slice(1)] as Hex[]);
    const admits = async (registry: Hex) => {
      const app = await chain.deploy("AttestedOracle", [registry, owner]);
      await stub.send(app, "addGoldenMeasurement", [toHex(record.measurementHash)]);
      return chain
        .refusal(app, "isAdmitted", [signer.hash])
        .then(async (refusal) =>
          refusal === null ? view<boolean>(app, "isAdmitted", signer.hash) : refusal,
        );
    };
    const answering = async (answer: Hex, reverts: boolean) =>
      admits((await chain.deploy("StubAnswer", [answer, reverts])).address);
    assert.equal(await answering(five, false), true);
    assert.equal(await answering(five, true), "");
    assert.equal(await answering(five.slice(0, -2) as Hex, false), "");
    assert.equal(await admits(owner), "");
  });
});
