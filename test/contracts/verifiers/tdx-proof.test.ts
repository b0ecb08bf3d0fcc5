// What TDXProofVerifier checks behind a proof, on a real journal and all of Intel's documents that it names; a stub vouches
// for the proof. That proofs hold is tested in test/contracts/zk.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, it } from "node:test";
import { concat, encodeAbiParameters, numberToHex, parseAbiParameters, size, slice } from "viem";
import type { Hex } from "viem";
import { encodeProofReport, journalFormats } from "../../support/proof-reports.ts";
import type { ProofReportParts } from "../../support/proof-reports.ts";
import { startIntelChain } from "../../support/intel-chain.ts";
import type { IntelChain, Target } from "../../support/intel-chain.ts";
import { collateralFrom, documentBytes, quoteBytes } from "../../support/tdx-vectors.ts";
import { hex } from "./outcome.ts";

const tdx = 1;
const sp1 = 2;
const day = 86_400;
/** Time of the journal: 2025-06-05T03:45:00Z. */
const at = 1_749_095_100;
const documents = {
  tcbInfo: "tdx-00806f050000-e17-2025-06-04",
  qeIdentity: "tdqe-e17-2025-06-04",
  rootCrl: "root-2025-03-20",
  pckCrl: "platform-2025-06-04",
};
const { journal } = JSON.parse(readFileSync("test/fixtures/tdx/dcap-journal.json", "utf8")) as {
  journal: Hex;
};

interface Claims {
  readonly platformId: Hex;
  readonly validUntil: number;
  readonly tcbStatus: number;
}

async function start(numbers: { tcbInfo: number; qeIdentity: number }) {
  const started = await startIntelChain({ at, ...numbers });
  const proofs = await started.deploy("StubProofVerifier", [tdx, sp1]);
  const args = [proofs.address, started.collateral.address, sp1] as const;
  return { chain: started, verifier: await started.deploy("TDXProofVerifier", args) };
}

let chain: IntelChain;
let verifier: Target;
let goBack: () => Promise<void>;
before(async () => {
  ({ chain, verifier } = await start({ tcbInfo: 17, qeIdentity: 17 }));
  assert.equal(await chain.upsert(collateralFrom(documents)), null);
  goBack = await chain.mark();
});
beforeEach(() => goBack());
after(() => chain.close());

const reportOf = (output: Hex, changes: Partial<ProofReportParts> = {}): Hex =>
  encodeProofReport({
    program: numberToHex(journalFormats.dcap, { size: 32 }),
    output,
    proof: "0x00",
    statement: "0x",
    ...changes,
  });
const outcome = (output: Hex, changes?: Partial<ProofReportParts>) =>
  chain.call<Claims>(verifier, "verify", reportOf(output, changes));
const errorOf = async (output: Hex, changes?: Partial<ProofReportParts>) =>
  (await outcome(output, changes)).error;
