// Gas of the steps that cost money, whole transactions under Osaka rules, on deterministic evidence: captured
// registrations and committed quotes. Evidence of the simulator has random signatures, which moves a figure by some
// dozens of gas; the snapshot's margin covers that.
import { readFileSync } from "node:fs";
import { encodeFunctionData } from "viem";
import type { Hex } from "viem";
import { startAgent } from "../../agent/agent.ts";
import type { SimulatedFlavour } from "../../agent/platforms/simulated/machine.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { collectRegistration, goldenMeasurement } from "../../agent/registration.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { envelopeMessage } from "../../sdk/evidence/message.ts";
import { attestedOracleAbi } from "../../sdk/registry/abi/AttestedOracle.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { captured, capturedAt } from "../support/captured.ts";

export type GasFigures = Record<string, number>;

async function measureCaptured(figures: GasFigures): Promise<void> {
  const chain = await createLocalChain({ roots: defaultTrust, at: capturedAt });
  const send = async (name: string, to: string, data: Hex) => {
    figures[name] = Number((await chain.send(chain.address(to), data)).gasUsed);
  };
  try {
    const quote = new Uint8Array(readFileSync("test/fixtures/hardware/tdx-quotes/v4-gcp-cos113.bin"));
    const verify = encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [toHex(quote)] });
    await send("TDXVerifier.verify first of a CA", "TDXVerifier", verify);
    await send("TDXVerifier.verify new host", "TDXVerifier", verify);
    for (const { name, calldata } of captured)
      await send(`attestCvm captured ${name}`, "CVMRegistry", toHex(calldata));
  } finally {
    await chain.close();
  }
}

/** Execution gas of a view: its transaction without the base fee and the calldata. */
async function executionGas(chain: FrozenChain, contract: string, data: Hex): Promise<number> {
  const { gasUsed } = await chain.send(chain.address(contract), data);
  const calldata = fromHex(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
  return Number(gasUsed) - 21_000 - calldata;
}

async function measureSimulated(figures: GasFigures, flavour: SimulatedFlavour): Promise<void> {
  const chain = await createLocalChain({ roots: simulatorTrustRoots(), at: capturedAt });
  const platform = await startSimulatedMachine({
    flavour,
    tpm: "software",
    ppid: new Uint8Array(16).fill(7),
  });
  const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
  try {
    const registry = chain.address("CVMRegistry");
    for (const name of ["first", "renewal"]) {
      const block = await chain.publicClient.getBlock();
      const anchorBlock = {
        chainId: BigInt(chain.deployment.chainId),
        registry: fromHex(registry),
        blockNumber: block.number,
        blockHash: fromHex(block.hash),
      };
      await chain.testClient.setNextBlockTimestamp({ timestamp: capturedAt });
      await chain.testClient.mine({ blocks: 1 });
      const request = { reportType: 1, block: anchorBlock };
      const calldata = encodeAttestCvm(await collectRegistration(platform, agent.identity, request));
      figures[`attestCvm ${flavour} ${name}`] = Number((await chain.send(registry, toHex(calldata))).gasUsed);
    }
    const application = chain.address("AttestedOracle");
    const golden = toHex(await goldenMeasurement(platform));
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
    figures[`checkCVMSignature ${flavour} (execution)`] = await executionGas(chain, "AttestedOracle", check);
  } finally {
    await agent.close();
    await chain.close();
  }
}

export async function measureGas(): Promise<GasFigures> {
  const figures: GasFigures = {};
  await measureCaptured(figures);
  await measureSimulated(figures, "gcp-tdx");
  await measureSimulated(figures, "azure-tdx");
  return figures;
}
