// Journals of proven programs and the report that a proof travels in: one encoding each, nothing else is read
// (zk.md §4, `proof.journal`, `proof.encoding`).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, fromHex, toHex, uint } from "../../sdk/evidence/bytes.ts";
import type { CheckId } from "../../sdk/checks.ts";
import {
  encodeDcapJournal,
  encodeSnpJournalV1,
  encodeSnpJournalV2,
  encodeSnpJournalV3,
  readDcapJournal,
  readSnpJournalV1,
  readSnpJournalV2,
  readSnpJournalV3,
} from "../../sdk/evidence/journals/index.ts";
import { encodeProofReport, readProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { seededRandom } from "../support/mutations.ts";
import { proofCase, proofCases } from "../support/proofs.ts";

const dice = seededRandom(0x5eed);
const bytes = (length: number) => Uint8Array.from({ length }, () => dice(256));
const list = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
const time = () => BigInt(dice(2 ** 32)) * BigInt(dice(2 ** 32));

const snp = () => ({
  result: dice(256),
  time: time(),
  processorModel: dice(256),
  certs: list(3, () => bytes(32)),
  serials: list(3, () => bytes(20)),
});
const tpm = () => {
  const isSha1 = dice(2) === 0;
  return {
    quote: bytes(dice(200)),
    algorithm: isSha1 ? 0x0004 : 0x000b,
    pcr10: bytes(isSha1 ? 20 : 32),
    akRoot: bytes(32),
    ekRoot: dice(2) === 0 ? null : bytes(32),
  };
};
const snpV1 = () => {
  const option = dice(3);
  return {
    option,
    processorModel: dice(256),
    report: bytes(1184),
    root: bytes(32),
    tpm: option === 0 ? null : tpm(),
  };
};
/** Version 4 has no TD report 1.5. */
const bodies = [
  [4, 584],
  [5, 584],
  [5, 648],
] as const;
const dcapOf = ([quoteVersion, length]: (typeof bodies)[number]) => ({
  quoteVersion,
  tcbStatus: dice(256),
  fmspc: bytes(6),
  body: bytes(length),
  advisoryIds: list(dice(4), () => bytes(dice(80))),
  time: time(),
  documents: {
    tcbInfo: bytes(32),
    qeIdentity: bytes(32),
    root: bytes(32),
    signer: bytes(32),
    rootCrl: bytes(32),
    pckCrl: bytes(32),
  },
});
const dcap = () => dcapOf(bodies[dice(3)]!);

interface Form<T> {
  readonly make: () => T;
  readonly encode: (value: T) => Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
  readonly check: CheckId;
}
const form = <T>(of: Form<T>): Form<unknown> => of as Form<unknown>;

const forms: Readonly<Record<string, Form<unknown>>> = {
  "SNP v1": form({ make: snpV1, encode: encodeSnpJournalV1, read: readSnpJournalV1, check: "proof.journal" }),
  "SNP v2": form({
    make: () => ({ ...snp(), report: bytes(1184), trustedCertsPrefixLen: dice(256) }),
    encode: encodeSnpJournalV2,
    read: readSnpJournalV2,
    check: "proof.journal",
  }),
  "SNP v3": form({
    make: () => ({ ...snp(), reportHash: bytes(32) }),
    encode: encodeSnpJournalV3,
    read: readSnpJournalV3,
    check: "proof.journal",
  }),
  DCAP: form({ make: dcap, encode: encodeDcapJournal, read: readDcapJournal, check: "proof.journal" }),
  "proof report": form({
    make: () => ({
      program: bytes(32),
      output: bytes(dice(300)),
      proof: bytes(dice(300)),
      statement: bytes(dice(300)),
    }),
    encode: encodeProofReport,
    read: readProofReport,
    check: "proof.encoding",
  }),
};

for (const [name, { make, encode, read, check }] of Object.entries(forms))
  describe(name, () => {
    it("reads what it encodes, for random values", () => {
      for (let i = 0; i < 200; i++) {
        const value = make();
        assert.deepEqual(read(encode(value)), value);
      }
    });

    it("refuses every other length by name", () => {
      const encoded = encode(make());
      const lengths = [...list(120, () => dice(encoded.length)), 0, 1, encoded.length - 1];
      const longer = [1, 20, 31, 32, 64].map((more) => concat(encoded, new Uint8Array(more)));
      for (const other of [...lengths.map((length) => encoded.subarray(0, length)), ...longer]) {
        const value = read(other);
        assert.ok(isRefusal(value), `${other.length} of ${encoded.length} bytes`);
        assert.equal(value.check, check);
      }
    });

    it("reads no two encodings as one value: a changed bit is refused or gives another value", () => {
      for (let i = 0; i < 400; i++) {
        const encoded = encode(make());
        const changed = encoded.slice();
        changed[dice(changed.length)]! ^= 1 << dice(8);
        const value = read(changed);
        if (isRefusal(value)) assert.equal(value.check, check);
        else assert.deepEqual(encode(value), changed);
      }
    });

    it("refuses another order of its words by name or reads it as what it then says", () => {
      for (let i = 0; i < 200; i++) {
        const encoded = encode(make());
        const words = list(Math.ceil(encoded.length / 32), () => new Uint8Array(0)).map((_, at) =>
          encoded.subarray(32 * at, 32 * at + 32),
        );
        const [a, b] = [dice(words.length), dice(words.length)];
        const swapped = concat(...words.with(a, words[b]!).with(b, words[a]!));
        const value = read(swapped);
        if (isRefusal(value)) assert.equal(value.check, check);
        else assert.deepEqual(encode(value), swapped);
      }
    });
  });

const refusalOf = (value: unknown) => (isRefusal(value) ? value.check : null);

describe("proof.journal: what a journal may not say", () => {
  const output = (edit: (journal: Uint8Array) => void, of: Uint8Array) => {
    const journal = of.slice();
    edit(journal);
    return journal;
  };
  it("SNP: other than three certificates", () => {
    const of = (count: number) => ({ ...snp(), certs: list(count, () => bytes(32)) });
    for (const count of [0, 1, 2, 4]) {
      const v2 = { ...of(count), report: bytes(1184), trustedCertsPrefixLen: 1 };
      assert.equal(refusalOf(readSnpJournalV2(encodeSnpJournalV2(v2))), "proof.journal");
      const v3 = { ...of(count), serials: list(count, () => bytes(20)), reportHash: bytes(32) };
      assert.equal(refusalOf(readSnpJournalV3(encodeSnpJournalV3(v3))), "proof.journal");
    }
    const v3 = encodeSnpJournalV3({ ...snp(), reportHash: bytes(32) });
    assert.equal(refusalOf(readSnpJournalV3(output((j) => (j[13] = 2), v3))), "proof.journal");
  });
  it("SNP v2: a report of another length, dirt above a number, members in another order", () => {
    const parts = { ...snp(), trustedCertsPrefixLen: 1 };
    for (const length of [0, 33, 1183, 1185]) {
      const other = encodeSnpJournalV2({ ...parts, report: bytes(length) });
      assert.equal(refusalOf(readSnpJournalV2(other)), "proof.journal");
    }
    const v2 = encodeSnpJournalV2({ ...parts, report: bytes(1184) });
    assert.ok(!isRefusal(readSnpJournalV2(v2)));
    assert.equal(refusalOf(readSnpJournalV2(output((j) => (j[32] = 1), v2))), "proof.journal");
    assert.equal(refusalOf(readSnpJournalV2(output((j) => (j[31] = 0x40), v2))), "proof.journal");
  });
  it("SNP v1: another option, a report of another length, a bank that is unknown", () => {
    const v1 = encodeSnpJournalV1({ ...snpV1(), option: 2, tpm: { ...tpm(), quote: bytes(3) } });
    assert.ok(!isRefusal(readSnpJournalV1(v1)));
    for (const at of [0, 2, 3, 4, 5])
      assert.equal(refusalOf(readSnpJournalV1(output((j) => (j[at]! ^= 0x7f), v1))), "proof.journal");
    const bank = 6 + 1184 + 32 + 4 + 3;
    assert.equal(refusalOf(readSnpJournalV1(output((j) => (j[bank] = 7), v1))), "proof.journal");
  });
  it("DCAP: a body of another version or of SGX, an empty list of advisories", () => {
    for (const body of bodies) {
      const none = encodeDcapJournal({ ...dcapOf(body), advisoryIds: [] });
      assert.ok(!isRefusal(readDcapJournal(none)));
      for (const kind of [0x00030002, 0x00040000, 0x00040001, 0x00040003, 0x00050004, 0x00060002])
        assert.equal(
          refusalOf(readDcapJournal(output((j) => j.set(uint(kind, 4), 2), none))),
          "proof.journal",
        );
      const end = none.length - 200;
      const empty = concat(uint(end - 2 + 64, 2), none.subarray(2, end), uint(32, 32), uint(0, 32));
      assert.equal(refusalOf(readDcapJournal(concat(empty, none.subarray(end)))), "proof.journal");
    }
  });
});

describe("real journals", () => {
  const read = {
    "automata-snp-gcp-risc0-2.2": [readSnpJournalV2, encodeSnpJournalV2],
    "automata-snp-azure-risc0-3.0": [readSnpJournalV3, encodeSnpJournalV3],
    "automata-snp-gcp-sp1-5.0": [readSnpJournalV3, encodeSnpJournalV3],
    "automata-dcap-tdx-risc0": [readDcapJournal, encodeDcapJournal],
    "automata-dcap-tdx-sp1-groth16": [readDcapJournal, encodeDcapJournal],
    "automata-dcap-tdx-sp1-plonk": [readDcapJournal, encodeDcapJournal],
    "cvm-1.5-azure-snp-refresh": [readSnpJournalV2, encodeSnpJournalV2],
    "cvm-1.5-gcp-tdx-refresh": [readDcapJournal, encodeDcapJournal],
  } as const;
  for (const [name, [reader, encode]] of Object.entries(read))
    it(`${name} is read, and encoded as it was`, () => {
      const { output } = proofCase(name);
      const journal = (reader as (bytes: Uint8Array) => object)(output);
      assert.ok(!isRefusal(journal));
      assert.deepEqual((encode as (value: unknown) => Uint8Array)(journal), output);
    });

  it("say what their publishers say of them", () => {
    const v2 = readSnpJournalV2(proofCase("automata-snp-gcp-risc0-2.2").output);
    assert.ok(!isRefusal(v2));
    assert.deepEqual([v2.result, v2.time, v2.processorModel, v2.report.length], [0, 1753242194n, 0, 1184]);
    assert.deepEqual(v2.serials.map(toHex), [uint(65536, 20), uint(65537, 20), uint(0, 20)].map(toHex));
    const dcap = readDcapJournal(proofCase("automata-dcap-tdx-risc0").output);
    assert.ok(!isRefusal(dcap));
    assert.deepEqual([dcap.quoteVersion, dcap.tcbStatus, dcap.time], [4, 4, 1749095100n]);
    assert.equal(toHex(dcap.fmspc), "0x00806f050000");
    const ids = dcap.advisoryIds.map((id) => Buffer.from(id).toString());
    assert.deepEqual(ids, ["INTEL-SA-00960", "INTEL-SA-00982", "INTEL-SA-00986"]);
  });

  it("are no journals of another form", () => {
    const readers = [readSnpJournalV1, readSnpJournalV2, readSnpJournalV3, readDcapJournal];
    for (const { name, output } of proofCases) {
      const fits = readers.filter((reader) => !isRefusal(reader(output))).length;
      assert.equal(fits, name in read ? 1 : 0, name);
    }
    assert.equal(refusalOf(readProofReport(fromHex("00"))), "proof.encoding");
  });
});
