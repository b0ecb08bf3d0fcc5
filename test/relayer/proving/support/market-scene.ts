// A client of the Boundless market in front of a market in memory.
import { privateKeyToAccount } from "viem/accounts";
import { chainOf } from "../../../../relayer/chain.ts";
import { boundlessClient } from "../../../../relayer/proving/boundless.ts";
import type { BoundlessOptions } from "../../../../relayer/proving/boundless.ts";
import type { Progress, ProvingClient } from "../../../../proving/client.ts";
import { fakeTimer } from "../../../proving/support/fake-timer.ts";
import type { FakeTimer } from "../../../proving/support/fake-timer.ts";
import { FakeMarket, market } from "./fake-market.ts";
import { crashingJournal } from "../../../proving/support/journal.ts";
import type { CrashingJournal } from "../../../proving/support/journal.ts";
import { isCaptured, mustCapture, requestOf, waits } from "../../../proving/support/scene.ts";
import { newWire } from "../../../proving/support/wire.ts";
import type { Wire } from "../../../proving/support/wire.ts";
import type { ServedRequest } from "../../../../scripts/prover/http.ts";

export const wallet = privateKeyToAccount(`0x${"42".repeat(32)}`);
export const tdx = mustCapture("automata-dcap-tdx-risc0");
/** Twenty minutes: the offer below ends after ten. */
export const wish = requestOf(tdx, 1_200_000);

export const terms: BoundlessOptions["terms"] = {
  minPrice: 10n ** 12n,
  maxPrice: 10n ** 15n,
  startDelay: 30,
  rampUpPeriod: 60,
  lockTimeout: 300,
  timeout: 570,
  lockCollateral: 0n,
};

export interface MarketScene {
  readonly timer: FakeTimer;
  readonly chain: FakeMarket;
  readonly journal: CrashingJournal;
  readonly progress: Progress[];
  /** The order stream. */
  readonly wire: Wire;
  readonly orders: ServedRequest[];
  readonly start: (options?: Partial<BoundlessOptions>) => ProvingClient;
  /** A prover delivers when the client has waited so often. */
  readonly deliverAfter: (looks: number, changes?: Readonly<Record<string, unknown>>) => void;
}

export const streamUrl = "https://stream.example";

export function setUpMarket(): MarketScene {
  const timer = fakeTimer();
  const chain = new FakeMarket(timer);
  const journal = crashingJournal();
  const progress: Progress[] = [];
  const orders: ServedRequest[] = [];
  const wire = newWire(timer, (request) => {
    orders.push(request);
    return { status: 200, body: new Uint8Array(0) };
  });
  const context = {
    journal,
    timer,
    verify: isCaptured,
    onProgress: (seen: Progress) => void progress.push(seen),
  };
  const options: BoundlessOptions = {
    market,
    wallet,
    terms,
    chain: chainOf(chain),
    imageUrl: (program) => `https://programs.example/${program}`,
    selector: "0x73c457ba",
    priceCeiling: 10n ** 15n,
    walletCeiling: 2n * 10n ** 15n,
    maxFeePerGas: 10n ** 9n,
    orderStreamUrl: null,
    logBlocks: 100n,
    fetch: wire.fetch,
    ...waits,
  };
  // Time on the chain goes on with the client's.
  timer.onSleep = (milliseconds) => chain.pass(milliseconds / 1_000);
  return {
    ...{ timer, chain, journal, progress, wire, orders },
    start: (changed = {}) => boundlessClient({ ...options, ...changed }, context),
    deliverAfter: (looks, changes = {}) => {
      let left = looks;
      chain.onLogs = () => {
        if (left-- !== 0) return;
        const { request } = chain.submitted[0]!;
        chain.deliver(request, tdx, changes);
      };
    },
  };
}
