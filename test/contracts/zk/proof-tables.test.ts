// The tables of releases and programs: what enters, what leaves, what never comes back, and what is announced.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { encodeDeployData, getAddress, zeroAddress } from "viem";
import { proofReleases } from "../../../deployments/proof-releases.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import { developmentSelector } from "../../../sdk/verify/zk/releases.ts";
import type { Receipt } from "../../support/intel-chain.ts";
import { eventsOf, judgeAbi, startJudge, states } from "./judge.ts";
import type { Judge } from "./judge.ts";
import { overwrite } from "../../support/proof-reports.ts";
import { addTo, formats, mustFind, releaseOf, systems, tees, wordOf } from "./proofs.ts";

const { IntelTDX, AmdSevSnp } = tees;
const { SP1, RiscZero } = systems;
const snp3 = mustFind("automata-snp-azure-risc0-3.0");
const snp5 = mustFind("automata-snp-gcp-sp1-5.0");
const v6 = mustFind("sp1-v6.0.0-groth16");

let j: Judge;
let goBack: () => Promise<void>;
before(async () => {
  j = await startJudge();
  goBack = await j.zk.mark();
});
beforeEach(() => goBack());
after(() => j.zk.connection.close());

describe("releases", () => {
  it("proof.release: the unsound ones are frozen from the first block on, though their proofs hold", async () => {
    for (const id of ["risc0-ethereum-V2_0", "risc0-ethereum-V2_1"]) {
      const proof = mustFind(id);
      const release = releaseOf(proof);
      assert.equal(release.state, "stopped");
      assert.equal(await j.zk.judge(j.verifierOf(release.selector), proof), null);
      assert.equal((await j.stateOf(RiscZero, release.selector))[1], states.Frozen);
      const stopped = `ProofReleaseStopped(${release.selector})`;
      assert.equal(await j.attempt("admitRelease", ...j.argsOf(release)), stopped);
      await j.must("admitProgram", AmdSevSnp, RiscZero, proof.program, formats.SNPv3);
      assert.equal(await j.refusal(AmdSevSnp, proof), stopped);
    }
  });

  it("proof.release: development mode is no release, of either system", async () => {
    for (const system of [SP1, RiscZero]) {
      assert.deepEqual(await j.stateOf(system, developmentSelector), [zeroAddress, states.Frozen]);
      assert.equal(
        await j.attempt("admitRelease", system, developmentSelector, j.zk.accounts[1], wordOf(1n)),
        `ProofReleaseStopped(${developmentSelector})`,
      );
    }
  });

  it("are admitted when the contract itself states selector and hash: ReleaseMismatch", async () => {
    const release = releaseOf(snp5);
    const [system, selector, verifier, hash] = j.argsOf(release);
    const mismatch = `ReleaseMismatch(${selector}, ${hash})`;
    assert.equal(await j.attempt("admitRelease", system, "0xa4594c5a", verifier, hash), mismatch);
    assert.equal(await j.attempt("admitRelease", system, selector, verifier, addTo(hash, 0, 1n)), mismatch);
    const other = j.verifierOf("0x73c457ba").address;
    const { verifierHash } = releaseOf(snp3);
    assert.equal(
      await j.attempt("admitRelease", system, selector, other, hash),
      `ReleaseMismatch(0x73c457ba, ${verifierHash})`,
    );
    assert.equal(await j.attempt("admitRelease", system, selector, j.zk.accounts[1], hash), "");
    assert.deepEqual(await j.stateOf(system, selector), [zeroAddress, states.Unset]);
  });

  it("are of SP1 or RISC Zero: ProofSystemUnknown", async () => {
    const [, selector, verifier, hash] = j.argsOf(releaseOf(snp5));
    for (const system of [0, 1, 4, 255]) {
      const unknown = `ProofSystemUnknown(${system})`;
      assert.equal(await j.attempt("admitRelease", system, selector, verifier, hash), unknown);
      assert.equal(await j.attempt("freezeRelease", system, selector), unknown);
      assert.equal(await j.attempt("admitProgram", AmdSevSnp, system, wordOf(1n), formats.SNPv3), unknown);
    }
  });

  it("come back once retired, and never once frozen", async () => {
    await j.believe(snp5);
    const release = releaseOf(snp5);
    await j.must("retireRelease", SP1, release.selector);
    assert.equal((await j.stateOf(SP1, release.selector))[1], states.Retired);
    await j.admit(release);
    assert.equal(await j.refusal(AmdSevSnp, snp5), null);
    await j.must("freezeRelease", SP1, release.selector);
    const stopped = `ProofReleaseStopped(${release.selector})`;
    assert.equal(await j.refusal(AmdSevSnp, snp5), stopped);
    assert.equal(await j.attempt("admitRelease", ...j.argsOf(release)), stopped);
    assert.equal(await j.attempt("retireRelease", SP1, release.selector), stopped);
    const address = getAddress(j.verifierOf(release.selector).address);
    assert.deepEqual(await j.stateOf(SP1, release.selector), [address, states.Frozen]);
  });

  it("can be frozen before anybody admits them, and retired only after", async () => {
    const release = releaseOf(snp5);
    assert.equal(await j.attempt("retireRelease", SP1, release.selector), "ProofSelectorUnknown(0xa4594c59)");
    await j.must("freezeRelease", SP1, release.selector);
    assert.equal(await j.attempt("admitRelease", ...j.argsOf(release)), "ProofReleaseStopped(0xa4594c59)");
  });

  it("of one system are not those of the other", async () => {
    const release = releaseOf(snp5);
    await j.must("freezeRelease", RiscZero, release.selector);
    await j.believe(snp5);
    assert.equal(await j.refusal(AmdSevSnp, snp5), null);
  });

  it("that are live as data are admitted, and v6.1 is not, which states its selector all the same", async () => {
    for (const release of proofReleases) if (release.state === "live") await j.admit(release);
    assert.deepEqual(await j.stateOf(SP1, "0x4388a21c"), [zeroAddress, states.Unset]);
    assert.equal(await j.zk.read(j.verifierOf("0x4388a21c"), "SELECTOR"), "0x4388a21c");
    await j.must("admitProgram", AmdSevSnp, SP1, v6.program, formats.SNPv3);
    const proof = overwrite(v6.proof, 0, "0x4388a21c");
    assert.equal(await j.refusal(AmdSevSnp, v6, { proof }), "ProofSelectorUnknown(0x4388a21c)");
  });
});

