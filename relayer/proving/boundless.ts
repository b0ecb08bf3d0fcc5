// RISC Zero proofs bought at the Boundless market: sign an offer, make it known, wait for the delivery. What the market
// pays for is the id of a request, so the id, the signed offer and the signed transaction are in the journal before anybody
// hears of them: sent again they are the same, and only one delivery of an id is ever paid.
//
//   new → signed → (sending → ) submitted            sending: a transaction; posting: an order stream
import type { Address, Hex, TransactionSerializableEIP1559, TypedDataDefinition } from "viem";
import { zeroAddress } from "viem";
import type { Chain } from "../chain.ts";
import {
  expiryOf,
  anyJournalOf,
  decodeRequest,
  encodeRequest,
  inlineInput,
  offerFault,
  orderOf,
  requestDigest,
  requestId,
  typedRequest,
} from "./boundless-request.ts";
import type { Market, MarketRequest, Offer } from "./boundless-request.ts";
import { askMarket, proofOf, readDeliveries } from "./boundless-market.ts";
import { sendSubmission } from "./boundless-submission.ts";
import { clientOf } from "../../proving/client.ts";
import type { Job, Proof, ProvingClient, ProvingContext } from "../../proving/client.ts";
import { ProvingError } from "../../proving/error.ts";
import { send, waitFor } from "../../proving/http.ts";
import type { Fetch, HttpRequest } from "../../proving/http.ts";
import { patiently } from "./patience.ts";
import { requireAllowed } from "../../proving/paths.ts";
import type { MarketPath, Waits } from "../../proving/paths.ts";
import { pauseOf } from "../../proving/timer.ts";
import type { Backoff } from "../../proving/timer.ts";

/** The wallet that pays; a local account of viem is one. Nothing else may use it. */
export interface MarketWallet {
  readonly address: Address;
  signTypedData(data: TypedDataDefinition): Promise<Hex>;
  signTransaction(transaction: TransactionSerializableEIP1559): Promise<Hex>;
}

export type OfferTerms = Omit<Offer, "rampUpStart"> & {
  /** Seconds from now to rampUpStart, during which the price stays the lowest. */
  readonly startDelay: number;
};

export interface BoundlessOptions {
  readonly market: Market;
  readonly chain: Chain;
  readonly wallet: MarketWallet;
  readonly terms: OfferTerms;
  /** Public URL of a program's ELF, which provers fetch. */
  readonly imageUrl: (program: Hex) => string;
  /** Of the release that the registry admits, as 0x73c457ba: asks for a seal that stands alone. */
  readonly selector: Hex;
  /** The most that one proof may cost, in wei. */
  readonly priceCeiling: bigint;
  /** The most that leaves the wallet for one request, deposit and gas together. */
  readonly walletCeiling: bigint;
  readonly maxFeePerGas: bigint;
  /** Base URL of an order stream; null submits on chain. */
  readonly orderStreamUrl: string | null;
  /** Blocks that the node takes in one eth_getLogs. */
  readonly logBlocks: bigint;
  readonly tryTimeoutMs: number;
  readonly backoff: Backoff;
  readonly polling: Backoff;
  readonly fetch: Fetch;
}

export interface Buying {
  readonly options: BoundlessOptions;
  readonly context: ProvingContext;
  readonly job: Job;
}

// A delivery in a block that is replaced comes again in a later one; so far back is looked again.
const reorgBlocks = 64n;

function requireAffordable({ priceCeiling, walletCeiling }: BoundlessOptions, maxPrice: bigint): void {
  const ceiling = priceCeiling < walletCeiling ? priceCeiling : walletCeiling;
  if (maxPrice > ceiling)
    throw new ProvingError(
      "proving.price-ceiling",
      `the offer goes up to ${maxPrice} wei, the ceiling is ${ceiling}`,
    );
}

function newRequest({ options, job }: Buying, now: bigint): MarketRequest {
  const { startDelay, ...terms } = options.terms;
  const { program, input, deadline } = job.request;
  const offer = { ...terms, rampUpStart: now + BigInt(startDelay) };
  const fault = offerFault(offer);
  if (fault !== null) throw new ProvingError("proving.config", fault);
  const request = {
    // Out of the request's key: whoever loses the journal asks for the same id again, and one id is paid once.
    id: requestId(options.wallet.address, parseInt(job.session().key.slice(2, 10), 16)),
    requirements: {
      callback: { addr: zeroAddress, gasLimit: 0n },
      predicate: anyJournalOf(program),
      selector: options.selector,
    },
    imageUrl: options.imageUrl(program),
    input: inlineInput(input),
    offer,
  };
  const endsMs = Number(expiryOf(request)) * 1_000;
  if (endsMs > deadline)
    throw new ProvingError(
      "proving.request",
      `the offer lasts until ${endsMs} ms, beyond the deadline ${deadline}: it could be paid after it`,
    );
  return request;
}

