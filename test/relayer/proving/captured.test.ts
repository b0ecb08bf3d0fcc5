// A captured SNP machine of GCP through a whole relayer: evidence without its proof goes in; the local prover server hands out
// the proof that was really made of it, over HTTP; its pairing is checked; a registry with the vendors' roots records it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { defaultWaits } from "../../../proving/index.ts";
import type { ProvingPolicy } from "../../../proving/index.ts";
import { sdkVerifier } from "../../../relayer/registration/verification.ts";
import type { VerifyEvidence } from "../../../relayer/registration/verification.ts";
import { localSigner } from "../../../relayer/signers/local.ts";
import type { OpenedStore } from "../../../relayer/store/database.ts";
import { relayerKey, serveLocalChain } from "../../../scripts/local-chain.ts";
import type { ServedChain } from "../../../scripts/local-chain.ts";
import { startProverServer } from "../../../scripts/prover/server.ts";
import type { ProverServer } from "../../../scripts/prover/server.ts";
import { isProvableCalldata } from "../../../sdk/evidence/provable-report.ts";
import { cvmRegistryAbi } from "../../../sdk/registry/abi/CVMRegistry.ts";
import { defaultTrust } from "../../../sdk/verify/roots.ts";
import { provableCapture, snpProgram } from "../support/prover.ts";
import {
  accepting,
  finished,
  identityHash,
  mustEmptyStore,
  mustRegister,
  mustStart,
  until,
} from "../support/relayer.ts";

/** Seven minutes after the proof (2026-01-21T06:30:00Z). */
const registeredAt = 1_768_977_000n;

// The machine's VEK was not captured, so the evidence cannot be judged before its proof is; everything else is.
const verifier = sdkVerifier({ trust: defaultTrust, maxAnchorBlocks: 256n, blockSeconds: 12n });
const verify: VerifyEvidence = (calldata, facts) =>
  isProvableCalldata(calldata) ? accepting(calldata, facts) : verifier(calldata, facts);

describe("the captured SNP machine of GCP", () => {
  let chain: ServedChain;
  let server: ProverServer;
  let store: OpenedStore;
  before(async () => {
    // First: while it opens, connections to the chain would go stale.
    store = await mustEmptyStore();
    server = await startProverServer(0);
    // One block a minute besides those of transactions: the proof counts for a day.
    const parameters = { roots: defaultTrust, folder: null, blockMilliseconds: 60_000, from: registeredAt };
    chain = await serveLocalChain(parameters);
  });
  after(async () => {
    await chain.close();
    await server.stop();
  });

  it("is registered by the proof that a prover made of its report", async (t) => {
    const { url } = server;
    const waits = { ...defaultWaits, polling: { firstMs: 5, longestMs: 20 } };
    const policy: ProvingPolicy = {
      ...{ allowedUrls: [url], loadProgram: null, waits, fetch },
      paths: { sp1: { kind: "sidecar", url, version: "v5.0.0", apiKey: null }, risc0: null },
    };
    const relayer = await mustStart(chain, {
      store,
      registry: chain.address("CVMRegistry"),
      signer: localSigner(relayerKey),
      chainId: null,
      verify,
      proving: { policy },
      provingPrograms: [snpProgram],
      rpcTimeoutMs: 20_000,
    });
    t.after(() => relayer.stop());
    const calldata = Buffer.from(provableCapture()).toString("base64");
    const view = await until(relayer, await mustRegister(relayer, { calldata }), finished);
    assert.equal(view.state, "confirmed", view.explanation ?? "");
    assert.ok(view.steps.some(({ state }) => state === "proved"));
    assert.notEqual(view.identityHash, identityHash);
    const record = await chain.publicClient.readContract({
      address: chain.address("CVMRegistry"),
      abi: cvmRegistryAbi,
      functionName: "getCvm",
      args: [view.identityHash as `0x${string}`],
    });
    const { reportType, tee, assurance } = record;
    assert.deepEqual([reportType, tee, assurance.product, assurance.tcbStatus], [2, 2, 1, 1]);
  });
});
