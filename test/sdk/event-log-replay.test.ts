// log.replay: every real log gives the values that its machine quoted or that were published beside it, in every bank.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { replayEventLog } from "../../sdk/evidence/event-log.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readQuoteAttest } from "../../sdk/evidence/tpm-attest.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { judgeLogs } from "../../sdk/verify/boot/index.ts";
import { fixtureBytes, flip, mustFindTpm, mustHex } from "./fixtures.ts";
import {
  judgeWritten,
  le,
  mustFindBank,
  mustFindLog,
  noLogs,
  quotedAs,
  realLogs,
  writtenLog,
} from "../support/event-logs.ts";

const zero = new Uint8Array(32);
const separator = { type: 4, data: new Uint8Array(4) };

describe("real event logs", () => {
  it("are all here", () => assert.equal(realLogs.length, 20));

  for (const { name, logs, quoted } of realLogs)
    for (const quotes of quoted)
      it(`log.replay: ${name} gives every value of ${quotes.bank.name}`, () => {
        const { refusal, registers } = judgeLogs(logs, quotes);
        assert.equal(refusal, null);
        const replayed = registers.filter(({ state }) => state === "replays").length;
        assert.ok(replayed >= 2, String(replayed));
        assert.ok(registers.every(({ state }) => state !== "differs" && state !== "not quoted"));
      });

  for (const { name, logs, quoted } of realLogs)
    it(`log.replay: ${name} names the first register that is quoted otherwise`, () => {
      const { bank, values } = quoted[0]!;
      const replayed = judgeLogs(logs, quoted[0]!).registers.filter(({ state }) => state === "replays");
      const changed = replayed
        .slice(1)
        .map(({ register, quoted: value }) => [register, flip(value!, 7)] as const);
      const { refusal, events, registers } = judgeLogs(logs, {
        bank,
        selection: null,
        values: new Map([...values, ...changed]),
      });
      assert.equal(refusal?.check, "log.replay");
      assert.ok(refusal.detail.startsWith(`${changed[0]![0]}:`), refusal.detail);
      assert.deepEqual(events, []);
      assert.equal(registers.filter(({ state }) => state === "differs").length, changed.length);
    });

  it("log.replay: a CC event log of another TD does not give the RTMRs of a quote", () => {
    const quote = readTdxQuote(fixtureBytes("hardware/tdx-quotes/v4-trustee.bin"));
    assert.ok(!isRefusal(quote));
    const { rtmr0, rtmr1 } = quote.body;
    const { refusal } = judgeLogs(
      mustFindLog("ccel-td-shim").logs,
      quotedAs([
        ["RTMR 0", rtmr0],
        ["RTMR 1", rtmr1],
      ]),
    );
    assert.equal(refusal?.check, "log.replay");
    assert.match(refusal.detail, /^RTMR 0: the logs give 0x[0-9a-f]{96}, quoted is 0xe940da7c2712/);
  });

  it("replay in the bank of the quote alone", () => {
    const { logs } = mustFindLog("eventlog-debian-10");
    const { refusal } = judgeLogs(logs, quotedAs([["PCR 0", zero]]));
    assert.equal(refusal?.check, "log.structure");
    assert.match(refusal.detail, /no sha256 digests/);
  });
});

describe("the digest of a quote without its PCR values", () => {
  const vector = mustFindTpm("gcp-cos85-nonce9009-sha256");
  const attest = readQuoteAttest(mustHex(vector.attest));
  assert.ok(!isRefusal(attest));
  const { logs, quoted } = mustFindLog("gcp-cos85-nonce9009");
  const sha = quoted.find(({ bank }) => bank.name === "sha256")!;
  const values = Object.values(vector.pcrs!.values).map((value) => fromHex(value));
  const judge = (indices: readonly number[], digest: Uint8Array) =>
    judgeLogs(logs, { bank: sha.bank, values: new Map(), selection: { indices, digest } });

  it("log.replay: is given by a log that covers the selection", () => {
    const indices = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 17, 23];
    const { refusal, registers } = judge(indices, sha256(...indices.map((index) => values[index]!)));
    assert.equal(refusal, null);
    assert.equal(registers.filter(({ state }) => state === "replays").length, 10);
    assert.equal(registers.filter(({ state }) => state === "not extended").length, 3);
  });

  it("log.replay: refuses the whole quote, whose PCR 10 was extended after the log", () => {
    assert.deepEqual(sha256(...values), attest.pcrDigest);
    const { refusal, events } = judge(
      values.map((_, index) => index),
      attest.pcrDigest,
    );
    assert.equal(refusal?.check, "log.replay");
    assert.match(refusal.detail, /which of them differs is not known/);
    assert.deepEqual(events, []);
  });
});