async function signRequest(buying: Buying): Promise<void> {
  const { options, job } = buying;
  const { market, chain, wallet } = options;
  requireAffordable(options, options.terms.maxPrice);
  const chainId = await patiently(buying, "chain id", () => chain.chainId());
  if (chainId !== market.chainId)
    throw new ProvingError(
      "proving.config",
      `the node is of chain ${chainId}, the market of ${market.chainId}`,
    );
  const head = await patiently(buying, "head block", () => chain.head());
  const request = newRequest(buying, head.timestamp);
  for (const functionName of ["requestIsLocked", "requestIsFulfilled"] as const) {
    const args = [request.id] as const;
    if (
      await patiently(buying, functionName, () =>
        askMarket(chain.rpc, market.address, { functionName, args }),
      )
    )
      throw new ProvingError(
        "proving.outcome-unknown",
        `the market has request ${request.id} already, the journal has not`,
      );
  }
  const signature = await wallet.signTypedData(typedRequest(market, request));
  await job.enter("signed", {
    request: encodeRequest(request),
    signature,
    fromBlock: head.number.toString(),
  });
}

/** Makes the order known off chain, against a deposit that is there. */
async function postOrder(buying: Buying, url: string): Promise<void> {
  const { options, context, job } = buying;
  const { market, chain, wallet } = options;
  const request = decodeRequest(job.remote("request"));
  const question = { functionName: "balanceOf", args: [wallet.address] } as const;
  const balance = await patiently(buying, "deposit", () => askMarket(chain.rpc, market.address, question));
  if ((balance as bigint) < request.offer.maxPrice)
    throw new ProvingError(
      "proving.funds",
      `${wallet.address} has ${balance} wei at the market, the offer goes up to ${request.offer.maxPrice}`,
    );
  let mayBeThere = job.session().step === "posting";
  const order = orderOf(market, request, job.remote("signature") as Hex);
  const call: HttpRequest = {
    method: "POST",
    url: `${url.replace(/\/+$/, "")}/api/v1/submit_order`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
    maxBytes: 65_536,
    accept: [200, 201, 202, 409],
    isRepeatable: false,
  };
  const settings = { ...options, timer: context.timer, apiKey: null };
  try {
    const guard = { before: () => job.enter("posting"), undo: () => job.enter("signed") };
    if (!mayBeThere) await send({ ...call, guard }, settings, job.request);
  } catch (error) {
    if (!(error instanceof ProvingError) || error.code !== "proving.outcome-unknown") throw error;
    mayBeThere = true;
  }
  try {
    // The same signed order: if it is there already it stays the one it is.
    if (mayBeThere) await send({ ...call, isRepeatable: true }, settings, job.request);
  } catch (error) {
    // Refused perhaps because the first one was taken; the market tells, by a delivery or by its expiry.
    if (!(error instanceof ProvingError) || error.code !== "proving.rejected") throw error;
  }
  await job.enter("submitted");
}

/** Looks for a delivery in every block since the request was signed. */
async function awaitDelivery(buying: Buying): Promise<Proof> {
  const { options, context, job } = buying;
  const { market, chain, selector, logBlocks } = options;
  const request = decodeRequest(job.remote("request"));
  const digest = requestDigest(market, request);
  const first = BigInt(job.remote("fromBlock"));
  let from = first;
  for (let looks = 0; ; looks++) {
    const head = await patiently(buying, "head block", () => chain.head());
    while (from <= head.number) {
      const to = from + logBlocks - 1n < head.number ? from + logBlocks - 1n : head.number;
      const start = from;
      const deliveries = await patiently(buying, "deliveries", () =>
        readDeliveries(chain.rpc, market.address, request.id, start, to),
      );
      // An id can be signed for twice; only the delivery of this request counts.
      const own = deliveries.find(({ requestDigest: of }) => of === digest);
      if (own !== undefined) return proofOf(own, job.request.program, selector);
      from = to + 1n;
    }
    if (head.timestamp > expiryOf(request))
      throw new ProvingError(
        "proving.expired",
        `request ${request.id} ended at ${expiryOf(request)}, block ${head.number} is of ${head.timestamp}`,
      );
    from = from - reorgBlocks > first ? from - reorgBlocks : first;
    job.report("awaiting a delivery");
    const pause = pauseOf(options.polling, looks, context.timer.random());
    await waitFor(pause, "no delivery", context.timer, job.request);
  }
}

export function boundlessClient(options: BoundlessOptions, context: ProvingContext): ProvingClient {
  const { market, orderStreamUrl } = options;
  const target = `${market.chainId}/${market.address.toLowerCase()}`;
  const run = async (job: Job) => {
    const buying = { options, context, job };
    if (job.session().step === "new") await signRequest(buying);
    // The ceilings may have come down since the offer was signed.
    if (job.session().step === "signed")
      requireAffordable(options, decodeRequest(job.remote("request")).offer.maxPrice);
    if (job.session().step !== "submitted") {
      if (orderStreamUrl === null) await sendSubmission(buying);
      else await postOrder(buying, orderStreamUrl);
    }
    return awaitDelivery(buying);
  };
  return clientOf({ name: "boundless", system: "risc0", target, context, run });
}

/** The market as the path that a policy names; its order stream is asked only where the policy allows. */
export const boundlessPath = (options: Omit<BoundlessOptions, "fetch" | keyof Waits>): MarketPath => ({
  kind: "market",
  newClient: (policy, context) => {
    if (options.orderStreamUrl !== null) requireAllowed(options.orderStreamUrl, policy);
    return boundlessClient({ ...options, ...policy.waits, fetch: policy.fetch }, context);
  },
});
