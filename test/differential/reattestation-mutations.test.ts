// Contract and SDK give the same check for seeded mutations of re-attestations, and for a flipped bit in every word
// of their calldata.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { verifyReattestCalldata } from "../../sdk/verify/reattestation.ts";
import { mutateReattestCalldata, mutateWords } from "../support/mutations.ts";
import type { Mutation } from "../support/mutations.ts";
import { startScene } from "../support/reattestation-scene.ts";
import type { Scene } from "../support/reattestation-scene.ts";
import { count, newTally, verdictOnChain } from "../support/referee.ts";

const mutationsPerMachine = 150;

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`mutated re-attestations of a ${flavour} machine, contract and SDK`, () => {
    let scene: Scene;
    let teeMeasurement: Uint8Array;
    before(async () => {
      scene = await startScene(flavour);
      teeMeasurement = await scene.register();
    });
    after(() => scene.close());

    async function compare(calldata: Uint8Array, mutations: readonly Mutation[]) {
      const context = await scene.contextOf(0n);
      assert.equal(verifyReattestCalldata(calldata, context).error, null);
      const tally = newTally();
      for (const mutation of mutations) {
        const contract = await verdictOnChain(scene.chain, scene.registry, mutation.calldata);
        count(tally, mutation.name, contract, verifyReattestCalldata(mutation.calldata, context).error);
      }
      assert.deepEqual(tally.disagreements, []);
      return tally;
    }
    const rotation = async () =>
      encodeReattestCvm(
        await scene.build({ teeMeasurement, identity: await scene.newIdentity(), isCertified: true }),
      );

    it(`gives the same check for ${mutationsPerMachine} seeded mutations of a rotation`, async () => {
      const calldata = await rotation();
      const mutations = mutateReattestCalldata(calldata, mutationsPerMachine, 20260206);
      const { verdicts } = await compare(calldata, mutations);
      assert.ok(verdicts.size >= 15, [...verdicts.keys()].join(", "));
    });

    it("gives the same check for a flipped bit in every word of a rotation, and never accepts one", async () => {
      const calldata = await rotation();
      const { verdicts } = await compare(calldata, mutateWords(calldata));
      assert.equal(verdicts.has("accepted"), false);
    });

    it("gives the same check for a flipped bit in every word of a refresh, and never accepts one", async () => {
      const calldata = encodeReattestCvm(await scene.build({ teeMeasurement, ak: "key" }));
      const { verdicts } = await compare(calldata, mutateWords(calldata));
      assert.equal(verdicts.has("accepted"), false);
    });
  });
