// Keeps a chain's Intel collateral fresh enough for the registrations that come along: asks the chain what it holds,
// lets plan.ts decide, and hands the transactions to the sender. It never stops a registration: what the chain lacks in
// the end is named by attestCvm itself.
import type { Address } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { Chain } from "../chain.ts";
import { errorText } from "../log.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { collateralSteps } from "./calls.ts";
import type { CollateralStep } from "./calls.ts";
import { readHeld } from "./held.ts";
import { readOffered } from "./offered.ts";
import type { CollateralSource } from "./offered.ts";
import { decideUpserts, documentNames, dueDocuments, missingCertificates } from "./plan.ts";
import type { Decision, HeldCollateral } from "./plan.ts";
import { platformOf } from "./platform.ts";
import type { TdxPlatform } from "./platform.ts";
import type { Upserts } from "./upserts.ts";

export interface KeeperContext {
  readonly chain: Chain;
  readonly contract: Address;
  readonly source: CollateralSource;
  readonly upserts: Upserts;
  /** A document that expires within this is replaced. */
  readonly marginSeconds: bigint;
  /** How often a silent source is asked for a document without which the registration is refused. */
  readonly attempts: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Null: the registration may go on. Else what it waits for. */
export type Prepare = (calldata: Uint8Array) => Promise<string | null>;

function measure({ metrics }: KeeperContext, held: HeldCollateral, platform: TdxPlatform, now: bigint): void {
  const fmspc = toHex(platform.fmspc).slice(2);
  const labels = { pckCrl: { ca: platform.ca }, tcbInfo: { fmspc } };
  for (const document of documentNames) {
    const until = held.nextUpdate[document];
    if (until === 0n) continue;
    const more = document === "pckCrl" || document === "tcbInfo" ? labels[document] : {};
    metrics.set("cvm_relayer_collateral_expiry_seconds", Number(until - now), { document, ...more });
  }
}

/** Steps of the documents to bring, with the certificates that the chain cannot have yet. */
function stepsFor(
  collateral: TdxCollateral,
  decisions: readonly Decision[],
  held: HeldCollateral,
): readonly CollateralStep[] {
  const wanted = new Set<string>(decisions.filter(({ idle }) => idle === null).map((each) => each.document));
  if (wanted.size === 0) return [];
  const missing = missingCertificates(held);
  return collateralSteps(collateral).filter(({ name, functionName }) => {
    if (functionName === "upsertChain") return missing.chain;
    if (functionName === "upsertSigner") return missing.signer;
    return wanted.has(name);
  });
}

export function collateralKeeper(context: KeeperContext): Prepare {
  const { chain, contract, source, log, metrics } = context;
  const silences = new Map<string, number>();
  let queue: Promise<unknown> = Promise.resolve();

  /** What the source offers, or whether it is worth asking again. */
  async function ask(platform: TdxPlatform) {
    const fmspc = toHex(platform.fmspc).slice(2);
    const key = `${platform.ca} ${fmspc}`;
    try {
      const collateral = await source.tdxCollateral({ fmspc, ca: platform.ca });
      silences.delete(key);
      const offered = readOffered(collateral);
      if (!isRefusal(offered)) return { collateral, offered };
      log.warn({ fmspc, check: offered.check }, `collateral cannot be read: ${offered.detail}`);
    } catch (error) {
      log.warn({ fmspc, err: errorText(error) }, "the source of collateral does not answer");
      silences.set(key, (silences.get(key) ?? 0) + 1);
    }
    metrics.count("cvm_relayer_collateral_source_failures_total");
    const count = silences.get(key) ?? context.attempts;
    if (count >= context.attempts) silences.delete(key);
    return { isWorthWaiting: count < context.attempts };
  }

  async function bring(platform: TdxPlatform): Promise<string | null> {
    const held = await readHeld(chain.rpc, contract, platform);
    const { timestamp: now } = await chain.head();
    measure(context, held, platform, now);
    const due = dueDocuments(held, now, context.marginSeconds);
    if (due.size === 0) return null;
    // What merely expires soon is brought along, and the registration does not wait for it.
    const isUrgent = [...due.values()].some((reason) => reason !== "expiring");
    const answer = await ask(platform);
    if ("isWorthWaiting" in answer)
      return isUrgent && answer.isWorthWaiting ? "Intel's collateral cannot be had yet" : null;
    const decisions = decideUpserts(held, answer.offered, now, context.marginSeconds);
    for (const { document, due: reason, idle } of decisions)
      if (idle !== null) log.warn({ document, due: reason, idle }, "the source has no collateral that helps");
    const steps = stepsFor(answer.collateral, decisions, held);
    const underWay = await context.upserts.send(steps, collateralSteps(answer.collateral));
    return isUrgent && underWay.length > 0 ? `Intel's collateral is under way: ${underWay.join(", ")}` : null;
  }

  /** One platform after the other, else two registrations would bring the same documents. */
  return (calldata) => {
    const platform = platformOf(calldata);
    if (platform === null) return Promise.resolve(null);
    const turn = queue.then(() => bring(platform));
    queue = turn.catch(() => undefined);
    return turn;
  };
}
