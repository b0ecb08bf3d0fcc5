// What SNPProofVerifier refuses of an SNP report, whatever proves it, and AMD's minimums: each test changes one thing of a real
// report and names the refusal.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { slice } from "viem";
import type { Hex } from "viem";
import { overwrite } from "../../support/proof-reports.ts";
import { beside, carried, milan, minimums, startSnpProofs } from "./snp-proofs.ts";

const { amd, journalOf, manager, refusal, verify, viem } = await startSnpProofs();

describe("SNP reports", () => {
  const changed = (offset: number, value: Hex) => overwrite(milan.report, offset, value);
  const cases: readonly (readonly [what: string, report: Hex, refused: string | null])[] = [
    ["version 2", changed(0, "0x02"), "SNPVersionUnsupported"],
    ["version 3", changed(0, "0x03"), null],
    ["version 5", changed(0, "0x05"), null],
    ["version 6", changed(0, "0x06"), "SNPVersionUnsupported"],
    ["version 5 in the wrong byte order", changed(0, "0x00000005"), "SNPVersionUnsupported"],
    ["another signature algorithm", changed(0x34, "0x02"), "SNPSignatureAlgorithmUnsupported"],
    ["dirt above the signature algorithm", changed(0x37, "0x01"), "SNPSignatureAlgorithmUnsupported"],
    ["dirt behind r", changed(0x2d0, "0x01"), "SNPPaddingNotZero"],
    ["dirt before s", changed(0x2e7, "0x01"), "SNPPaddingNotZero"],
    ["dirt behind s", changed(0x318, "0x01"), "SNPPaddingNotZero"],
    ["dirt at the end of s", changed(0x32f, "0x01"), "SNPPaddingNotZero"],
    ["dirt behind the signature", changed(0x330, "0x01"), "SNPPaddingNotZero"],
    ["dirt in the first half line", changed(0x33f, "0x01"), "SNPPaddingNotZero"],
    ["dirt further behind", changed(0x340, "0x01"), "SNPPaddingNotZero"],
    ["dirt in the last byte", changed(0x49f, "0x01"), "SNPPaddingNotZero"],
    ["another r", changed(0x2a0, "0x00"), null],
    ["an author key", changed(0x48, "0x01"), null],
    ["signing key 2", changed(0x48, "0x08"), "SNPSigningKeyUnsupported"],
    ["signing key none", changed(0x48, "0x1c"), "SNPSigningKeyUnsupported"],
    ["a reserved bit of KEY_INFO", changed(0x48, "0x20"), "SNPSigningKeyUnsupported"],
    ["the last bit of KEY_INFO", changed(0x4b, "0x80"), "SNPSigningKeyUnsupported"],
    ["a masked chip", changed(0x48, "0x02"), "SNPChipMasked"],
    ["no chip", changed(0x1a0, `0x${"00".repeat(64)}`), "SNPChipMasked"],
    ["half a chip", changed(0x1a0, `0x${"00".repeat(63)}`), null],
    ["another half of a chip", changed(0x1a1, `0x${"00".repeat(63)}`), null],
    ["family 0x18", changed(0x188, "0x18"), "SNPProductUnknown"],
    ["a Genoa model", changed(0x189, "0x10"), "SNPProofProductMismatch"],
    ["the last Milan model", changed(0x189, "0x0f"), null],
    ["model 0x20", changed(0x189, "0x20"), "SNPProductUnknown"],
    ["model 0x9f", changed(0x189, "0x9f"), "SNPProductUnknown"],
    ["model 0xa0", changed(0x189, "0xa0"), "SNPProofProductMismatch"],
    ["model 0xaf", changed(0x189, "0xaf"), "SNPProofProductMismatch"],
    ["model 0xb0", changed(0x189, "0xb0"), "SNPProductUnknown"],
    ["a Turin", changed(0x188, "0x1a11"), "SNPProofProductMismatch"],
    ["a Venice", changed(0x188, "0x1a50"), "SNPProductUnknown"],
    ["a debug guest", changed(0x0a, "0x0b"), "SNPDebugEnabled"],
    ["a guest that may migrate", changed(0x0a, "0x07"), "SNPMigratable"],
    ["a migration agent", changed(0x160, "0x00"), "SNPMigratable"],
    ["the end of a migration agent's id", changed(0x17f, "0xfe"), "SNPMigratable"],
    ["a policy without bit 17", changed(0x0a, "0x01"), "SNPPolicyReserved"],
    ["every known policy bit", changed(0x08, "0xfffff303"), null],
    ["bit 26 of the policy", changed(0x0b, "0x04"), "SNPPolicyReserved"],
    ["bit 63 of the policy", changed(0x0f, "0x80"), "SNPPolicyReserved"],
    ["VMPL 3", changed(0x30, "0x03"), null],
    ["VMPL 4", changed(0x30, "0x04"), "SNPVMPLOutOfRange"],
    ["a report of the host", changed(0x30, "0xffffffff"), "SNPVMPLOutOfRange"],
  ];
  for (const [what, report, refused] of cases)
    it(`${refused === null ? "takes" : "refuses"} ${what}`, async () => {
      assert.equal(await refusal(carried(journalOf(milan, { report }))), refused);
      assert.equal(await refusal(beside(journalOf(milan, { report }))), refused);
    });

  for (const report of ["0x", slice(milan.report, 0, 1183), `${milan.report}00`] as Hex[])
    it(`refuses ${(report.length - 2) / 2} bytes`, async () => {
      assert.equal(await refusal(beside(journalOf(milan, { report }))), "SNPReportLengthWrong");
    });

  it("is up to date when reported and committed TCB reach the minimum in every component", async () => {
    const statusOf = async (report: Hex) => (await verify(carried(journalOf(milan, { report })))).tcbStatus;
    const tcb = (reported: Hex, committed: Hex) =>
      overwrite(overwrite(milan.report, 0x180, reported), 0x1e0, committed);
    const [least] = minimums;
    assert.equal(await statusOf(tcb(least, least)), 1);
    for (const [component, below] of [
      [0, "0x03"],
      [6, "0x17"],
      [7, "0xd8"],
    ] as const) {
      assert.equal(await statusOf(tcb(overwrite(least, component, below), least)), 5);
      assert.equal(await statusOf(tcb(least, overwrite(least, component, below))), 5);
    }
    assert.equal(await statusOf(tcb("0x05000000000018d9", "0xffffffffffffffff")), 1);
    assert.equal(await statusOf(tcb("0xff000000000017ff", least)), 5);
  });
});

