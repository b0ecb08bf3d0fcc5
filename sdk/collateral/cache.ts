// Keeps documents for some minutes, and asks once for what several callers want at the same time.
import type { CollateralDocument } from "./document.ts";

export interface KeptDocument extends CollateralDocument {
  /** Unix seconds: when the service gave it. */
  readonly loadedAt: bigint;
}

/** Where documents are kept, by URL; a caller may put a file or a database behind it. */
export interface CollateralCache {
  get(url: string): Promise<KeptDocument | undefined> | KeptDocument | undefined;
  /** Awaited; the answer is not looked at. */
  set(url: string, document: KeptDocument): unknown;
}

/** The document under `url`, from the cache or from `load`. */
export type Load = (url: string, load: () => Promise<CollateralDocument>) => Promise<CollateralDocument>;

// A service has a newer document long before the old one ends (Intel's hold for 30 days), and who keeps a chain's fresh
// wants it then. So much spares a caller with many quotes all but a few questions.
const keptSeconds = 300n;

/** `now` answers unix seconds. */
export function createLoader(cache: CollateralCache, now: () => bigint): Load {
  const underWay = new Map<string, Promise<CollateralDocument>>();
  const loadOnce = async (url: string, load: () => Promise<CollateralDocument>) => {
    const kept = await cache.get(url);
    if (kept !== undefined && now() < kept.nextUpdate && now() < kept.loadedAt + keptSeconds) return kept;
    const document = await load();
    // One that is out of date already, from a service that lags behind, is asked for again next time.
    await cache.set(url, { ...document, loadedAt: now() });
    return document;
  };
  return (url, load) => {
    const running = underWay.get(url);
    if (running !== undefined) return running;
    const started = loadOnce(url, load).finally(() => underWay.delete(url));
    underWay.set(url, started);
    return started;
  };
}
