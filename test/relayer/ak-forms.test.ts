// In which form the relayer sends AK certificates, before the contracts themselves: in full at first, not at all while
// the chain knows the key, with their issuers named by hash where it knows those only.
import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { encodeFunctionResult, numberToHex, toFunctionSelector } from "viem";
import type { Hex } from "viem";
import type { Platform } from "../../agent/platforms/platform.ts";
import { formOf, nameOf } from "../../relayer/registration/forms.ts";
import type { Relayer } from "../../relayer/server.ts";
import { akIdOf } from "../../sdk/evidence/binding.ts";
import { fromHex, keccak256, toBigInt, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { toKnownAkCalldata, toNamedIssuersCalldata } from "../../sdk/evidence/ak-recoding.ts";
import { rawQuoteOf, toKnownHostCalldata } from "../../sdk/evidence/tdx-recoding.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { knownHostFinder } from "../../relayer/registration/known-host.ts";
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
const certificates = { address: chain.address("AKCertificates"), abi: akCertificatesAbi } as const;
after(async () => {
  proxy.close();
  await chain.close();
});
beforeEach(() => {
  proxy.onRequest = passOn;
});

function must<T>(value: T): Exclude<T, Refusal> {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value as Exclude<T, Refusal>;
}

async function mustSetUp(t: TestContext, flavour: "gcp-tdx" | "azure-tdx" = "gcp-tdx") {
  const machine = await startMachine(t, flavour, chain);
  return { ...machine, relayer: await startRelayerOf(t, chain, proxy) };
}

/** What was sent of the certificates, to the byte. */
async function sentCertificates(view: RegistrationView) {
  const registration = decodeAttestCvm(await sentOf(chain, view));
  assert.ok(!("check" in registration));
  const { akPub, certs } = registration.workloadCollaterals;
  return { akPub: toHex(akPub), certs: certs.map(toHex) };
}

const recordOf = ({ identityHash }: RegistrationView) =>
  chain.publicClient.readContract({
    address: chain.address("CVMRegistry"),
    abi: cvmRegistryAbi,
    functionName: "getCvm",
    args: [identityHash as Hex],
  });

async function mustWrite(functionName: "revokeCertificate" | "verifyChain", ...args: unknown[]) {
  const call = { ...certificates, functionName, args } as never;
  const hash = await chain.walletClient.writeContract(call);
  const { status } = await chain.publicClient.waitForTransactionReceipt({ hash });
  assert.equal(status, "success");
}

async function revokeLeaf({ akCertificates: [leaf] }: Platform) {
  const { issuer, serial } = must(readCertificate(leaf!));
  await mustWrite("revokeCertificate", toHex(keccak256(issuer)), toBigInt(serial));
}

let revoked = 0n;
/** Empties what is known of every key. */
const revokeSomeCertificate = () => mustWrite("revokeCertificate", numberToHex(1, { size: 32 }), ++revoked);

const trustOf = toFunctionSelector("trustOf(bytes32,uint8)");

/** A look-up that the chain has meanwhile overtaken: it answers what was known of the key before. */
async function staleTrust({ ak, cloud }: Platform) {
  const args = [toHex(akIdOf(ak.publicKey)), cloud] as const;
  const result = await chain.publicClient.readContract({ ...certificates, functionName: "trustOf", args });
  assert.ok(result.isTrusted);
  const answer = encodeFunctionResult({ abi: akCertificatesAbi, functionName: "trustOf", result });
  return (request: RpcRequest) =>
    callOf(request)?.data.startsWith(trustOf) === true ? { result: answer } : null;
}

const isWithoutCertificates = (data: Hex): boolean => {
  const registration = decodeAttestCvm(fromHex(data));
  return !("check" in registration) && registration.workloadCollaterals.certs.length === 0;
};

const sent = (relayer: Relayer) =>
  ["known-ak", "named-issuers", "given"].map((form) => count(relayer, "ak_certificates", form));

describe("the form of AK certificates", () => {
  for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
    it(`is in full at first, without them in a renewal, with a named issuer on the next machine (${flavour})`, async (t) => {
      const { platform, agent, relayer } = await mustSetUp(t, flavour);
      const [leaf, issuer] = platform.akCertificates as [Uint8Array, Uint8Array];
      const first = await register(relayer, { agentUrl: agent.url });
      const firstRecord = await recordOf(first);
      const renewal = await register(relayer, { agentUrl: agent.url });
      assert.deepEqual([first.state, renewal.state], ["confirmed", "confirmed"]);
      assert.deepEqual((await sentCertificates(first)).certs, [leaf, issuer].map(toHex));
      const { akPub, certs } = await sentCertificates(renewal);
      assert.deepEqual(certs, []);
      if (flavour === "gcp-tdx") assert.equal(akPub, toHex(platform.ak.publicKey));
      else assert.ok(akPub.startsWith("0xff01"), "claims are not compact");
      assert.ok(Number(renewal.gasUsed) < Number(first.gasUsed));
      const record = await recordOf(renewal);
      assert.deepEqual(
        [record.assurance, record.validUntil, record.akKey],
        [firstRecord.assurance, firstRecord.validUntil, firstRecord.akKey],
      );
      assert.ok(record.assurance.akCertified && record.tpmTime >= firstRecord.tpmTime);

      const second = await startMachine(t, flavour, chain);
      const view = await register(relayer, { agentUrl: second.agent.url });
      assert.equal(view.state, "confirmed");
      assert.deepEqual(
        (await sentCertificates(view)).certs,
        [second.platform.akCertificates[0]!, keccak256(issuer)].map(toHex),
      );
      assert.deepEqual(sent(relayer), [1, 1, 1]);
      assert.ok(!relayer.metrics.text().includes("_fallbacks_total{"));
      t.diagnostic(
        `${flavour}: first ${first.gasUsed}, renewal ${renewal.gasUsed}, next machine ${view.gasUsed} gas`,
      );
    });

  for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
    it(`saves gas on one and the same evidence, at each step (${flavour})`, async (t) => {
      const { platform, agent, relayer, evidence } = await mustSetUp(t, flavour);
      await register(relayer, { agentUrl: agent.url });
      const given = encodeAttestCvm(await evidence());
      const head = async () => ({ timestamp: (await chain.publicClient.getBlock()).timestamp }) as never;
      const find = knownHostFinder({ rpc: chain.publicClient, head }, chain.address("CVMRegistry"));
      const before = must(toKnownHostCalldata(given, (await find(rawQuoteOf(given)!))!));
      const name = toHex(keccak256(platform.akCertificates[1]!));
      const costs: bigint[] = [];
      for (const calldata of [
        must(toKnownAkCalldata(before)),
        must(toNamedIssuersCalldata(before, (hash) => hash === name)),
        before,
      ]) {
        const call = { to: chain.address("CVMRegistry"), data: toHex(calldata) };
        costs.push(await chain.publicClient.estimateGas(call));
      }
      const [without, named, full] = costs as [bigint, bigint, bigint];
      t.diagnostic(
        `${flavour} renewal on a known host: without ${without}, named ${named}, full ${full} gas`,
      );
      assert.ok(without < named && named < full, costs.join(" "));
    });

  it("brings the chain again, its issuer named, after a revocation that it does not rest on", async (t) => {
    const { agent, relayer } = await mustSetUp(t);
    await register(relayer, { agentUrl: agent.url });
    await revokeSomeCertificate();
    const views = [];
    for (let round = 0; round < 2; round++) views.push(await register(relayer, { agentUrl: agent.url }));
    const lengths = await Promise.all(views.map(async (view) => (await sentCertificates(view)).certs.length));
    assert.deepEqual(lengths, [2, 0]);
    assert.deepEqual(
      await Promise.all(views.map(async (view) => (await recordOf(view)).assurance.akCertified)),
      [true, true],
    );
  });

  it("falls back to the certificates as given where the look-up is out of date", async (t) => {
    const { platform, agent, relayer } = await mustSetUp(t);
    await register(relayer, { agentUrl: agent.url });
    const stale = await staleTrust(platform);
    await revokeSomeCertificate();
    proxy.onRequest = stale;
    const view = await register(relayer, { agentUrl: agent.url });
    assert.equal(view.state, "confirmed");
    assert.deepEqual((await sentCertificates(view)).certs, platform.akCertificates.map(toHex));
    assert.deepEqual([count(relayer, "reports", "known-host"), sent(relayer)[0]], [1, 0]);
    // Once at the simulation and once at the estimate.
    assert.equal(count(relayer, "ak_certificate_fallbacks", "known-ak"), 2);
    assert.ok(!relayer.metrics.text().includes("cvm_relayer_report_fallbacks_total{"));
  });

  it("falls back after its transaction reverted, once, and the registration is recorded", async (t) => {
    const { platform, agent, relayer, evidence } = await mustSetUp(t);
    await register(relayer, { agentUrl: agent.url });
    const stale = await staleTrust(platform);
    await revokeSomeCertificate();
    const given = encodeAttestCvm(await evidence());
    proxy.onRequest = (request) => {
      const call = callOf(request);
      const isOvertaken = call !== null && call.tag === "latest" && isWithoutCertificates(call.data);
      if (!isOvertaken) return stale(request);
      return { result: call.method === "eth_call" ? numberToHex(1, { size: 32 }) : numberToHex(900_000) };
    };
    const view = await register(relayer, { calldata: toHex(given) });
    assert.equal(view.state, "confirmed");
    assert.equal(nameOf(formOf(await sentOf(chain, view), given)), "known-host");
    assert.ok(
      view.steps.some(({ note }) => /^AnchorAKCertifiedMismatch\(.*as known-host\+known-ak/.test(note)),
    );
    assert.equal(count(relayer, "ak_certificates", "known-ak"), 1);
    assert.equal(count(relayer, "ak_certificate_fallbacks", "known-ak"), 1);
  });

  it("does not change the refusal: a revoked certificate is refused as given, and nothing is sent", async (t) => {
    const { platform, agent, relayer } = await mustSetUp(t);
    await register(relayer, { agentUrl: agent.url });
    const stale = await staleTrust(platform);
    await revokeLeaf(platform);
    for (const answer of [passOn, stale]) {
      proxy.onRequest = answer;
      const view = await register(relayer, { agentUrl: agent.url });
      assert.deepEqual([view.state, view.check, view.txHash], ["refused", "ak.certificate-revoked", null]);
    }
    assert.ok(!relayer.metrics.text().includes("_fallbacks_total{"));
  });

  it("keeps the certificates of un-anchored evidence, which would be recorded without their mark", async (t) => {
    const { platform, relayer, evidence } = await mustSetUp(t);
    await mustWrite("verifyChain", platform.akCertificates.map(toHex));
    const calldata = toHex(encodeAttestCvm(await evidence(false)));
    const view = await register(relayer, { calldata });
    assert.equal(view.state, "confirmed");
    assert.equal((await sentCertificates(view)).certs.length, 2);
    assert.deepEqual(sent(relayer), [0, 1, 0]);
  });
});
