// Every entry that judges evidence asks first for calldata in its one form.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { encodeReattestCvm } from "../../../sdk/evidence/calldata.ts";
import { alice, withRecords } from "./records.ts";
import { calldataOf, evidence } from "./stub-evidence.ts";

describe("calldata of evidence", () => {
  const { stub } = withRecords();

  for (const certification of ["none", "tpm"] as const)
    it(`calldata.canonical: has nothing behind it, certification ${certification}`, async () => {
      const registration = evidence({ key: alice, anchorBlock: await stub().anchorAt(), certification });
      const { workloadCollaterals, certification: certified } = registration;
      const reattestation = {
        cvmIdentityHash: fromHex(alice.hash),
        signature: new Uint8Array(64),
        workloadCollaterals,
        certification: certified,
      };
      for (const [data, otherwise] of [
        [calldataOf(registration), null],
        [toHex(encodeReattestCvm(reattestation)), "CVMNotRegistered"],
      ] as const) {
        assert.equal(await stub().chain.refusalOf(stub().registry, data), otherwise);
        assert.equal(await stub().chain.refusalOf(stub().registry, `${data}00`), "CalldataNotCanonical");
      }
    });
});
