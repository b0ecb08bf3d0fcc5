// A chain with the contracts themselves, simulated machines that no registry has seen, and a relayer behind a proxy: for
// tests of the forms that evidence is sent in.
import type { TestContext } from "node:test";
import type { Hex } from "viem";
import { startAgent } from "../../../agent/agent.ts";
import { simulatedCollateralSource } from "../../../agent/platforms/simulated/collateral.ts";
import { startSimulatedMachine } from "../../../agent/platforms/simulated/machine.ts";
import type { SimulatedFlavour } from "../../../agent/platforms/simulated/machine.ts";
import { simulatorTrustRoots } from "../../../agent/platforms/simulated/pki.ts";
import { collectRegistration } from "../../../agent/registration.ts";
import type { Relayer } from "../../../relayer/server.ts";
import { localSigner } from "../../../relayer/signers/local.ts";
import { relayerKey, serveLocalChain } from "../../../scripts/local-chain.ts";
import type { ServedChain } from "../../../scripts/local-chain.ts";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { accepting, finished, mustEmptyStore, mustRegister, mustStart, until } from "./relayer.ts";
import type { RegistrationView } from "./relayer.ts";
import { startRpcProxy } from "./rpc-proxy.ts";
import type { RpcProxy, RpcRequest } from "./rpc-proxy.ts";

export async function serveChain(): Promise<{ readonly chain: ServedChain; readonly proxy: RpcProxy }> {
  const chain = await serveLocalChain({
    roots: simulatorTrustRoots(),
    folder: null,
    blockMilliseconds: 100,
  });
  return { chain, proxy: await startRpcProxy(chain.url) };
}

export async function startMachine(t: TestContext, flavour: SimulatedFlavour, chain: ServedChain) {
  const platform = await startSimulatedMachine({ flavour, tpm: "software" });
  const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
  t.after(() => agent.close());
  const evidence = async (isAnchored = true) => {
    const { number, hash } = await chain.publicClient.getBlock();
    const registry = fromHex(chain.address("CVMRegistry"));
    const block = { chainId: 31337n, registry, blockNumber: number, blockHash: fromHex(hash) };
    const request = { reportType: 1, block: isAnchored ? block : null };
    const registration = await collectRegistration(platform, agent.identity, request);
    await chain.testClient.mine({ blocks: 1 });
    return registration;
  };
  return { platform, agent, evidence };
}

export async function startRelayerOf(t: TestContext, chain: ServedChain, proxy: RpcProxy): Promise<Relayer> {
  const relayer = await mustStart(proxy, {
    store: await mustEmptyStore(),
    signer: localSigner(relayerKey),
    registry: chain.address("CVMRegistry"),
    akCertificates: chain.address("AKCertificates"),
    intelCollateral: chain.address("IntelCollateral"),
    collateralSource: simulatedCollateralSource(() => new Date()),
    verify: accepting,
    blockSeconds: 1n,
  });
  t.after(() => relayer.stop());
  return relayer;
}

export const register = async (relayer: Relayer, body: object): Promise<RegistrationView> =>
  until(relayer, await mustRegister(relayer, body), finished);

export const sentOf = async (chain: ServedChain, { txHash }: RegistrationView): Promise<Uint8Array> =>
  fromHex((await chain.publicClient.getTransaction({ hash: txHash as Hex })).input);

export function count(relayer: Relayer, name: string, form: string): number {
  const line = relayer.metrics
    .text()
    .split("\n")
    .find((text) => text.startsWith(`cvm_relayer_${name}_total{form="${form}"} `));
  return line === undefined ? 0 : Number(line.split(" ")[1]);
}

/** Calldata of a call, and the block it is asked at. */
export function callOf({ method, params }: RpcRequest) {
  if (method !== "eth_call" && method !== "eth_estimateGas") return null;
  const [{ data }, tag] = params as [{ data: Hex }, string | undefined];
  return { method, data, tag: tag ?? "latest" };
}
