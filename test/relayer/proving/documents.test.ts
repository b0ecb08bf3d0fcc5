// A proof of a quote is bought by the documents that the chain holds, and by no others: contracts, agent, SDK verifier and
// documents are the real ones, the proof is made up.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { TestContext } from "node:test";
import { decodeAbiParameters, parseAbiParameters } from "viem";
import type { Hex } from "viem";
import { simulatedTdxCollateral } from "../../../agent/platforms/simulated/collateral.ts";
import { names } from "../../../agent/platforms/simulated/authorities.ts";
import { issueCrl } from "../../../agent/platforms/simulated/crl.ts";
import { intelAuthorities, simulatorTrustRoots } from "../../../agent/platforms/simulated/pki.ts";
import { dcapCollateral } from "../../../proving/index.ts";
import { collateralCalldata, collateralSteps } from "../../../relayer/collateral/calls.ts";
import { foreignFinder, provenHashesOf } from "../../../relayer/collateral/proven.ts";
import type { ProvenHashes } from "../../../relayer/collateral/proven.ts";
import { chainOf as chainOfRpc, httpRpc } from "../../../relayer/chain.ts";
import { localSigner } from "../../../relayer/signers/local.ts";
import { relayerKey } from "../../../scripts/local-chain.ts";
import type { ServedChain } from "../../../scripts/local-chain.ts";
import { fromHex, keccak256, toHex } from "../../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../../sdk/evidence/certificate.ts";
import type { Certificate } from "../../../sdk/evidence/certificate.ts";
import { encodeDcapJournal } from "../../../sdk/evidence/journals/dcap.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../../sdk/evidence/tdx-collateral.ts";
import { platformOfQuote } from "../../../sdk/evidence/tdx-platform.ts";
import { simulatedFmspc } from "../../../agent/platforms/simulated/tcb.ts";
import { simulatedQuote } from "../../../agent/platforms/simulated/simulated-quote.ts";
import { collectRegistration } from "../../../agent/registration.ts";
import { encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";
import { chainOf, newKey, reissue } from "../../support/intel-certificates.ts";
import { serveChain, startMachine } from "../support/forms.ts";
import { madeUpProver } from "../support/made-up-prover.ts";
import type { MadeUpProver } from "../support/made-up-prover.ts";
import { finished, mustEmptyStore, mustRegister, mustStart, until } from "../support/relayer.ts";
import type { RpcProxy } from "../support/rpc-proxy.ts";
import { admitTdxProgram } from "../support/tdx-program.ts";

const inputTypes = parseAbiParameters("bytes collateral, bytes quote, uint64 timestamp");
const today = Date.now();
// What is issued five days before a day: up to four days ahead it is in date today.
const issues = [0, 1, 2].map((days) => simulatedTdxCollateral({ now: new Date(today + days * 86_400_000) }));
const [first, second, third] = issues as [TdxCollateral, TdxCollateral, TdxCollateral];

/** Of a list as new as those of `first`. */
const listed = {
  thisUpdate: new Date(today - 5 * 86_400_000),
  nextUpdate: new Date(today + 25 * 86_400_000),
  revokedSerials: [],
};

function hashesOf(collateral: TdxCollateral): ProvenHashes {
  const hashes = provenHashesOf(collateral);
  assert.ok(hashes !== null && !isRefusal(hashes));
  return hashes;
}

const documentsOf = ({ asked }: MadeUpProver): Uint8Array[] =>
  asked.map(({ stdin: [input] }) => fromHex(decodeAbiParameters(inputTypes, input)[0]));

/** What a program that looked at the request would put out, by these documents. */
function journalOf(input: Hex, documents: TdxCollateral): Hex {
  const [, quote, time] = decodeAbiParameters(inputTypes, input);
  return toHex(
    encodeDcapJournal({
      ...{ quoteVersion: 4, tcbStatus: 0, fmspc: simulatedFmspc, advisoryIds: [], time },
      ...{ body: fromHex(quote).subarray(48, 48 + 584), documents: hashesOf(documents) },
    }),
  );
}

describe("Intel's documents of a proof", () => {
  let chain: ServedChain;
  let proxy: RpcProxy;
  before(async () => {
    ({ chain, proxy } = await serveChain());
    await admitTdxProgram(chain);
  });
  after(async () => {
    proxy.close();
    await chain.close();
  });

  /** As anybody may. */
  async function bring(documents: TdxCollateral, names: readonly string[]): Promise<void> {
    for (const step of collateralSteps(documents).filter(({ name }) => names.includes(name))) {
      const [to, data] = [chain.address("IntelCollateral"), collateralCalldata(step)];
      const hash = await chain.walletClient.sendTransaction({ to, data, gas: 10_000_000n });
      const { status } = await chain.publicClient.waitForTransactionReceipt({ hash });
      assert.equal(status, "success", step.functionName);
    }
  }

  const find = () => foreignFinder(chainOfRpc(httpRpc(chain.url, 5_000)), chain.address("CVMRegistry"));
  const heldOf = async (documents: TdxCollateral) =>
    find()(2, platformOfQuote(await simulatedQuote({ seed: 1 }))!, hashesOf(documents));

  async function setUp(t: TestContext, offered: { now: TdxCollateral }, provingTimeoutSeconds = 60) {
    const { platform, agent } = await startMachine(t, "gcp-tdx", chain);
    const evidence = await collectRegistration(platform, agent.identity, { reportType: 2, block: null });
    const wish = { calldata: toHex(encodeAttestCvm(evidence)) };
    const prover = madeUpProver();
    const relayer = await mustStart(chain, {
      store: await mustEmptyStore(),
      registry: chain.address("CVMRegistry"),
      signer: localSigner(relayerKey),
      verify: undefined as never,
      trust: simulatorTrustRoots(),
      intelCollateral: chain.address("IntelCollateral"),
      collateralSource: { tdxCollateral: () => Promise.resolve(offered.now) },
      proving: { policy: prover.policy, verifyProof: () => true },
      blockSeconds: 1n,
      rpcTimeoutMs: 20_000,
      provingTimeoutSeconds,
    });
    t.after(() => relayer.stop());
    const register = async () => mustRegister(relayer, wish);
    return { prover, register, ended: async (id: string) => until(relayer, id, finished) };
  }
  const all = ["intelCertificates", "rootCrl", "pckCrl", "tcbInfo", "qeIdentity"];

  it("are named one by one where the chain holds none, and none where it holds them all", async () => {
    assert.deepEqual(await heldOf(first), ["root", "signer", "rootCrl", "pckCrl", "qeIdentity", "tcbInfo"]);
    await bring(first, all);
    assert.deepEqual(await heldOf(first), []);
    // Contents of TCB info and QE identity are the same with other dates.
    assert.deepEqual(await heldOf(second), ["rootCrl", "pckCrl"]);
  });

  it("are not those of another CA than the one whose list the chain takes, though it holds that, too", async () => {
    const { root } = intelAuthorities();
    const { publicKey, privateKey, serial } = newKey("processor CA");
    const subject = names.intelProcessorCa;
    const other = await reissue(intelAuthorities(), "platformCa", { subject, publicKey, serial });
    const offered: TdxCollateral = {
      ...first,
      pckCrlIssuerChain: chainOf(other, root),
      pckCrl: issueCrl({ ...other, privateKey }, listed),
    };
    await bring(offered, ["intelCertificates", "pckCrl"]);
    const platform = platformOfQuote(await simulatedQuote({ seed: 1 }))!;
    const { subject: ofOther } = readCertificate(other.der) as Certificate;
    const ofOtherCa = { ...platform, caSubjectHash: keccak256(ofOther) };
    assert.deepEqual(await find()(2, ofOtherCa, hashesOf(offered)), ["pckCrl"]);
    assert.deepEqual(await find()(2, ofOtherCa, hashesOf(first)), []);
  });

  it("are the source's, which are newer, when they have been brought to the chain", async (t) => {
    const { prover, register, ended } = await setUp(t, { now: second });
    const view = await ended(await register());
    // The proof is made up, and the verdict finds it.
    assert.deepEqual([view.state, view.check], ["refused", "proof.seal"], view.explanation!);
    assert.deepEqual(documentsOf(prover), [dcapCollateral(second)]);
    assert.deepEqual(await heldOf(second), []);
  });

  it("are not the source's where the chain has newer ones: no proof is bought", async (t) => {
    const { prover, register, ended } = await setUp(t, { now: first }, 2);
    const view = await ended(await register());
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.match(view.explanation!, /would refuse the proof: root CRL, PCK CRL, for 2 s$/);
    assert.deepEqual(prover.asked, []);
  });

  it("are asked for again when the chain has newer ones before the proof is there", async (t) => {
    const offered = { now: second };
    const { prover, register, ended } = await setUp(t, offered);
    let isPending = true;
    prover.outputOf = ({ stdin: [input] }) => (isPending ? null : journalOf(input, offered.now));
    const id = await register();
    while (prover.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await bring(third, ["pckCrl"]);
    isPending = false;
    const view = await ended(id);
    assert.equal(view.code, "CVM_RELAYER_PROVING_FAILED");
    assert.match(view.explanation!, /the chain has replaced meanwhile \(PCK CRL\): it would be refused/);
    offered.now = third;
    const again = await ended(await register());
    assert.deepEqual([again.state, again.check], ["refused", "proof.seal"], again.explanation!);
    assert.deepEqual(documentsOf(prover), [second, third].map(dcapCollateral));
  });
});
