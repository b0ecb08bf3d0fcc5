// `cvm verify` of kind zk-proof, on the real proofs of both systems (specs/evidence-input.md, zk.md §6).
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { runVerify } from "../../cli/verify.ts";
import type { InputVerdict } from "../../sdk/verify/input-verdict.ts";
import { proofCases } from "../support/proofs.ts";
import { fixtureText } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-verify-proof-"));
after(() => rmSync(folder, { recursive: true }));

const noClock = () => 0n;
type Fields = Record<string, string>;

function judge(content: unknown): InputVerdict & { readonly status: number } {
  const file = join(folder, "proof.json");
  writeFileSync(file, JSON.stringify(content));
  const { status, stdout, stderr } = runVerify([file, "--json"], noClock);
  assert.equal(stderr, "");
  return { status, ...(JSON.parse(stdout) as InputVerdict) };
}

/** The published file in the input's form: it has the input's names already, and more. */
function inputOf(name: string): Fields {
  const { zktype, ...fields } = JSON.parse(fixtureText(`zk/cases/${name}.json`)) as Fields;
  return { kind: "zk-proof", system: zktype === "RiscZero" ? "risc0" : "sp1", ...fields };
}
const shown = ({ claims }: InputVerdict) => {
  const { version, releaseState, tee, journalFormat } = claims;
  return [version, releaseState, tee, journalFormat];
};

const due: Readonly<Record<string, readonly unknown[] | string>> = {
  "automata-dcap-tdx-risc0": ["3.0", "live", "intelTdx", "dcap"],
  "automata-dcap-tdx-sp1-groth16": ["v5.0.0", "live", "intelTdx", "dcap"],
  "automata-dcap-tdx-sp1-plonk": "proof.selector",
  "automata-snp-azure-risc0-3.0": ["3.0", "live", "amdSevSnp", "snpV3"],
  "automata-snp-gcp-risc0-2.2": ["2.2", "live", "amdSevSnp", "snpV2"],
  "automata-snp-gcp-sp1-5.0": ["v5.0.0", "live", "amdSevSnp", "snpV3"],
  "cvm-1.5-azure-snp-refresh": ["v5.0.0", "live", "amdSevSnp", "snpV2"],
  "cvm-1.5-gcp-tdx-refresh": ["v5.0.0", "live", "intelTdx", "dcap"],
  "risc0-ethereum-V2_0": "proof.release",
  "risc0-ethereum-V2_1": "proof.release",
  "risc0-ethereum-V3_0": ["3.0", "live", null, null],
  "risc0-ethereum-V5_0": ["5.0-rc.1", "disabled", null, null],
  "risc0-ethereum-v1.0.0": ["1.0", "retired", null, null],
  "risc0-ethereum-v1.1.4": ["1.1", "retired", null, null],
  "risc0-ethereum-v1.2.1": ["1.2", "retired", null, null],
  "sp1-v4.0.0-rc.3-plonk": "proof.selector",
  "sp1-v6.0.0-groth16": ["v6.0.0", "live", null, null],
  "sp1-v6.0.0-plonk": "proof.selector",
};

