// Intel's documents for both verifiers of a differential test: held by the chain, judged for the SDK.
import type { Hex } from "viem";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { collateralCalldata, collateralSteps } from "../../scripts/collateral.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain, LocalChainParameters } from "../../scripts/local-chain.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { capturedAt } from "./captured.ts";
import { capturedCollateral, mustJudge } from "./tdx-vectors.ts";

/** Evaluation of the real documents that are in date at `capturedAt`. */
export const capturedEvaluation = { tcbInfo: 18, qeIdentity: 18 } as const;

/** Sends all the documents; one that several collaterals share is sent once. */
export async function mustSendCollateral(
  chain: FrozenChain,
  ...collaterals: readonly TdxCollateral[]
): Promise<void> {
  const calls = new Set<Hex>(collaterals.flatMap((one) => collateralSteps(one).map(collateralCalldata)));
  for (const data of calls) await chain.send(chain.address("IntelCollateral"), data);
}

async function createChainWith(
  parameters: LocalChainParameters,
  collaterals: readonly TdxCollateral[],
): Promise<FrozenChain> {
  const chain = await createLocalChain(parameters);
  try {
    await mustSendCollateral(chain, ...collaterals);
    return chain;
  } catch (error) {
    await chain.close();
    throw error;
  }
}

/** A chain at `capturedAt` that holds the documents of the captures' platforms. */
export const createCapturedChain = (): Promise<FrozenChain> =>
  createChainWith(
    { roots: defaultTrust, at: capturedAt, evaluation: capturedEvaluation },
    Object.values(capturedCollateral),
  );

/** A chain at a time of choice that holds what the simulator says of its platform, and the same judged. */
export async function createSimulatorChain(at: bigint) {
  const roots = simulatorTrustRoots();
  const documents = simulatedTdxCollateral({ now: new Date(Number(at) * 1000) });
  const chain = await createChainWith({ roots, at }, [documents]);
  const collateral = mustJudge(documents, { intelRoot: roots.intelRoot, now: at });
  return { chain, roots, documents, collateral };
}
