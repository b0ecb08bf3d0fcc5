// One behaviour suite over both stores.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { holderOfQuote } from "../../relayer/store/claims.ts";
import { openStore } from "../../relayer/store/database.ts";
import type { OpenedStore, StoreOptions } from "../../relayer/store/database.ts";
import {
  countByState,
  createRegistration,
  listRegistrations,
  moveRegistration,
  openRegistrations,
  registrationById,
} from "../../relayer/store/registrations.ts";
import type { NewRegistration } from "../../relayer/store/registrations.ts";
import {
  attemptsOf,
  closeTransaction,
  insertAttempt,
  insertTransaction,
  noteBroadcast,
  openTransactions,
} from "../../relayer/store/transactions.ts";
import { migrations } from "../../relayer/store/migrations.ts";
import { provingRequestOf, storedJournal, storeProvingRequest } from "../../relayer/store/proving.ts";
import { sql } from "kysely";
import { startPostgres } from "./support/postgres.ts";
import { at, attempt, journalled, newRegistration, signer, transaction } from "./support/store-rows.ts";

function behaves(title: string, options: () => StoreOptions, skip: () => boolean) {
  describe(title, () => {
    let store: OpenedStore;
    before(async () => {
      if (!skip()) store = await openStore(options());
    });
    after(async () => {
      if (!skip()) await store.close();
    });
    const given = (name: string, body: () => Promise<void>): void =>
      void it(name, (t) => (skip() ? t.skip("no PostgreSQL here") : body()));

    given("writes every step of a registration with its time", async () => {
      const entry = newRegistration();
      await createRegistration(store.db, entry, at);
      await moveRegistration(store.db, entry.id, { state: "verified", at: at.toISOString(), note: "ok" });
      const row = await registrationById(store.db, entry.id);
      assert.deepEqual(
        row?.steps.map((step) => step.state),
        ["received", "verified"],
      );
      assert.equal(row?.created_at.toISOString(), at.toISOString());
    });

    given(
      "answers the same idempotency key with the same registration, another body by refusal",
      async () => {
        const entry = newRegistration({ idempotencyKey: "key-1" });
        await createRegistration(store.db, entry, at);
        const again = await createRegistration(store.db, { ...entry, id: "other" }, at);
        assert.ok(again.kind === "existing" && again.row.id === entry.id);
        const reused = await createRegistration(
          store.db,
          { ...entry, id: "x", requestHash: "other body" },
          at,
        );
        assert.equal(reused.kind, "key-reused");
      },
    );

    given("keeps what a program was asked about a statement, until it is too old to be used", async () => {
      const entry = { subject: "2:0x12", program: "0x01", input: "0x02" };
      const later = new Date(at.getTime() + 1);
      const first = await storeProvingRequest(store.db, entry, at, at);
      const again = await storeProvingRequest(store.db, { ...entry, input: "0x03" }, later, at);
      assert.deepEqual([first.input, again.input], ["0x02", "0x02"]);
      assert.equal((await provingRequestOf(store.db, "2:0x12", at))?.program, "0x01");
      assert.equal(await provingRequestOf(store.db, "2:0x12", later), undefined);
      assert.equal(await provingRequestOf(store.db, "3:0x12", at), undefined);
      const renewed = await storeProvingRequest(store.db, { ...entry, input: "0x04" }, later, later);
      assert.equal(renewed.input, "0x04");
    });

    given("keeps the last step of each proving session", async () => {
      const journal = storedJournal(store.db, () => at);
      const session = {
        key: `0x${"1a".repeat(32)}` as const,
        client: "sidecar" as const,
        step: "requested",
        startedAt: 1,
        remote: { deadline: "9" },
      };
      assert.equal(await journal.load(session.key), null);
      await journal.save(session);
      const next = { ...session, step: "proof", remote: { ...session.remote, id: "p" } };
      await journal.save(next);
      assert.deepEqual(await journal.load(session.key), next);
      await sql`update proving_sessions set session = '{}'`.execute(store.db);
      await assert.rejects(journal.load(session.key), /proving.session-foreign/);
    });

    given("never has the same evidence under way twice, also when both arrive at once", async () => {
      const entries = [1, 2, 3].map(() => newRegistration({ evidenceHash: "e1", calldata: "0x01" }));
      const outcomes = await Promise.all(entries.map((entry) => createRegistration(store.db, entry, at)));
      assert.equal(outcomes.filter(({ kind }) => kind === "created").length, 1);
      const created = outcomes.find(({ kind }) => kind === "created");
      assert.ok(created?.kind === "created");
      await moveRegistration(store.db, created.row.id, { state: "refused", at: at.toISOString(), note: "" });
      const retry = await createRegistration(store.db, newRegistration({ evidenceHash: "e1" }), at);
      assert.equal(retry.kind, "created");
    });

    given("has one registration of an agent under way at once, for each report type", async () => {
      const agentUrl = "http://busy:7999";
      const create = (change: Partial<NewRegistration> = {}) =>
        createRegistration(store.db, newRegistration({ agentUrl, ...change }), at);
      const outcomes = await Promise.all([1, 2, 3].map(() => create()));
      const ids = new Set(outcomes.map((outcome) => ("row" in outcome ? outcome.row.id : outcome.kind)));
      assert.deepEqual([ids.size, outcomes.filter(({ kind }) => kind === "created").length], [1, 1]);
      assert.equal((await create({ reportType: "sp1" })).kind, "created");
      const [id] = ids;
      await moveRegistration(store.db, id!, { state: "confirmed", at: at.toISOString(), note: "" });
      assert.equal((await create()).kind, "created");
    });

    given("has one registration hold a quote, until it ends without success", async () => {
      const [first, second, third] = [1, 2, 3].map(() => newRegistration()) as [
        NewRegistration,
        NewRegistration,
        NewRegistration,
      ];
      for (const entry of [first, second, third]) await createRegistration(store.db, entry, at);
      const step = (state: "simulated" | "failed") => ({ state, at: at.toISOString(), note: "" });
      const hold = ({ id }: NewRegistration) =>
        moveRegistration(store.db, id, step("simulated"), { quote_hash: "q1" });
      await hold(first);
      assert.equal((await holderOfQuote(store.db, "q1", second.id))?.id, first.id);
      assert.equal(await holderOfQuote(store.db, "q1", first.id), undefined);
      await assert.rejects(hold(second), /registrations_live_quote/);
      await moveRegistration(store.db, first.id, step("failed"));
      assert.equal(await holderOfQuote(store.db, "q1", second.id), undefined);
      await hold(second);
      assert.equal((await holderOfQuote(store.db, "q1", third.id))?.id, second.id);
    });

    given("leaves a finished registration alone", async () => {
      const entry = newRegistration();
      await createRegistration(store.db, entry, at);
      await moveRegistration(store.db, entry.id, { state: "failed", at: at.toISOString(), note: "" });
      const moved = await moveRegistration(store.db, entry.id, {
        state: "sent",
        at: at.toISOString(),
        note: "",
      });
      assert.equal(moved, undefined);
      assert.equal((await registrationById(store.db, entry.id))?.state, "failed");
    });

    given("pages newest first without overlap", async () => {
      for (let i = 0; i < 3; i++) await createRegistration(store.db, newRegistration(), at);
      const first = await listRegistrations(store.db, 2, null);
      const second = await listRegistrations(store.db, 2, String(first[1]!.sequence));
      assert.equal(first.length, 2);
      assert.ok(second.every((row) => !first.some(({ id }) => id === row.id)));
      assert.ok(Number(first[0]!.sequence) > Number(first[1]!.sequence));
      assert.ok((await openRegistrations(store.db)).length >= 3);
      assert.ok((await countByState(store.db)).get("failed")! >= 1);
    });

    given("reads no evidence where a list or a poll asks for registrations", async () => {
      await createRegistration(store.db, newRegistration({ calldata: "0x01" }), at);
      const rows = [...(await listRegistrations(store.db, 1, null)), ...(await openRegistrations(store.db))];
      assert.ok(rows.length >= 2 && rows.every((row) => !("calldata" in row) && !("steps" in row)));
    });

    given("keeps the evidence of what is confirmed or failed, not of what is refused", async () => {
      for (const state of ["confirmed", "failed", "refused"] as const) {
        const entry = newRegistration({ calldata: "0x01" });
        await createRegistration(store.db, entry, at);
        await moveRegistration(store.db, entry.id, { state, at: at.toISOString(), note: "" });
        const row = await registrationById(store.db, entry.id);
        assert.equal(row?.calldata, state === "refused" ? null : "0x01");
      }
    });

    given("creates none beyond the limit of open ones, and still finds those there are", async () => {
      const entry = newRegistration({ idempotencyKey: "key-full" });
      await createRegistration(store.db, entry, at);
      const open = (await openRegistrations(store.db)).length;
      assert.equal((await createRegistration(store.db, newRegistration(), at, open)).kind, "full");
      assert.equal((await createRegistration(store.db, entry, at, open)).kind, "existing");
      await moveRegistration(store.db, entry.id, { state: "failed", at: at.toISOString(), note: "" });
      assert.equal((await createRegistration(store.db, newRegistration(), at, open)).kind, "created");
    });

    given("holds one transaction per nonce and registration, with its bytes or not at all", async () => {
      const entry = newRegistration();
      await createRegistration(store.db, entry, at);
      const row = transaction(entry.id, "18446744073709551615");
      await insertTransaction(store.db, row, attempt(row.id, "0xaa"), journalled);
      assert.equal((await registrationById(store.db, entry.id))?.tx_hash, "0xaa");
      await noteBroadcast(store.db, "0xaa", at, "no answer");
      const second = transaction(entry.id, "7");
      await assert.rejects(insertTransaction(store.db, second, attempt(second.id, "0xcc"), journalled));
      const twice = { ...row, id: "other" };
      await assert.rejects(insertTransaction(store.db, twice, attempt("other", "0xbb"), journalled));
      assert.equal((await attemptsOf(store.db, "other")).length, 0);
      const [stored] = await attemptsOf(store.db, row.id);
      assert.equal(stored?.max_fee_per_gas, "340282366920938463463374607431768211456");
      assert.equal(stored?.last_error, "no answer");
      await closeTransaction(store.db, row.id, "done");
      assert.equal((await openTransactions(store.db, 31337n, signer)).length, 0);
    });

    given("leaves open one of the two transactions that a store of before may have", async () => {
      const entry = newRegistration();
      await createRegistration(store.db, entry, at);
      await sql`drop index transactions_open_registration`.execute(store.db);
      for (const nonce of ["10", "9", "11"]) {
        const row = transaction(entry.id, nonce);
        await insertTransaction(store.db, row, attempt(row.id, `0x${nonce}`), journalled);
      }
      await migrations["0005_one_open_transaction"]!.up(store.db);
      const open = await openTransactions(store.db, 31337n, signer);
      assert.deepEqual(
        open.map(({ nonce }) => nonce),
        ["9"],
      );
      await closeTransaction(store.db, open[0]!.id, "done");
    });

    given("has the attempt of the highest fee last, whatever the clock says", async () => {
      const entry = newRegistration();
      await createRegistration(store.db, entry, at);
      const row = transaction(entry.id, "12");
      await insertTransaction(
        store.db,
        row,
        { ...attempt(row.id, "0xd0"), max_fee_per_gas: "99" },
        journalled,
      );
      const before = new Date(at.getTime() - 5_000).toISOString();
      const bump = { ...attempt(row.id, "0xd1"), kind: "bump" as const, max_fee_per_gas: "112" };
      await insertAttempt(store.db, { ...bump, journalled_at: before });
      assert.equal((await attemptsOf(store.db, row.id)).at(-1)?.hash, "0xd1");
      await closeTransaction(store.db, row.id, "done");
    });
  });
}

const folder = mkdtempSync(join(tmpdir(), "cvm-store-"));
const postgres = startPostgres();
after(() => {
  postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

behaves(
  "store in a PGlite folder",
  () => ({ storeFolder: join(folder, "a") }),
  () => false,
);
behaves(
  "store in PostgreSQL",
  () => ({ databaseUrl: postgres!.url }),
  () => postgres === null,
);

describe("lease of a signer", () => {
  it("belongs to one process and passes on when that one ends", async (t) => {
    if (postgres === null) return t.skip("no PostgreSQL here");
    const store = await openStore({ databaseUrl: postgres.url });
    const [first, second, other] = [store.lease("1:0xaa"), store.lease("1:0xaa"), store.lease("1:0xbb")];
    t.after(async () => {
      await Promise.all([first.release(), second.release(), other.release()]);
      await store.close();
    });
    assert.ok(await first.hold());
    assert.ok(await first.hold());
    assert.ok(!(await second.hold()));
    assert.ok(await other.hold());
    await first.release();
    assert.ok(await second.hold());
    assert.ok(!(await first.hold()));
  });
});
