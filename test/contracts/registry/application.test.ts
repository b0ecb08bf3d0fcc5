import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import { decodeEventLog } from "viem";
import type { Hex } from "viem";
import { checks, errorName } from "../../../sdk/checks.ts";
import { ascii, concat, fromHex, toHex, uint } from "../../../sdk/evidence/bytes.ts";
import { envelopeMessage, ttlMessage, walkthroughMessage } from "../../../sdk/evidence/message.ts";
import { startChain } from "./chain.ts";
import type { Contract } from "./chain.ts";
import { calldataOf, evidence, gcpPcrs, keyOf, signWith, stubbedRegistry } from "./stub-evidence.ts";
import type { Evidence, Key, StubbedRegistry } from "./stub-evidence.ts";
import type { RecordView } from "./record-view.ts";

const policyChecks = checks.filter(({ id }) => id.startsWith("policy."));
const chainId = 31337n;
const [envelope, walkthrough, raw] = [0, 1, 2];

describe("application floor", () => {
  let stub: StubbedRegistry;
  let app: Contract;
  let snapshot: unknown;
  let seed = 0;
  before(async () => {
    const chain = await startChain();
    stub = await stubbedRegistry(chain);
    app = await chain.deploy("AttestedOracle", [stub.registry.address, chain.addressOf(0)]);
    await chain.send(stub.registry, "setVerifier", [
      1,
      2,
      (await chain.deploy("StubTEEVerifier")).address,
      false,
    ]);
    snapshot = await chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await stub.chain.request("evm_revert", snapshot);
    snapshot = await stub.chain.request("evm_snapshot");
  });

  const send = async (contract: Contract, name: string, args: unknown[], from = 0) => {
    const receipt = await stub.chain.send(contract, name, args, from);
    assert.equal(receipt.status, "success");
    return receipt;
  };
  const address = () => fromHex(app.address);
  const wrap = (user: Uint8Array) => envelopeMessage(chainId, address(), user);

  /** Registers, admits the measurement, and gives what a check takes. */
  async function admitted(options: Partial<Evidence> = {}, isGolden = true) {
    seed++;
    const key = keyOf(30 + seed);
    const registration = evidence({ key, ak: seed, anchorBlock: await stub.anchorAt(), ...options });
    const receipt = await stub.chain.sendData(stub.registry.address, calldataOf(registration));
    assert.equal(receipt.status, "success");
    const record = await stub.chain.read<RecordView>(stub.registry, "getCvm", key.hash);
    if (isGolden) await send(app, "addGoldenMeasurement", [record.measurementHash]);
    return { key, record };
  }
  const argumentsFor = (key: Key, message = wrap(ascii("hello"))): [Hex, Hex, Hex] => [
    key.hash,
    toHex(message),
    signWith(key, message),
  ];
  /** The error of requireCVMSignature, after holding check, require and explain against each other. */
  async function verdict(args: [Hex, Hex, Hex]): Promise<string | null> {
    const refusal = await stub.chain.refusal(app, "requireCVMSignature", args);
    assert.equal(await stub.chain.read(app, "checkCVMSignature", ...args), refusal === null);
    const explained = await stub.chain.read<{ check: string; passed: boolean }[]>(app, "explain", ...args);
    const failed = explained.find(({ passed }) => !passed);
    const row = policyChecks.find(({ id }) => id === failed?.check);
    assert.equal(row === undefined ? null : errorName(row), refusal);
    return refusal;
  }
  const lower = async (change: object) => {
    const floor = await stub.chain.read<object>(app, "floor");
    return send(app, "setFloor", [{ ...floor, ...change }]);
  };

  it("explains every check of the catalogue in its order", async () => {
    const explained = await stub.chain.read<{ check: string }[]>(app, "explain", ...argumentsFor(keyOf(30)));
    assert.deepEqual(
      explained.map(({ check }) => check),
      policyChecks.map(({ id }) => id),
    );
  });

  it("admits a fresh, bound, certified GCP TDX machine", async () => {
    const { key } = await admitted();
    assert.equal(await verdict(argumentsFor(key)), null);
    assert.equal(await stub.chain.read(app, "isAdmitted", key.hash), true);
  });

  const refused: [string, Partial<Evidence>, object?][] = [
    ["PolicyCloud", { cloud: 4, measuredPcrs: gcpPcrs }],
    ["PolicyReportType", { reportType: 2 }],
    ["PolicyTEENotFresh", { namesAk: false }],
    ["PolicyTPMNotFresh", { anchorBlock: null }, { teeFresh: false }],
    ["PolicyKeyProtection", { certification: "tpm" }],
    ["PolicyKeyProtection", { certification: "none" }],
    ["PolicyKeyProtection", { cloud: 3 }],
    ["PolicyPCRTrust", { isTrusted: false }, { keyProtection: 0 }],
    ["PolicyPCRTrust", { isCertified: false }, { keyProtection: 0 }],
    ["PolicyBinding", { namesAk: false }, { teeFresh: false }],
    ["PolicyTCBStatus", { claims: { tcbStatus: 0 } }],
    ["PolicyTCBStatus", { claims: { tcbStatus: 3 } }],
    ["PolicyKeyType", { tee: 2, claims: { product: 2, keyType: 1 } }],
    [
      "PolicyPlatform",
      { tee: 2, isTrusted: false, claims: { product: 1 } },
      { keyProtection: 0, pcrTrust: 0 },
    ],
    ["PolicyMeasuredPCRs", { measuredPcrs: gcpPcrs & ~(1 << 11) }],
  ];
  for (const [error, options, change] of refused)
    it(`refuses by ${error}: ${JSON.stringify(options)}`, async () => {
      const { key } = await admitted(options);
      if (change) await lower(change);
      assert.equal(await verdict(argumentsFor(key)), error);
    });

  it("admits SoftwareHardeningNeeded and a Milan VCEK beside a certified cloud AK", async () => {
    const tdx = await admitted({ claims: { tcbStatus: 2 } });
    assert.equal(await verdict(argumentsFor(tdx.key)), null);
    const milan = await admitted({ tee: 2, claims: { product: 1 } });
    assert.equal(await verdict(argumentsFor(milan.key)), null);
  });

  it("admits an uncertified Milan on a platform the owner vouches for", async () => {
    const { key, record } = await admitted({ tee: 2, isTrusted: false, claims: { product: 1 } });
    await lower({ keyProtection: 0, pcrTrust: 0 });
    await send(app, "admitPlatform", [record.platformId, true]);
    assert.equal(await verdict(argumentsFor(key)), null);
  });

  it("refuses an identity that is not registered", async () => {
    assert.equal(await verdict(argumentsFor(keyOf(29))), "PolicyNotRegistered");
  });

  it("refuses what the guardian took away, by name", async () => {
    const { key, record } = await admitted();
    const args = argumentsFor(key);
    await send(stub.registry, "bumpEpoch", [1, 1, 1], 1);
    assert.equal(await verdict(args), "PolicyClassEpoch");
    await send(stub.registry, "revokePlatform", [record.platformId], 1);
    assert.equal(await verdict(args), "PolicyPlatformRevoked");
    await send(stub.registry, "suspend", [[key.hash]], 1);
    assert.equal(await verdict(args), "PolicySuspended");
  });

  it("refuses an expired half by name", async () => {
    const { key } = await admitted();
    const days = (count: number) => `0x${(count * 86_400).toString(16)}`;
    await stub.chain.request("hardhat_mine", "0x2", days(31));
    assert.equal(await verdict(argumentsFor(key)), "PolicyTEEExpired");
    const { key: other } = await admitted();
    const [tee, tpm] = [3600n * 24n, 3600n];
    const message = ttlMessage(chainId, fromHex(stub.registry.address), 0n, tee, tpm);
    await send(stub.registry, "setCollateralTTL", [other.hash, tee, tpm, signWith(other, message)]);
    await stub.chain.request("hardhat_mine", "0x2", "0xe10");
    assert.equal(await verdict(argumentsFor(other)), "PolicyTPMExpired");
  });

  describe("golden measurements", () => {
    it("refuses a measurement that nobody published", async () => {
      const { key } = await admitted({}, false);
      assert.equal(await verdict(argumentsFor(key)), "PolicyMeasurement");
    });

    it("counts a measurement from its activation to its retirement", async () => {
      const { key, record } = await admitted({}, false);
      const now = Number((await stub.chain.publicClient.getBlock()).timestamp);
      await send(app, "addGoldenMeasurement", [record.measurementHash, now + 1000, now + 2000]);
      const at = async (time: number) => {
        await stub.chain.request("evm_setNextBlockTimestamp", `0x${(now + time).toString(16)}`);
        await stub.chain.request("hardhat_mine", "0x1");
        return verdict(argumentsFor(key));
      };
      assert.equal(await at(500), "PolicyMeasurement");
      assert.equal(await at(1000), null);
      assert.equal(await at(2000), "PolicyMeasurement");
    });

    it("are published by the owner and publishers only, and taken back", async () => {
      const { key, record } = await admitted();
      const add = [record.measurementHash];
      assert.equal(await stub.chain.refusal(app, "removeGoldenMeasurement", add, 2), "NotPublisher");
      await send(app, "setPublisher", [stub.chain.addressOf(2), true]);
      await send(app, "removeGoldenMeasurement", add, 2);
      assert.equal(await verdict(argumentsFor(key)), "PolicyMeasurement");
      const args = [record.measurementHash, 5, 5];
      assert.equal(await stub.chain.refusal(app, "addGoldenMeasurement", args), "GoldenMeasurementWindow");
    });
  });

  describe("message and signature", () => {
    it("refuses a tampered message, a foreign signature and wrong lengths", async () => {
      const { key } = await admitted();
      const { key: other } = await admitted();
      const message = wrap(ascii("hello"));
      const signature = signWith(key, message);
      const tampered = toHex(wrap(ascii("hellp")));
      assert.equal(await verdict([key.hash, tampered, signature]), "PolicySignature");
      assert.equal(await verdict([key.hash, toHex(message), signWith(other, message)]), "PolicySignature");
      for (const wrong of ["0x", signature.slice(0, -2), `${signature}00`] as Hex[])
        assert.equal(await verdict([key.hash, toHex(message), wrong]), "PolicySignature");
    });

    it("refuses an envelope of another chain, application or prefix", async () => {
      const { key } = await admitted();
      const user = ascii("hello");
      for (const message of [
        envelopeMessage(1n, address(), user),
        envelopeMessage(chainId, fromHex(stub.registry.address), user),
        concat(ascii("CVM_WORKLOAD_USER_MESSAGF"), uint(chainId, 32), address(), user),
        walkthroughMessage(chainId, address(), user),
        user,
        new Uint8Array(0),
      ])
        assert.equal(await verdict(argumentsFor(key, message)), "PolicyMessageFormat");
    });

    it("takes the walkthrough's format and raw bytes only where the owner says so", async () => {
      const { key } = await admitted();
      const short = walkthroughMessage(chainId, address(), ascii("hello"));
      const receipt = await send(app, "setMessageFormat", [walkthrough]);
      const event = decodeEventLog({ abi: app.abi, ...receipt.logs[0]! });
      assert.deepEqual(event.args, { oldFormat: envelope, newFormat: walkthrough });
      assert.equal(await verdict(argumentsFor(key, short)), null);
      assert.equal(await verdict(argumentsFor(key)), "PolicyMessageFormat");
      await send(app, "setMessageFormat", [raw]);
      assert.equal(await verdict(argumentsFor(key, ascii("anything"))), null);
    });

    it("refuses the walkthrough's format where the chain id does not fit", async () => {
      const chain = await startChain(11155111);
      const there = await chain.deploy("AttestedOracle", [stub.registry.address, chain.addressOf(0)]);
      assert.equal(await chain.refusal(there, "setMessageFormat", [walkthrough]), "WalkthroughChainId");
    });
  });

  it("shows the old and the new value of every lowering", async () => {
    const receipt = await lower({ tcbStatuses: 7 });
    const event = decodeEventLog({ abi: app.abi, ...receipt.logs[0]! });
    const { oldFloor, newFloor } = event.args as unknown as Record<string, { tcbStatuses: number }>;
    assert.deepEqual([oldFloor!.tcbStatuses, newFloor!.tcbStatuses], [6, 7]);
    for (const [name, ...args] of [
      ["setFloor", newFloor],
      ["admitPlatform", `0x${"01".repeat(32)}`, true],
      ["setMessageFormat", raw],
      ["setPublisher", stub.chain.addressOf(3), true],
    ] as [string, ...unknown[]][])
      assert.equal(await stub.chain.refusal(app, name, args, 3), "OwnableUnauthorizedAccount");
  });

  it("updates the oracle once per signed price", async () => {
    const { key } = await admitted();
    const { timestamp } = await stub.chain.publicClient.getBlock();
    const price = (at: bigint) => argumentsFor(key, wrap(concat(uint(at, 8), uint(4200, 16))));
    const [hash, message] = price(timestamp);
    const forged = [hash, message, signWith(keyOf(29), fromHex(message))];
    assert.equal(await stub.chain.refusal(app, "update", forged), "PolicySignature");
    await send(app, "update", price(timestamp), 6);
    assert.equal(await stub.chain.read(app, "price"), 4200n);
    assert.equal(await stub.chain.refusal(app, "update", price(timestamp)), "PriceNotNewer");
    assert.equal(await stub.chain.refusal(app, "update", price(timestamp + 10_000n)), "PriceFromFuture");
    assert.equal(await stub.chain.refusal(app, "update", argumentsFor(key)), "PriceMessageLength");
  });

  it("costs at most 33,000 gas to check", async () => {
    const { key } = await admitted();
    const { encodeFunctionData } = await import("viem");
    const data = encodeFunctionData({
      abi: app.abi,
      functionName: "checkCVMSignature",
      args: argumentsFor(key),
    });
    const gas = await stub.chain.publicClient.estimateGas({
      to: app.address,
      data,
      account: stub.chain.addressOf(2),
    });
    // 21,000 and the calldata are the transaction's, not the check's.
    const calldata = fromHex(data).reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 21_000n);
    console.log(`checkCVMSignature: ${gas - calldata} gas of execution`);
    assert.ok(gas - calldata <= 33_000n);
  });
});
