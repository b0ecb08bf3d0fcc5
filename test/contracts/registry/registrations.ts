// A registry whose verifiers believe everything, and registrations of it, each by a key and an AK of its own.
import assert from "node:assert/strict";
import { before } from "node:test";
import type { AnchorBlock } from "../../../sdk/evidence/registration.ts";
import { startChain } from "./chain.ts";
import type { RecordView } from "./record-view.ts";
import { calldataOf, evidence, keyOf, stubbedRegistry } from "./stub-evidence.ts";
import type { Evidence, StubbedRegistry } from "./stub-evidence.ts";

export const key = keyOf(9);
export const word = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** To be called in a `describe`, whose tests share one registry. */
export function withRegistrations() {
  let stub: StubbedRegistry;
  let at: AnchorBlock;
  let seed = 1;
  before(async () => {
    stub = await stubbedRegistry(await startChain());
    at = await stub.anchorAt();
  });
  return {
    stub: () => stub,
    /** The block that evidence names. */
    at: () => at,
    anchorAnew: async (): Promise<void> => {
      at = await stub.anchorAt();
    },
    /** Name of the error that evidence of `key` is refused with, null when it would be recorded. */
    refusal: (options: Partial<Evidence>) =>
      stub.chain.refusalOf(stub.registry, calldataOf(evidence({ key, anchorBlock: at, ...options }))),
    /** Records evidence of a new key. */
    record: async (options: Partial<Evidence>) => {
      const fresh = keyOf(20 + ++seed);
      const registration = evidence({ key: fresh, ak: seed, anchorBlock: at, ...options });
      const receipt = await stub.chain.sendData(stub.registry.address, calldataOf(registration));
      assert.equal(receipt.status, "success");
      const record = await stub.chain.read<RecordView>(stub.registry, "getCvm", fresh.hash);
      return { record, receipt, registration, key: fresh, ak: seed };
    },
  };
}
