// The Boundless market on its chain: calls, and the events that bring the proof. Answers of the node are read strictly.
import {
  decodeAbiParameters,
  decodeEventLog,
  decodeFunctionResult,
  encodeFunctionData,
  getAbiItem,
  numberToHex,
  toEventSelector,
} from "viem";
import type { Address, Hex } from "viem";
import { fromHex, isEqual, toHex } from "../../sdk/evidence/bytes.ts";
import type { Rpc } from "../../sdk/registry/client.ts";
import { requestAbi } from "./boundless-request.ts";
import type { MarketRequest } from "./boundless-request.ts";
import { successClaim } from "../../proving/claim.ts";
import type { Proof } from "../../proving/client.ts";
import { ProvingError } from "../../proving/error.ts";

const id = { type: "uint256", name: "requestId" } as const;
const view = { type: "function", stateMutability: "view" } as const;

/** What is used of IBoundlessMarket (boundless-xyz/boundless contracts/src/IBoundlessMarket.sol, 2026-07). */
export const marketAbi = [
  {
    type: "function",
    name: "submitRequest",
    stateMutability: "payable",
    inputs: [...requestAbi, { type: "bytes", name: "clientSignature" }],
    outputs: [],
  },
  { ...view, name: "balanceOf", inputs: [{ type: "address", name: "addr" }], outputs: [{ type: "uint256" }] },
  { ...view, name: "requestIsLocked", inputs: [id], outputs: [{ type: "bool" }] },
  { ...view, name: "requestIsFulfilled", inputs: [id], outputs: [{ type: "bool" }] },
  {
    type: "event",
    name: "ProofDelivered",
    inputs: [
      { ...id, indexed: true },
      { type: "address", name: "prover", indexed: true },
      {
        type: "tuple",
        name: "fulfillment",
        indexed: false,
        components: [
          { type: "uint256", name: "id" },
          { type: "bytes32", name: "requestDigest" },
          { type: "bytes32", name: "claimDigest" },
          { type: "uint8", name: "fulfillmentDataType" },
          { type: "bytes", name: "fulfillmentData" },
          { type: "bytes", name: "seal" },
        ],
      },
    ],
  },
] as const;

// Logged with every proof that satisfies a request, the first time together with RequestFulfilled, which has no proof.
const delivered = toEventSelector(getAbiItem({ abi: marketAbi, name: "ProofDelivered" }));

export const submission = (request: MarketRequest, signature: Hex): Hex =>
  encodeFunctionData({ abi: marketAbi, functionName: "submitRequest", args: [request, signature] });

type Question =
  | { readonly functionName: "balanceOf"; readonly args: readonly [Address] }
  | { readonly functionName: "requestIsLocked" | "requestIsFulfilled"; readonly args: readonly [bigint] };

/** Answer of a view, or ProvingError where the address is no market. */
export async function askMarket(rpc: Rpc, market: Address, question: Question): Promise<bigint | boolean> {
  const data = encodeFunctionData({ abi: marketAbi, ...question });
  const answer = await rpc.request({ method: "eth_call", params: [{ to: market, data }, "latest"] });
  try {
    return decodeFunctionResult({ abi: marketAbi, functionName: question.functionName, data: answer as Hex });
  } catch (cause) {
    const what = `${market} does not answer ${question.functionName} as a market`;
    throw new ProvingError("proving.answer-malformed", what, cause);
  }
}

export interface Delivery {
  readonly requestDigest: Hex;
  readonly claimDigest: Hex;
  readonly fulfillmentDataType: number;
  readonly fulfillmentData: Hex;
  readonly seal: Hex;
}

// Far above what one request can have; a node that sends more is not asked for our log any more.
const maxLogs = 64;

function deliveryOf(log: unknown, requestId: bigint): Delivery {
  try {
    const { topics, data } = log as { topics: [Hex, ...Hex[]]; data: Hex };
    const { args } = decodeEventLog({ abi: marketAbi, topics, data, strict: true });
    if (args.requestId === requestId) return args.fulfillment;
  } catch (cause) {
    throw new ProvingError("proving.answer-malformed", "the node's log is no ProofDelivered", cause);
  }
  throw new ProvingError("proving.answer-malformed", `the node's log is not of request ${requestId}`);
}

/** Proofs delivered for a request within these blocks. */
export async function readDeliveries(
  rpc: Rpc,
  market: Address,
  requestId: bigint,
  from: bigint,
  to: bigint,
): Promise<readonly Delivery[]> {
  const topics = [delivered, numberToHex(requestId, { size: 32 })];
  const filter = { address: market, topics, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
  const answer = await rpc.request({ method: "eth_getLogs", params: [filter] });
  if (!Array.isArray(answer) || answer.length > maxLogs)
    throw new ProvingError("proving.answer-malformed", "the node's logs are no list of few");
  return answer.map((log) => deliveryOf(log, requestId));
}

const fulfillmentAbi = [
  {
    type: "tuple",
    components: [
      { type: "bytes32", name: "imageId" },
      { type: "bytes", name: "journal" },
    ],
  },
] as const;

// FulfillmentDataType.ImageIdAndJournal.
const imageIdAndJournal = 1;
/** Selector, then A, B and C. */
const sealLength = 260;

function fulfillmentOf({ fulfillmentDataType: type, fulfillmentData }: Delivery) {
  if (type !== imageIdAndJournal)
    throw new ProvingError("proving.receipt-malformed", `delivery has data of type ${type}, no journal`);
  try {
    return decodeAbiParameters(fulfillmentAbi, fulfillmentData)[0];
  } catch (cause) {
    throw new ProvingError("proving.receipt-malformed", "delivery's data is no image id and journal", cause);
  }
}

/** The proof in a delivery. Its claim is recomputed; the pairing is still to be checked. */
export function proofOf(delivery: Delivery, program: Hex, selector: Hex): Proof {
  const { imageId, journal } = fulfillmentOf(delivery);
  if (imageId !== program)
    throw new ProvingError("proving.wrong-program", `${program} was asked for, ${imageId} is delivered`);
  const output = fromHex(journal);
  const proof = fromHex(delivery.seal);
  if (proof.length !== sealLength || toHex(proof.subarray(0, 4)) !== selector)
    throw new ProvingError(
      "proving.receipt-malformed",
      `a seal of ${sealLength} bytes and ${selector} was asked for, one of ${proof.length} and ${delivery.seal.slice(0, 10)} is delivered`,
    );
  const claim = successClaim(fromHex(program), output);
  if (!isEqual(fromHex(delivery.claimDigest), claim))
    throw new ProvingError(
      "proving.wrong-program",
      `the delivery claims ${delivery.claimDigest}, its journal makes ${toHex(claim)}`,
    );
  return { program, output, proof };
}