describe("start values", () => {
  const locality = (value: number) => ({
    pcr: 0,
    type: 3,
    data: Uint8Array.of(...Buffer.from("StartupLocality\0"), value),
    digest: zero,
  });
  const event = { pcr: 0, ...separator };
  const first = (log: Uint8Array) => judgeWritten(log).registers[0]!.replayed!;
  const extended = (start: number) =>
    sha256(Uint8Array.of(...new Uint8Array(31), start), sha256(separator.data));

  for (const value of [0, 3, 4])
    it(`StartupLocality ${value} starts PCR 0`, () =>
      assert.deepEqual(first(writtenLog(locality(value), event)), extended(value)));
  it("an H-CRTM sequence starts PCR 0 at 4", () =>
    assert.deepEqual(first(writtenLog({ ...event, type: 0x80000010 })), extended(4)));
  it("without either PCR 0 starts at zero", () => assert.deepEqual(first(writtenLog(event)), extended(0)));
  it("PCR 17 starts at all ones, PCR 16 and 23 at zero", () => {
    const starts = [17, 16, 23].map((pcr) => first(writtenLog({ pcr, ...separator })));
    const of = (fill: number) => sha256(new Uint8Array(32).fill(fill), sha256(separator.data));
    assert.deepEqual(starts, [of(0xff), of(0), of(0)]);
  });

  for (const [what, log] of [
    ["behind what extends PCR 0", writtenLog(event, locality(3))],
    ["twice", writtenLog(locality(3), locality(3))],
    ["of a locality that does not start TPMs", writtenLog(locality(2))],
    ["that is longer", writtenLog({ ...locality(3), data: Uint8Array.of(...locality(3).data, 0) })],
  ] as const)
    it(`log.structure: refuses a StartupLocality ${what}`, () => {
      const { refusal } = judgeLogs({ ...noLogs, eventLog: log }, quotedAs([]));
      assert.equal(refusal?.check, "log.structure");
      assert.match(refusal.detail, /locality/);
    });
});

describe("what a log is compared with", () => {
  const { logs } = mustFindLog("eventlog-ubuntu-2404-amd-sevsnp");

  it("log.replay: a log that extends no quoted register proves nothing", () => {
    for (const eventLog of [logs.eventLog, writtenLog()]) {
      const { refusal } = judgeLogs({ ...noLogs, eventLog }, quotedAs([["PCR 23", zero]]));
      assert.equal(refusal?.check, "log.replay");
      assert.match(refusal.detail, /no register that is quoted/);
    }
  });

  it("EV_NO_ACTION extends nothing", () => {
    const log = writtenLog({ pcr: 1, type: 3, data: le(1, 4) }, { pcr: 2, ...separator });
    assert.deepEqual(
      judgeWritten(log).registers.map(({ register }) => register),
      ["PCR 2"],
    );
  });

  it("events in registers that are not quoted prove nothing", () => {
    const { quoted } = mustFindLog("eventlog-ubuntu-2404-amd-sevsnp");
    const sha = quoted.find(({ bank }) => bank === mustFindBank("sha256"))!;
    const { refusal, events } = judgeLogs(logs, quotedAs([["PCR 4", sha.values.get("PCR 4")!]]));
    assert.equal(refusal, null);
    assert.deepEqual([...new Set(events.map(({ register }) => register))], ["PCR 4"]);
  });

  it("tpm.event-log: a quote's log is read by the same rules", () => {
    const log = mustHex(mustFindTpm("gcp-cos85-nonce9009-sha256").eventLog);
    assert.ok(!isRefusal(replayEventLog(log)));
    const refusal = replayEventLog(Uint8Array.of(...log, 0));
    assert.ok(isRefusal(refusal));
    assert.equal(refusal.check, "tpm.event-log");
    const legacy = replayEventLog(mustFindLog("eventlog-debian-10").bytes);
    assert.ok(isRefusal(legacy));
    assert.equal(legacy.detail, "the event log has no SHA-256 digests");
  });

  it("Azure: separators alone give PCR 1 and 3 of a real quote", () => {
    const { pcrs } = mustFindTpm("azure-tdx-full-2025");
    const values = [1, 3].map((pcr) => [`PCR ${pcr}` as const, fromHex(pcrs!.values[pcr]!)] as const);
    const log = writtenLog(...[1, 3].map((pcr) => ({ pcr, ...separator })));
    const { refusal, registers } = judgeLogs({ ...noLogs, eventLog: log }, quotedAs(values));
    assert.equal(refusal, null);
    assert.ok(
      registers.every(
        ({ state, replayed, quoted }) => state === "replays" && toHex(replayed!) === toHex(quoted!),
      ),
    );
  });
});
