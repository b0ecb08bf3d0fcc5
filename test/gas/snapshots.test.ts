// Gas is a feature: a figure that grows by more than 2 % over the committed snapshot fails, and so does one that
// the snapshot does not know. `npm run gas` writes the snapshot anew.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { measureGas } from "./measure.ts";
import type { GasFigures } from "./measure.ts";

const toleratedGrowth = 1.02;
const transactionGasCap = 2 ** 24;

/** What a caller may count on, whatever the snapshot says. */
const budgets: GasFigures = {
  "checkCVMSignature gcp-tdx (execution)": 33_000,
  "checkCVMSignature azure-tdx (execution)": 33_000,
  "CVMSignerVerifier.verify (execution)": 37_000,
  "RISC Zero 3.0 verify (execution)": 205_000,
  "SP1 v5 verifyProof (execution)": 200_000,
  "attestCvm gcp-tdx first on its host, issuers cached": 700_000,
  "attestCvm gcp-tdx first, all cached": 320_000,
  "attestCvm gcp-tdx renewal, all cached": 190_000,
  "reattestCvmWithTpm gcp-tdx refresh": 120_000,
  "attestCvm azure-tdx renewal, all cached": 380_000,
};

describe("gas", async () => {
  const snapshot = JSON.parse(readFileSync("test/gas/snapshots.json", "utf8")) as GasFigures;
  const figures = await measureGas();

  it("is measured for exactly the steps of the snapshot", () => {
    assert.deepEqual(Object.keys(figures), Object.keys(snapshot));
  });

  for (const [name, gas] of Object.entries(figures))
    it(`${name} is not over its snapshot`, () => {
      assert.ok(gas <= snapshot[name]! * toleratedGrowth, `${gas} gas, snapshot ${snapshot[name]}`);
      assert.ok(gas < transactionGasCap);
    });

  for (const [name, budget] of Object.entries(budgets))
    it(`${name} is at most ${budget}`, () => assert.ok(figures[name]! <= budget, String(figures[name])));
});
