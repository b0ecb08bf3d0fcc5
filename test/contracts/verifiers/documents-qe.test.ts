// Every real QE identity against an independent reading, and the bounds of its form; the same of evaluation numbers.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse, refuseAll } from "./document-door.ts";
import {
  changed,
  journalHashes,
  qeIdentities,
  readEvaluationNumbers,
  readQeIdentity,
  platformStatuses,
  svnStatuses,
  svnLevel,
} from "./intel-documents.ts";
import type { EvaluationNumbers, QeIdentity } from "./intel-documents.ts";

const qeIdentity = qeIdentities["tdqe-e19-2026-06-30"]!;
const evaluationNumbers = JSON.stringify({
  id: "TDX",
  version: 1,
  issueDate: "2026-06-30T10:00:00Z",
  nextUpdate: "2026-07-30T10:00:00Z",
  tcbEvalNumbers: [20, 19, 18, 17].map((n) => ({
    tcbEvaluationDataNumber: n,
    tcbRecoveryEventDate: `20${n + 5}-02-10T00:00:00Z`,
    tcbDate: `20${n + 5}-02-11T00:00:00Z`,
  })),
} satisfies EvaluationNumbers);

const qe = (change: (identity: QeIdentity) => void) => changed(qeIdentity, change);
const numbers = (change: (list: EvaluationNumbers) => void) => changed(evaluationNumbers, change);

describe("QE identity", () => {
  for (const [name, text] of Object.entries(qeIdentities))
    it(`reads ${name} as JSON.parse does`, async () => {
      assert.deepEqual((await parse.qeIdentity(text))[0], readQeIdentity(text));
    });

  it("has the content hash that a real proof names", async () => {
    const [{ blob }] = await parse.qeIdentity(qeIdentities["tdqe-e17-2025-06-04"]!);
    assert.equal(blob.slice(0, 66), journalHashes()[1]);
  });

  it("costs at most 20 thousand gas", async () => {
    const [, gas] = await parse.qeIdentity(qeIdentity);
    assert.ok(gas <= 20_000n, String(gas));
  });

  const eight = Array.from({ length: 8 }, (_, i) =>
    svnLevel(65535 - i, i % 2 ? ["INTEL-SA-12345"] : undefined),
  );
  for (const [what, text] of [
    ["eight levels", qe((x) => (x.tcbLevels = eight))],
    [
      "statuses of every kind of an enclave",
      qe((x) => (x.tcbLevels = svnStatuses.map((tcbStatus, i) => ({ ...svnLevel(9 - i), tcbStatus })))),
    ],
    ["the largest numbers", qe((x) => (x.isvprodid = x.tcbEvaluationDataNumber = 65535))],
    [
      "other values",
      qe(
        (x) => ((x.miscselect = "0000000f"), (x.miscselectMask = "aBcDeF01"), (x.mrsigner = "5a".repeat(32))),
      ),
    ],
  ] as const)
    it(`reads ${what}`, async () => {
      assert.deepEqual((await parse.qeIdentity(text))[0], readQeIdentity(text));
    });

  refuseAll("qeIdentity", "TDXQEIdentityMalformed", [
    ["nothing", ""],
    ["no levels", qe((x) => (x.tcbLevels = []))],
    ["nine levels", qe((x) => (x.tcbLevels = [...eight, svnLevel(1)]))],
    ["an SVN of 65536", qe((x) => (x.tcbLevels[0]!.tcb.isvsvn = 65536))],
    ["a product of 65536", qe((x) => (x.isvprodid = 65536))],
    ["a product of 02", qeIdentity.replace('"isvprodid":2', '"isvprodid":02')],
    ["a product that is a letter", qeIdentity.replace('"isvprodid":2', '"isvprodid":B')],
    ["a MISCSELECT of six digits", qe((x) => (x.miscselect = "000000"))],
    ["a mask that is no hex", qe((x) => (x.miscselectMask = "FFFFFFFG"))],
    ["attributes of 30 digits", qe((x) => (x.attributes = x.attributes.slice(2)))],
    ["a mask of attributes that is no hex", qe((x) => (x.attributesMask = "x".repeat(32)))],
    ["a signer of 66 digits", qe((x) => (x.mrsigner += "00"))],
    ["a byte behind the end", qeIdentity + "}"],
    ["a list that a brace ends", qeIdentity.replace(/\]\}$/, "}}")],
    ["no status", qe((x) => (x.tcbLevels[0]!.tcbStatus = ""))],
    ...platformStatuses.map(
      (status) => [`${status} of an enclave`, qe((x) => (x.tcbLevels[0]!.tcbStatus = status))] as const,
    ),
  ]);
  refuseAll("qeIdentity", "TDXQEIdentityUnsupported", [
    ["the SGX QE", qe((x) => (x.id = "QE"))],
    ["an id that begins alike", qe((x) => (x.id = "TD_QE2"))],
    ["version 1", qe((x) => (x.version = 1))],
  ]);
  refuseAll("qeIdentity", "TDXQEIdentityUnordered", [
    ["levels that ascend", qe((x) => (x.tcbLevels = [svnLevel(3), svnLevel(4)]))],
    ["a level twice", qe((x) => (x.tcbLevels = [svnLevel(4), svnLevel(4)]))],
  ]);
});

describe("evaluation numbers", () => {
  const many = (count: number) =>
    numbers(
      (x) =>
        (x.tcbEvalNumbers = Array.from({ length: count }, (_, i) => ({
          ...x.tcbEvalNumbers[0]!,
          tcbEvaluationDataNumber: 65535 - i,
        }))),
    );
  for (const [what, text] of [
    ["a list of four", evaluationNumbers],
    ["a list of one", many(1)],
    ["a list of 32", many(32)],
  ] as const)
    it(`reads ${what}`, async () => {
      assert.deepEqual((await parse.evaluationNumbers(text))[0], readEvaluationNumbers(text));
    });

  refuseAll("evaluationNumbers", "TDXEvaluationNumbersMalformed", [
    ["nothing", ""],
    ["no numbers", many(0)],
    ["33 numbers", many(33)],
    ["numbers that ascend", numbers((x) => x.tcbEvalNumbers.reverse())],
    ["a number twice", numbers((x) => (x.tcbEvalNumbers[1]!.tcbEvaluationDataNumber = 20))],
    ["a number of 65536", numbers((x) => (x.tcbEvalNumbers[0]!.tcbEvaluationDataNumber = 65536))],
    ["SGX", numbers((x) => (x.id = "SGX"))],
    ["version 2", numbers((x) => (x.version = 2))],
    ["a day that is none", numbers((x) => (x.tcbEvalNumbers[3]!.tcbDate = "2026-06-31T00:00:00Z"))],
    [
      "a recovery event that is no date",
      numbers((x) => (x.tcbEvalNumbers[3]!.tcbRecoveryEventDate = "soon")),
    ],
    ["a byte behind the end", evaluationNumbers + "]"],
    ["a list that a brace ends", evaluationNumbers.replace(/\]\}$/, "}}")],
  ]);
});
