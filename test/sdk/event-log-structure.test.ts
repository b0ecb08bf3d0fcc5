// log.structure and log.description: each byte region of a log that is not as it must be ends in a refusal by name.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ascii, concat, sha256, sha384 } from "../../sdk/evidence/bytes.ts";
import { readCanonicalLog } from "../../sdk/evidence/logs/canonical-log.ts";
import { maxLogBytes, readTcgLog } from "../../sdk/evidence/logs/tcg-log.ts";
import type { LogArea } from "../../sdk/evidence/logs/tcg-log.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import {
  globalGuid,
  judgeWritten,
  le,
  logBytes,
  mustFindLog,
  specIdEvent,
  writtenEvent,
  writtenLog,
  writtenVariable,
} from "../support/event-logs.ts";

/** The refusal of log.structure that says `what`. */
function assertRefused(outcome: unknown, what: RegExp, check = "log.structure"): asserts outcome is Refusal {
  assert.ok(isRefusal(outcome), "the log was read");
  assert.equal(outcome.check, check);
  assert.match(outcome.detail, what);
}

/** A copy with `bytes` written at `at`. */
function patched(log: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const out = log.slice();
  out.set(bytes, at);
  return out;
}

const event = writtenEvent({ pcr: 4, type: 4, data: new Uint8Array(4) });
const log = concat(specIdEvent, event);
/** Offsets in `specIdEvent`: event header 32, then the structure. */
const at = { signature: 32, count: 56, algorithm: 60, size: 62, vendorSize: 64, data: specIdEvent.length };

describe("crypto-agile logs", () => {
  it("of one event are read", () => {
    const read = readTcgLog(log, "tpm");
    assert.ok(!isRefusal(read));
    assert.deepEqual(
      read.events.map(({ number, register, type }) => [number, register, type]),
      [[1, "PCR 4", 4]],
    );
  });

  const regions: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["no byte", new Uint8Array(0), /first event is truncated/],
    ["register of the table", patched(log, 0, 1), /another register or a digest/],
    ["digest of the table", patched(log, 8, 1), /another register or a digest/],
    ["size of the table event", patched(log, 28, 0xff, 0xff, 0xff, 0xff), /first event is truncated/],
    ["version of the table", patched(log, at.signature + 14, 0x34), /unknown version/],
    ["no algorithm", patched(log, at.count, 0), /has 0 entries/],
    ["too many algorithms", patched(log, at.count, 17), /has 17 entries/],
    ["more algorithms than bytes", patched(log, at.count, 2), /truncated/],
    ["four billion algorithms", patched(log, at.count, 0xff, 0xff, 0xff, 0xff), /4294967295 entries/],
    ["an unknown algorithm", patched(log, at.algorithm, 0x27), /algorithm 0x0027 is not known/],
    ["another digest size", patched(log, at.size, 20), /sha256 digests of 20 bytes, 32 are due/],
    ["vendor information that is not there", patched(log, at.vendorSize, 1), /table is truncated/],
    ["register", patched(log, at.data, 24), /event 1 is for register 24 of at most 23/],
    ["no digest", patched(log, at.data + 8, 0), /has 0 digests, the algorithm table 1/],
    ["more digests than the table", patched(log, at.data + 8, 2), /has 2 digests/],
    ["a digest of no bank", patched(log, at.data + 12, 0x0c), /algorithm 0x000c is not in the table/],
    ["more data than there is", patched(log, at.data + 46, 5), /event 1 at byte 65 is truncated/],
    ["data of four billion bytes", patched(log, at.data + 46, 0xff, 0xff, 0xff, 0xff), /truncated/],
    ["less data than there is", patched(log, at.data + 46, 3), /event 2 at byte 118 is truncated/],
    ["a trailing byte", concat(log, Uint8Array.of(0)), /event 2 at byte 119 is truncated/],
    ["trailing zeros, which are no event", concat(log, new Uint8Array(12)), /event 2 has 0 digests/],
    ["a trailing area of ff", concat(log, new Uint8Array(64).fill(0xff)), /event 2 has 4294967295 digests/],
  ];
  for (const [what, bytes, detail] of regions)
    it(`log.structure: ${what}`, () => assertRefused(readTcgLog(bytes, "tpm"), detail));

  it("log.structure: every cut ends in a truncation", () => {
    for (let length = 0; length < log.length; length++)
      if (length !== specIdEvent.length)
        assertRefused(readTcgLog(log.subarray(0, length), "tpm"), /truncated/);
  });

  it("log.structure: an algorithm twice in the table and in an event", () => {
    const two = Uint8Array.of(...le(2, 4), ...le(11, 2), ...le(32, 2), ...le(11, 2), ...le(32, 2), 0);
    const table = concat(log.subarray(at.signature, at.count), two);
    const head = concat(log.subarray(0, 28), le(table.length, 4), table);
    assertRefused(readTcgLog(head, "tpm"), /lists sha256 twice/);
    const real = mustFindLog("eventlog-cos-101-amd-sev").bytes;
    // The first event behind the table has SHA-1 and then SHA-256; both renamed to the first.
    const second = 32 + 41 + 12 + 22;
    assert.deepEqual([...real.subarray(second, second + 2)], [11, 0]);
    assertRefused(readTcgLog(patched(real, second, 4), "tpm"), /event 1 has two sha1 digests/);
  });

  it("log.structure: bytes behind the algorithm table", () => {
    const table = concat(specIdEvent.subarray(32), Uint8Array.of(0));
    assertRefused(
      readTcgLog(concat(specIdEvent.subarray(0, 28), le(table.length, 4), table), "tpm"),
      /1 bytes follow/,
    );
  });

  it("log.structure: a log beyond any firmware's", () =>
    assertRefused(readTcgLog(new Uint8Array(maxLogBytes + 1), "tpm"), /at most 4194304 are read/));
});

