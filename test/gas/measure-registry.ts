// Gas of the registry's life cycle and of a signature check, on a simulated machine: `given` is what an agent hands over,
// the other forms are what the relayer makes of it.
import { encodeFunctionData } from "viem";
import type { Hex } from "viem";
import { startAgent } from "../../agent/agent.ts";
import type { RunningAgent } from "../../agent/agent.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import type { SimulatedFlavour } from "../../agent/platforms/simulated/machine.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { identityOf } from "../../agent/identity/identity.ts";
import type { Identity } from "../../agent/identity/identity.ts";
import { collectReattestation } from "../../agent/reattestation.ts";
import { collectRegistration, goldenMeasurement } from "../../agent/registration.ts";
import { collateralSteps, sendCollateral } from "../../scripts/collateral.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import {
  toCompactClaimsCalldata,
  toKnownAkCalldata,
  toNamedIssuersCalldata,
} from "../../sdk/evidence/ak-recoding.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm, encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { envelopeMessage } from "../../sdk/evidence/message.ts";
import type { AnchorBlock } from "../../sdk/evidence/registration.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { toNewHost } from "../../sdk/evidence/tdx-compact.ts";
import { rawQuoteOf, toKnownHostCalldata, toNewHostCalldata } from "../../sdk/evidence/tdx-recoding.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { attestedOracleAbi } from "../../sdk/registry/abi/AttestedOracle.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import { capturedAt } from "../support/captured.ts";
import type { GasFigures } from "./measure.ts";

function taken(calldata: Uint8Array | Refusal): Uint8Array {
  if (isRefusal(calldata)) throw new Error(calldata.detail);
  return calldata;
}

export interface Scene {
  readonly chain: FrozenChain;
  readonly machine: Platform;
  readonly agent: RunningAgent;
  /** The latest block, mined upon. */
  readonly anchor: () => Promise<AnchorBlock>;
  /** Evidence anchored there. */
  readonly collect: () => Promise<Uint8Array>;
  readonly send: (calldata: Uint8Array) => Promise<number>;
  /** The host's attributes as the verifier remembers them, once it does. */
  readonly hostAttributes: () => Promise<Uint8Array>;
}

/** A simulated machine and a chain that holds the collateral of its host and nothing else. */
export async function withScene(
  flavour: SimulatedFlavour,
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const chain = await createLocalChain({ roots: simulatorTrustRoots(), at: capturedAt });
  const machine = await startSimulatedMachine({
    flavour,
    tpm: "software",
    ppid: new Uint8Array(16).fill(7),
  });
  const agent = await startAgent({ platform: machine, workload: { host: "127.0.0.1", port: 0 } });
  try {
    const steps = collateralSteps(simulatedTdxCollateral({ now: new Date(Number(capturedAt) * 1000) }));
    await sendCollateral((to, data) => chain.send(to, data), chain.address("IntelCollateral"), steps);
    await act(sceneOf(chain, machine, agent));
  } finally {
    await agent.close();
    await chain.close();
  }
}

function sceneOf(chain: FrozenChain, machine: Platform, agent: RunningAgent): Scene {
  const registry = chain.address("CVMRegistry");
  async function anchor(): Promise<AnchorBlock> {
    const { number, hash } = await chain.publicClient.getBlock();
    await chain.testClient.setNextBlockTimestamp({ timestamp: capturedAt });
    await chain.testClient.mine({ blocks: 1 });
    return {
      chainId: BigInt(chain.deployment.chainId),
      registry: fromHex(registry),
      blockNumber: number,
      blockHash: fromHex(hash),
    };
  }
  return {
    chain,
    machine,
    agent,
    anchor,
    async collect() {
      const request = { reportType: 1, block: await anchor() };
      return encodeAttestCvm(await collectRegistration(machine, agent.identity, request));
    },
    send: async (calldata) => Number((await chain.send(registry, toHex(calldata))).gasUsed),
    async hostAttributes() {
      const verifier = { address: chain.address("TDXVerifier"), abi: tdxVerifierAbi } as const;
      const events = await chain.publicClient.getContractEvents({
        ...verifier,
        eventName: "HostVerified",
        fromBlock: 0n,
      });
      return fromHex(events.at(-1)!.args.attributes!);
    },
  };
}

