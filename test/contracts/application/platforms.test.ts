// Platform lists, endorsements and ages of evidence: what admits, what ends it, and that every act shows old and new.
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { decodeEventLog } from "viem";
import type { Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { toHex } from "../../../sdk/evidence/bytes.ts";
import { defaultFloor } from "../../../sdk/verify/policy.ts";
import type { Floor } from "../../../sdk/verify/policy.ts";
import {
  chainId,
  goodRecord,
  mineAt,
  signer,
  solidityFloor,
  startStubApplication,
} from "./stub-application.ts";
import type { StubApplication } from "./stub-application.ts";

const endorser = privateKeyToAccount(`0x${"11".repeat(32)}`);
const stranger = privateKeyToAccount(`0x${"12".repeat(32)}`);
const platform: Hex = `0x${"22".repeat(32)}`;
const other: Hex = `0x${"33".repeat(32)}`;
const none: Hex = `0x${"00".repeat(32)}`;
const nobody: Hex = `0x${"00".repeat(20)}`;
const types = {
  PlatformEndorsement: [
    { name: "platformId", type: "bytes32" },
    { name: "validUntil", type: "uint64" },
    { name: "nonce", type: "uint256" },
  ],
} as const;

describe("platforms of an application", () => {
  let stub: StubApplication;
  let snapshot: unknown;
  before(async () => {
    stub = await startStubApplication();
    const record = goodRecord(await stub.now());
    await stub.send(stub.app, "addGoldenMeasurement", [toHex(record.measurementHash)]);
    await stub.setRecord(record, signer);
    snapshot = await stub.chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await stub.chain.request("evm_revert", snapshot);
    snapshot = await stub.chain.request("evm_snapshot");
  });

  const act = (name: string, ...args: unknown[]) => stub.send(stub.app, name, args);
  const setFloor = (change: Partial<Floor>) => act("setFloor", solidityFloor({ ...defaultFloor, ...change }));
  /** The failed check of the record itself: the message beside it is none. */
  async function verdict(): Promise<string | null> {
    const found = await stub.refusal(stub.app, "requireCVMSignature", [signer.hash, "0x", "0x"]);
    const isAdmitted = found!.name === "PolicyMessageFormat";
    assert.equal(await stub.view(stub.app, "isAdmitted", signer.hash), isAdmitted);
    return isAdmitted ? null : found!.name;
  }
  const standing = (id = platform) =>
    stub.view<readonly [boolean, bigint, bigint]>(stub.app, "platformStanding", id);
  async function endorsement(validUntil: bigint, change: object = {}, by = endorser) {
    const domain = { name: "CVMApplication", version: "1", chainId, verifyingContract: stub.app.address };
    const [, , nonce] = await standing();
    const message = { platformId: platform, validUntil, nonce };
    const { domain: otherDomain, ...rest } = change as { domain?: object };
    return by.signTypedData({
      domain: { ...domain, ...otherDomain },
      types,
      primaryType: "PlatformEndorsement",
      message: { ...message, ...rest },
    });
  }
  const bring = (validUntil: bigint, signature: Hex, id = platform) =>
    stub.refusal(stub.app, "endorsePlatform", [id, validUntil, signature]);

  it("policy.platform: refuses every platform that nobody vouches for, where the floor wants one of all", async () => {
    assert.equal(await verdict(), null);
    await setFloor({ requirePlatform: true });
    assert.equal(await verdict(), "PolicyPlatform");
    await act("admitPlatform", other, true);
    assert.equal(await verdict(), "PolicyPlatform");
    await act("admitPlatform", platform, true);
    assert.equal(await verdict(), null);
    await act("admitPlatform", platform, false);
    assert.equal(await verdict(), "PolicyPlatform");
  });

  it("policy.platform: wants none of a Milan VCEK where the owner says so", async () => {
    const record = goodRecord(await stub.now());
    const milan = { ...record, tee: 2, cloud: 3, assurance: { ...record.assurance, product: 1 } };
    await stub.setRecord(milan, signer);
    assert.equal(await verdict(), "PolicyPlatform");
    await act("setFloor", { ...solidityFloor(defaultFloor), milanNeedsPlatform: false });
    assert.equal(await verdict(), null);
  });

  it("policy.platform-denied: refuses a denied platform, admitted or not, until it is off the list", async () => {
    await act("admitPlatform", platform, true);
    await act("denyPlatform", other, true);
    assert.equal(await verdict(), null);
    await act("denyPlatform", platform, true);
    const args = [signer.hash, "0x", "0x"];
    assert.deepEqual(await stub.refusal(stub.app, "requireCVMSignature", args), {
      name: "PolicyPlatformDenied",
      args: [platform],
    });
    // Twice the same is one entry: the count of denied platforms decides whether the list is read.
    await act("denyPlatform", other, true);
    await act("denyPlatform", other, false);
    await act("denyPlatform", other, false);
    await setFloor({});
    assert.equal(await verdict(), "PolicyPlatformDenied");
    await act("denyPlatform", platform, false);
    assert.equal(await verdict(), null);
  });

  it("keeps platform 0, which is none, off every list", async () => {
    const acts: [string, unknown[]][] = [
      ["admitPlatform", [none, true]],
      ["denyPlatform", [none, true]],
      ["revokeEndorsement", [none]],
      ["endorsePlatform", [none, 1n << 60n, "0x"]],
    ];
    for (const [name, args] of acts)
      assert.equal(await stub.chain.refusal(stub.app, name, args), "PlatformUnknown", name);
    await stub.setRecord({ ...goodRecord(await stub.now()), platformId: new Uint8Array(32) }, signer);
    await setFloor({ requirePlatform: true });
    assert.equal(await verdict(), "PolicyPlatform");
  });

  it("admits a platform by an endorsement that anybody brings, until it ends", async () => {
    await setFloor({ requirePlatform: true });
    await act("setEndorser", endorser.address);
    const end = (await stub.now()) + 1000n;
    await stub.send(stub.app, "endorsePlatform", [platform, end, await endorsement(end)], 5);
    assert.deepEqual(await standing(), [false, end, 1n]);
    assert.equal(await verdict(), null);
    await mineAt(stub, end - 1n);
    assert.equal(await verdict(), null);
    await mineAt(stub, end);
    assert.equal(await verdict(), "PolicyPlatform");
    assert.equal((await bring(end, await endorsement(end)))!.name, "EndorsementExpired");
  });

  it("denies an endorsed platform all the same", async () => {
    await act("setEndorser", endorser.address);
    const end = (await stub.now()) + 1000n;
    await act("endorsePlatform", platform, end, await endorsement(end));
    await act("denyPlatform", platform, true);
    assert.equal(await verdict(), "PolicyPlatformDenied");
  });

  it("takes an endorsement once, and none that was signed before the owner revoked", async () => {
    await setFloor({ requirePlatform: true });
    await act("setEndorser", endorser.address);
    const end = (await stub.now()) + 1000n;
    const [first, second] = [await endorsement(end), await endorsement(end + 1n)];
    await act("endorsePlatform", platform, end, first);
    assert.equal((await bring(end, first))!.name, "EndorsementSignatureWrong");
    const later = await endorsement(end + 2n);
    await act("revokeEndorsement", platform);
    assert.equal(await verdict(), "PolicyPlatform");
    assert.deepEqual(await standing(), [false, 0n, 2n]);
    assert.equal((await bring(end + 1n, second))!.name, "EndorsementSignatureWrong");
    assert.equal((await bring(end + 2n, later))!.name, "EndorsementSignatureWrong");
    await act("endorsePlatform", platform, end, await endorsement(end));
    assert.equal(await verdict(), null);
  });

  it("refuses an endorsement of another platform, end, nonce, application, chain, version or signer", async () => {
    await act("setEndorser", endorser.address);
    const end = (await stub.now()) + 1000n;
    const wrong = [
      await endorsement(end, { platformId: other }),
      await endorsement(end + 1n),
      await endorsement(end, { nonce: 1n }),
      await endorsement(end, { domain: { verifyingContract: stub.registry.address } }),
      await endorsement(end, { domain: { chainId: 1n } }),
      await endorsement(end, { domain: { version: "2" } }),
      await endorsement(end, { domain: { name: "CVMRegistry" } }),
      await endorsement(end, {}, stranger),
      "0x",
    ] as const;
    for (const signature of wrong)
      assert.deepEqual(await bring(end, signature), {
        name: "EndorsementSignatureWrong",
        args: [endorser.address, 0n],
      });
    assert.equal(await bring(end, await endorsement(end)), null);
  });

  it("takes no endorsement while there is no endorser, and ends them all with the one who gave them", async () => {
    await setFloor({ requirePlatform: true });
    const end = (await stub.now()) + 1000n;
    assert.equal((await bring(end, await endorsement(end)))!.name, "EndorsementSignatureWrong");
    // ecrecover answers 0 for a signature that is none.
    assert.equal((await bring(end, `0x${"00".repeat(65)}`))!.name, "EndorsementSignatureWrong");
    await act("setEndorser", endorser.address);
    await act("endorsePlatform", platform, end, await endorsement(end));
    await act("setEndorser", stranger.address);
    assert.equal(await verdict(), "PolicyPlatform");
    await act("setEndorser", endorser.address);
    assert.equal(await verdict(), "PolicyPlatform");
    assert.deepEqual(await standing(), [false, 0n, 1n]);
  });

  it("asks a contract for its endorsement by ERC-1271", async () => {
    const believed: Hex = "0x1234";
    const contract = await stub.chain.deploy("StubERC1271", [believed]);
    await act("setEndorser", contract.address);
    const end = (await stub.now()) + 1000n;
    assert.equal((await bring(end, "0x1235"))!.name, "EndorsementSignatureWrong");
    assert.equal(await bring(end, believed), null);
  });

  it("policy.tee-age, policy.tpm-age: count a half until it is as old as the floor allows", async () => {
    const now = await stub.now();
    const record = { ...goodRecord(now), teeTime: now, tpmTime: now + 10n };
    await stub.setRecord(record, signer);
    await setFloor({ maxTeeAge: 500, maxTpmAge: 600 });
    await mineAt(stub, now + 499n);
    assert.equal(await verdict(), null);
    await mineAt(stub, now + 500n);
    const args = [signer.hash, "0x", "0x"];
    const refusal = await stub.refusal(stub.app, "requireCVMSignature", args);
    assert.deepEqual(refusal, { name: "PolicyTEEAge", args: [now + 500n] });
    await stub.setRecord({ ...record, teeTime: now + 600n }, signer);
    await mineAt(stub, now + 609n);
    assert.equal(await verdict(), null);
    await mineAt(stub, now + 610n);
    const later = await stub.refusal(stub.app, "requireCVMSignature", args);
    assert.deepEqual(later, { name: "PolicyTPMAge", args: [now + 610n] });
    await setFloor({});
    assert.equal(await verdict(), null);
  });

  it("shows the old and the new value of every act", async () => {
    const measurement: Hex = `0x${"44".repeat(32)}`;
    const publisher = stub.chain.addressOf(3);
    const window = (activeFrom: number, activeUntil: number) => ({ activeFrom, activeUntil });
    const end = (await stub.now()) + 1000n;
    const acts: [string, unknown[], unknown[]][] = [
      ["admitPlatform", [platform, true], [platform, false, true]],
      ["admitPlatform", [platform, false], [platform, true, false]],
      ["denyPlatform", [platform, true], [platform, false, true]],
      ["denyPlatform", [platform, true], [platform, true, true]],
      ["denyPlatform", [platform, false], [platform, true, false]],
      ["setEndorser", [endorser.address], [nobody, endorser.address]],
      ["endorsePlatform", [platform, end, await endorsement(end)], [platform, 0n, end]],
      ["revokeEndorsement", [platform], [platform, end, 0n]],
      ["setEndorser", [nobody], [endorser.address, nobody]],
      ["setPublisher", [publisher, true], [publisher, false, true]],
      ["setMessageFormat", [2], [0, 2]],
      ["addGoldenMeasurement", [measurement, 5, 6], [measurement, window(0, 0), window(5, 6)]],
      ["addGoldenMeasurement", [measurement, 7, 8], [measurement, window(5, 6), window(7, 8)]],
      ["removeGoldenMeasurement", [measurement], [measurement, window(7, 8)]],
    ];
    const isAdmitted = (id: Hex) => stub.view<boolean>(stub.app, "isPlatformAdmitted", id);
    assert.equal(await isAdmitted(platform), false);
    await act("admitPlatform", platform, true);
    assert.deepEqual([await isAdmitted(platform), await isAdmitted(other)], [true, false]);
    await act("admitPlatform", platform, false);
    for (const [name, args, shown] of acts) {
      const receipt = await act(name, ...args);
      const event = decodeEventLog({ abi: stub.app.abi, ...receipt.logs[0]! });
      assert.deepEqual(Object.values(event.args as object), shown, name);
    }
  });

  it("lets the owner alone list, deny, revoke and name", async () => {
    const acts: [string, unknown[]][] = [
      ["admitPlatform", [platform, true]],
      ["denyPlatform", [platform, true]],
      ["setEndorser", [endorser.address]],
      ["revokeEndorsement", [platform]],
      ["setFloor", [solidityFloor(defaultFloor)]],
    ];
    for (const [name, args] of acts)
      assert.equal(await stub.chain.refusal(stub.app, name, args, 3), "OwnableUnauthorizedAccount", name);
  });
});
