// `cvm check`: what an application on a chain says of a signature, as a developer reads it.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { custom, zeroHash } from "viem";
import type { Hex, Transport } from "viem";
import { runCheck } from "../../../cli/check.ts";
import { ascii, fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { envelopeMessage } from "../../../sdk/evidence/message.ts";
import { checks } from "../../../sdk/checks.ts";
import type { Reason } from "../../../sdk/registry/client.ts";
import { keyOf, signWith } from "../registry/stub-evidence.ts";
import { startSigners } from "./admitted.ts";
import type { Signers } from "./admitted.ts";

const policyChecks = checks.filter(({ id }) => id.startsWith("policy.")).map(({ id }) => id);

describe("cvm check", () => {
  let signers: Signers;
  let message: Uint8Array;
  before(async () => {
    signers = await startSigners();
    message = envelopeMessage(31337n, fromHex(signers.app.address), ascii("price 5"));
  });
  const connect = (): Transport => {
    const request = ({ method, params = [] }: { method: string; params?: unknown }) =>
      signers.chain.request(method, ...(params as unknown[]));
    return custom({ request } as never, { retryCount: 0 });
  };
  const flagsFor = (changed: Readonly<Record<string, string>> = {}): string[] => {
    const [key] = signers.keys;
    const flags = {
      rpc: "http://127.0.0.1:8545",
      application: signers.app.address,
      identity: key!.hash,
      message: toHex(message),
      signature: signWith(key!, message),
      ...changed,
    };
    return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  };
  const run = (changed?: Readonly<Record<string, string>>, ...more: string[]) =>
    runCheck([...flagsFor(changed), ...more], connect);

  it("says believed, and every check of the catalogue with its title", async () => {
    const { status, stdout, stderr } = await run();
    assert.deepEqual([status, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines[0], "believed");
    const shown = lines.filter((line) => line.startsWith("  pass  ")).map((line) => line.split(/ +/)[2]);
    assert.deepEqual(shown, policyChecks);
    assert.match(stdout, /pass {2}policy\.signature +the message is signed by the identity key/);
  });

  it("shows what the registry knows, and until when it counts", async () => {
    const { stdout } = await run();
    const record = await signers.chain.read<Record<string, number | string>>(
      signers.registry,
      "getCvm",
      signers.keys[0]!.hash,
    );
    assert.ok(stdout.includes(`measurement: ${record["measurementHash"]}`));
    const [teeTime, teeTTL, tpmTime, tpmTTL, validUntil] = [
      "teeTime",
      "teeTTL",
      "tpmTime",
      "tpmTTL",
      "validUntil",
    ].map((name) => Number(record[name])) as [number, number, number, number, number];
    const ends = Math.min(teeTime + teeTTL, tpmTime + tpmTTL, validUntil);
    assert.ok(stdout.includes(`counts until ${new Date(ends * 1000).toISOString().slice(0, 19)}Z\n`));
  });

  it("names the check that refuses, with status 1", async () => {
    const foreign = signWith(keyOf(99), message);
    const { status, stdout } = await run({ signature: foreign });
    assert.equal(status, 1);
    assert.match(stdout, /^refused by policy\.signature\n/);
    assert.match(stdout, /\n {2}FAIL {2}policy\.signature /);
    assert.match((await run({ signature: "0x" })).stdout, /^refused by policy\.signature\n/);
    assert.match((await run({ message: "0x" })).stdout, /^refused by policy\.message-format\n/);
  });

  it("reads everything at one block", async () => {
    const blocks: unknown[] = [];
    const request = ({ method, params = [] }: { method: string; params?: unknown }) => {
      if (method === "eth_call") blocks.push((params as unknown[])[1]);
      return signers.chain.request(method, ...(params as unknown[]));
    };
    await runCheck(flagsFor(), () => custom({ request } as never, { retryCount: 0 }));
    assert.equal(blocks.length, 4);
    assert.match(String(blocks[0]), /^0x[0-9a-f]+$/);
    assert.equal(new Set(blocks).size, 1);
  });

  it("says that nobody knows a CVM", async () => {
    const { status, stdout } = await run({ identity: zeroHash });
    assert.equal(status, 1);
    assert.match(stdout, /^refused by policy\.registered\n/);
    assert.match(stdout, /the registry knows no such CVM\n$/);
  });

  it("says the same as JSON", async () => {
    const { status, stdout } = await run({}, "--json");
    assert.equal(status, 0);
    const answer = JSON.parse(stdout) as { valid: boolean; reasons: Reason[]; registry: Hex; record: object };
    assert.equal(answer.valid, true);
    assert.deepEqual(
      answer.reasons,
      policyChecks.map((id) => ({ id, passed: true })),
    );
    assert.equal(answer.registry, signers.registry.address);
    assert.ok("measurementHash" in answer.record);
  });

  it("ends with status 2 where it cannot ask", async () => {
    for (const [changed, words] of [
      [{ application: signers.verifier.address }, /does not answer as an application/],
      [{ application: `0x${"12".repeat(20)}` }, /does not answer as an application/],
      [{ application: "0x12" }, /--application is no address\nusage: cvm check/],
      [{ identity: "0x12" }, /--identity is not 0x and 64 hex digits/],
      [{ message: "hello" }, /--message is no hex/],
      [{ message: "0x1" }, /--message is no hex/],
      [{ signature: "0xgg" }, /--signature is no hex/],
      [{ rpc: "localhost" }, /--rpc is no URL/],
      [{ colour: "red" }, /cvm check: usage: cvm check/],
    ] as const) {
      const { status, stdout, stderr } = await run(changed);
      assert.deepEqual([status, stdout], [2, ""], JSON.stringify(changed));
      assert.match(stderr, words);
    }
    const unreachable = await runCheck(flagsFor({ rpc: "http://127.0.0.1:1" }));
    assert.equal(unreachable.status, 2);
  });
});
