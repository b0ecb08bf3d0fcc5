import { it } from "node:test";
import { toHex, fromHex } from "../../sdk/evidence/bytes.ts";
import { withScene } from "./measure-registry.ts";
import { profile } from "/tmp/prof2.ts";
import { quotePcrs } from "../../agent/registration.ts";
import { openIdentity } from "../../agent/identity/identity.ts";
import * as B from "../../sdk/evidence/binding.ts";
import { encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { reattestMessage } from "../../sdk/evidence/message.ts";
import { sha256 } from "../../sdk/evidence/bytes.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { toKnownAkCalldata } from "../../sdk/evidence/ak-recoding.ts";
it("x", async () => { for (const fl of (process.env.FL ? [process.env.FL] : ["gcp-tdx", "azure-tdx"])) await withScene(fl as any, async (s: any) => {
  const { chain, machine: p, agent } = s; const reg = chain.address("CVMRegistry");
  const rc = await chain.send(reg, toHex(await s.collect()));
  const [ev] = await chain.publicClient.getContractEvents({ address: reg, abi: cvmRegistryAbi, eventName: "CVMAttested", fromBlock: 0n });
  const tm = ev.args.attestation.teeMeasurement;
  const re = async (who: any, certified: boolean) => {
    const b = await chain.publicClient.getBlock();
    const block = { chainId: 31337n, registry: fromHex(reg), blockNumber: b.number, blockHash: fromHex(b.hash) };
    await chain.testClient.setNextBlockTimestamp({ timestamp: b.timestamp }); await chain.testClient.mine({ blocks: 1 });
    const sel = p.measuredPcrs.map((index: number) => ({ index, measureEventsIdx: [], measurePcr: true }));
    const cert = certified ? { tpmtPublic: who.key.tpmtPublic, ...(await p.tpm.certify(p.ak, who.key, who.hash)) } : null;
    const request = B.requestHash({ cloud: p.cloud, tee: p.tee, reportType: 1, selectionHash: B.selectionHash(sel), certifiedName: certified ? who.key.name.subarray(2) : new Uint8Array(32), akCertified: true });
    const { quote, pcrs } = await quotePcrs(p, B.extraData(who.hash, B.anchor(block, request, new Uint8Array(32))));
    const nonce = await chain.publicClient.readContract({ address: reg, abi: cvmRegistryAbi, functionName: "nonces", args: [toHex(agent.identity.hash)] });
    const signature = await agent.identity.sign(reattestMessage(31337n, fromHex(reg), nonce, sha256(quote.attest)));
    return encodeReattestCvm({ cvmIdentityHash: agent.identity.hash, signature, certification: cert, workloadCollaterals: { tpmQuote: quote.attest, tpmSignature: quote.signature, pcrs, reportId: fromHex(tm), akPub: p.ak.publicKey, certs: [], cvmIdentity: who.cvmIdentity } });
  };
  for (const [name, who, c] of [["refresh", agent.identity, false], ["refresh2", agent.identity, false], ["refresh certified", agent.identity, true], ["rotation", await openIdentity(p.tpm, p.measuredPcrs, undefined as any).catch(async () => { const key = await p.tpm.createIdentityKey(p.measuredPcrs); const { identityHash } = B as any; const cvmIdentity = { sigScheme: 0x18, curve: 3, hashAlgo: 11, data: key.publicKey ?? key.point }; return { key, cvmIdentity, hash: identityHash(cvmIdentity) }; }), true]] as any) {
    const cd = await re(who, c); const r = await chain.send(reg, toHex(cd));
    let z = 0; for (const b of cd) if (b === 0) z++;
    console.log(fl, name, r.gasUsed, "len", cd.length, "calldata", z*4+(cd.length-z)*16, "floor", 21000+10*z+40*(cd.length-z));
    if (process.env.PROF === name) { const t: any = await chain.publicClient.request({ method: "debug_traceTransaction" as any, params: [r.transactionHash, { disableMemory: true, disableStorage: true, disableStack: false }] as any });
      const by: any = {}; for (const n of Object.keys(s.chain.deployment.contracts)) by[s.chain.address(n).toLowerCase()] = n; profile(t.structLogs, by, "CVMRegistry"); }
  }
}); });
