// Real proofs of both systems verify or are refused by name, and so is every changed byte of them (`proof.*`, zk.md §6).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CheckId } from "../../sdk/checks.ts";
import { concat, fromHex, toBigInt, uint } from "../../sdk/evidence/bytes.ts";
import { journalFormats } from "../../sdk/evidence/journals/index.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import {
  checkProof,
  defaultPrograms,
  findRelease,
  judgeProof,
  knownPrograms,
  knownReleases,
  registryReleases,
  selectorOf,
} from "../../sdk/verify/zk/index.ts";
import type { KeyedRelease, Proof } from "../../sdk/verify/zk/index.ts";
import { flipBit, seededRandom } from "../support/mutations.ts";
import { proofCase, proofCases } from "../support/proofs.ts";

const fieldModulus = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const groupOrder = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** The point of the twist with x = 1, words as in a proof: of no order that divides the group's. */
const outsideSubgroup = [
  0n,
  1n,
  0x2351dcdda257b62181cbd745dfee16d5fdf4eb185bbcf33c20a0fe6eaa9cb4a3n,
  0x7fb3d558dafafb6bf6dd326a5fefe0beca3f9ac3bd999a390d504fad34b0b8cn,
];

/** Of the proof alone, whatever program and state but stopped. */
function verdictOf(proof: Proof): CheckId | null {
  const release = findRelease(proof, knownReleases);
  return isRefusal(release) ? release.check : (checkProof(proof, release)?.check ?? null);
}

const due: Readonly<Record<string, CheckId>> = {
  "automata-dcap-tdx-sp1-plonk": "proof.selector",
  "sp1-v4.0.0-rc.3-plonk": "proof.selector",
  "sp1-v6.0.0-plonk": "proof.selector",
  "risc0-ethereum-V2_0": "proof.release",
  "risc0-ethereum-V2_1": "proof.release",
};

describe("real proofs", () => {
  it("are all there", () => assert.equal(proofCases.length, 18));
  for (const proof of proofCases)
    it(`${proof.name} ${proof.name in due ? `is refused by ${due[proof.name]}` : "verifies"}`, () =>
      assert.equal(verdictOf(proof), due[proof.name] ?? null));
});

describe("proof.release", () => {
  for (const name of ["risc0-ethereum-V2_0", "risc0-ethereum-V2_1"])
    it(`${name}: its pairing holds, and so would that of a lie`, () => {
      const proof = proofCase(name);
      const release = knownReleases.find(({ selector }) => selector === selectorOf(proof.proof))!;
      assert.equal(release.state, "stopped");
      assert.equal(checkProof(proof, release as KeyedRelease), null);
    });
});

const sound = proofCases.filter(({ name }) => !(name in due));
const word = (proof: Uint8Array, at: number) => proof.subarray(4 + 32 * at, 36 + 32 * at);
const withWord = (of: Proof, at: number, value: Uint8Array): Proof => ({
  ...of,
  proof: concat(of.proof.slice(0, 4 + 32 * at), value, of.proof.slice(36 + 32 * at)),
});
/** The word plus a modulus, which the curve's arithmetic would take away again. */
const raised = (value: Uint8Array, modulus: bigint) => {
  const sum = toBigInt(value) + modulus;
  return sum < 1n << 256n ? uint(sum, 32) : null;
};