const nameOf = async (output: Hex, changes?: Partial<ProofReportParts>) =>
  (await errorOf(output, changes))?.replace(/\(.*/, "") ?? null;

function put(bytes: Hex, offset: number, value: Hex): Hex {
  const from = 2 + 2 * offset;
  return `0x${bytes.slice(2, from)}${value.slice(2)}${bytes.slice(from + value.length - 2)}`;
}

// Where the parts of the journal begin.
const body = 13;
const bodyEnd = body + 584;
const timeAt = size(journal) - 200;
const hashes = size(journal) - 192;
const advisories = slice(journal, bodyEnd, timeAt);
/** The journal with another list behind the body. */
function withAdvisories(list: Hex): Hex {
  const output = concat([slice(journal, 2, bodyEnd), list]);
  return concat([numberToHex(size(output), { size: 2 }), output, slice(journal, timeAt)]);
}

describe("TDXProofVerifier on a real journal", () => {
  it("says what TDXVerifier says of the same TD report, but for host, dates and whose word the TCB is", async () => {
    const { value: proven } = await outcome(journal);
    const quote = hex(quoteBytes("v4-gcp-automata"));
    const { value: direct } = await chain.call<Claims>(chain.verifier, "verify", quote);
    assert.ok(proven !== null && direct !== null);
    const unseen = { platformId: `0x${"00".repeat(32)}`, validUntil: proven.validUntil };
    assert.deepEqual(proven, { ...direct, ...unseen });
    assert.notEqual(direct.platformId, unseen.platformId);
    assert.equal(proven.tcbStatus, 5);
  });

  it("ends with the documents it rests on, and 30 days behind its time at the latest", async () => {
    const validUntil = (await outcome(journal)).value!.validUntil;
    const { value: dates } = await chain.call<readonly number[]>(
      chain.collateral,
      "collateralDates",
      "0x00806f050000",
      (await chain.read<{ subjectHash: Hex }>(chain.collateral, "caOf", 1)).subjectHash,
    );
    const ends = dates!.slice(0, 4);
    assert.equal(validUntil, Math.min(...ends, at + 30 * day));
    const earlier = put(journal, timeAt, numberToHex(at - day, { size: 8 }));
    assert.equal((await outcome(earlier)).value!.validUntil, Math.min(...ends, at + 29 * day));
  });

  it("takes the bodies of version 5, TD report 1.0 and 1.5", async () => {
    const later = put(journal, 2, "0x00050002");
    assert.equal(await errorOf(later), null);
    const longer = concat([slice(journal, 2, bodyEnd), `0x${"11".repeat(64)}`, advisories]);
    const framed = concat([numberToHex(size(longer), { size: 2 }), longer, slice(journal, timeAt)]);
    assert.equal(await errorOf(put(framed, 2, "0x00050003")), null);
  });
});

describe("DCAP journals (proof.journal)", () => {
  const list = (...texts: string[]) => encodeAbiParameters(parseAbiParameters("string[]"), [texts]);
  for (const [what, output] of [
    ["no advisories", withAdvisories("0x")],
    ["one of a whole word", withAdvisories(list("x".repeat(32)))],
    ["strings of any length", withAdvisories(list("", "INTEL-SA-00001", "y".repeat(70)))],
  ] as const)
    it(`takes ${what}`, async () => {
      assert.equal(await errorOf(output), null);
    });

  const two = list("INTEL-SA-00001", "INTEL-SA-00002");
  for (const [what, output] of [
    ["nothing", "0x"],
    ["a length alone", slice(journal, 0, 2)],
    ["less than its head", concat(["0x000a", slice(journal, 2, 12), slice(journal, timeAt)])],
    ["one byte less", slice(journal, 0, size(journal) - 1)],
    ["a byte more", `${journal}00` as Hex],
    ["another length", put(journal, 1, "0xb4")],
    ["a body cut", put(slice(journal, 0, bodyEnd - 1 + 200), 0, numberToHex(bodyEnd - 3, { size: 2 }))],
    ["quote version 3", put(journal, 2, "0x0003")],
    ["a body 1.5 of version 4", put(journal, 4, "0x0003")],
    ["an SGX report", put(journal, 4, "0x0001")],
    ["body type 4 of version 5", put(journal, 2, "0x00050004")],
    ["an empty list", withAdvisories(list())],
    ["half a word of advisories", withAdvisories(`0x${"00".repeat(16)}`)],
    ["one word of advisories", withAdvisories(slice(two, 0, 32))],
    ["advisories and a byte", withAdvisories(`${two}00`)],
    ["advisories and a word", withAdvisories(`${two}${"00".repeat(32)}`)],
    ["another offset of the list", withAdvisories(put(two, 31, "0x40"))],
    ["a count above all", withAdvisories(put(two, 32, "0xff"))],
    ["one string more", withAdvisories(put(two, 63, "0x03"))],
    ["one string less", withAdvisories(put(two, 63, "0x01"))],
    ["another offset of a string", withAdvisories(put(two, 95, "0x60"))],
    ["another offset of the next", withAdvisories(put(two, 127, "0x40"))],
    ["a string longer than all", withAdvisories(put(two, 128, "0xff"))],
    ["dirty padding", withAdvisories(put(two, 128 + 63, "0x01"))],
    ["a list without its last string", withAdvisories(slice(list("a"), 0, 96))],
  ] as const)
    it(`refuses ${what}`, async () => {
      assert.equal(await errorOf(output), "ProofJournalMalformed()");
    });

  for (const format of [0, journalFormats.snpV1, journalFormats.snpV2, journalFormats.snpV3])
    it(`refuses format ${format}`, async () => {
      const program = numberToHex(format, { size: 32 });
      assert.equal(await errorOf(journal, { program }), "ProofJournalMalformed()");
    });

  it("carries its report: none stands beside it (proof.statement)", async () => {
    assert.equal(
      await nameOf(journal, { statement: slice(journal, body, bodyEnd) }),
      "ProofStatementMismatch",
    );
  });
});

describe("Time of a DCAP proof (proof.time)", () => {
  it("is at most a day ago", async () => {
    const of = (time: number) => nameOf(put(journal, timeAt, numberToHex(time, { size: 8 })));
    assert.equal(await of(at - day), null);
    assert.equal(await of(at - day - 1), "ProofTimeOutOfRange");
    assert.equal(await of(at + 1), "ProofTimeOutOfRange");
  });
});

describe("Collateral of a DCAP proof", () => {
  const errors = [
    "TDXProofTCBInfoUnknown",
    "TDXProofQEIdentityUnknown",
    "TDXProofRootUnknown",
    "TDXProofSignerUnknown",
    "TDXProofRootCRLUnknown",
    "TDXProofPCKCRLUnknown",
  ];
  for (const [position, error] of errors.entries())
    for (const word of [`0x${"00".repeat(32)}`, `0x${"11".repeat(32)}`] as Hex[])
      it(`${error} names what is not held: ${word.slice(0, 6)}`, async () => {
        assert.equal(await errorOf(put(journal, hashes + 32 * position, word)), `${error}(${word})`);
      });

  it("is nothing on a chain that holds nothing, one document after the other", async () => {
    const empty = await start({ tcbInfo: 17, qeIdentity: 17 });
    const call = async (output: Hex) => {
      const { error } = await empty.chain.call(empty.verifier, "verify", reportOf(output));
      return error?.replace(/\(.*/, "") ?? null;
    };
    const zeros = put(journal, hashes, `0x${"00".repeat(192)}`);
    assert.equal(await call(zeros), "TDXProofRootUnknown");
    const all = collateralFrom(documents);
    const bring = (functionName: string, ...args: Uint8Array[]) =>
      empty.chain.mustSend(empty.chain.collateral, functionName, ...args.map(hex));
    assert.equal(await call(journal), "TDXProofRootUnknown");
    await bring("upsertChain", all.pckCrlIssuerChain);
    assert.equal(await call(journal), "TDXProofSignerUnknown");
    await bring("upsertSigner", all.tcbInfoIssuerChain);
    assert.equal(await call(journal), "TDXProofRootCRLUnknown");
    await bring("upsertRootCRL", all.rootCaCrl);
    assert.equal(await call(journal), "TDXProofPCKCRLUnknown");
    await bring("upsertPCKCRL", all.pckCrl);
    assert.equal(await call(journal), "TDXProofQEIdentityUnknown");
    await bring("upsertQEIdentity", all.qeIdentity, all.qeIdentitySignature);
    assert.equal(await call(journal), "TDXProofTCBInfoUnknown");
    await bring("upsertTCBInfo", all.tcbInfo, all.tcbInfoSignature);
    assert.equal(await call(journal), null);
    await empty.chain.close();
  });

  it("is of the active evaluation number", async () => {
    await chain.mustSend(chain.collateral, "setActiveEvaluation", 17, 18);
    assert.equal(await nameOf(journal), "TDXProofQEIdentityUnknown");
    await goBack();
    await chain.mustSend(chain.collateral, "setActiveEvaluation", 18, 17);
    assert.equal(await nameOf(journal), "TDXProofTCBInfoUnknown");
  });

  it("is of the FMSPC of the proof", async () => {
    assert.equal(await nameOf(put(journal, 7, "0x90c06f000000")), "TDXProofTCBInfoUnknown");
  });

  it("is the list held now: a newer one makes the proof unknown", async () => {
    await chain.moveTo(1_751_000_000);
    await chain.mustSend(chain.collateral, "upsertPCKCRL", hex(documentBytes("platform-2025-06-19")));
    const recent = put(journal, timeAt, numberToHex(1_751_000_000, { size: 8 }));
    assert.equal(await nameOf(recent), "TDXProofPCKCRLUnknown");
  });

  it("shows no host, so that it is refused while one is denied (tdx.proof-denials)", async () => {
    await chain.mustSend(chain.collateral, "deny", [`0x${"11".repeat(32)}`]);
    assert.equal(await errorOf(journal), "TDXProofDenials()");
    await chain.mustSend(chain.collateral, "allow", [`0x${"11".repeat(32)}`]);
    assert.equal(await errorOf(journal), null);
  });

  it("is in date: CRL, QE identity and TCB info", async () => {
    const later = (time: number) => put(journal, timeAt, numberToHex(time, { size: 8 }));
    // The PCK CRL ends 2025-07-04T00:54:05Z or so: a month after the journal's day all of them have.
    const end = 1_749_095_100 + 40 * day;
    await chain.moveTo(end);
    assert.equal(await nameOf(later(end)), "TDXPCKCRLOutOfDate");
    await chain.mustSend(chain.collateral, "upsertPCKCRL", hex(documentBytes("platform-2025-07-07")));
    const [, pckCrl] = await chain.read<[Hex, Hex]>(chain.collateral, "crlOf", 1);
    const newList = put(later(end), hashes + 160, pckCrl);
    assert.equal(await nameOf(newList), "TDXQEIdentityOutOfDate");
  });

  it("is refused by the end of its TCB info", async () => {
    const all = collateralFrom({
      ...documents,
      qeIdentity: "tdqe-e17-2025-07-07",
      pckCrl: "platform-2025-07-07",
    });
    const end = 1_749_095_100 + 40 * day;
    await chain.moveTo(end);
    await chain.mustSend(chain.collateral, "upsertPCKCRL", hex(all.pckCrl));
    await chain.mustSend(
      chain.collateral,
      "upsertQEIdentity",
      hex(all.qeIdentity),
      hex(all.qeIdentitySignature),
    );
    const [, pckCrl] = await chain.read<[Hex, Hex]>(chain.collateral, "crlOf", 1);
    const current = put(put(journal, timeAt, numberToHex(end, { size: 8 })), hashes + 160, pckCrl);
    assert.equal(await nameOf(current), "TDXTCBInfoOutOfDate");
  });
});

describe("TCB status of a DCAP proof (tdx.proof-tcb-status)", () => {
  for (const [status, ours] of [
    [0, 1],
    [1, 2],
    [2, 4],
    [3, 3],
    [4, 5],
    [5, 6],
    [6, null],
    [7, null],
    [8, 7],
    [9, 8],
    [10, null],
    [255, null],
  ] as const)
    it(`${status} is ${ours ?? "refused"}`, async () => {
      const { value, error } = await outcome(put(journal, 6, numberToHex(status, { size: 1 })));
      assert.equal(value?.tcbStatus ?? null, ours);
      assert.equal(error, ours === null ? `TDXProofTCBStatusRefused(${status})` : null);
    });
});

describe("TD attributes of a DCAP proof", () => {
  const attributes = body + 120;
  for (const [value, error] of [
    ["0x0000001000000000", null],
    ["0x0100001000000000", "TDXDebugEnabled"],
    ["0x0200001000000000", "TDXUntrustedAttributes"],
    ["0x0000002000000000", "TDXMigratable"],
    ["0x0001000000000000", "TDXReservedAttributes"],
  ] as const)
    it(`${value} is ${error ?? "taken"}`, async () => {
      assert.equal(await nameOf(put(journal, attributes, value)), error);
    });

  it("must have no attributes of the module", async () => {
    assert.equal(await nameOf(put(journal, body + 112, "0x01")), "TDXSeamAttributes");
  });
});
