// 10,000 seeded mutations of real logs, judged against the values that the unchanged log must give. Each ends in a named
// refusal, or in a reading that says nothing new. Why it cannot: a register that replays holds the same digests in the
// same order as before (else two different lists would collide), and a sentence is made of what a digest covers or of
// the digest itself. So every sentence of a changed log is one of the unchanged log, or a digest where words were; what
// may differ is what stands beside it as an unverified description, the event's number, and that sentences are missing.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, toHex } from "../../sdk/evidence/bytes.ts";
import { readCanonicalLog } from "../../sdk/evidence/logs/canonical-log.ts";
import { replayExtends } from "../../sdk/evidence/logs/replay.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { bootStatements, judgeLogs } from "../../sdk/verify/boot/index.ts";
import type { JudgedLogs, LogFiles, QuotedRegisters } from "../../sdk/verify/boot/index.ts";
import { logBytes, mustFindBank, noLogs, quotedAs, realLogs } from "../support/event-logs.ts";
import { flipBit, seededRandom } from "../support/mutations.ts";

const mutations = 10_000;
type Random = ReturnType<typeof seededRandom>;

interface Subject {
  readonly name: string;
  readonly member: keyof LogFiles;
  readonly bytes: Uint8Array;
  readonly quoted: QuotedRegisters;
}

function celSubject(): Subject {
  const bytes = logBytes("cel-cos");
  const log = readCanonicalLog(bytes);
  assert.ok(!isRefusal(log));
  const bank = mustFindBank("sha384");
  const extended = log.records.map(({ register, digests }) => ({ register, digest: digests.get(bank.id)! }));
  return { name: "cel-cos", member: "cel", bytes, quoted: quotedAs([...replayExtends(extended, bank)]) };
}

/** Small logs of every form: the time goes into hashing. */
const subjects: readonly Subject[] = [
  ...realLogs
    .filter(({ bytes }) => bytes.length < 24_000)
    .flatMap(({ name, bytes, quoted }): Subject[] =>
      quoted.map((each) => ({
        name: `${name} ${each.bank.name}`,
        member: name.startsWith("ccel-") ? "ccel" : "eventLog",
        bytes,
        quoted: each,
      })),
    ),
  celSubject(),
];

const interesting = [0, 1, 3, 4, 0x0b, 0x0c, 0x0d, 0x7f, 0x80, 0xff];

/** One to three changes: bits, bytes, fields of four bytes, cuts, insertions, repeats, moved pieces. */
function mutate(log: Uint8Array, random: Random): Uint8Array {
  let out = log;
  for (let change = 0; change <= random(3); change++) {
    const at = random(Math.max(1, out.length));
    const length = 1 + random(64);
    const [head, piece, tail] = [
      out.subarray(0, at),
      out.subarray(at, at + length),
      out.subarray(at + length),
    ];
    const byte = interesting[random(interesting.length)]!;
    const kinds = [
      () => flipBit(out, at * 8 + random(8)),
      () => flipBit(out, random(Math.min(out.length, 128)) * 8 + random(8)),
      () => concat(head, Uint8Array.of(byte), out.subarray(at + 1)),
      () => concat(head, new Uint8Array(4).fill(byte), out.subarray(at + 4)),
      () => head,
      () => concat(head, tail),
      () => concat(head, piece, piece, tail),
      () => concat(head, new Uint8Array(length).fill(byte), piece, tail),
      () => concat(tail, piece, head),
      () => concat(out, new Uint8Array(length).fill(byte)),
    ];
    out = kinds[random(kinds.length)]!();
    if (out.length === 0) return out;
  }
  return out;
}

const judge = ({ member, quoted }: Subject, bytes: Uint8Array): JudgedLogs =>
  judgeLogs({ ...noLogs, [member]: bytes }, quoted);

/** Sentences, each as often as it is said. */
function sentences(judged: JudgedLogs): Map<string, number> {
  const said = new Map<string, number>();
  for (const { register, proven } of bootStatements(judged)) {
    // How many commands are hashed is said of those whose label is left.
    const sentence = proven.endsWith("each hashed") ? `${register} commands` : `${register} ${proven}`;
    said.set(sentence, (said.get(sentence) ?? 0) + 1);
  }
  return said;
}

/** What a changed log may say: the sentences of the unchanged log, and the bare digests in its registers. */
function sayable(judged: JudgedLogs): Map<string, number> {
  const said = sentences(judged);
  for (const event of judged.events) {
    if (event.log !== "firmware") continue;
    const digest = `${event.register} ${event.bank.name} ${toHex(event.digest).slice(2)}`;
    said.set(digest, (said.get(digest) ?? 0) + 1);
  }
  return said;
}

describe("mutated event logs", () => {
  it(`${mutations} end in a named refusal or say nothing new`, () => {
    const random = seededRandom(20_260_205);
    const before = subjects.map((subject) => sayable(judge(subject, subject.bytes)));
    const outcomes = new Map<string, number>();
    let slowest = 0;
    for (let mutation = 0; mutation < mutations; mutation++) {
      const at = mutation % subjects.length;
      const subject = subjects[at]!;
      const started = performance.now();
      const judged = judge(subject, mutate(subject.bytes, random));
      const said = sentences(judged);
      slowest = Math.max(slowest, performance.now() - started);
      const outcome = judged.refusal?.check ?? "reads alike";
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (judged.refusal !== null) {
        assert.match(judged.refusal.check, /^log\.(structure|replay|description)$/);
        assert.equal(said.size, 0);
        continue;
      }
      for (const [sentence, times] of said)
        assert.ok(
          times <= (before[at]!.get(sentence) ?? 0),
          `${subject.name}, mutation ${mutation}: ${sentence}`,
        );
    }
    assert.deepEqual([...outcomes.keys()].sort(), [
      "log.description",
      "log.replay",
      "log.structure",
      "reads alike",
    ]);
    for (const [outcome, times] of outcomes) assert.ok(times > 100, `${outcome}: ${times}`);
    assert.ok(slowest < 2000, `${slowest} ms`);
    if (process.env["SHOW"]) console.log(outcomes, slowest);
  });

  it("large logs of small events are read in linear time", () => {
    const { bytes } = realLogs.find(({ name }) => name === "eventlog-debian-10")!;
    const event = new Uint8Array(32);
    const grown = concat(bytes, ...Array.from({ length: 100_000 }, () => event));
    const { refusal, registers } = judgeLogs(
      { ...noLogs, eventLog: grown },
      { ...quotedAs([]), bank: mustFindBank("sha1") },
    );
    assert.equal(refusal?.check, "log.replay");
    assert.equal(registers.length, 8);
  });
});
