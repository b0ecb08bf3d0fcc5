// A chain context for verifications: one known block, everything else unknown.
import type { AnchorBlock } from "../../sdk/evidence/registration.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { ChainView, RegistrationContext } from "../../sdk/verify/context.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/remembered.ts";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";

export const block: AnchorBlock = {
  chainId: 31337n,
  registry: new Uint8Array(20).fill(0x11),
  blockNumber: 100n,
  blockHash: new Uint8Array(32).fill(0x99),
};

export const otherRegistry = new Uint8Array(20).fill(0x22);

export const chain: ChainView = {
  chainId: block.chainId,
  registry: block.registry,
  head: block.blockNumber + 1n,
  blockSeconds: 12n,
  maxAnchorBlocks: 300n,
  blockHash: (number) => (number === block.blockNumber ? block.blockHash : null),
};

/** 2026-02-05, the frozen date of the test networks. */
export const now = 1_770_249_600n;

const trust = simulatorTrustRoots();
const documents = simulatedTdxCollateral({ now: new Date(Number(now) * 1000) });
const tdxCollateral = judgeTdxCollateral(documents, { intelRoot: trust.intelRoot, now });
if (isRefusal(tdxCollateral)) throw new Error(tdxCollateral.detail);

export const context: RegistrationContext = { now, trust, chain, tdxCollateral };

export const contextOf = (change: Partial<ChainView>): RegistrationContext => ({
  ...context,
  chain: { ...chain, ...change },
});
