// The market as a path of the policy: chosen for RISC Zero, its order stream on the list like any service.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultWaits, provingClient } from "../../../proving/index.ts";
import type { MarketPath, ProvingPolicy } from "../../../proving/index.ts";
import { chainOf } from "../../../relayer/chain.ts";
import { boundlessPath } from "../../../relayer/proving/boundless.ts";
import { mustFail, setUp } from "../../proving/support/scene.ts";
import { market } from "./support/fake-market.ts";
import { setUpMarket, terms, wallet } from "./support/market-scene.ts";

const pathTo = (orderStreamUrl: string | null): MarketPath =>
  boundlessPath({
    ...{ market, wallet, terms, chain: chainOf(setUpMarket().chain), imageUrl: String, orderStreamUrl },
    ...{ selector: "0x73c457ba", priceCeiling: 1n, walletCeiling: 1n, maxFeePerGas: 1n, logBlocks: 1n },
  });

const policyOf = (path: MarketPath, allowedUrls: readonly string[] = []): ProvingPolicy => ({
  allowedUrls,
  paths: { risc0: path, sp1: path },
  loadProgram: null,
  waits: defaultWaits,
  fetch,
});
const attempt = (make: () => unknown) => Promise.resolve().then(make);

describe("the market of a policy", () => {
  const { context } = setUp();

  it("proves for RISC Zero", () => {
    assert.equal(provingClient("risc0", policyOf(pathTo(null)), context).name, "boundless");
  });

  it("proving.config: not for SP1", async () => {
    await mustFail(
      attempt(() => provingClient("sp1", policyOf(pathTo(null)), context)),
      "proving.config",
    );
  });

  it("proving.url-refused: an order stream that is not on the list", async () => {
    const path = pathTo("https://stream.example");
    await mustFail(
      attempt(() => provingClient("risc0", policyOf(path), context)),
      "proving.url-refused",
    );
    provingClient("risc0", policyOf(path, ["https://stream.example/"]), context);
  });
});