/** The host by its new-host form, the AK by its whole chain: afterwards a registration can leave both out. */
async function cacheEverything({ chain, machine, collect }: Scene): Promise<void> {
  const report = toHex(taken(toNewHost(rawQuoteOf(await collect())!)));
  const verify = encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [report] });
  await chain.send(chain.address("TDXVerifier"), verify);
  const certs = machine.akCertificates.map(toHex);
  const read = encodeFunctionData({ abi: akCertificatesAbi, functionName: "verifyChain", args: [certs] });
  await chain.send(chain.address("AKCertificates"), read);
}

async function cacheIssuers({ chain, machine }: Scene): Promise<void> {
  const certs = machine.akCertificates.slice(1).map(toHex);
  const cache = encodeFunctionData({ abi: akCertificatesAbi, functionName: "cacheIssuers", args: [certs] });
  await chain.send(chain.address("AKCertificates"), cache);
}

/** Execution gas of a view: its transaction without the base fee and the calldata. */
async function executionGas(chain: FrozenChain, contract: string, data: Hex): Promise<number> {
  const { gasUsed } = await chain.send(chain.address(contract), data);
  const calldata = fromHex(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
  return Number(gasUsed) - 21_000 - calldata;
}

async function measureCheck({ chain, machine, agent }: Scene): Promise<number> {
  const application = chain.address("AttestedOracle");
  const golden = toHex(await goldenMeasurement(machine));
  const add = { abi: attestedOracleAbi, functionName: "addGoldenMeasurement", args: [golden] } as const;
  await chain.send(application, encodeFunctionData(add as never));
  const user = new TextEncoder().encode("hello chain");
  const message = envelopeMessage(BigInt(chain.deployment.chainId), fromHex(application), user);
  const signature = await agent.identity.sign(message);
  const check = encodeFunctionData({
    abi: attestedOracleAbi,
    functionName: "checkCVMSignature",
    args: [toHex(agent.identity.hash), toHex(message), toHex(signature!)],
  });
  return executionGas(chain, "AttestedOracle", check);
}

/** A re-attestation without certificates: the AK is recorded, so it is known. */
async function reattest({ chain, machine, agent, anchor, send }: Scene, next: Identity): Promise<number> {
  const registry = { address: chain.address("CVMRegistry"), abi: cvmRegistryAbi } as const;
  const [attested] = await chain.publicClient.getContractEvents({
    ...registry,
    eventName: "CVMAttested",
    fromBlock: 0n,
  });
  const args = [toHex(agent.identity.hash)] as const;
  const evidence = (await collectReattestation(machine, agent.identity, next, {
    nonce: await chain.publicClient.readContract({ ...registry, functionName: "nonces", args }),
    block: await anchor(),
    reportType: 1,
    teeMeasurement: fromHex(attested!.args.attestation!.teeMeasurement),
  }))!;
  const { workloadCollaterals } = evidence;
  const shortest = { ...workloadCollaterals, certs: [], akPub: machine.ak.publicKey };
  return send(encodeReattestCvm({ ...evidence, workloadCollaterals: shortest }));
}

export async function measureRegistry(figures: GasFigures, flavour: SimulatedFlavour): Promise<void> {
  const note = async (name: string, gas: Promise<number>) => {
    figures[`attestCvm ${flavour} ${name}`] = await gas;
  };
  await withScene(flavour, async (scene) => {
    await note("first", scene.send(await scene.collect()));
    await note("renewal", scene.send(await scene.collect()));
    figures[`checkCVMSignature ${flavour} (execution)`] = await measureCheck(scene);
  });
  await withScene(flavour, async (scene) => {
    await cacheIssuers(scene);
    const named = toNamedIssuersCalldata(taken(toNewHostCalldata(await scene.collect())), () => true);
    await note("first on its host, issuers cached", scene.send(taken(toCompactClaimsCalldata(taken(named)))));
  });
  await withScene(flavour, async (scene) => {
    await cacheEverything(scene);
    const attributes = await scene.hostAttributes();
    const shortest = async () => {
      const known = taken(toKnownAkCalldata(taken(toKnownHostCalldata(await scene.collect(), attributes))));
      return taken(toCompactClaimsCalldata(known));
    };
    await note("first, all cached", scene.send(await shortest()));
    await note("renewal, all cached", scene.send(await shortest()));
    const { agent, machine } = scene;
    figures[`reattestCvmWithTpm ${flavour} refresh`] = await reattest(scene, agent.identity);
    const next = identityOf(machine.tpm, await machine.tpm.createIdentityKey(machine.measuredPcrs));
    figures[`reattestCvmWithTpm ${flavour} rotation`] = await reattest(scene, next);
  });
}
