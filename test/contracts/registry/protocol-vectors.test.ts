import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import { concatHex, sha256, toHex } from "viem";
import type { Address, Hex } from "viem";
import { identityHash } from "../../../sdk/evidence/binding.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";

interface Captured {
  file: string;
  cloud: number;
  tee: number;
  teeMeasurement: Hex;
  pcrTrust: number;
  pcrMeasurement: Hex;
  measurementHash: Hex;
}
interface Vectors {
  domains: Record<string, Hex>;
  anchored: {
    input: {
      chainId: string;
      registry: Address;
      blockNumber: string;
      blockHash: Hex;
      cloud: number;
      tee: number;
      reportType: number;
      akCertified: boolean;
      certifiedName: Hex;
      akId: Hex;
      identityHash: Hex;
      statement: Hex;
    };
    selectionHash: Hex;
    requestHash: Hex;
    anchor: Hex;
    reportData: Hex;
    reportDataUnanchored: Hex;
    reattestAnchor: Hex;
  };
  messages: Record<string, Hex> & { nonce: number; walkthroughChainId: number };
  captured: Captured[];
}

const path = new URL("../../fixtures/protocol/vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(path, "utf8")) as Vectors;
const { input } = vectors.anchored;
const zero: Hex = `0x${"00".repeat(32)}`;

describe("the hashes of protocol §13 in Solidity", () => {
  let chain: Chain;
  let harness: Contract;
  const request = {
    cloud: input.cloud,
    tee: input.tee,
    reportType: input.reportType,
    selectionHash: vectors.anchored.selectionHash,
    certifiedName: input.certifiedName,
  };
  const anchor = {
    chainId: BigInt(input.chainId),
    registry: input.registry,
    blockNumber: BigInt(input.blockNumber),
    blockHash: input.blockHash,
    requestHash: vectors.anchored.requestHash,
  };
  before(async () => {
    chain = await startChain(Number(input.chainId));
    harness = await chain.deploy("ProtocolHarness");
  });

  it("has the domain constants", async () => {
    const { domains } = vectors;
    assert.deepEqual(await chain.read(harness, "domains"), [
      domains["anchor"],
      domains["request"],
      domains["binding"],
      domains["measurement"],
      domains["erc7913"],
    ]);
  });

  it("hashes a request", async () => {
    assert.equal(
      await chain.read(harness, "requestHash", request, input.akCertified),
      vectors.anchored.requestHash,
    );
    assert.notEqual(
      await chain.read(harness, "requestHash", request, !input.akCertified),
      vectors.anchored.requestHash,
    );
  });

  it("computes the anchor of a registration and of a re-attestation", async () => {
    const number = toHex(BigInt(input.blockNumber), { size: 8 });
    const digest = await chain.read<Hex>(harness, "anchorDigest", anchor, input.statement);
    assert.equal(concatHex([number, digest]), vectors.anchored.anchor);
    const again = await chain.read<Hex>(harness, "anchorDigest", anchor, zero);
    assert.equal(concatHex([number, again]), vectors.anchored.reattestAnchor);
  });

  it("computes report_data of both forms", async () => {
    const none = {
      chainId: 0n,
      registry: "0x0000000000000000000000000000000000000000",
      blockNumber: 0n,
      blockHash: zero,
      requestHash: zero,
    };
    const { akId, identityHash: identity } = input;
    const anchored = await chain.read<Hex>(harness, "reportData", akId, identity, anchor);
    assert.equal(concatHex([anchored, zero]), vectors.anchored.reportData);
    const unanchored = await chain.read<Hex>(harness, "reportData", akId, identity, none);
    assert.equal(concatHex([unanchored, zero]), vectors.anchored.reportDataUnanchored);
  });

  for (const capture of vectors.captured)
    it(`computes the measurement of ${capture.file}`, async () => {
      const { cloud, tee, pcrTrust, teeMeasurement, pcrMeasurement } = capture;
      assert.equal(
        await chain.read(harness, "measurementHash", cloud, tee, pcrTrust, teeMeasurement, pcrMeasurement),
        capture.measurementHash,
      );
    });

  it("recognises an envelope and no walkthrough message on a chain whose id does not fit", async () => {
    const { application, envelope, walkthrough } = vectors.messages;
    assert.equal(await chain.read(harness, "isEnvelope", envelope, application), true);
    assert.equal(await chain.read(harness, "isEnvelope", envelope, harness.address), false);
    assert.equal(await chain.read(harness, "isWalkthrough", walkthrough, application), false);
  });

  it("recognises a walkthrough message on the chain it names", async () => {
    const { application, envelope, walkthrough, walkthroughChainId } = vectors.messages;
    const local = await startChain(walkthroughChainId);
    const there = await local.deploy("ProtocolHarness");
    assert.equal(await local.read(there, "isWalkthrough", walkthrough, application), true);
    assert.equal(await local.read(there, "isEnvelope", envelope, application), false);
  });

  it("builds key-signed actions and ERC-7913 bytes", async () => {
    const { registry, nonce, application, verifier, erc7913, erc7913Digest, erc7913Hash } = vectors.messages;
    const code = await chain.publicClient.getCode({ address: harness.address });
    await chain.request("hardhat_setCode", registry, code);
    const there = { ...harness, address: registry! };
    const { ttl, operator, revoke } = vectors.messages;
    const seconds = BigInt(`0x${ttl!.slice(-16)}`);
    const first = BigInt(`0x${ttl!.slice(-32, -16)}`);
    assert.deepEqual(await chain.read(there, "actions", BigInt(nonce), first, seconds, application), [
      ttl,
      operator,
      revoke,
    ]);
    assert.equal(await chain.read(harness, "erc7913", verifier, application, erc7913Hash), erc7913);
    assert.equal(sha256(erc7913!), erc7913Digest);
  });
});

describe("identity", () => {
  let chain: Chain;
  let harness: Contract;
  const point = p256.getPublicKey(new Uint8Array(32).fill(7), false);
  const algorithm = { sigScheme: 0x18, curve: 3, hashAlgo: 0xb };
  const short = { ...algorithm, data: toHex(point.subarray(1)) };
  const long = { ...algorithm, data: toHex(point) };
  const hashes = [point.subarray(1), point].map((data) => toHex(identityHash({ ...algorithm, data })));
  before(async () => {
    chain = await startChain();
    harness = await chain.deploy("ProtocolHarness");
  });

  it("knows both spellings of a key", async () => {
    assert.deepEqual(await chain.read(harness, "identity", short), hashes);
    assert.deepEqual(await chain.read(harness, "identity", long), hashes.toReversed());
  });

  it("refuses another algorithm", async () => {
    for (const other of [{ sigScheme: 0x14 }, { curve: 4 }, { hashAlgo: 0xc }])
      assert.equal(
        await chain.refusal(harness, "identity", [{ ...short, ...other }]),
        "IdentityAlgorithmUnsupported",
      );
  });

  it("refuses another encoding", async () => {
    const compressed = { ...long, data: toHex(Uint8Array.of(2, ...point.subarray(1))) };
    for (const other of [compressed, { ...long, data: "0x" }, { ...long, data: `${long.data}00` }])
      assert.equal(await chain.refusal(harness, "identity", [other]), "IdentityEncodingUnsupported");
  });

  it("refuses what is no point of the curve", async () => {
    const off = Uint8Array.from(point.subarray(1));
    off[63]! ^= 1;
    for (const data of [toHex(off), toHex(new Uint8Array(64))])
      assert.equal(await chain.refusal(harness, "identity", [{ ...algorithm, data }]), "IdentityNotOnCurve");
  });
});
