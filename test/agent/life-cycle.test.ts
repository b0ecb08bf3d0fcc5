// What the agent makes for the registry, sent to the deployed contracts: the whole life of a record, over HTTP.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseEventLogs } from "viem";
import type { Hex } from "viem";
import { startAgent, type RunningAgent } from "../../agent/agent.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { isSwtpmInstalled } from "../../agent/tpm/swtpm.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { capturedAt } from "../support/captured.ts";
import { createSimulatorChain } from "../support/chain-collateral.ts";
import { verdictOnChain } from "../support/referee.ts";
import { bytesOf, post } from "./http.ts";

const tpms = (await isSwtpmInstalled()) ? (["swtpm", "software"] as const) : (["software"] as const);
const operator = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  for (const tpm of tpms)
    describe(`life of a record: ${flavour} on ${tpm}`, () => {
      let chain: FrozenChain;
      let agent: RunningAgent;
      let registry: Hex;
      /** As the event of the registration says. */
      let teeMeasurement: Hex;
      before(async () => {
        ({ chain } = await createSimulatorChain(capturedAt));
        registry = chain.address("CVMRegistry");
        const platform = await startSimulatedMachine({ flavour, tpm });
        agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
        const given = { report_type: 1, registry, ...(await anchor()) };
        const { logs } = await send(await ask("/onchain/registration-collaterals", given));
        const [attested] = parseEventLogs({ abi: cvmRegistryAbi, eventName: "CVMAttested", logs });
        ({ teeMeasurement } = attested!.args.attestation);
      });
      after(async () => {
        await agent.close();
        await chain.close();
      });

      async function anchor() {
        const { number, hash } = await chain.publicClient.getBlock();
        await chain.testClient.setNextBlockTimestamp({ timestamp: capturedAt });
        await chain.testClient.mine({ blocks: 1 });
        return { chain_id: chain.deployment.chainId, block_number: Number(number), block_hash: hash };
      }
      async function ask(route: string, body: object): Promise<Hex> {
        const { status, body: answer } = await post(`${agent.url}${route}`, body);
        assert.equal(status, 200, JSON.stringify(answer));
        return toHex(bytesOf(answer.calldata));
      }
      const send = (calldata: Hex) => chain.send(registry, calldata);
      const record = (hash = agent.identity.hash) =>
        chain.publicClient.readContract({
          address: registry,
          abi: cvmRegistryAbi,
          functionName: "getCvm",
          args: [toHex(hash)],
        });
      const action = async () => ({
        nonce: (await record()).nonce,
        chain_id: String(chain.deployment.chainId),
        contract_address: registry,
      });
      const reattestation = async () => ({
        ...(await action()),
        ...(await anchor()),
        report_type: 1,
        tee_measurement: teeMeasurement,
      });

      it("a refresh moves the TPM half on and leaves everything else", async () => {
        const before = await record();
        await send(await ask("/onchain/refresh", await reattestation()));
        const { nonce, recordedBlock, ...rest } = await record();
        assert.equal(nonce, before.nonce + 1);
        assert.ok(recordedBlock > before.recordedBlock);
        assert.deepEqual(rest.assurance, before.assurance);
        assert.equal(rest.measurementHash, before.measurementHash);
      });

      it("TTLs and operator are set by the current key", async () => {
        await send(
          await ask("/onchain/update-ttl", { ...(await action()), tee_ttl: 7200, tpm_ttl: "86400" }),
        );
        await send(await ask("/onchain/set-operator", { ...(await action()), operator }));
        const { teeTTL, tpmTTL } = await record();
        assert.deepEqual([teeTTL, tpmTTL], [7200, 86_400]);
      });

      it("a rotation hands the record to a key as well protected, which signs after the purge", async () => {
        const before = agent.identity.hash;
        await send(await ask("/onchain/new-cvm-identity", await reattestation()));
        assert.equal((await record(before)).registered, false);
        // The first key signs until the purge, but for nobody that the registry knows.
        const late = await ask("/onchain/revoke", await action());
        assert.equal(await verdictOnChain(chain, registry, late), "reattestation.registered");
        const { status } = await post(`${agent.url}/sign-message`, { message: "a", purge_old_keys: true });
        assert.equal(status, 200);
        const { registered, assurance, teeTTL } = await record();
        assert.deepEqual([registered, assurance.keyProtection, teeTTL], [true, 2, 7200]);
        const operatorNow = await chain.publicClient.readContract({
          address: registry,
          abi: cvmRegistryAbi,
          functionName: "operatorOf",
          args: [toHex(agent.identity.hash)],
        });
        assert.equal(operatorNow, operator);
        await send(await ask("/onchain/refresh", await reattestation()));
      });

      it("a revocation by the current key is final", async () => {
        await send(await ask("/onchain/revoke", await action()));
        assert.equal((await record()).registered, false);
        const refused = await ask("/onchain/refresh", await reattestation());
        assert.equal(await verdictOnChain(chain, registry, refused), "reattestation.registered");
      });
    });
