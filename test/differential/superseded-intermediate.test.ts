// A certificate of Intel's CA that the root CRL names, in a quote, where the CA has a newer one of the same key: the quote is
// refused, on both sides, whether the chain has seen its text before or not (QVL looks the quote's own intermediate up).
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { issueCrl } from "../../agent/platforms/simulated/crl.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { toNewHost } from "../../sdk/evidence/tdx-compact.ts";
import { judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import { chainOf, newKey, reissue } from "../support/intel-certificates.ts";
import type { IntelChain } from "../support/intel-chain.ts";
import { serialOf } from "../support/random-tdx.ts";
import { day, relisted, simulatedNow, simulatedWorld } from "../support/simulated-chain.ts";
import { mustJudge } from "../support/tdx-vectors.ts";
import { hex } from "../contracts/verifiers/outcome.ts";

const world = await simulatedWorld("superseded");
const { root, platformCa } = world.authorities;
const quote = await world.quote();
const older = world.collateral();
const newer = await reissue(world.authorities, "platformCa", {
  serial: newKey("newer certificate").serial,
  notBefore: day("2026-01-01"),
});
/** Intel's documents once the CA has its newer certificate and the root CRL names some serials. */
const collateralNaming = (...revokedSerials: Uint8Array[]): TdxCollateral => ({
  ...older,
  pckCrlIssuerChain: chainOf(newer, root),
  rootCaCrl: issueCrl(root, { ...relisted(1), revokedSerials }),
});

function offChain(collateral: TdxCollateral): string | null {
  const trust = { intelRoot: rawPublicKey(root.publicKey), now: BigInt(simulatedNow) };
  const judged = judgeTdxQuote(quote, { ...trust, collateral: mustJudge(collateral, trust) });
  return isRefusal(judged) ? judged.check : null;
}

describe("a quote with a superseded certificate of Intel's CA", () => {
  let chain: IntelChain;
  let goBack: () => Promise<void>;
  before(async () => {
    chain = await world.start();
    goBack = await chain.mark();
  });
  beforeEach(() => goBack());
  after(() => chain.close());
  const onChain = async (bytes = quote) => (await chain.call(chain.verifier, "verify", hex(bytes))).verdict;

  for (const isSeen of [true, false])
    for (const [what, revoked, due] of [
      ["nobody's", [], null],
      ["the quote's", [serialOf(platformCa)], "tdx.intermediate-revoked"],
    ] as const)
      it(`whose text was ${isSeen ? "" : "not "}seen before, and a root CRL with ${what} serial: ${due}`, async () => {
        const collateral = collateralNaming(...revoked);
        if (isSeen) await chain.mustSend(chain.collateral, "upsertChain", hex(older.pckCrlIssuerChain));
        assert.equal(await chain.upsert(collateral), null);
        assert.equal(offChain(collateral), due);
        assert.equal(await onChain(), due);
      });

  it("is good without that certificate, as its key is", async () => {
    const compact = toNewHost(quote);
    assert.ok(!isRefusal(compact));
    assert.equal(await chain.upsert(collateralNaming(serialOf(platformCa))), null);
    assert.equal(await onChain(compact), null);
  });
});