describe("programs", () => {
  it("are read as their TEE is: JournalFormatUnsuitable", async () => {
    const suitable = [
      [AmdSevSnp, formats.SNPv2],
      [AmdSevSnp, formats.SNPv3],
      [IntelTDX, formats.DCAP],
    ] as const;
    for (const tee of [0, IntelTDX, AmdSevSnp, 3, 255]) {
      let held: number = formats.Unset;
      for (const format of Object.values(formats)) {
        const isSuitable = suitable.some((pair) => pair[0] === tee && pair[1] === format);
        assert.equal(
          await j.attempt("admitProgram", tee, SP1, wordOf(1n), format),
          isSuitable ? null : `JournalFormatUnsuitable(${tee}, ${format})`,
        );
        held = isSuitable ? format : held;
        assert.equal(await j.zk.read(j.judge, "formatOf", tee, SP1, wordOf(1n)), held);
      }
    }
  });

  it("that are withdrawn are unknown, and may be admitted again", async () => {
    await j.believe(snp3);
    await j.must("withdrawProgram", AmdSevSnp, RiscZero, snp3.program);
    assert.equal(await j.refusal(AmdSevSnp, snp3), `ProofProgramUnknown(${snp3.program})`);
    assert.equal(await j.zk.read(j.judge, "formatOf", AmdSevSnp, RiscZero, snp3.program), formats.Unset);
    await j.must("admitProgram", AmdSevSnp, RiscZero, snp3.program, formats.SNPv3);
    assert.equal(await j.refusal(AmdSevSnp, snp3), null);
  });
});

describe("events", () => {
  it("announce each change", async () => {
    const release = releaseOf(snp5);
    const [system, selector, verifier, verifierHash] = j.argsOf(release);
    assert.deepEqual(eventsOf(await j.admit(release)), [
      ["ReleaseAdmitted", { system, selector, verifier: getAddress(verifier), verifierHash }],
    ]);
    for (const [act, event] of [
      ["retireRelease", "ReleaseRetired"],
      ["freezeRelease", "ReleaseFrozen"],
    ] as const)
      assert.deepEqual(eventsOf(await j.must(act, system, selector)), [[event, { system, selector }]]);
    const program = { tee: AmdSevSnp, system, program: snp5.program };
    assert.deepEqual(eventsOf(await j.must("admitProgram", AmdSevSnp, system, snp5.program, formats.SNPv2)), [
      ["ProgramAdmitted", { ...program, format: formats.SNPv2 }],
    ]);
    assert.deepEqual(eventsOf(await j.must("withdrawProgram", AmdSevSnp, system, snp5.program)), [
      ["ProgramWithdrawn", program],
    ]);
  });

  it("of the deployment name what is frozen from the start", async () => {
    const { bytecode } = readArtifact("ProofVerifier");
    const data = encodeDeployData({ abi: judgeAbi, bytecode, args: [j.zk.accounts[0]] });
    const hash = await j.zk.request("eth_sendTransaction", { from: j.zk.accounts[0], data, gas: "0xf00000" });
    const receipt = (await j.zk.request("eth_getTransactionReceipt", hash)) as Receipt;
    const frozen = eventsOf(receipt).filter(([name]) => name === "ReleaseFrozen");
    assert.deepEqual(
      frozen.map(([, args]) => args),
      [
        { system: RiscZero, selector: "0x9f39696c" },
        { system: RiscZero, selector: "0xf536085a" },
        { system: RiscZero, selector: developmentSelector },
        { system: SP1, selector: developmentSelector },
      ],
    );
  });
});