describe("a changed proof", () => {
  const dice = seededRandom(0x97007);
  for (const of of sound) {
    const head = (of.proof.length - 4 - 256) / 32;
    it(`${of.name}: bits of output, program and points end in proof.seal`, () => {
      for (let i = 0; i < 4; i++) {
        const output = flipBit(of.output, dice(of.output.length * 8));
        assert.equal(verdictOf({ ...of, output }), "proof.seal");
        const program = flipBit(of.program, dice(256));
        assert.equal(verdictOf({ ...of, program }), "proof.seal");
      }
      for (let at = head; at < head + 8; at++) {
        const changed = flipBit(word(of.proof, at), dice(256));
        assert.equal(verdictOf(withWord(of, at, changed)), "proof.seal", `word ${at}`);
      }
      for (const output of [of.output.subarray(1), concat(of.output, Uint8Array.of(0)), new Uint8Array(0)])
        assert.equal(verdictOf({ ...of, output }), "proof.seal");
    });

    it(`${of.name}: coordinates not below the modulus end in proof.seal`, () => {
      let tried = 0;
      for (let at = head; at < head + 8; at++) {
        const value = raised(word(of.proof, at), fieldModulus);
        if (value === null) continue;
        tried++;
        assert.equal(verdictOf(withWord(of, at, value)), "proof.seal", `word ${at}`);
      }
      assert.equal(tried, 8);
    });

    it(`${of.name}: neutral points end in proof.seal`, () => {
      for (const [from, count] of [
        [0, 2],
        [2, 4],
        [6, 2],
        [0, 8],
      ] as const) {
        let changed: Proof = of;
        for (let at = 0; at < count; at++) changed = withWord(changed, head + from + at, new Uint8Array(32));
        assert.equal(verdictOf(changed), "proof.seal");
      }
    });

    it(`${of.name}: another selector or length, or the other system, is refused by name`, () => {
      const selector = flipBit(of.proof, dice(32));
      assert.equal(verdictOf({ ...of, proof: selector }), "proof.selector");
      const longer = concat(of.proof, Uint8Array.of(0));
      for (const proof of [longer, of.proof.subarray(0, -1), of.proof.subarray(0, 4)])
        assert.equal(verdictOf({ ...of, proof }), "proof.length");
      for (const proof of [new Uint8Array(0), of.proof.subarray(0, 3)])
        assert.equal(verdictOf({ ...of, proof }), "proof.selector");
      const other = of.system === reportTypes.sp1 ? reportTypes.riscZero : reportTypes.sp1;
      assert.equal(verdictOf({ ...of, system: other }), "proof.selector");
    });
  }

  it("proof.seal: B on the twist but outside its subgroup", () => {
    const of = proofCase("risc0-ethereum-V3_0");
    let changed: Proof = of;
    outsideSubgroup.forEach((value, i) => (changed = withWord(changed, 2 + i, uint(value, 32))));
    assert.equal(verdictOf(changed), "proof.seal");
  });

  it("proof.seal: a program id of SP1 plus the group order, which is the same public input modulo it", () => {
    for (const name of ["automata-snp-gcp-sp1-5.0", "sp1-v6.0.0-groth16"]) {
      const of = proofCase(name);
      assert.equal(verdictOf({ ...of, program: raised(of.program, groupOrder)! }), "proof.seal");
    }
  });

  it("proof.seal: the proof of another program or output of the same release", () => {
    const [a, b] = [proofCase("automata-snp-gcp-sp1-5.0"), proofCase("automata-dcap-tdx-sp1-groth16")];
    assert.equal(verdictOf({ ...a, proof: b.proof }), "proof.seal");
    assert.equal(verdictOf({ ...a, output: b.output }), "proof.seal");
    assert.equal(verdictOf({ ...a, program: b.program }), "proof.seal");
  });

  it("proof.seal: proofs of a release under the selector of another", () => {
    const of = proofCase("risc0-ethereum-v1.2.1");
    for (const selector of ["bb001d44", "73c457ba", "50bd1769"])
      assert.equal(
        verdictOf({ ...of, proof: concat(fromHex(selector), of.proof.subarray(4)) }),
        "proof.seal",
      );
  });

  it("proof.exit-code, proof.vk-root and the nonce of SP1 v6", () => {
    const of = proofCase("sp1-v6.0.0-groth16");
    assert.equal(verdictOf(withWord(of, 0, uint(1, 32))), "proof.exit-code");
    assert.equal(verdictOf(withWord(of, 0, uint(groupOrder, 32))), "proof.exit-code");
    assert.equal(verdictOf(withWord(of, 1, flipBit(word(of.proof, 1), 255))), "proof.vk-root");
    assert.equal(verdictOf(withWord(withWord(of, 0, uint(1, 32)), 1, new Uint8Array(32))), "proof.exit-code");
    assert.equal(verdictOf(withWord(of, 2, uint(1, 32))), "proof.seal");
    assert.equal(verdictOf(withWord(of, 2, uint(groupOrder, 32))), "proof.seal");
  });
});