describe("kind zk-proof", () => {
  for (const { name } of proofCases)
    it(`${name}: ${typeof due[name] === "string" ? `refused by ${due[name]}` : "accepted"}, its release stated`, () => {
      const verdict = judge(inputOf(name));
      const expected = due[name]!;
      if (typeof expected === "string") {
        assert.deepEqual([verdict.status, verdict.verdict, verdict.error], [1, "rejected", expected]);
        assert.deepEqual(verdict.claims, {});
        return;
      }
      assert.deepEqual([verdict.status, verdict.verdict, verdict.error], [0, "accepted", null]);
      assert.deepEqual(shown(verdict), expected);
      const { program, selector, journal } = verdict.claims;
      const { imageId, vkey, seal, proof } = inputOf(name);
      assert.equal(program, imageId ?? vkey);
      assert.equal(selector, (seal ?? proof)!.slice(0, 10));
      assert.equal(journal === null, expected[2] === null);
      assert.ok(verdict.checks.every(({ status }) => status === "pass"));
    });

  it("shows what the journal says", () => {
    const snp = judge(inputOf("automata-snp-gcp-risc0-2.2")).claims["journal"] as Record<string, unknown>;
    assert.deepEqual(
      [snp["result"], snp["time"], snp["processorModel"], snp["trustedCertsPrefixLen"]],
      [0, 1753242194, 0, 2],
    );
    assert.match(snp["report"] as string, /^0x04000000[0-9a-f]{2360}$/);
    const dcap = judge(inputOf("automata-dcap-tdx-risc0")).claims["journal"] as Record<string, unknown>;
    assert.deepEqual(dcap["advisoryIds"], ["INTEL-SA-00960", "INTEL-SA-00982", "INTEL-SA-00986"]);
    assert.equal(dcap["fmspc"], "0x00806f050000");
  });

  it("names the checks of its release: exit code and recursion keys are SP1's from v6 on", () => {
    const idsOf = (name: string) => judge(inputOf(name)).checks.map(({ id }) => id);
    const common = ["proof.selector", "proof.release", "proof.length"];
    assert.deepEqual(idsOf("risc0-ethereum-V3_0"), [...common, "proof.seal"]);
    assert.deepEqual(idsOf("automata-snp-gcp-sp1-5.0"), [...common, "proof.seal", "proof.journal"]);
    assert.deepEqual(idsOf("sp1-v6.0.0-groth16"), [
      ...common,
      "proof.exit-code",
      "proof.vk-root",
      "proof.seal",
    ]);
  });

  it("takes base64, and either system's names for the same thing", () => {
    const { system, seal, imageId, journal } = inputOf("risc0-ethereum-V3_0");
    const proof = Buffer.from(seal!.slice(2), "hex").toString("base64");
    const renamed = { kind: "zk-proof", system, proof, vkey: imageId, publicValues: journal };
    assert.equal(judge(renamed).status, 0);
  });

  it("refuses a changed proof by name", () => {
    const input = inputOf("automata-snp-gcp-sp1-5.0");
    const changed = (field: string, from: string, to: string) =>
      judge({ ...input, [field]: input[field]!.replace(from, to) }).error;
    assert.equal(changed("publicValues", "0x00", "0x01"), "proof.seal");
    assert.equal(changed("vkey", "0x00be", "0x00bf"), "proof.seal");
    assert.equal(changed("proof", "0xa4594c59", "0xa4594c58"), "proof.selector");
    assert.equal(changed("proof", "0xa4594c59", "0x54bdcae3"), "proof.selector");
    assert.equal(changed("proof", "0xa4594c59", "0xffffffff"), "proof.release");
    assert.equal(judge({ ...input, system: "risc0" }).error, "proof.selector");
    assert.equal(judge({ ...input, proof: `${input["proof"]!}00` }).error, "proof.length");
  });

  const { system, seal, imageId, journal } = inputOf("risc0-ethereum-V3_0");
  const input = { kind: "zk-proof", system, seal, imageId, journal };
  for (const [what, content] of Object.entries({
    "no fields": { kind: "zk-proof" },
    "another system": { ...input, system: "pico" },
    "a system that is no text": { ...input, system: 2 },
    "both names of the proof": { ...input, proof: seal },
    "both names of the program": { ...input, vkey: imageId },
    "both names of the output": { ...input, publicValues: journal },
    "no proof": { ...input, seal: undefined },
    "no program": { ...input, imageId: null },
    "no output": { ...input, journal: undefined },
    "a program of 31 bytes": { ...input, imageId: imageId!.slice(0, -2) },
    "an output of no encoding": { ...input, journal: "?" },
  }))
    it(`${what} is a rejection by input.field`, () => {
      const { status, error } = judge(content);
      assert.deepEqual([status, error], [1, "input.field"]);
    });

  it("does not read the output of a known program before its proof holds", () => {
    const known = inputOf("automata-snp-gcp-risc0-2.2");
    assert.equal(judge({ ...known, journal: "00" }).error, "proof.seal");
  });
});
