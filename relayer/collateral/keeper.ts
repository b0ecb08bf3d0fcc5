// Keeps a chain's Intel collateral fresh enough for the registrations that come along: asks the chain what it holds,
// lets plan.ts decide, and hands the transactions to the sender. It never stops a registration: what the chain lacks in
// the end is named by attestCvm itself.
import type { Address } from "viem";
import { CollateralError } from "../../sdk/collateral/error.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";
import type { Chain } from "../chain.ts";
import { errorText } from "../log.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { collateralSteps } from "./calls.ts";
import type { CollateralStep } from "./calls.ts";
import { readHeld } from "./held.ts";
import { queryOf, readOffered } from "./offered.ts";
import type { CollateralSource } from "./offered.ts";
import { decideUpserts, dueDocuments, missingCertificates } from "./plan.ts";
import type { Decision, HeldCollateral } from "./plan.ts";
import { platformOf } from "./platform.ts";
import type { ProvenDocument } from "./proven.ts";
import { measureExpiry } from "./readiness.ts";
import type { Upserts } from "./upserts.ts";
import type { CollateralWatch } from "./watch.ts";

export interface KeeperContext {
  readonly chain: Chain;
  readonly contract: Address;
  readonly source: CollateralSource;
  readonly upserts: Upserts;
  /** A document that expires within this is replaced. */
  readonly marginSeconds: bigint;
  /** How often a silent source is asked for a document without which the registration is refused. */
  readonly attempts: number;
  readonly watch: CollateralWatch;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Null: the registration may go on, or nothing helps it. Else what it waits for.
 * @param others documents of which the source has another than the chain: its own is brought if it is newer
 */
export type Prepare = (calldata: Uint8Array, others?: Others) => Promise<string | null>;

type Others = ReadonlySet<ProvenDocument>;

export interface Keeper {
  readonly prepare: Prepare;
  /** Asks again for what the source has failed to give; sends nothing. */
  retry(): Promise<void>;
}

/** Steps of the documents to bring, with the certificates that the chain cannot have yet or has others of. */
function stepsFor(
  collateral: TdxCollateral,
  decisions: readonly Decision[],
  held: HeldCollateral,
  others: Others,
): readonly CollateralStep[] {
  const wanted = new Set<string>(decisions.filter(({ idle }) => idle === null).map((each) => each.document));
  // The signing certificate comes with its root, which is remembered as well.
  const hasOtherSigner = others.has("signer") || others.has("root");
  if (wanted.size === 0 && !hasOtherSigner) return [];
  const missing = missingCertificates(held);
  return collateralSteps(collateral).filter(({ name, functionName }) => {
    if (functionName === "upsertChain") return missing.chain;
    if (functionName === "upsertSigner") return missing.signer || hasOtherSigner;
    return wanted.has(name);
  });
}

interface Answer {
  readonly collateral: TdxCollateral;
  /** Why its TCB info or QE identity are not those that the chain goes by. */
  readonly lack: string | null;
}

/** Documents of the evaluations that the chain goes by; where there are none, those of others bring the lists at least. */
async function askSource(
  source: CollateralSource,
  platform: TdxPlatform,
  evaluation: HeldCollateral["evaluationNumber"],
): Promise<Answer> {
  try {
    return { collateral: await source.tdxCollateral(queryOf(platform, evaluation)), lack: null };
  } catch (error) {
    if (!(error instanceof CollateralError) || error.code !== "evaluation") throw error;
    return { collateral: await source.tdxCollateral(queryOf(platform, null)), lack: error.details };
  }
}

/** Asks the source and keeps the watch informed. */
function inquirer({ source, watch, attempts, log, metrics }: KeeperContext) {
  const silences = new Map<string, number>();

  /** What the source offers, or whether it is worth asking again. */
  return async function inquire(platform: TdxPlatform, evaluation: HeldCollateral["evaluationNumber"]) {
    const { fmspc, ca } = queryOf(platform, null);
    const key = `${ca} ${fmspc}`;
    const fail = (reason: string, fields: object) => {
      log.warn({ fmspc, ca, ...fields }, reason);
      metrics.count("cvm_relayer_collateral_source_failures_total");
      watch.failed(platform, reason);
    };
    try {
      const { collateral, lack } = await askSource(source, platform, evaluation);
      silences.delete(key);
      const offered = readOffered(collateral);
      if (isRefusal(offered)) {
        fail(`collateral cannot be read: ${offered.detail}`, { check: offered.check });
        return { isWorthWaiting: false };
      }
      if (lack === null) watch.answered(platform);
      else fail(lack, {});
      return { collateral, offered };
    } catch (error) {
      fail(`the source of collateral does not answer: ${errorText(error)}`, {});
      // No such platform: an answer, and one that a stranger's evidence may call forth.
      if (error instanceof CollateralError && error.fault === "caller") watch.forget(platform);
      const count = (silences.get(key) ?? 0) + 1;
      if (count < attempts) silences.set(key, count);
      else silences.delete(key);
      return { isWorthWaiting: count < attempts };
    }
  };
}

export function collateralKeeper(context: KeeperContext): Keeper {
  const { chain, contract, watch, log, metrics } = context;
  const inquire = inquirer(context);
  let queue: Promise<unknown> = Promise.resolve();
  /** One platform after the other, else two registrations would bring the same documents. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  };

  async function bring(platform: TdxPlatform, others: Others): Promise<string | null> {
    const held = await readHeld(chain.rpc, contract, platform);
    const { timestamp: now } = await chain.head();
    watch.saw(platform);
    measureExpiry(metrics, held, platform, now);
    const due = dueDocuments(held, now, context.marginSeconds, others);
    if (due.size === 0 && others.size === 0) return null;
    // What merely expires soon is brought along, and the registration does not wait for it.
    const isUrgent = others.size > 0 || [...due.values()].some((reason) => reason !== "expiring");
    const answer = await inquire(platform, held.evaluationNumber);
    if ("isWorthWaiting" in answer)
      return isUrgent && answer.isWorthWaiting ? "Intel's collateral cannot be had yet" : null;
    const decisions = decideUpserts(held, answer.offered, now, context.marginSeconds, others);
    for (const { document, due: reason, idle } of decisions)
      if (idle !== null) log.warn({ document, due: reason, idle }, "the source has no collateral that helps");
    const steps = stepsFor(answer.collateral, decisions, held, others);
    const underWay = await context.upserts.send(steps, collateralSteps(answer.collateral));
    return isUrgent && underWay.length > 0 ? `Intel's collateral is under way: ${underWay.join(", ")}` : null;
  }

  return {
    prepare: (calldata, others = new Set()) => {
      const platform = platformOf(calldata);
      return platform === null ? Promise.resolve(null) : inTurn(() => bring(platform, others));
    },
    retry: async () => {
      const failing = watch.seen().filter(({ failure }) => failure !== null);
      for (const { platform } of failing)
        await inTurn(async () => {
          const { evaluationNumber } = await readHeld(chain.rpc, contract, platform);
          await inquire(platform, evaluationNumber);
        }).catch((error: unknown) => log.warn({ err: errorText(error) }, "collateral not asked for again"));
    },
  };
}
