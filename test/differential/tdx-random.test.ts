// Random quotes with random documents under the simulator's PKI: contract and SDK say the same of each.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toHex } from "viem";
import { intelAuthorities } from "../../agent/platforms/simulated/pki.ts";
import { tcbEvaluationDataNumber } from "../../agent/platforms/simulated/tcb.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import { hex } from "../contracts/verifiers/outcome.ts";
import { startIntelChain } from "../support/intel-chain.ts";
import { randomTdxCase } from "../support/random-tdx.ts";
import { simulatedNow } from "../support/simulated-chain.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 60);

describe("random TDX evidence, contract and SDK", () => {
  it(`agree on ${runs} cases`, async () => {
    const root = rawPublicKey(intelAuthorities().root.publicKey);
    const numbers = { tcbInfo: tcbEvaluationDataNumber, qeIdentity: tcbEvaluationDataNumber };
    const chain = await startIntelChain({ root: toHex(root), at: simulatedNow, ...numbers });
    const goBack = await chain.mark();
    const seen = new Map<string, number>();
    for (let seed = 0; seed < runs; seed++) {
      const { quote, collateral } = await randomTdxCase(seed, new Date(simulatedNow * 1000));
      const trust = { intelRoot: root, now: BigInt(simulatedNow) };
      const judged = judgeTdxCollateral(collateral, trust);
      const off = isRefusal(judged) ? judged : judgeTdxQuote(quote, { ...trust, collateral: judged });
      await goBack();
      const upserts = await chain.upsert(collateral);
      const on =
        upserts === null
          ? await chain.call<{ tcbStatus: number }>(chain.verifier, "verify", hex(quote))
          : { verdict: upserts, value: null };
      assert.equal(on.verdict, isRefusal(off) ? off.check : null, `seed ${seed}`);
      if (!isRefusal(off)) assert.equal(on.value!.tcbStatus, off.tcbStatus, `seed ${seed}`);
      const outcome = isRefusal(off) ? off.check : String(off.tcbStatus);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }
    await chain.close();
    // Not all refused and not all alike.
    assert.ok(seen.size > 5 && [...seen.keys()].some((outcome) => outcome.length === 1), String([...seen]));
  });
});
