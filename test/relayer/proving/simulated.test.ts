// A simulated TDX machine asked for a proof: agent, SDK verifier, chain and documents are the real ones. No program has ever
// looked at a simulator's quote, so the proof is made up; what shows is what the prover is asked, and that nobody believes it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { decodeAbiParameters, parseAbiParameters } from "viem";
import { simulatedCollateralSource } from "../../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../../agent/platforms/simulated/pki.ts";
import { dcapCollateral } from "../../../proving/index.ts";
import { readHeld } from "../../../relayer/collateral/held.ts";
import { queryOf } from "../../../relayer/collateral/offered.ts";
import { localSigner } from "../../../relayer/signers/local.ts";
import type { OpenedStore } from "../../../relayer/store/database.ts";
import { relayerKey } from "../../../scripts/local-chain.ts";
import type { ServedChain } from "../../../scripts/local-chain.ts";
import { collectRegistration } from "../../../agent/registration.ts";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";
import { platformOfQuote } from "../../../sdk/evidence/tdx-platform.ts";
import { serveChain, startMachine } from "../support/forms.ts";
import { madeUpProver } from "../support/made-up-prover.ts";
import { finished, mustEmptyStore, mustRegister, mustStart, until } from "../support/relayer.ts";
import type { RpcProxy } from "../support/rpc-proxy.ts";
import { admitTdxProgram } from "../support/tdx-program.ts";

const inputTypes = parseAbiParameters("bytes collateral, bytes quote, uint64 timestamp");

describe("a simulated TDX machine that is to be proved", () => {
  let chain: ServedChain;
  let proxy: RpcProxy;
  let store: OpenedStore;
  before(async () => {
    store = await mustEmptyStore();
    ({ chain, proxy } = await serveChain());
    await admitTdxProgram(chain);
  });
  after(async () => {
    proxy.close();
    await chain.close();
  });

  async function setUp(t: TestContext) {
    const { platform, agent } = await startMachine(t, "gcp-tdx", chain);
    const prover = madeUpProver();
    const source = simulatedCollateralSource(() => new Date());
    const relayer = await mustStart(chain, {
      store,
      registry: chain.address("CVMRegistry"),
      signer: localSigner(relayerKey),
      chainId: null,
      verify: undefined as never,
      trust: simulatorTrustRoots(),
      intelCollateral: chain.address("IntelCollateral"),
      collateralSource: source,
      proving: { policy: prover.policy },
      reportTypes: ["sp1"],
      blockSeconds: 1n,
      rpcTimeoutMs: 20_000,
    });
    t.after(() => relayer.stop());
    const conclude = async (wish: object) => until(relayer, await mustRegister(relayer, wish), finished);
    return { platform, agent, source, conclude, asked: prover.asked };
  }

  it("has its evidence judged, Intel's documents brought, and quote and documents given to the program", async (t) => {
    const { agent, source, conclude, asked } = await setUp(t);
    const view = await conclude({ agentUrl: agent.url });
    assert.deepEqual(
      [view.state, view.code],
      ["failed", "CVM_RELAYER_PROVING_FAILED"],
      view.explanation ?? "",
    );
    assert.match(view.explanation!, /^proving\.receipt-wrong/);

    assert.equal(asked.length, 1);
    const [collateral, quote, timestamp] = decodeAbiParameters(inputTypes, asked[0]!.stdin[0]);
    const platform = platformOfQuote(fromHex(quote))!;
    const documents = await source.tdxCollateral(queryOf(platform, null));
    assert.deepEqual(fromHex(collateral), dcapCollateral(documents));
    const head = await chain.publicClient.getBlock();
    assert.ok(timestamp <= head.timestamp && timestamp + 120n > head.timestamp);
    // What the program was given is held, so that a proof of it would be taken.
    const { nextUpdate } = await readHeld(chain.publicClient, chain.address("IntelCollateral"), platform);
    for (const [document, next] of Object.entries(nextUpdate)) assert.ok(next > head.timestamp, document);
  });

  it("is not proved without an anchor once its AK is recorded", async (t) => {
    const { platform, agent, conclude, asked } = await setUp(t);
    const recorded = await conclude({ agentUrl: agent.url, reportType: "solidity" });
    assert.equal(recorded.state, "confirmed", recorded.explanation ?? "");
    const evidence = await collectRegistration(platform, agent.identity, { reportType: 2, block: null });
    const view = await conclude({ calldata: toHex(encodeAttestCvm(evidence)) });
    assert.deepEqual([view.state, view.check], ["refused", "record.unanchored"], view.explanation ?? "");
    assert.deepEqual(asked, []);
  });
});
