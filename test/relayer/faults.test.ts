// The test plan of other people's relayer bugs (field.md §5): nodes that lie, vanish, repeat themselves, reorganise.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeErrorResult } from "viem";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { moveRegistration } from "../../relayer/store/registrations.ts";
import { openStore } from "../../relayer/store/database.ts";
import { attestedLog } from "./support/attested.ts";
import { sampleCalldata } from "./support/evidence.ts";
import { FakeNode } from "./support/fake-node.ts";
import {
  finished,
  get,
  inState,
  mustEmptyStore,
  mustRegister,
  mustSetUp,
  mustStart,
  temporaryFolder,
  until,
} from "./support/relayer.ts";
import type { RegistrationView } from "./support/relayer.ts";

let salt = 1000;
const calldata = () => sampleCalldata(99n, ++salt);
const wish = (bytes = calldata()) => ({ calldata: Buffer.from(bytes).toString("base64") });
const drop = { kind: "drop" } as const;

describe("a node that fails", () => {
  it("loses nothing while it is down, keeps serving, and says what it waits for", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.fault("eth_getBlockByNumber", ...Array.from({ length: 500 }, () => drop));
    const id = await mustRegister(relayer, wish());
    const view = await until(relayer, id, (seen) => seen.explanation !== null || seen.state === "confirmed");
    assert.match(view.explanation ?? "", /trying again/);
    node.clearFaults();
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });

  it("sends once when the node took the bytes and the answer was lost", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.fault("eth_sendRawTransaction", { kind: "drop-answer" });
    const view = await until(relayer, await mustRegister(relayer, wish()), finished);
    assert.equal(view.state, "confirmed");
    assert.deepEqual([...new Set(node.received.map(({ hash }) => hash))], [view.txHash]);
    assert.equal(node.mined.length, 1);
  });

  it("sends the same bytes again when they never arrived", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.fault("eth_sendRawTransaction", drop, drop);
    const view = await until(relayer, await mustRegister(relayer, wish()), finished);
    assert.equal(view.state, "confirmed");
    assert.equal(node.received.length, 1);
  });

  it("takes `already known` for acceptance", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.fault(
      "eth_sendRawTransaction",
      { kind: "drop-answer" },
      { kind: "error", error: { code: -32000, message: "already known" } },
    );
    assert.equal((await until(relayer, await mustRegister(relayer, wish()), finished)).state, "confirmed");
  });

  it("raises the fee when the node calls it underpriced", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const error = { code: -32000, message: "transaction underpriced" };
    node.fault("eth_sendRawTransaction", { kind: "error", error });
    const view = await until(relayer, await mustRegister(relayer, wish()), finished);
    assert.equal(view.state, "confirmed");
    assert.ok(node.received[0]!.maxFeePerGas > 3_000_000_000n);
    assert.equal(node.received[0]!.nonce, 0);
  });

  it("raises the fee of a silent transaction on the same nonce", async (t) => {
    const { node, relayer } = await mustSetUp(t, { bumpAfterMs: 50 });
    node.isAutomine = false;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, () => node.received.length >= 2);
    assert.ok(node.received.every(({ nonce }) => nonce === 0));
    assert.ok(node.received[1]!.maxFeePerGas * 10n >= node.received[0]!.maxFeePerGas * 11n);
    node.mine();
    assert.equal((await until(relayer, id, finished)).txHash, node.mined[0]?.hash);
  });

  it("waits below a fee ceiling and goes on when the market falls", async (t) => {
    const { node, relayer } = await mustSetUp(t, { maxFeePerGas: 5_000_000_000n });
    node.baseFeePerGas = 9_000_000_000n;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, (view) => /ceiling/.test(view.explanation ?? ""));
    assert.equal(node.received.length, 0);
    node.baseFeePerGas = 1_000_000_000n;
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });

  it("waits for money with its nonce kept and no other bytes signed", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.balance = 0n;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, (view) => /funds/.test(view.explanation ?? ""));
    node.balance = 10n ** 18n;
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.equal(new Set(node.received.map(({ hash }) => hash)).size, 1);
  });

  it("does not trust a receipt before its depth, and sends again after a reorg", async (t) => {
    const { node, relayer } = await mustSetUp(t, { confirmations: 3n });
    node.isAutomine = false;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, inState("sent"));
    node.mine();
    await until(relayer, id, inState("mined"));
    node.unmine();
    const reorged = await until(relayer, id, inState("sent"));
    assert.ok(reorged.steps.some(({ note }) => /receipt is gone/.test(note)));
    await until(relayer, id, () => node.pool.has(0));
    node.mine(3);
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.equal(node.mined.length, 1);
  });
});