describe("AMDMinimums", () => {
  it("only rises, in every component", async () => {
    const own = await viem.deployContract("AMDMinimums", [manager.address, minimums]);
    const raise = (product: number, minimum: Hex) => own.write.raiseMinimum([product, minimum]);
    await raise(1, "0x05000000000018d9");
    assert.equal(await own.read.minimumOf([1]), "0x05000000000018d9");
    await assert.rejects(raise(1, "0x04000000000018d9"), /MinimumLowered/);
    await assert.rejects(raise(1, "0xff000000000017ff"), /MinimumLowered/);
    await assert.rejects(raise(1, "0xffffffffffffffd8"), /MinimumLowered/);
    assert.equal(await own.read.minimumOf([1]), "0x05000000000018d9");
  });

  it("calls a product without minimum out of date", async () => {
    const none = ["0x0000000000000000", minimums[1], minimums[2]] as const;
    const own = await viem.deployContract("AMDMinimums", [manager.address, none]);
    const best = "0xffffffffffffffff";
    assert.equal(await own.read.statusOf([1, best, best]), 5);
    assert.equal(await own.read.statusOf([4, best, best]), 5);
    assert.equal(await own.read.statusOf([2, best, best]), 1);
  });

  it("is governance's alone", async () => {
    const [, stranger] = await viem.getWalletClients();
    const attempt = amd.write.raiseMinimum([1, "0xffffffffffffffff"], { account: stranger!.account });
    await assert.rejects(attempt, /AccessManagedUnauthorized/);
  });
});
