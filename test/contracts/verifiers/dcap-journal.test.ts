// Journals of the DCAP program before TDXProofVerifier: the one strict form, and everything near it by name.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, encodeAbiParameters, numberToHex, parseAbiParameters, size, slice } from "viem";
import type { Hex } from "viem";
import { journalFormats, overwrite } from "../../support/proof-reports.ts";
import { body, bodyEnd, journal, timeAt, withTdxProofs } from "./tdx-proofs.ts";

const { errorOf, nameOf } = withTdxProofs();

/** The journal with another list behind the body. */
function withAdvisories(list: Hex): Hex {
  const output = concat([slice(journal, 2, bodyEnd), list]);
  return concat([numberToHex(size(output), { size: 2 }), output, slice(journal, timeAt)]);
}

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
    ["another length", overwrite(journal, 1, "0xb4")],
    ["a body cut", overwrite(slice(journal, 0, bodyEnd - 1 + 200), 0, numberToHex(bodyEnd - 3, { size: 2 }))],
    ["quote version 3", overwrite(journal, 2, "0x0003")],
    ["a body 1.5 of version 4", overwrite(journal, 4, "0x0003")],
    ["an SGX report", overwrite(journal, 4, "0x0001")],
    ["body type 4 of version 5", overwrite(journal, 2, "0x00050004")],
    ["an empty list", withAdvisories(list())],
    ["half a word of advisories", withAdvisories(`0x${"00".repeat(16)}`)],
    ["one word of advisories", withAdvisories(slice(two, 0, 32))],
    ["advisories cut by a byte", withAdvisories(slice(two, 0, size(two) - 1))],
    ["advisories and a byte", withAdvisories(`${two}00`)],
    ["advisories and a word", withAdvisories(`${two}${"00".repeat(32)}`)],
    ["another offset of the list", withAdvisories(overwrite(two, 31, "0x40"))],
    ["a count above all", withAdvisories(overwrite(two, 32, "0xff"))],
    ["one string more", withAdvisories(overwrite(two, 63, "0x03"))],
    ["one string less", withAdvisories(overwrite(two, 63, "0x01"))],
    ["another offset of a string", withAdvisories(overwrite(two, 95, "0x60"))],
    ["another offset of the next", withAdvisories(overwrite(two, 127, "0x40"))],
    ["a string longer than all", withAdvisories(overwrite(two, 128, "0xff"))],
    ["dirty padding", withAdvisories(overwrite(two, 128 + 63, "0x01"))],
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
