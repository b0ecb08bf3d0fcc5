// useCVMSignature: a signed message counts once, in its order, in its time, for one application on one chain.
import assert from "node:assert/strict";
import { p256 } from "@noble/curves/nist.js";
import { before, beforeEach, describe, it } from "node:test";
import { decodeEventLog, encodeFunctionData } from "viem";
import type { Hex } from "viem";
import { ascii, concat, fromHex, toBigInt, toHex, uint } from "../../../sdk/evidence/bytes.ts";
import { envelopeMessage, onceMessage, walkthroughMessage } from "../../../sdk/evidence/message.ts";
import { keyOf, signWith } from "../registry/stub-evidence.ts";
import { chainId, goodRecord, mineAt, signer, startStubApplication } from "./stub-application.ts";
import type { StubApplication } from "./stub-application.ts";

const rest = ascii("pay 5");
const never = (1n << 64n) - 1n;

describe("messages that count once", () => {
  let stub: StubApplication;
  let snapshot: unknown;
  before(async () => {
    stub = await startStubApplication();
    const record = goodRecord(await stub.now());
    await stub.send(stub.app, "addGoldenMeasurement", [toHex(record.measurementHash)]);
    await stub.setRecord(record, signer);
    snapshot = await stub.chain.request("evm_snapshot");
  });
  beforeEach(async () => {
    await stub.chain.request("evm_revert", snapshot);
    snapshot = await stub.chain.request("evm_snapshot");
  });

  const application = () => fromHex(stub.app.address);
  const once = (nonce: bigint, deadline = never) => onceMessage(nonce, deadline, rest);
  const wrap = (user: Uint8Array) => envelopeMessage(chainId, application(), user);
  const argumentsOf = (message: Uint8Array, key = signer): [Hex, Hex, Hex] => [
    key.hash,
    toHex(message),
    signWith(key, message),
  ];
  const use = (args: unknown[]) => stub.send(stub.app, "useCVMSignature", args, 4);
  const refused = (args: unknown[]) => stub.refusal(stub.app, "useCVMSignature", args);
  const nonceOf = (hash = signer.hash) => stub.view<bigint>(stub.app, "messageNonce", hash);

  it("gives the user bytes behind nonce and deadline, and says what it consumed", async () => {
    const args = argumentsOf(wrap(once(0n)));
    assert.equal(await stub.view(stub.app, "useCVMSignature", ...args), toHex(rest));
    const receipt = await use(args);
    const event = decodeEventLog({ abi: stub.app.abi, ...receipt.logs[0]! });
    assert.equal(event.eventName, "CVMMessageUsed");
    assert.deepEqual(event.args, { cvmIdentityHash: signer.hash, nonce: 0n });
    assert.equal(await nonceOf(), 1n);
  });

  it("takes no message twice, also not with the other half of its signature", async () => {
    const message = wrap(once(0n));
    const args = argumentsOf(message);
    const mirrored = (signature: Hex): Hex => {
      const bytes = fromHex(signature);
      const s = p256.Point.Fn.ORDER - toBigInt(bytes.subarray(32));
      return toHex(concat(bytes.subarray(0, 32), uint(s, 32)));
    };
    const other: [Hex, Hex, Hex] = [args[0], args[1], mirrored(args[2])];
    assert.equal(await refused(other), null);
    await use(args);
    for (const again of [args, other])
      assert.deepEqual(await refused(again), { name: "MessageNonce", args: [1n, 0n] });
  });

  it("counts by key, so no message works again for the key's other spelling", async () => {
    const message = wrap(once(0n));
    await use(argumentsOf(message));
    const long = keyOf(41, true);
    assert.notEqual(long.hash, signer.hash);
    assert.equal(await nonceOf(long.hash), 1n);
    assert.equal((await refused(argumentsOf(message, long)))!.name, "MessageNonce");
  });

  it("counts every key by itself", async () => {
    await use(argumentsOf(wrap(once(0n))));
    const other = keyOf(42);
    await stub.setRecord(goodRecord(await stub.now()), other);
    assert.equal(await nonceOf(other.hash), 0n);
    await use(argumentsOf(wrap(once(0n)), other));
  });

  it("takes the next nonce and no later one", async () => {
    assert.deepEqual(await refused(argumentsOf(wrap(once(1n)))), { name: "MessageNonce", args: [0n, 1n] });
    for (const nonce of [0n, 1n, 2n]) await use(argumentsOf(wrap(once(nonce))));
    assert.equal(await nonceOf(), 3n);
  });

  it("takes a message in the second of its deadline and not behind it", async () => {
    const deadline = (await stub.now()) + 100n;
    const args = argumentsOf(wrap(once(0n, deadline)));
    await mineAt(stub, deadline);
    assert.equal(await refused(args), null);
    await mineAt(stub, deadline + 1n);
    assert.deepEqual(await refused(args), { name: "MessageExpired", args: [deadline] });
  });

  it("refuses what ends before its deadline does", async () => {
    const short = once(0n).subarray(0, 39);
    const refusal = await refused(argumentsOf(wrap(short)));
    assert.deepEqual(refusal, { name: "MessageTooShort", args: [39n] });
    assert.equal(await refused(argumentsOf(wrap(once(0n).subarray(0, 40)))), null);
    assert.equal((await refused(argumentsOf(ascii("CVM"))))!.name, "PolicyMessageFormat");
  });

  it("refuses a message of another chain or application", async () => {
    for (const message of [
      envelopeMessage(1n, application(), once(0n)),
      envelopeMessage(chainId, fromHex(stub.registry.address), once(0n)),
      walkthroughMessage(chainId, application(), concat(once(0n), new Uint8Array(64))),
    ])
      assert.equal((await refused(argumentsOf(message)))!.name, "PolicyMessageFormat");
  });

  it("refuses a walkthrough's message of another prefix, chain or application", async () => {
    await stub.send(stub.app, "setMessageFormat", [1]);
    const good = walkthroughMessage(chainId, application(), once(0n));
    assert.equal(await refused(argumentsOf(good)), null);
    const patched = good.slice();
    patched[24]! ^= 1;
    for (const message of [
      patched,
      walkthroughMessage(chainId + 1n, application(), once(0n)),
      walkthroughMessage(chainId, fromHex(stub.registry.address), once(0n)),
    ])
      assert.equal((await refused(argumentsOf(message)))!.name, "PolicyMessageFormat");
  });

  for (const [format, compose] of [envelopeMessage, walkthroughMessage].entries())
    it(`takes no application that ends behind the message, in format ${format}`, async () => {
      await stub.send(stub.app, "setMessageFormat", [format]);
      const whole = compose(chainId, application(), new Uint8Array(0));
      const cut = whole.subarray(0, -1);
      const args = [signer.hash, toHex(whole), signWith(signer, cut)];
      const { abi } = stub.app;
      const data = fromHex(encodeFunctionData({ abi, functionName: "requireCVMSignature", args }));
      // Selector, three heads, and the length of the message, which still stands behind it.
      data[4 + 4 * 32 - 1] = cut.length;
      assert.equal(await stub.chain.refusalOf(stub.app, toHex(data)), "PolicyMessageFormat");
    });

  it("requires what requireCVMSignature does, before the nonce is spent", async () => {
    const message = wrap(once(0n));
    const [id, bytes] = argumentsOf(message);
    assert.equal((await refused([id, bytes, signWith(keyOf(43), message)]))!.name, "PolicySignature");
    await stub.setRecord({ ...goodRecord(await stub.now()), isSuspended: true }, signer);
    assert.equal((await refused(argumentsOf(message)))!.name, "PolicySuspended");
    assert.equal(await nonceOf(), 0n);
  });

  it("takes the walkthrough's format where the owner does", async () => {
    await stub.send(stub.app, "setMessageFormat", [1]);
    const args = argumentsOf(walkthroughMessage(chainId, application(), once(0n)));
    assert.equal(await stub.view(stub.app, "useCVMSignature", ...args), toHex(rest));
    // The same user bytes in the other format are no second message.
    await use(args);
    await stub.send(stub.app, "setMessageFormat", [0]);
    assert.equal((await refused(argumentsOf(wrap(once(0n)))))!.name, "MessageNonce");
  });

  it("consumes no raw message: it names neither chain nor application", async () => {
    await stub.send(stub.app, "setMessageFormat", [2]);
    for (const message of [wrap(once(0n)), once(0n)]) {
      assert.equal(await stub.view(stub.app, "checkCVMSignature", ...argumentsOf(message)), true);
      assert.equal((await refused(argumentsOf(message)))!.name, "MessageFormatRaw");
    }
  });
});
