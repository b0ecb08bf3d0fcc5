// What verifiers answer is read where it stands: nothing is taken that Solidity's decoder would not read alike.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { getAbiItem, encodeAbiParameters } from "viem";
import type { AbiFunction, Hex } from "viem";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";

const word = (byte: number): Hex => toHex(new Uint8Array(32).fill(byte));

const claims = {
  statementId: word(1),
  teeMeasurement: word(2),
  legacyTeeMeasurement: word(3),
  platformId: word(4),
  reportDataHead: word(5),
  reportDataTail: word(6),
  legacyRegister: toHex(new Uint8Array(48).fill(7)),
  validUntil: 2 ** 40 - 1,
  tcbStatus: 255,
  keyType: 1,
  product: 3,
};
const quote = {
  extraData: toHex(new Uint8Array(50).fill(8)),
  selectionHash: word(9),
  pcrMeasurement: word(10),
  measuredPcrs: 0xffffff,
  policyDigest: word(11),
  attestSha256: word(12),
};

describe("answers of verifiers", () => {
  let chain: Chain;
  let harness: Contract;
  let echo: Contract;
  before(async () => {
    chain = await startChain();
    harness = await chain.deploy("AnswersHarness");
    echo = await chain.deploy("EchoVerifier");
  });

  const encoded = (functionName: string, value: unknown): Uint8Array => {
    const { outputs } = getAbiItem({ abi: harness.abi, name: functionName }) as AbiFunction;
    return fromHex(encodeAbiParameters(outputs, [value]));
  };
  /** Null where it is refused. */
  const read = (functionName: string, ...args: unknown[]) =>
    chain.read<unknown>(harness, functionName, ...args).catch(() => null);

  /** Each word in turn replaced, and every end cut off. */
  function* mutations(answer: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at + 32 <= answer.length; at += 32)
      for (const value of [
        0n,
        0x20n,
        0x33n,
        0x100n,
        0x160n,
        2n ** 24n,
        2n ** 32n,
        2n ** 40n,
        2n ** 256n - 32n,
      ]) {
        const changed = answer.slice();
        changed.set(fromHex(`0x${value.toString(16).padStart(64, "0")}`), at);
        yield changed;
      }
    for (let length = 0; length < answer.length; length += 16) yield answer.slice(0, length);
  }

  for (const [name, value, argsOf] of [
    ["claims", claims, (answer: Uint8Array) => [echo.address, toHex(answer)]],
    ["quote", quote, (answer: Uint8Array) => [toHex(answer)]],
  ] as const)
    it(`are taken as the decoder takes them: ${name}`, async () => {
      const answer = encoded(name, value);
      assert.deepEqual(await read(name, ...argsOf(answer)), value);
      let [taken, refused] = [0, 0];
      for (const changed of mutations(answer)) {
        const [ours, plain] = [
          await read(name, ...argsOf(changed)),
          await read(`${name}Plain`, ...argsOf(changed)),
        ];
        if (ours === null) refused++;
        else taken++;
        // Another place of what has variable length is none here.
        if (ours !== null) assert.deepEqual(ours, plain, toHex(changed));
        else if (plain !== null) assert.notEqual(toHex(encoded(name, plain)), toHex(changed));
      }
      assert.ok(taken > 30 && refused > 40, `${taken} taken, ${refused} refused`);
    });

  it("are none of an address without code, and a refusal is passed on", async () => {
    const code = toHex(new Uint8Array(20).fill(0x77));
    assert.equal(await read("claims", code, toHex(encoded("claims", claims))), null);
    await assert.rejects(chain.read(harness, "claims", echo.address, "0x"), /no report/);
  });
});
