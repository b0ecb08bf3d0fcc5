// What a change would do, before it is made; and who publishes measurements.
import assert from "node:assert/strict";
import { before, beforeEach, describe, it } from "node:test";
import type { Hex } from "viem";
import type { RecordView } from "../registry/record-view.ts";
import { calldataOf, evidence, keyOf } from "../registry/stub-evidence.ts";
import { startSigners } from "./admitted.ts";
import type { Signers } from "./admitted.ts";

const [same, dropped, admitted] = [0, 1, 2];

describe("preview of a change", () => {
  let s: Signers;
  let snapshot: unknown;
  let ids: Hex[];
  let weak: RecordView;
  before(async () => {
    s = await startSigners();
    // Beside three that count: one with another measurement and a worse TCB, and one that nobody registered.
    const key = keyOf(54);
    const claims = { tcbStatus: 5, teeMeasurement: `0x${"77".repeat(32)}` };
    const registration = evidence({ key, ak: 4, anchorBlock: await s.anchorAt(), claims });
    await s.chain.sendData(s.registry.address, calldataOf(registration));
    weak = await s.chain.read<RecordView>(s.registry, "getCvm", key.hash);
    ids = [...s.keys, key, keyOf(59)].map(({ hash }) => hash);
    snapshot = await s.chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await s.chain.request("evm_revert", snapshot);
    snapshot = await s.chain.request("evm_snapshot");
  });

  const floorWith = async (change: object) => ({
    ...(await s.chain.read<object>(s.app, "floor")),
    ...change,
  });
  const preview = async (
    change: object,
    added: Hex[] = [],
    removed: Hex[] = [],
  ): Promise<readonly number[]> =>
    s.chain.read(s.app, "previewChange", await floorWith(change), added, removed, ids);
  const counting = () => Promise.all(ids.map((id) => s.chain.read<boolean>(s.app, "isAdmitted", id)));

  /** Holds a preview against what the acts themselves do. */
  async function holds(expected: number[], change: object, added: Hex[] = [], removed: Hex[] = []) {
    assert.deepEqual(await preview(change, added, removed), expected);
    const earlier = await counting();
    await s.chain.send(s.app, "setFloor", [await floorWith(change)]);
    for (const hash of added) await s.chain.send(s.app, "addGoldenMeasurement", [hash]);
    for (const hash of removed) await s.chain.send(s.app, "removeGoldenMeasurement", [hash]);
    const later = await counting();
    const changes = later.map((now, at) => (now === earlier[at] ? same : now ? admitted : dropped));
    assert.deepEqual(changes, expected);
  }

  it("says nothing of a change that changes nothing", () => holds([same, same, same, same, same], {}));

  it("names what a stricter floor drops", () =>
    holds([dropped, dropped, dropped, same, same], { tcbStatuses: 1 << 2 }));

  it("names what a removed measurement drops", () =>
    holds([dropped, dropped, dropped, same, same], {}, [], [s.measurement]));

  it("names what a lower floor and an added measurement admit together", async () => {
    const lower = { tcbStatuses: (1 << 1) | (1 << 5) };
    assert.deepEqual(await preview(lower), [same, same, same, same, same]);
    assert.deepEqual(await preview({}, [weak.measurementHash]), [same, same, same, same, same]);
    await holds([same, same, same, admitted, same], lower, [weak.measurementHash]);
  });

  it("names both at once, and lets a removal win over an addition", async () => {
    const lower = { tcbStatuses: (1 << 1) | (1 << 5) };
    const [mine, other] = [[s.measurement], [weak.measurementHash]];
    await holds([dropped, dropped, dropped, admitted, same], lower, other, mine);
    assert.deepEqual(await preview({}, mine, mine), [same, same, same, same, same]);
  });

  it("changes nothing by itself", async () => {
    const earlier = await counting();
    await preview({ tcbStatuses: 0 }, [weak.measurementHash], [s.measurement]);
    assert.deepEqual(await counting(), earlier);
  });

  it("asks the platform lists as the change would", async () => {
    assert.deepEqual(await preview({ allNeedPlatform: true }), [dropped, dropped, dropped, same, same]);
    await s.chain.send(s.app, "admitPlatform", [weak.platformId, true]);
    assert.deepEqual(await preview({ allNeedPlatform: true }), [same, same, same, same, same]);
  });

  it("measurements are published and taken back by publishers, until the owner ends that", async () => {
    const [publisher, args] = [2, [weak.measurementHash]];
    const acts: [string, unknown[]][] = [
      ["addGoldenMeasurement", args],
      ["addGoldenMeasurement", [...args, 1, 2]],
      ["removeGoldenMeasurement", args],
    ];
    for (const [name, given] of acts)
      assert.equal(await s.chain.refusal(s.app, name, given, publisher), "NotPublisher");
    await s.chain.send(s.app, "setPublisher", [s.chain.addressOf(publisher), true]);
    for (const [name, given] of acts) {
      const receipt = await s.chain.send(s.app, name, given, publisher);
      assert.equal(receipt.status, "success", name);
    }
    await s.chain.send(s.app, "setPublisher", [s.chain.addressOf(publisher), false]);
    for (const [name, given] of acts)
      assert.equal(await s.chain.refusal(s.app, name, given, publisher), "NotPublisher");
  });

  it("a measurement is not 0 and ends after it begins", async () => {
    const none: Hex = `0x${"00".repeat(32)}`;
    for (const given of [[none], [none, 1, 2], [s.measurement, 5, 5], [s.measurement, 6, 5]])
      assert.equal(
        await s.chain.refusal(s.app, "addGoldenMeasurement", given),
        "GoldenMeasurementWindow",
        String(given),
      );
  });
});
