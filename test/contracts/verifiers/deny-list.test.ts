// The deny list by itself: what is refused under which entry, how entries are counted, and who may make and take them.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { decodeEventLog, toFunctionSelector } from "viem";
import type { Hex } from "viem";
import { intelCollateralAbi } from "../../../sdk/registry/abi/IntelCollateral.ts";
import type { IntelChain, Receipt } from "../../support/intel-chain.ts";
import { simulatedWorld } from "../../support/simulated-chain.ts";
import { hex } from "./outcome.ts";

const subject = (fill: string): Hex => `0x${fill.repeat(32)}`;
const [key, ppid, serial, other] = ["11", "22", "33", "44"].map(subject) as [Hex, Hex, Hex, Hex];

let chain: IntelChain;
let goBack: () => Promise<void>;
before(async () => {
  const world = await simulatedWorld("denials");
  chain = await world.start();
  assert.equal(await chain.upsert(world.collateral()), null);
  goBack = await chain.mark();
});
beforeEach(() => goBack());
after(() => chain.close());

const send = (functionName: "deny" | "allow", ...subjects: Hex[]) =>
  chain.mustSend(chain.collateral, functionName, subjects);
const allowed = async (...subjects: [key: Hex, ppid: Hex, serial: Hex]) =>
  (await chain.call(chain.collateral, "requireAllowed", ...subjects)).error;
const isDenied = (one: Hex) => chain.read<boolean>(chain.collateral, "isDenied", one);
/** What verifications read instead of the list while it is empty: bit 95 of a standing. */
async function isInUse(): Promise<boolean> {
  const [standing] = await chain.read<[bigint]>(chain.collateral, "readStanding", "0x000000000000", 1);
  return ((standing >> 95n) & 1n) === 1n;
}
const eventsOf = ({ logs }: Receipt) =>
  logs.map((log) => {
    const { eventName, args } = decodeEventLog({ abi: intelCollateralAbi, ...log });
    return [eventName, "subject" in args ? args.subject : null];
  });

describe("the deny list", () => {
  for (const [at, denied] of [key, ppid, serial].entries())
    it(`refuses ${["an attestation key", "a platform", "a PCK serial"][at]!}: TDXDenied`, async () => {
      assert.equal(await allowed(key, ppid, serial), null);
      await send("deny", denied);
      assert.equal(await allowed(key, ppid, serial), `TDXDenied(${denied})`);
      const others = [key, ppid, serial].map((one) => (one === denied ? other : one));
      assert.equal(await allowed(...(others as [Hex, Hex, Hex])), null);
      await send("allow", denied);
      assert.equal(await allowed(key, ppid, serial), null);
    });

  it("names the first of several", async () => {
    await send("deny", serial, ppid, key);
    assert.equal(await allowed(key, ppid, serial), `TDXDenied(${key})`);
    assert.equal(await allowed(other, ppid, serial), `TDXDenied(${ppid})`);
  });

  it("announces what changes and nothing else", async () => {
    assert.deepEqual(eventsOf(await send("deny", key, ppid, key)), [
      ["Denied", key],
      ["Denied", ppid],
    ]);
    assert.deepEqual(eventsOf(await send("deny", key)), []);
    assert.deepEqual(eventsOf(await send("allow", key, other, key)), [["Allowed", key]]);
    assert.deepEqual(
      [await isDenied(key), await isDenied(ppid), await isDenied(other)],
      [false, true, false],
    );
  });
});

describe("a denied host", () => {
  it("is found by the platform that its claims show, and by nothing else of its PPID", async () => {
    const world = await simulatedWorld("denials");
    const quote = hex(await world.quote());
    const verdict = async () => (await chain.call(chain.verifier, "verify", quote)).error;
    const { value } = await chain.call<{ readonly platformId: Hex }>(chain.verifier, "verify", quote);
    await send("deny", other);
    assert.equal(await verdict(), null);
    await send("deny", value!.platformId);
    assert.equal(await verdict(), `TDXDenied(${value!.platformId})`);
    await send("allow", value!.platformId);
    assert.equal(await verdict(), null);
  });
});

describe("the count of the deny list", () => {
  it("tells verifications whether there is an entry", async () => {
    assert.equal(await isInUse(), false);
    await send("deny", key, ppid);
    assert.equal(await isInUse(), true);
    await send("allow", key);
    assert.equal(await isInUse(), true);
    await send("allow", ppid);
    assert.equal(await isInUse(), false);
  });

  it("counts an entry once, and none that is not there", async () => {
    await send("deny", key, key);
    await send("deny", key);
    await send("allow", key);
    assert.equal(await isInUse(), false);
    await send("allow", key, other);
    assert.equal(await isInUse(), false);
    await send("deny", ppid);
    await send("allow", other);
    assert.equal(await isInUse(), true);
  });
});

describe("the right to deny", () => {
  const guardianRole = 1n;
  const by = async (account: number, functionName: string, ...args: unknown[]) =>
    (await chain.sendFrom(chain.accounts[account]!, chain.collateral, functionName, ...args)).error;
  const refusal = (account: number) => `accessmanagedunauthorized(${chain.accounts[account]})`;

  it("is nobody's without a role: AccessManagedUnauthorized", async () => {
    for (const functionName of ["deny", "allow"])
      assert.equal((await by(2, functionName, [key]))?.toLowerCase(), refusal(2));
    assert.equal(await isDenied(key), false);
  });

  it("of the guardian is not that to allow or to raise evaluation numbers", async () => {
    const deny = toFunctionSelector("deny(bytes32[])");
    const { address } = chain.collateral;
    await chain.mustSend(chain.manager, "setTargetFunctionRole", address, [deny], guardianRole);
    await chain.mustSend(chain.manager, "grantRole", guardianRole, chain.accounts[1], 0);
    assert.equal(await by(1, "deny", [key]), null);
    assert.equal(await isDenied(key), true);
    assert.equal((await by(1, "allow", [key]))?.toLowerCase(), refusal(1));
    assert.equal((await by(1, "setActiveEvaluation", 99, 99))?.toLowerCase(), refusal(1));
    assert.equal(await isDenied(key), true);
  });
});