describe("SHA-1 logs", () => {
  const real = mustFindLog("eventlog-debian-10").bytes;

  it("are of the bank sha1", () => {
    const read = readTcgLog(real, "tpm");
    assert.ok(!isRefusal(read));
    assert.deepEqual(
      read.banks.map(({ name }) => name),
      ["sha1"],
    );
    assert.equal(read.events[0]!.number, 0);
  });
  it("headed by the table of TCG EFI 1.2 as well", () => {
    const data = concat(ascii("Spec ID Event02\0"), new Uint8Array(10));
    const head = concat(le(0, 4), le(3, 4), new Uint8Array(20), le(data.length, 4), data);
    const read = readTcgLog(concat(head, real), "tpm");
    assert.ok(!isRefusal(read));
    assert.equal(read.events.length, 26);
  });
  it("log.structure: no TD has one", () =>
    assertRefused(readTcgLog(real, "cc"), /begins with the algorithm table/));
  it("log.structure: cut or longer", () => {
    assertRefused(readTcgLog(real.subarray(0, -1), "tpm"), /truncated/);
    assertRefused(readTcgLog(concat(real, Uint8Array.of(0)), "tpm"), /truncated/);
  });
});

describe("CC event logs", () => {
  const { bytes } = mustFindLog("ccel-grub");
  const end = bytes.length - 64;
  const read = (log: Uint8Array, area: LogArea = "cc") => readTcgLog(log, area);
  const count = (log: Uint8Array) => {
    const outcome = read(log);
    return isRefusal(outcome) ? outcome.detail : outcome.events.length;
  };

  it("end where nothing but ff or nothing but 00 follows", () => {
    const events = bytes.subarray(0, end);
    for (const length of [0, 1, 11, 12, 64, 100_000])
      for (const fill of [0, 0xff])
        assert.equal(count(concat(events, new Uint8Array(length).fill(fill))), 37);
  });
  it("log.structure: anything else behind the last event", () => {
    for (const position of [end + 12, end + 40, bytes.length - 1])
      assertRefused(read(patched(bytes, position, 1)), /bytes other than padding follow/);
    assertRefused(read(patched(bytes, end, 0)), /event 38 has 4294967295 digests/);
  });
  it("log.structure: an extend of MRTD or of a fifth register", () => {
    const first = 32 + 33;
    assert.equal(bytes[first], 1);
    assertRefused(read(patched(bytes, first, 0)), /event 1 extends MRTD/);
    assertRefused(read(patched(bytes, first, 5)), /register 5 of at most 4/);
  });
  it("log.structure: a TPM's log has no padding", () =>
    assertRefused(read(bytes, "tpm"), /another register/));
});