describe("what a registry believes", () => {
  const trust = { programs: defaultPrograms, releases: knownReleases };
  const snp = proofCase("automata-snp-gcp-sp1-5.0");
  const { amdSevSnp, intelTdx } = teeTypes;
  const checkOf = (tee: number, proof: Proof, by: Partial<typeof trust> = {}) => {
    const judged = judgeProof(tee, proof, { ...trust, ...by });
    return isRefusal(judged) ? judged.check : judged;
  };
  const format = journalFormats.snpV3;
  /** Admits whatever a proof proves. */
  const admitting = ({ system, program }: Proof) => ({
    programs: [{ tee: amdSevSnp, system, id: program, format, isAdmitted: true }],
  });

  it("an admitted program of a live release, and says how to read its output", () => {
    assert.equal(checkOf(amdSevSnp, snp), format);
    assert.equal(checkOf(amdSevSnp, proofCase("automata-snp-gcp-risc0-2.2")), journalFormats.snpV2);
    const dcap = proofCase("automata-dcap-tdx-risc0");
    assert.equal(checkOf(intelTdx, dcap, { programs: knownPrograms }), journalFormats.dcap);
    const v6 = proofCase("sp1-v6.0.0-groth16");
    assert.equal(checkOf(amdSevSnp, v6, admitting(v6)), format);
  });

  it("proof.program: no other program, none of another TEE or system, none that was taken off the list", () => {
    assert.equal(checkOf(amdSevSnp, proofCase("risc0-ethereum-V3_0")), "proof.program");
    assert.equal(checkOf(intelTdx, snp), "proof.program");
    assert.equal(checkOf(amdSevSnp, { ...snp, system: reportTypes.riscZero }), "proof.program");
    assert.equal(checkOf(amdSevSnp, { ...snp, program: flipBit(snp.program, 3) }), "proof.program");
    assert.equal(checkOf(amdSevSnp, snp, { programs: [] }), "proof.program");
    for (const { tee, system, id } of knownPrograms.filter(({ isAdmitted }) => !isAdmitted))
      assert.equal(checkOf(tee, { ...snp, system, program: id }), "proof.program");
  });

  it("proof.release: no retired release and no stopped one, however sound the proof", () => {
    for (const name of ["risc0-ethereum-v1.0.0", "risc0-ethereum-v1.1.4", "risc0-ethereum-v1.2.1"])
      assert.equal(checkOf(amdSevSnp, proofCase(name), admitting(proofCase(name))), "proof.release");
    for (const name of ["risc0-ethereum-V2_0", "risc0-ethereum-V2_1"])
      assert.equal(checkOf(amdSevSnp, proofCase(name), admitting(proofCase(name))), "proof.release");
    const fake = { ...snp, proof: concat(fromHex("ffffffff"), snp.proof.subarray(4)) };
    assert.equal(checkOf(amdSevSnp, fake), "proof.release");
  });

  it("proof.selector: no release that it never admitted", () => {
    const candidate = proofCase("risc0-ethereum-V5_0");
    assert.equal(checkOf(amdSevSnp, candidate, admitting(candidate)), "proof.selector");
    assert.equal(checkOf(amdSevSnp, snp, { releases: [] }), "proof.selector");
    for (const name of ["risc0-ethereum-v1.0.0", "risc0-ethereum-v1.2.1"]) {
      const retired = proofCase(name);
      const by = { ...admitting(retired), releases: registryReleases };
      assert.equal(checkOf(amdSevSnp, retired, by), "proof.selector");
    }
    const plonk = proofCase("automata-dcap-tdx-sp1-plonk");
    assert.equal(checkOf(intelTdx, plonk, { programs: knownPrograms }), "proof.selector");
  });

  it("asks for program, selector, release, length and pairing in this order", () => {
    const proof = snp.proof.subarray(0, 100);
    const steps: [CheckId, Proof][] = [
      ["proof.program", { ...snp, program: new Uint8Array(32), proof: new Uint8Array(0) }],
      ["proof.selector", { ...snp, proof: flipBit(proof, 0) }],
      ["proof.release", { ...snp, proof: fromHex("11b6a09d") }],
      ["proof.length", { ...snp, proof, output: new Uint8Array(0) }],
      ["proof.seal", { ...snp, output: new Uint8Array(0) }],
    ];
    for (const [check, changed] of steps) assert.equal(checkOf(amdSevSnp, changed), check);
  });
});
