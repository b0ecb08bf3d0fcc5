// Contract and SDK give the same verdict and check id on real TDX quotes and on seeded mutations of them.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import { capturedAt } from "../support/captured.ts";
import { startIntelChain } from "../support/intel-chain.ts";
import type { IntelChain } from "../support/intel-chain.ts";
import { mutateBytes, seededRandom } from "../support/mutations.ts";
import { count, newTally } from "../support/referee.ts";
import { capturedCollateral, mustJudge, realTrust } from "../support/tdx-vectors.ts";

const folder = "test/fixtures/hardware/tdx-quotes";
const quotes = readdirSync(folder)
  .filter((file) => file.endsWith(".bin"))
  .sort()
  .map((file) => ({ file, bytes: new Uint8Array(readFileSync(`${folder}/${file}`)) }));
const mutationsPerQuote = 8;

describe("TDX quote, contract and SDK", () => {
  // Of the platforms in GCP: quotes of others end in the TCB info that is missing.
  const base = realTrust(capturedAt);
  const trust = { ...base, collateral: mustJudge(capturedCollateral.gcp, base) };
  let chain: IntelChain;
  before(async () => {
    chain = await startIntelChain({ at: Number(capturedAt), tcbInfo: 18, qeIdentity: 18 });
    assert.equal(await chain.upsert(capturedCollateral.gcp), null);
  });
  after(() => chain.close());

  const judge = (quote: Uint8Array) => {
    const outcome = judgeTdxQuote(quote, trust);
    return isRefusal(outcome) ? outcome.check : null;
  };
  const judgeOnChain = async (quote: Uint8Array) =>
    (await chain.call(chain.verifier, "verify", toHex(quote))).verdict;

  it("agree on every real quote, some of which are accepted", async () => {
    const tally = newTally();
    for (const { file, bytes } of quotes) count(tally, file, await judgeOnChain(bytes), judge(bytes));
    assert.deepEqual(tally.disagreements, []);
    assert.ok(tally.verdicts.get("accepted")! >= 3);
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

  it("tdx.signature-length: agree on signature data that ends within its parts", async () => {
    const { bytes } = quotes.find(({ file }) => file === "v4-gcp-cos113.bin")!;
    // Signature, key, type and length, QE report and its signature; then lengths and type of what follows.
    for (const length of [0, 1, 583, 584, 589, 590]) {
      const cut = bytes.slice(0, 48 + 584 + 4 + length);
      new DataView(cut.buffer).setUint32(48 + 584, length, true);
      assert.equal(judge(cut), "tdx.signature-length", `${length}`);
      assert.equal(await judgeOnChain(cut), "tdx.signature-length", `${length}`);
    }
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
