// Proofs that are believed, and the order in which they are refused.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { concatHex, size, slice } from "viem";
import type { Hex } from "viem";
import { startJudge } from "./judge.ts";
import type { Judge } from "./judge.ts";
import { overwrite } from "../../support/proof-reports.ts";
import { addTo, formats, mustFind, systems, tees, wordOf, releaseOf } from "./proofs.ts";

const { IntelTDX, AmdSevSnp } = tees;
const { SP1, RiscZero } = systems;
const snp3 = mustFind("automata-snp-azure-risc0-3.0");
const snp5 = mustFind("automata-snp-gcp-sp1-5.0");
const v6 = mustFind("sp1-v6.0.0-groth16");
const dcap = mustFind("automata-dcap-tdx-risc0");

let j: Judge;
let goBack: () => Promise<void>;
before(async () => {
  j = await startJudge();
  goBack = await j.zk.mark();
});
beforeEach(() => goBack());
after(() => j.zk.connection.close());

describe("a proof that is believed", () => {
  it("gives the format of its program's output", async () => {
    await j.believe(snp3);
    await j.believe(snp5, AmdSevSnp, formats.SNPv2);
    await j.believe(dcap, IntelTDX, formats.DCAP);
    await j.believe(v6);
    for (const [tee, proof, format] of [
      [AmdSevSnp, snp3, formats.SNPv3],
      [AmdSevSnp, snp5, formats.SNPv2],
      [IntelTDX, dcap, formats.DCAP],
      [AmdSevSnp, v6, formats.SNPv3],
    ] as const) {
      const { value, error } = await j.verify(tee, proof);
      assert.deepEqual([value, error], [format, null]);
    }
  });

  it("proof.seal: is one whose equation holds, in either system", async () => {
    for (const proof of [snp3, snp5]) {
      await j.believe(proof);
      const at = size(proof.proof) - 32;
      assert.equal(
        await j.refusal(AmdSevSnp, proof, { proof: addTo(proof.proof, at, 1n) }),
        "ProofInvalid()",
      );
      const output = concatHex([proof.output, "0x00"]);
      assert.equal(await j.refusal(AmdSevSnp, proof, { output }), "ProofInvalid()");
    }
  });

  it("is verified by the contract that was admitted last", async () => {
    await j.believe(snp3);
    const second = await j.zk.deploy("RiscZeroGroth16", wordOf(1n), wordOf(2n));
    const hash = await j.zk.read<Hex>(second, "VERIFIER_HASH");
    await j.must("admitRelease", RiscZero, slice(hash, 0, 4), second.address, hash);
    assert.equal(await j.refusal(AmdSevSnp, snp3), null);
    const disguised = overwrite(snp3.proof, 0, slice(hash, 0, 4));
    assert.equal(await j.refusal(AmdSevSnp, snp3, { proof: disguised }), "ProofInvalid()");
  });
});

describe("refusals come in order", () => {
  it("proof.program before the rest, and a program is admitted for one TEE and one system", async () => {
    const unknown = `ProofProgramUnknown(${snp3.program})`;
    assert.equal(await j.refusal(AmdSevSnp, snp3, { proof: "0x" }), unknown);
    await j.believe(snp3);
    assert.equal(await j.refusal(IntelTDX, snp3), unknown);
    const { program, output, proof } = snp3;
    for (const system of [0, 1, SP1, 4, 255]) {
      const { error } = await j.zk.call(j.judge, "verify", AmdSevSnp, system, program, output, proof);
      assert.equal(error, unknown, String(system));
    }
    const other = addTo(program, 0, 1n);
    assert.equal(await j.refusal(AmdSevSnp, snp3, { program: other }), `ProofProgramUnknown(${other})`);
  });

  it("proof.selector before the proof's form", async () => {
    await j.must("admitProgram", AmdSevSnp, RiscZero, snp3.program, formats.SNPv3);
    assert.equal(await j.refusal(AmdSevSnp, snp3), "ProofSelectorUnknown(0x73c457ba)");
    await j.admit(releaseOf(snp3));
    assert.equal(await j.refusal(AmdSevSnp, snp3), null);
    assert.equal(await j.refusal(AmdSevSnp, snp3, { proof: "0x" }), "ProofSelectorUnknown(0x00000000)");
    assert.equal(await j.refusal(AmdSevSnp, snp3, { proof: "0x73c457" }), "ProofSelectorUnknown(0x73c45700)");
    const sp1 = overwrite(snp3.proof, 0, slice(snp5.proof, 0, 4));
    assert.equal(await j.refusal(AmdSevSnp, snp3, { proof: sp1 }), "ProofSelectorUnknown(0xa4594c59)");
  });

  it("proof.release before the proof's form, its mathematics notwithstanding", async () => {
    await j.believe(snp3);
    for (const act of ["retireRelease", "freezeRelease"]) {
      await j.must(act, RiscZero, "0x73c457ba");
      for (const proof of [snp3.proof, slice(snp3.proof, 0, 4)])
        assert.equal(await j.refusal(AmdSevSnp, snp3, { proof }), "ProofReleaseStopped(0x73c457ba)");
    }
  });

  it("proof.length, proof.exit-code, proof.vk-root, proof.seal as the release finds them", async () => {
    await j.believe(v6);
    const wrong = overwrite(addTo(addTo(v6.proof, 36, 1n), 324, 1n), 4, wordOf(9n));
    const longer = concatHex([wrong, "0x00"]);
    assert.equal(await j.refusal(AmdSevSnp, v6, { proof: longer }), "ProofLengthWrong(357, 356)");
    assert.equal(await j.refusal(AmdSevSnp, v6, { proof: wrong }), "ProofExitCodeWrong(9)");
    const exited = overwrite(wrong, 4, wordOf(0n));
    const root = slice(exited, 36, 68);
    assert.equal(await j.refusal(AmdSevSnp, v6, { proof: exited }), `ProofVKRootWrong(${root})`);
    const rooted = overwrite(exited, 36, slice(v6.proof, 36, 68));
    assert.equal(await j.refusal(AmdSevSnp, v6, { proof: rooted }), "ProofInvalid()");
  });
});