describe("nonces", () => {
  it("gives many registrations consecutive nonces, without a gap or a double", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const ids = await Promise.all(Array.from({ length: 12 }, () => mustRegister(relayer, wish())));
    for (const id of ids) assert.equal((await until(relayer, id, finished)).state, "confirmed");
    assert.deepEqual(
      node.mined.map(({ nonce }) => nonce),
      Array.from({ length: 12 }, (_, nonce) => nonce),
    );
  });

  it("takes a new nonce when another process used the key", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    node.isAutomine = false;
    const id = await mustRegister(relayer, wish());
    await until(relayer, id, inState("sent"));
    node.pool.clear();
    node.foreign = 1;
    await until(relayer, id, () => {
      const isNew = node.pool.has(1);
      // A nonce that is used without a receipt is given up after some blocks.
      if (!isNew) node.mine();
      return isNew;
    });
    node.foreign = 1;
    node.mine();
    const view = await until(relayer, id, finished);
    assert.equal(view.state, "confirmed");
    assert.ok(view.steps.some(({ note }) => /took the nonce/.test(note)));
  });

  it("calls itself done when a copy of its calldata was recorded first", async (t) => {
    const { node, relayer } = await mustSetUp(t);
    const bytes = calldata();
    node.revert = encodeErrorResult({ abi: errorsAbi, errorName: "EvidenceNotNewer", args: [100n] });
    node.logs = [attestedLog(bytes)];
    const view = await until(relayer, await mustRegister(relayer, wish(bytes)), finished);
    assert.equal(view.state, "confirmed");
    assert.equal(node.received.length, 0);
    node.logs = [];
    const other = await until(relayer, await mustRegister(relayer, wish()), finished);
    assert.equal(other.state, "refused");
    assert.equal(other.check, "record.not-newer");
  });
});

describe("a crash", () => {
  it("between journal and broadcast: the journalled bytes are sent after the restart, once", async (t) => {
    const node = await new FakeNode().listen();
    t.after(() => node.close());
    const storeFolder = temporaryFolder(t);
    // The node is unreachable for broadcasts only, as if the process had died right after journalling.
    node.fault("eth_sendRawTransaction", ...Array.from({ length: 500 }, () => drop));
    const first = await mustStart(node, { storeFolder });
    const id = await mustRegister(first, wish());
    const before = await until(first, id, inState("journalled"));
    await first.stop();
    assert.equal(node.received.length, 0);
    node.clearFaults();
    const second = await mustStart(node, { storeFolder });
    t.after(() => second.stop());
    const view = await until(second, id, finished);
    assert.equal(view.state, "confirmed");
    assert.equal(view.txHash, before.txHash);
    assert.equal(node.mined.length, 1);
  });

  it("after broadcast: the mined transaction is found, nothing is sent again", async (t) => {
    const node = await new FakeNode().listen();
    t.after(() => node.close());
    const store = await mustEmptyStore();
    node.isAutomine = false;
    const first = await mustStart(node, { store });
    const id = await mustRegister(first, wish());
    await until(first, id, inState("sent"));
    await first.stop();
    node.mine();
    const sent = node.received.length;
    const second = await mustStart(node, { store });
    t.after(() => second.stop());
    assert.equal((await until(second, id, finished)).state, "confirmed");
    assert.equal(node.received.length, sent);
    const next = await until(second, await mustRegister(second, wish()), inState("sent"));
    assert.equal(node.pool.get(1)?.hash, next.txHash);
  });

  it("between giving up a nonce and saying so: the registration is taken up again", async (t) => {
    const node = await new FakeNode().listen();
    t.after(() => node.close());
    const store = await mustEmptyStore();
    const offline = await mustStart(node, { store, verify: () => Promise.reject(new Error("held back")) });
    const id = await mustRegister(offline, wish());
    await offline.stop();
    await moveRegistration(store.db, id, { state: "sent", at: new Date().toISOString(), note: "" });
    const relayer = await mustStart(node, { store });
    t.after(() => relayer.stop());
    assert.equal((await until(relayer, id, finished)).state, "confirmed");
  });
});

describe("the store and the relayer", () => {
  it("keeps two relayers off one folder", async (t) => {
    const storeFolder = temporaryFolder(t);
    const store = await openStore({ storeFolder });
    t.after(() => store.close());
    const node = await new FakeNode().listen();
    t.after(() => node.close());
    await assert.rejects(mustStart(node, { storeFolder }), { code: "CVM_RELAYER_STORE_LOCKED" });
  });

  it("does not start without knowing the chain id", async (t) => {
    const node = await new FakeNode().listen();
    node.close();
    await assert.rejects(
      mustStart(node, { chainId: null, storeFolder: temporaryFolder(t) }),
      /does not answer/,
    );
  });

  it("lists registrations page by page", async (t) => {
    const { relayer } = await mustSetUp(t);
    for (let i = 0; i < 3; i++) await mustRegister(relayer, wish());
    interface Page {
      readonly registrations: readonly RegistrationView[];
      readonly next: string | null;
    }
    const first = await get<Page>(relayer, "/v1/registrations?limit=2");
    const second = await get<Page>(relayer, `/v1/registrations?limit=2&cursor=${first.next}`);
    assert.equal(first.registrations.length, 2);
    assert.equal(second.registrations.length, 1);
    assert.equal(second.next, null);
  });
});
