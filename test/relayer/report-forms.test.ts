// In which form the relayer sends a report, before the contracts themselves: the host of a quote is sent once and known
// by its attributes afterwards, and what the chain does not take is sent in the next form.
import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { encodeErrorResult, parseEventLogs, toFunctionSelector, toHex } from "viem";
import type { Hex } from "viem";
import { formOfReport } from "../../relayer/registration/forms.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { toKnownHostCalldata, toNewHostCalldata } from "../../sdk/evidence/tdx-recoding.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import {
  callOf,
  count,
  register,
  sentOf,
  serveChain,
  startMachine,
  startRelayerOf,
} from "./support/forms.ts";
import type { RegistrationView } from "./support/relayer.ts";
import { passOn } from "./support/rpc-proxy.ts";
import type { RpcRequest } from "./support/rpc-proxy.ts";

const { chain, proxy } = await serveChain();
after(async () => {
  proxy.close();
  await chain.close();
});
beforeEach(() => {
  proxy.onRequest = passOn;
});

/** A machine that no registry has seen, and a relayer between it and the chain. */
async function mustSetUp(t: TestContext) {
  const machine = await startMachine(t, "gcp-tdx", chain);
  return { ...machine, relayer: await startRelayerOf(t, chain, proxy) };
}

const formOf = async (view: RegistrationView) => formOfReport(await sentOf(chain, view));

const formAsked = (request: RpcRequest) => {
  const call = callOf(request);
  return call === null ? null : formOfReport(fromHex(call.data));
};

const hostVerifiedAt = toFunctionSelector("hostVerifiedAt(bytes32)");
const word = (value: number): Hex => toHex(value, { size: 32 });

/** A look-up that the chain has meanwhile overtaken: it remembers no such host. */
const staleLookUp = (request: RpcRequest) =>
  callOf(request)?.data.startsWith(hostVerifiedAt) === true
    ? { result: word(Math.floor(Date.now() / 1000)) }
    : null;

describe("the form of a report", () => {
  it("is that of a new host at first and of a known host afterwards, and both are recorded", async (t) => {
    const { agent, relayer } = await mustSetUp(t);
    const first = await register(relayer, { agentUrl: agent.url });
    const second = await register(relayer, { agentUrl: agent.url });
    assert.deepEqual([first.state, second.state], ["confirmed", "confirmed"]);
    assert.deepEqual([await formOf(first), await formOf(second)], ["new-host", "known-host"]);
    assert.equal(first.identityHash, second.identityHash);
    assert.ok(Number(second.gasUsed) < Number(first.gasUsed));
    for (const form of ["new-host", "known-host"]) assert.equal(count(relayer, "reports", form), 1);
    assert.ok(!relayer.metrics.text().includes("cvm_relayer_report_fallbacks_total{"));
  });

  it("saves gas on one and the same evidence, at each step", async (t) => {
    const { agent, relayer, evidence } = await mustSetUp(t);
    const { txHash } = await register(relayer, { agentUrl: agent.url });
    const { logs } = await chain.publicClient.getTransactionReceipt({ hash: txHash as Hex });
    const [event] = parseEventLogs({ abi: tdxVerifierAbi, eventName: "HostVerified", logs });
    const given = encodeAttestCvm(await evidence());
    const known = toKnownHostCalldata(given, fromHex(event!.args.attributes));
    const fresh = toNewHostCalldata(given);
    assert.ok(!isRefusal(known) && !isRefusal(fresh));
    const to = chain.address("CVMRegistry");
    const costs: bigint[] = [];
    for (const calldata of [known, fresh, given])
      costs.push(await chain.publicClient.estimateGas({ to, data: toHex(calldata) }));
    const [ofKnown, ofNew, ofGiven] = costs as [bigint, bigint, bigint];
    t.diagnostic(`attestCvm of a renewal: known host ${ofKnown}, new host ${ofNew}, as given ${ofGiven} gas`);
    assert.ok(ofKnown < ofNew && ofNew < ofGiven, costs.join(" "));
  });

  it("falls back to a new host where the look-up is out of date, without a transaction lost", async (t) => {
    const { agent, relayer } = await mustSetUp(t);
    proxy.onRequest = staleLookUp;
    const view = await register(relayer, { agentUrl: agent.url });
    assert.deepEqual([view.state, await formOf(view)], ["confirmed", "new-host"]);
    assert.equal(count(relayer, "reports", "known-host"), 0);
    // Once at the simulation and once at the estimate.
    assert.equal(count(relayer, "report_fallbacks", "known-host"), 2);
  });

  it("falls back after its transaction reverted, once, and the registration is recorded", async (t) => {
    const { agent, relayer } = await mustSetUp(t);
    proxy.onRequest = (request) => {
      const isOvertaken = formAsked(request) === "known-host" && callOf(request)!.tag === "latest";
      if (!isOvertaken) return staleLookUp(request);
      return { result: request.method === "eth_call" ? word(1) : toHex(900_000) };
    };
    const view = await register(relayer, { agentUrl: agent.url });
    assert.deepEqual([view.state, await formOf(view)], ["confirmed", "new-host"]);
    assert.deepEqual(
      view.steps.map(({ state }) => state).filter((state) => state === "simulated"),
      ["simulated", "simulated"],
    );
    assert.ok(
      view.steps.some(({ note }) => /^TDXHostUnknown\(.*refuses the evidence as known-host/.test(note)),
    );
    for (const form of ["known-host", "new-host"]) assert.equal(count(relayer, "reports", form), 1);
  });

  it("is that of the evidence as given where the chain takes no other", async (t) => {
    const { agent, relayer } = await mustSetUp(t);
    const data = encodeErrorResult({ abi: errorsAbi, errorName: "TDXPCKIssuerMismatch" });
    proxy.onRequest = (request) =>
      formAsked(request) === "new-host" ? { error: { code: 3, data } } : staleLookUp(request);
    const view = await register(relayer, { agentUrl: agent.url });
    assert.deepEqual([view.state, await formOf(view)], ["confirmed", "given"]);
    for (const form of ["known-host", "new-host"])
      assert.equal(count(relayer, "report_fallbacks", form), 2, form);
  });

  it("is left alone in calldata that is compact already", async (t) => {
    const { relayer, evidence } = await mustSetUp(t);
    const compact = toNewHostCalldata(encodeAttestCvm(await evidence()));
    assert.ok(!isRefusal(compact));
    const view = await register(relayer, { calldata: toHex(compact) });
    assert.deepEqual([view.state, await formOf(view)], ["confirmed", "new-host"]);
    assert.equal(count(relayer, "reports", "given"), 1);
  });

  it("does not change the refusal: it is that of the evidence as given, and nothing is sent", async (t) => {
    const { relayer, evidence } = await mustSetUp(t);
    const registration = await evidence();
    const teeAttestationReport = Uint8Array.from(registration.teeAttestationReport);
    // In the TD report body.
    teeAttestationReport[248]! ^= 1;
    const calldata = toHex(encodeAttestCvm({ ...registration, teeAttestationReport }));
    const view = await register(relayer, { calldata });
    assert.deepEqual([view.state, view.check, view.txHash], ["refused", "tdx.signature", null]);
    assert.ok(!relayer.metrics.text().includes("cvm_relayer_report_fallbacks_total{"));
  });
});
