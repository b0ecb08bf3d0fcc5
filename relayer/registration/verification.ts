// Judges calldata off chain before a wei is spent on it: what the registry would refuse is never sent.
import type { Address, Hex } from "viem";
import type { CheckId } from "../../sdk/checks.ts";
import { fromHex, isEqual, toHex } from "../../sdk/evidence/bytes.ts";
import { isProvableCalldata } from "../../sdk/evidence/provable-report.ts";
import type { RegistrationContext, TrustRoots } from "../../sdk/verify/context.ts";
import { verifyProvable } from "../../sdk/verify/provable.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { knownPrograms } from "../../sdk/verify/zk/programs.ts";
import type { Chain } from "../chain.ts";
import type { ReadCollateral } from "../collateral/judged.ts";
import type { KnownAk, ReadAkTrust } from "./ak-trust.ts";
import { anchoredAt } from "./anchor.ts";

/** The chain as it stood when the evidence was judged. */
export interface ChainFacts {
  readonly chainId: bigint;
  readonly registry: Address;
  readonly head: bigint;
  /** Unix seconds of the head block: the chain's clock is the one that counts. */
  readonly timestamp: bigint;
  readonly anchor: { readonly number: bigint; readonly hash: Hex | null } | null;
}

export interface Judgement {
  readonly verdict: "accepted" | "rejected";
  readonly check: CheckId | null;
  readonly explanation: string;
  readonly identityHash: Hex | null;
  /** Of the key that signed the quote; absent where it was not judged. */
  readonly akId?: Hex;
  /** Accepted without having been judged: the chain decides. */
  readonly isLeftToChain?: true;
}

export type VerifyEvidence = (calldata: Uint8Array, facts: ChainFacts) => Judgement | Promise<Judgement>;

export interface VerifierOptions {
  readonly trust: TrustRoots;
  readonly maxAnchorBlocks: bigint;
  readonly blockSeconds: bigint;
  readonly readAkTrust?: ReadAkTrust;
  readonly readCollateral?: ReadCollateral;
}

function certifiedAkOf(known: KnownAk | null): NonNullable<RegistrationContext["certifiedAk"]> {
  return (akId) => (known !== null && isEqual(known.akId, akId) ? known.trust : null);
}

/** What a quote and a proof of one end in where no document of Intel's is held. */
const isForWantOfCollateral = (check: CheckId | null) =>
  check === "tdx.root-crl-missing" || check === "tdx.proof-root";

const leftToChain: Judgement = {
  verdict: "accepted",
  check: null,
  explanation: "no Intel collateral at hand: the chain judges by its own",
  identityHash: null,
  isLeftToChain: true,
};

export async function factsFor(
  calldata: Uint8Array,
  chain: Chain,
  chainId: bigint,
  registry: Address,
): Promise<ChainFacts> {
  const head = await chain.head();
  const number = anchoredAt(calldata);
  // A number above the head has no hash; asking a node for it may be an error instead of an answer.
  const hash = number === null || number > head.number ? null : await chain.blockHash(number);
  const anchor = number === null ? null : { number, hash };
  return { chainId, registry, head: head.number, timestamp: head.timestamp, anchor };
}

/**
 * The SDK's verifier. What only the chain decides is left to the simulation: records, revocations, and everything behind
 * Intel's collateral where this relayer has none.
 */
export function sdkVerifier(options: VerifierOptions): VerifyEvidence {
  return async (calldata, facts) => {
    const { anchor } = facts;
    const known = (await options.readAkTrust?.(calldata)) ?? null;
    const tdxCollateral = (await options.readCollateral?.(calldata, facts.timestamp)) ?? null;
    // What is still to be proved is judged by everything but its proof.
    const judge = isProvableCalldata(calldata) ? verifyProvable : verifyCalldata;
    const report = judge(calldata, {
      now: facts.timestamp,
      trust: options.trust,
      tdxCollateral,
      // Which of these are admitted is the registry's word, in the simulation; a program of none is refused here.
      proofPrograms: knownPrograms,
      chain: {
        chainId: facts.chainId,
        registry: fromHex(facts.registry),
        // The transaction runs in the next block at the earliest.
        head: facts.head + 1n,
        blockSeconds: options.blockSeconds,
        maxAnchorBlocks: options.maxAnchorBlocks,
        blockHash: (number) =>
          anchor?.hash != null && anchor.number === number ? fromHex(anchor.hash) : null,
      },
      certifiedAk: certifiedAkOf(known),
    });
    if (tdxCollateral === null && isForWantOfCollateral(report.error)) return leftToChain;
    const failed = report.checks.find(({ status }) => status === "fail");
    return {
      verdict: report.verdict,
      check: report.error,
      explanation: failed?.detail ?? "every check passed",
      identityHash: report.claims === null ? null : toHex(report.claims.identityHash),
      ...(report.claims !== null && { akId: toHex(report.claims.akId) }),
    };
  };
}