describe("canonical event logs", () => {
  const real = logBytes("cel-cos");
  const read = readCanonicalLog;
  // Record 0: number 13 bytes, register 6, digests 5 + 5 + 48, content from 77.
  const offsets = { number: 5, register: 13, index: 18, algorithm: 24, digest: 29, content: 77 };

  it("of COS are read", () => {
    const log = read(real);
    assert.ok(!isRefusal(log));
    assert.equal(log.records.length, 18);
    assert.ok(log.records.every(({ register }) => register === "RTMR 3"));
  });

  const regions: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["nothing", new Uint8Array(0), /no record/],
    ["a cut record", real.subarray(0, -1), /record 17 is truncated/],
    ["a trailing byte", concat(real, Uint8Array.of(0)), /record 18 is truncated/],
    ["type of the number", patched(real, 0, 2), /does not carry its number/],
    ["another number", patched(real, offsets.number + 7, 1), /record 0 does not carry its number/],
    ["a number that is not precise", patched(real, offsets.number, 0xff), /does not carry its number/],
    ["type of the register", patched(real, offsets.register, 2), /names no register/],
    ["MRTD", patched(real, offsets.index, 0), /names no register/],
    ["a fifth register", patched(real, offsets.index, 5), /names no register/],
    ["type of the digests", patched(real, 19, 4), /type 4 where its digests are due/],
    ["an unknown algorithm", patched(real, offsets.algorithm, 0x20), /algorithm 0x0020 is not known/],
    ["an algorithm of another size", patched(real, offsets.algorithm, 11), /sha256 of 48 bytes/],
    ["type of the content", patched(real, offsets.content, 7), /content of type 7, 80 is due/],
    ["length of the inner content", patched(real, offsets.content + 9, 0x64), /bytes follow its content/],
    ["a longer inner content", patched(real, offsets.content + 9, 0xff), /truncated content/],
    ["a length of four billion", patched(real, 1, 0xff, 0xff, 0xff, 0xff), /truncated/],
  ];
  for (const [what, bytes, detail] of regions)
    it(`log.structure: ${what}`, () => assertRefused(read(bytes), detail));

  it("log.structure: no digest, two of a bank, another bank than before", () => {
    const content = real.subarray(offsets.content, offsets.content + 10 + 101);
    const size = (length: number) => le(length, 4).reverse();
    const record = (number: number, ...digests: Uint8Array[]) => {
      const list = concat(new Uint8Array(0), ...digests);
      const head = concat(Uint8Array.of(0), size(8), new Uint8Array(7), Uint8Array.of(number));
      const register = Uint8Array.of(1, 0, 0, 0, 1, 13);
      return concat(head, register, Uint8Array.of(3), size(list.length), list, content);
    };
    const short = concat(Uint8Array.of(11), size(32), sha256(content));
    const long = concat(Uint8Array.of(12), size(48), sha384(content));
    assert.ok(!isRefusal(read(concat(record(0, short, long), record(1, short, long)))));
    assertRefused(read(record(0)), /has no digest/);
    assertRefused(read(record(0, short, short)), /two sha256 digests/);
    assertRefused(read(concat(record(0, short), record(1, long))), /record 1 has digests of other banks/);
  });

  it("log.description: content that is not what the digest covers", () => {
    for (const position of [offsets.digest, offsets.content + 5, offsets.content + 12])
      assertRefused(read(patched(real, position, real[position]! ^ 1)), /another sha384/, "log.description");
  });
});

describe("descriptions", () => {
  const secureBoot = (value: number) => writtenVariable(globalGuid, "SecureBoot", Uint8Array.of(value));
  const types = {
    EV_SEPARATOR: [4, new Uint8Array(4), Uint8Array.of(0, 0, 0, 1)],
    EV_EFI_VARIABLE_DRIVER_CONFIG: [0x80000001, secureBoot(0), secureBoot(1)],
    EV_EFI_VARIABLE_BOOT: [0x80000002, secureBoot(0), secureBoot(1)],
    EV_EFI_VARIABLE_BOOT2: [0x8000000c, secureBoot(0), secureBoot(1)],
    EV_EFI_GPT_EVENT: [0x80000006, new Uint8Array(100), new Uint8Array(100).fill(1)],
    EV_EFI_ACTION: [0x80000007, ascii("Calling"), ascii("Booting")],
  } as const;

  for (const [name, [type, data, rewritten]] of Object.entries(types))
    it(`log.description: ${name} says what it hashes`, () => {
      assert.equal(judgeWritten(writtenLog({ pcr: 7, type, data })).refusal, null);
      const { refusal, events } = judgeWritten(
        writtenLog({ pcr: 7, type, data: rewritten, digest: sha256(data) }),
      );
      assertRefused(
        refusal,
        new RegExp(`^PCR 7, event 1: the data of this ${name} has another sha256`),
        "log.description",
      );
      assert.deepEqual(events, []);
    });

  it("an error separator hashes 00000001 and says the error", () => {
    const log = writtenLog({ pcr: 0, type: 4, data: Uint8Array.of(9, 0, 0, 0), digest: sha256(le(1, 4)) });
    assert.equal(judgeWritten(log).refusal, null);
  });

  it("EV_EFI_VARIABLE_BOOT may hash the value alone", () => {
    const log = writtenLog({
      pcr: 1,
      type: 0x80000002,
      data: secureBoot(1),
      digest: sha256(Uint8Array.of(1)),
    });
    const [first] = judgeWritten(log).events;
    assert.ok(first?.log === "firmware");
    assert.equal(first.part?.form, "value");
  });

  it("log.description: Secure Boot switched on in a real log", () => {
    const { bytes } = mustFindLog("eventlog-ubuntu-2404-amd-sevsnp");
    const name = Buffer.from("SecureBoot", "utf16le");
    const position = Buffer.from(bytes).indexOf(name) + name.length;
    assert.equal(bytes[position], 0);
    assertRefused(
      judgeWritten(bytes).refusal ?? judgeWritten(patched(bytes, position, 1)).refusal,
      /PCR 7, event 3/,
      "log.description",
    );
  });
});
