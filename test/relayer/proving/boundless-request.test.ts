// What is signed for the Boundless market, against its published type strings, encoded here by hand.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concatHex, encodeAbiParameters, keccak256, parseAbiParameters, stringToHex } from "viem";
import type { Hex } from "viem";
import {
  anyJournalOf,
  decodeRequest,
  encodeRequest,
  expiryOf,
  inlineInput,
  offerFault,
  orderOf,
  requestDigest,
  requestId,
} from "../../../relayer/proving/boundless-request.ts";
import type { MarketRequest, Offer } from "../../../relayer/proving/boundless-request.ts";
import { market } from "./support/fake-market.ts";
import { mustFail } from "../../proving/support/scene.ts";
import { wallet } from "./support/market-scene.ts";

const program = `0x${"cc".repeat(32)}` as const;
const offer: Offer = {
  minPrice: 1n,
  maxPrice: 2n,
  rampUpStart: 1_770_000_000n,
  rampUpPeriod: 60,
  lockTimeout: 300,
  timeout: 600,
  lockCollateral: 3n,
};
const request: MarketRequest = {
  id: requestId(wallet.address, 7),
  requirements: {
    callback: { addr: "0x00000000000000000000000000000000000000aa", gasLimit: 5n },
    predicate: anyJournalOf(program),
    selector: "0x73c457ba",
  },
  imageUrl: "https://programs.example/a",
  input: inlineInput(Uint8Array.of(1, 2, 3)),
  offer,
};

const callbackType = "Callback(address addr,uint96 gasLimit)";
const inputType = "Input(uint8 inputType,bytes data)";
const offerType =
  "Offer(uint256 minPrice,uint256 maxPrice,uint64 rampUpStart,uint32 rampUpPeriod,uint32 lockTimeout,uint32 timeout,uint256 lockCollateral)";
const predicateType = "Predicate(uint8 predicateType,bytes data)";
const requirementsType = "Requirements(Callback callback,Predicate predicate,bytes4 selector)";
const requestType =
  "ProofRequest(uint256 id,Requirements requirements,string imageUrl,Input input,Offer offer)";
const domainType = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

const hashText = (text: string): Hex => keccak256(stringToHex(text));
const hashWords = (types: string, values: readonly unknown[]): Hex =>
  keccak256(encodeAbiParameters(parseAbiParameters(types), values as never));

describe("a Boundless request", () => {
  it("is signed over the published types", () => {
    const { requirements: wanted, input } = request;
    const callback = hashWords("bytes32, address, uint96", [
      hashText(callbackType),
      wanted.callback.addr,
      wanted.callback.gasLimit,
    ]);
    const predicate = hashWords("bytes32, uint8, bytes32", [
      hashText(predicateType),
      1,
      keccak256(wanted.predicate.data),
    ]);
    const requirements = hashWords("bytes32, bytes32, bytes32, bytes4", [
      hashText(requirementsType + callbackType + predicateType),
      callback,
      predicate,
      wanted.selector,
    ]);
    const message = hashWords("bytes32, uint256, bytes32, bytes32, bytes32, bytes32", [
      hashText(requestType + callbackType + inputType + offerType + predicateType + requirementsType),
      request.id,
      requirements,
      hashText(request.imageUrl),
      hashWords("bytes32, uint8, bytes32", [hashText(inputType), 0, keccak256(input.data)]),
      hashWords("bytes32, uint256, uint256, uint64, uint32, uint32, uint32, uint256", [
        hashText(offerType),
        ...(Object.values(offer) as unknown[]),
      ]),
    ]);
    const domain = hashWords("bytes32, bytes32, bytes32, uint256, address", [
      hashText(domainType),
      hashText("IBoundlessMarket"),
      hashText("1"),
      market.chainId,
      market.address,
    ]);
    assert.equal(requestDigest(market, request), keccak256(concatHex(["0x1901", domain, message])));
  });

  it("is named by its client and an index", () => {
    assert.equal(request.id, BigInt(`${wallet.address}00000007`));
  });

  it("takes any journal of the program, and its stdin as it is", () => {
    assert.deepEqual(request.requirements.predicate, { predicateType: 1, data: program });
    assert.deepEqual(request.input, { inputType: 0, data: "0x00010203" });
  });

  it("survives the journal", () => {
    assert.deepEqual(decodeRequest(encodeRequest(request)), {
      ...request,
      requirements: {
        ...request.requirements,
        callback: { addr: "0x00000000000000000000000000000000000000AA", gasLimit: 5n },
      },
    });
  });

  it("proving.session-foreign: is not read from half a journal", async () => {
    const half = encodeRequest(request).slice(0, 200);
    await mustFail(
      Promise.resolve().then(() => decodeRequest(half)),
      "proving.session-foreign",
    );
  });

  it("ends when its offer does", () => {
    assert.equal(expiryOf(request), 1_770_000_600n);
  });

  it("goes to an order stream as serde writes it", async () => {
    const signature = await wallet.sign({ hash: requestDigest(market, request) });
    const order = orderOf(market, request, signature) as Record<string, Record<string, unknown>>;
    assert.equal(order["request_digest"], requestDigest(market, request));
    assert.deepEqual(order["request"]!["offer"], {
      minPrice: "0x1",
      maxPrice: "0x2",
      rampUpStart: 1_770_000_000,
      rampUpPeriod: 60,
      lockTimeout: 300,
      timeout: 600,
      lockCollateral: "0x3",
    });
    assert.deepEqual(order["request"]!["requirements"], {
      callback: { addr: request.requirements.callback.addr, gasLimit: "0x5" },
      predicate: { predicateType: "PrefixMatch", data: program },
      selector: "0x73c457ba",
    });
    assert.deepEqual(order["request"]!["input"], { inputType: "Inline", data: "0x00010203" });
    const { r, s, yParity, v } = order["signature"] as Record<string, string>;
    assert.equal(yParity, v);
    assert.equal(`${r}${s!.slice(2)}${(Number(v) + 27).toString(16)}`, signature);
  });
});

describe("an offer", () => {
  it("is taken at its bounds", () => {
    assert.equal(offerFault(offer), null);
    assert.equal(offerFault({ ...offer, minPrice: 2n }), null);
    assert.equal(offerFault({ ...offer, rampUpPeriod: 300 }), null);
    assert.equal(offerFault({ ...offer, lockTimeout: 600 }), null);
    assert.equal(offerFault({ ...offer, timeout: 300 + 2 ** 24 - 1 }), null);
  });

  const faults: readonly (readonly [RegExp, Partial<Offer>])[] = [
    [/minPrice 3 is not within 0 and maxPrice 2/, { minPrice: 3n }],
    [/minPrice -1 is not/, { minPrice: -1n }],
    [/rampUpPeriod 301 exceeds lockTimeout 300/, { rampUpPeriod: 301 }],
    [/lockTimeout 601 exceeds timeout 600/, { lockTimeout: 601 }],
    [/more than 16777215 s after lockTimeout 300/, { timeout: 300 + 2 ** 24 }],
    [/timeout 4294967296 is no uint32/, { timeout: 2 ** 32 }],
    [/rampUpPeriod 0.5 is no uint32/, { rampUpPeriod: 0.5 }],
  ];
  for (const [fault, change] of faults)
    it(`is refused: ${fault.source}`, () => {
      assert.match(offerFault({ ...offer, ...change })!, fault);
    });
});
