// The collateral part of /readyz: every document that the platforms seen so far need, until when the chain's holds, and
// whether the source has failed for too long. Says nothing of what stands in a document.
import type { Address } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";
import type { Chain } from "../chain.ts";
import type { Metrics } from "../metrics.ts";
import { readHeld } from "./held.ts";
import { documentNames, dueDocuments } from "./plan.ts";
import type { DocumentName, Due, HeldCollateral } from "./plan.ts";
import type { CollateralWatch, SeenPlatform } from "./watch.ts";

export interface ReadinessContext {
  readonly chain: Chain;
  readonly contract: Address;
  readonly watch: CollateralWatch;
  readonly marginSeconds: bigint;
  /** How long the source may fail before the relayer calls itself degraded. */
  readonly deadlineSeconds: bigint;
  readonly now: () => Date;
  readonly metrics: Metrics;
}

/** One document of the chain's. */
export interface DocumentView {
  readonly document: DocumentName;
  readonly ca?: TdxPlatform["ca"];
  readonly fmspc?: string;
  /** TCB evaluation that the chain goes by. */
  readonly evaluation?: number;
  /** ISO 8601; null while the chain holds none. */
  readonly until: string | null;
  readonly secondsLeft: number | null;
  readonly due: Due | null;
}

export interface CollateralReadiness {
  readonly ok: boolean;
  readonly detail: string;
  readonly documents: readonly DocumentView[];
  readonly failures: readonly {
    readonly fmspc: string;
    readonly ca: TdxPlatform["ca"];
    readonly since: string;
    readonly lastTry: string;
    readonly reason: string;
  }[];
}

const fmspcOf = ({ fmspc }: TdxPlatform): string => toHex(fmspc).slice(2);

/** Whose a document is: the lists of a CA and the TCB infos of an FMSPC are several. */
function ownerOf(document: DocumentName, platform: TdxPlatform) {
  if (document === "pckCrl") return { ca: platform.ca };
  return document === "tcbInfo" ? { fmspc: fmspcOf(platform) } : {};
}

/** Sets the gauge of every document that is held. */
export function measureExpiry(
  metrics: Metrics,
  held: HeldCollateral,
  platform: TdxPlatform,
  now: bigint,
): void {
  for (const document of documentNames) {
    const until = held.nextUpdate[document];
    if (until === 0n) continue;
    const labels = { document, ...ownerOf(document, platform) };
    metrics.set("cvm_relayer_collateral_expiry_seconds", Number(until - now), labels);
  }
}

function viewsOf(
  platform: TdxPlatform,
  held: HeldCollateral,
  now: bigint,
  marginSeconds: bigint,
): DocumentView[] {
  const due = dueDocuments(held, now, marginSeconds);
  return documentNames.map((document) => {
    const until = held.nextUpdate[document];
    const isNumbered = document === "tcbInfo" || document === "qeIdentity";
    return {
      document,
      ...ownerOf(document, platform),
      ...(isNumbered && { evaluation: held.evaluationNumber[document] }),
      until: until === 0n ? null : new Date(Number(until) * 1000).toISOString(),
      secondsLeft: until === 0n ? null : Number(until - now),
      due: due.get(document) ?? null,
    };
  });
}

const failingSeconds = ({ failure }: SeenPlatform, now: Date): number =>
  failure === null ? 0 : Math.floor((now.getTime() - failure.since.getTime()) / 1000);

/** Throws when the chain does not answer. */
export async function collateralReadiness(context: ReadinessContext): Promise<CollateralReadiness> {
  const { chain, contract, watch, metrics, marginSeconds, deadlineSeconds } = context;
  const seen = watch.seen();
  const { timestamp } = await chain.head();
  const held = await Promise.all(seen.map(({ platform }) => readHeld(chain.rpc, contract, platform)));
  const documents = new Map<string, DocumentView>();
  seen.forEach(({ platform }, at) => {
    measureExpiry(metrics, held[at]!, platform, timestamp);
    // What several platforms share stands here once.
    for (const view of viewsOf(platform, held[at]!, timestamp, marginSeconds))
      documents.set(`${view.document} ${view.ca ?? ""}${view.fmspc ?? ""}`, view);
  });
  const longest = Math.max(0, ...seen.map((each) => failingSeconds(each, context.now())));
  metrics.set("cvm_relayer_collateral_source_failing_seconds", longest);
  const ok = longest <= Number(deadlineSeconds);
  const failing = `the source has failed for ${longest} s, ${deadlineSeconds} s are allowed`;
  const failures = seen.flatMap(({ platform, failure }) => {
    if (failure === null) return [];
    const [since, lastTry] = [failure.since.toISOString(), failure.last.toISOString()];
    return [{ fmspc: fmspcOf(platform), ca: platform.ca, since, lastTry, reason: failure.reason }];
  });
  const detail = longest > 0 ? failing : `${seen.length} platforms seen, the source answers`;
  return { ok, detail, documents: [...documents.values()], failures };
}
