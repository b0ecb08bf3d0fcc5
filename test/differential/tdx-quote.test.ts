// Contract and SDK give the same verdict and check id on real TDX quotes and on seeded mutations of them.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData } from "viem";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";
import { verifyTdxQuote } from "../../sdk/verify/tdx/index.ts";
import { capturedAt } from "../support/captured.ts";
import { createCapturedChain } from "../support/chain-collateral.ts";
import { mutateBytes, seededRandom } from "../support/mutations.ts";
import { count, newTally, verdictOnChain } from "../support/referee.ts";
import { capturedCollateral, capturedCollateralFor, mustJudge } from "../support/tdx-vectors.ts";

const folder = "test/fixtures/hardware/tdx-quotes";
const quotes = readdirSync(folder)
  .filter((file) => file.endsWith(".bin"))
  .sort()
  .map((file) => ({ file, bytes: new Uint8Array(readFileSync(`${folder}/${file}`)) }));
const mutationsPerQuote = 8;

describe("TDX quote, contract and SDK", () => {
  let chain: FrozenChain;
  before(async () => {
    chain = await createCapturedChain();
  });
  after(() => chain.close());

  // The chain holds TCB info of two platforms, the SDK is given that of one: a quote's own.
  const trust = { intelRoot, now: capturedAt };
  const [azure, gcp] = [capturedCollateral.azure, capturedCollateral.gcp].map((one) => mustJudge(one, trust));
  const judge = (quote: Uint8Array) => {
    const collateral = capturedCollateralFor(quote) === capturedCollateral.gcp ? gcp! : azure!;
    return verifyTdxQuote(quote, { ...trust, collateral }).error;
  };
  const judgeOnChain = (quote: Uint8Array) => {
    const args = [toHex(quote)] as const;
    const data = encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args });
    return verdictOnChain(chain, chain.address("TDXVerifier"), data);
  };

  it("agree on every real quote, at least ten of which are accepted", async () => {
    const tally = newTally();
    for (const { file, bytes } of quotes) count(tally, file, await judgeOnChain(bytes), judge(bytes));
    assert.deepEqual(tally.disagreements, []);
    assert.ok(tally.verdicts.get("accepted")! >= 10);
    assert.ok(tally.verdicts.get("tdx.tcb-info-missing")! >= 1);
  });

  it(`agree on ${mutationsPerQuote} seeded mutations of each`, async () => {
    const tally = newTally();
    const random = seededRandom(584);
    for (const { file, bytes } of quotes)
      for (let i = 0; i < mutationsPerQuote; i++) {
        const [what, mutated] = mutateBytes(bytes, random);
        count(tally, `${file} ${what}`, await judgeOnChain(mutated), judge(mutated));
      }
    assert.deepEqual(tally.disagreements, []);
    assert.ok(tally.verdicts.size >= 5);
  });

  it("agree on a flip in every seventh byte of header, body and QE report of one quote", async () => {
    const tally = newTally();
    const { bytes } = quotes.find(({ file }) => file === "v4-gcp-cos113.bin")!;
    // Header and body 0 to 632, QE report and its signature 770 to 1218.
    for (let offset = 0; offset < 1218; offset += 7) {
      const mutated = Uint8Array.from(bytes);
      mutated[offset]! ^= 0x10;
      count(tally, `byte ${offset}`, await judgeOnChain(mutated), judge(mutated));
    }
    assert.deepEqual(tally.disagreements, []);
    assert.equal(tally.verdicts.get("accepted") ?? 0, 0);
  });
});
