// The whole state of a registry is in its events (protocol §8): random histories, rebuilt from logs alone and
// compared with every view. The same histories show that no call works twice.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseEventLogs, toFunctionSelector, zeroAddress, zeroHash } from "viem";
import type { Hex } from "viem";
import { cvmRegistryAbi } from "../../../sdk/registry/abi/CVMRegistry.ts";
import {
  akKeyOf,
  classKey,
  isRetired,
  replayedRecord,
  replayEvents,
  validityOf,
} from "../../../sdk/registry/replay.ts";
import type { RegistryEvent, ReplayedRegistry } from "../../../sdk/registry/replay.ts";
import { aks, classes, history, keys, perform, platforms } from "./histories.ts";
import { withRecords } from "./records.ts";
import { akIdFor } from "./stub-evidence.ts";

const histories = 40;
const functions = cvmRegistryAbi.filter((entry) => entry.type === "function");
const selectorsOf = (parameter: string): Hex[] =>
  functions
    .filter(({ inputs }) => inputs.some(({ name }) => name === parameter))
    .map((entry) => toFunctionSelector(entry));
const [evidenceCalls, signedActions] = [selectorsOf("wc"), new Set(selectorsOf("signature"))];
const eventNames = cvmRegistryAbi
  .filter((entry) => entry.type === "event")
  .map(({ name }) => name)
  .filter((name) => name !== "AuthorityUpdated")
  .flatMap((name) => (name === "CVMSuperseded" ? [`${name} true`, `${name} false`] : [name]));

describe("a registry rebuilt from its events", () => {
  const records = withRecords();
  const { stub } = records;

  async function eventsOf(): Promise<RegistryEvent[]> {
    const { address } = stub().registry;
    const logs = await stub().chain.publicClient.getLogs({ address, fromBlock: 0n });
    return parseEventLogs({ abi: cvmRegistryAbi, logs, strict: true });
  }

  const view = <T>(functionName: string, ...args: unknown[]): Promise<T> => {
    const { address, abi } = stub().registry;
    return stub().chain.publicClient.readContract({ address, abi, functionName, args }) as Promise<T>;
  };
  /** Null where the view refuses, as it must for an identity that is not live. */
  const refusing = async <T>(functionName: string, id: Hex): Promise<T | null> =>
    view<T>(functionName, id).catch(() => null);

  async function compareIdentity(state: ReplayedRegistry, id: Hex, data: Hex, now: bigint): Promise<void> {
    const record = replayedRecord(state, id);
    const { tee, tpm } = validityOf(state, id, now);
    const identity = { sigScheme: 0x18, curve: 3, hashAlgo: 0xb, data };
    const { registered, platformId, measurementHash } = record;
    const [cloud, classTee, reportType] = [record.cloud, record.tee, record.reportType];
    // What is no part of the record stands in the last two bits.
    let status = state.records.get(id)?.status ?? 0n;
    if (state.revokedPlatforms.has(platformId)) status |= 1n << 254n;
    const epoch = state.epochs.get(classKey(cloud, classTee, reportType)) ?? 0;
    if (epoch !== record.classEpoch) status |= 1n << 255n;
    const answers = await Promise.all([
      view("getCvm", id),
      view("nonces", id),
      view("isRetired", id),
      view("operatorOf", id),
      view("hasRegistered", id),
      view("platformOf", id),
      view("checkTEEValidity", id),
      view("checkTPMValidity", id),
      refusing("getMeasurementHash", id),
      refusing("getCvmIdentity", id),
      view("signerStatus", id),
    ]);
    assert.deepEqual(answers, [
      record,
      BigInt(record.nonce),
      isRetired(state, id),
      state.operatorOf.get(id) ?? zeroAddress,
      registered,
      platformId,
      tee,
      tpm,
      registered ? measurementHash : null,
      registered ? identity : null,
      [status, record.keyX, record.keyY, measurementHash, platformId],
    ]);
  }

  async function compareViews(state: ReplayedRegistry): Promise<void> {
    const { timestamp } = await stub().chain.publicClient.getBlock();
    for (const { hash, identity } of keys) {
      const data: Hex = `0x${Buffer.from(identity.data).toString("hex")}`;
      await compareIdentity(state, hash, data, timestamp);
    }
    for (const akId of [...aks, 99].map(akIdFor)) {
      assert.equal(await view("identityOf", akId), state.identityOf.get(akKeyOf(akId)) ?? zeroHash);
      assert.equal(await view("akRevoked", akId), state.revokedAks.has(akKeyOf(akId)));
    }
    for (const id of [...platforms, zeroHash])
      assert.equal(await view("platformRevoked", id), state.revokedPlatforms.has(id));
    for (const [cloud, tee, reportType] of classes) {
      const epoch = state.epochs.get(classKey(cloud, tee, reportType)) ?? 0;
      assert.equal(await view("classEpoch", cloud, tee, reportType), epoch);
      assert.equal(await view("verifierOf", tee, reportType), state.verifiers.get(`${tee}/${reportType}`));
    }
    assert.equal(await view("tpmVerifier"), state.tpmVerifier);
    assert.equal(await view("akCertificates"), state.akCertificates);
  }

  it(`answers every view of ${histories} random histories as the registry does`, async () => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(history, async (steps) => {
      const { chain, registry } = stub();
      const start = await chain.request("evm_snapshot");
      try {
        const sent = await perform(records, steps);
        const events = await eventsOf();
        for (const { eventName, args } of events)
          seen.add("oldRetired" in args ? `${eventName} ${args.oldRetired}` : eventName);
        await compareViews(replayEvents(events));
        for (const { data, from } of sent) {
          const selector = data.slice(0, 10) as Hex;
          seen.add(selector);
          // Signed with a nonce that is used: never again.
          if (signedActions.has(selector))
            assert.notEqual(await chain.refusalOf(registry, data, from), null, selector);
        }
      } finally {
        await chain.request("evm_revert", start);
      }
    });
    await fc.assert(property, { seed: 9, numRuns: histories, endOnFailure: true });
    // Both forms of registration and re-attestation, four signed actions and nine of the roles were recorded at times.
    for (const selector of [...evidenceCalls, ...signedActions]) assert.ok(seen.has(selector), selector);
    for (const name of eventNames) assert.ok(seen.has(name), name);
  });

  it("has everything that is set at deployment", async () => {
    const state = replayEvents(await eventsOf());
    await compareViews(state);
    assert.deepEqual([state.records.size, state.verifiers.size], [0, 2]);
  });
});
