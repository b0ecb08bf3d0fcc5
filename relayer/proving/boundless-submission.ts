// The transaction that makes a request known to the market and deposits what the wallet lacks there. It is signed once and
// journalled before the network hears of it; whatever happens, the same bytes are sent again, so the deposit is made once.
import { keccak256, numberToHex } from "viem";
import type { Hex, TransactionSerializableEIP1559 } from "viem";
import { errorText } from "../log.ts";
import { firstFees } from "../transactions/fees.ts";
import { classifyRejection } from "../transactions/rejection.ts";
import { askMarket, submission } from "./boundless-market.ts";
import { decodeRequest } from "./boundless-request.ts";
import type { Buying, MarketWallet } from "./boundless.ts";
import { ProvingError } from "../../proving/error.ts";
import { waitFor } from "../../proving/http.ts";
import { patiently, within } from "./patience.ts";
import { pauseOf } from "../../proving/timer.ts";

interface Spending {
  readonly value: bigint;
  readonly gas: bigint;
  readonly maxFeePerGas: bigint;
}

async function requireBalance(buying: Buying, needed: bigint): Promise<void> {
  const { chain, wallet } = buying.options;
  const balance = await patiently(buying, "balance", () => chain.balance(wallet.address));
  if (balance < needed)
    throw new ProvingError("proving.funds", `${wallet.address} has ${balance} wei, ${needed} are needed`);
}

/** Deposit and gas stay below the wallet's ceiling and within its balance. */
async function requireSpending(buying: Buying, { value, gas, maxFeePerGas }: Spending): Promise<void> {
  const { walletCeiling } = buying.options;
  const most = value + gas * maxFeePerGas;
  if (most > walletCeiling)
    throw new ProvingError(
      "proving.price-ceiling",
      `deposit ${value} and gas for ${gas * maxFeePerGas} wei exceed the wallet's ceiling ${walletCeiling}`,
    );
  await requireBalance(buying, most);
}

async function missingDeposit(buying: Buying, maxPrice: bigint): Promise<bigint> {
  const { chain, market, wallet } = buying.options;
  const question = { functionName: "balanceOf", args: [wallet.address] } as const;
  const held = await patiently(buying, "deposit", () => askMarket(chain.rpc, market.address, question));
  return maxPrice > (held as bigint) ? maxPrice - (held as bigint) : 0n;
}

async function estimateGas(buying: Buying, data: Hex, value: bigint): Promise<bigint> {
  const { chain, market, wallet } = buying.options;
  const call = { from: wallet.address, to: market.address, data, value: numberToHex(value) };
  return patiently(buying, "gas estimate", async () => {
    try {
      return await chain.estimateGas(call);
    } catch (error) {
      if (!/revert/i.test(errorText(error))) throw error;
      throw new ProvingError("proving.rejected", `the market reverts the submission: ${errorText(error)}`);
    }
  });
}

async function signSubmission(buying: Buying): Promise<void> {
  const { options, job } = buying;
  const { chain, market, wallet } = options;
  const request = decodeRequest(job.remote("request"));
  const data = submission(request, job.remote("signature") as Hex);
  const value = await missingDeposit(buying, request.offer.maxPrice);
  const fees = firstFees(await patiently(buying, "fees", () => chain.market()), {
    ceiling: options.maxFeePerGas,
  });
  if (fees === null)
    throw new ProvingError("proving.price-ceiling", `gas costs more than ${options.maxFeePerGas} wei each`);
  // A node estimates nothing that cannot be paid, and says so in words of its own.
  await requireBalance(buying, value);
  const estimate = await estimateGas(buying, data, value);
  // The deposit may touch a slot that another transaction has emptied meanwhile.
  const gas = estimate + estimate / 4n;
  await requireSpending(buying, { value, gas, maxFeePerGas: fees.maxFeePerGas });
  const nonce = await patiently(buying, "nonce", () => chain.transactionCount(wallet.address, "pending"));
  const transaction: TransactionSerializableEIP1559 = {
    type: "eip1559",
    chainId: Number(market.chainId),
    to: market.address,
    data,
    value,
    gas,
    nonce: Number(nonce),
    ...fees,
  };
  const raw = await wallet.signTransaction(transaction);
  await job.enter("sending", { raw, transaction: keccak256(raw), nonce: nonce.toString() });
}

/** One look: true once the transaction is in a block. */
async function isIncluded(buying: Buying): Promise<boolean> {
  const { options, job } = buying;
  const { chain, wallet } = options;
  const hash = job.remote("transaction");
  const inclusion = await patiently(buying, "receipt", () => chain.inclusion(hash));
  if (inclusion !== null) {
    if (inclusion.isSuccess) return true;
    throw new ProvingError("proving.rejected", `the market reverted the submission ${hash}`);
  }
  const count = await patiently(buying, "nonce", () => chain.transactionCount(wallet.address, "latest"));
  if (count <= BigInt(job.remote("nonce"))) return false;
  // It may have come in between the two questions.
  const late = await patiently(buying, "receipt", () => chain.inclusion(hash));
  if (late?.isSuccess === true) return true;
  throw new ProvingError(
    "proving.nonce-used",
    `nonce ${job.remote("nonce")} is not that of ${hash} any more`,
  );
}

/** Gives the node the same bytes again; how that went, in a word. */
async function broadcast({ options, context, job }: Buying): Promise<string> {
  const deadline = context.timer.deadline(options.tryTimeoutMs);
  try {
    await within(deadline, options.chain.sendRaw(job.remote("raw") as Hex));
    return "sent";
  } catch (error) {
    const reason = classifyRejection(error);
    if (reason === "funds")
      throw new ProvingError(
        "proving.funds",
        `the node says that ${options.wallet.address} cannot pay`,
        error,
      );
    return reason;
  }
}

/** Ends of the last turn of each wallet: proofs are bought side by side, and a nonce is one transaction's. */
const turns = new WeakMap<MarketWallet, Promise<void>>();

/** One transaction of a wallet after the other, each from its nonce to its block. */
async function inTurn(buying: Buying, work: () => Promise<void>): Promise<void> {
  const { wallet } = buying.options;
  const before = turns.get(wallet) ?? Promise.resolve();
  const turn = Promise.withResolvers<void>();
  turns.set(
    wallet,
    before.then(() => turn.promise),
  );
  try {
    await patiently(buying, "the wallet's transaction before this one", () => before);
    await work();
  } finally {
    turn.resolve();
  }
}

async function submit(buying: Buying): Promise<void> {
  const { options, context, job } = buying;
  const { timer } = context;
  if (job.session().step === "signed") await signSubmission(buying);
  for (let looks = 0; !(await isIncluded(buying)); looks++) {
    const state = await broadcast(buying);
    job.report(`submission ${state}`);
    await waitFor(pauseOf(options.polling, looks, timer.random()), `submission ${state}`, timer, job.request);
  }
  await job.enter("submitted");
}

export const sendSubmission = (buying: Buying): Promise<void> => inTurn(buying, () => submit(buying));
