// Kinds zk-proof and registration with proofs: every real proof through `cvm verify` and through the contracts. Both must end in
// the same check.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulate } from "../../scripts/simulate/verdict.ts";
import type { CheckId } from "../../sdk/checks.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { verifyInput } from "../../sdk/verify/input-verdict.ts";
import { isUnreadable, parseInput } from "../../sdk/verify/input.ts";
import { defaultFloor } from "../../sdk/verify/policy.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { mustReadCalldata } from "../support/captured.ts";
import { flipBit } from "../support/mutations.ts";
import { proofCase, proofCases } from "../support/proofs.ts";
import type { ProofCase } from "../support/proofs.ts";
import { capturedCollateral } from "../support/tdx-vectors.ts";

/** What both sides end in, by the one and the other. */
async function verdictsOf(evidence: unknown, now = 1_770_249_600n) {
  const input = parseInput(JSON.stringify(evidence));
  if (isUnreadable(input)) throw new Error(input.unreadable);
  if ("check" in input) throw new Error(input.detail);
  const settings = { now, trust: defaultTrust, floor: defaultFloor, golden: null };
  return { off: verifyInput(input, settings), on: await simulate(input, settings) };
}

const evidenceOf = ({ system, program, output, proof }: Omit<ProofCase, "name">) =>
  system === reportTypes.riscZero
    ? {
        kind: "zk-proof",
        system: "risc0",
        seal: toHex(proof),
        imageId: toHex(program),
        journal: toHex(output),
      }
    : {
        kind: "zk-proof",
        system: "sp1",
        proof: toHex(proof),
        vkey: toHex(program),
        publicValues: toHex(output),
      };

/** Unsound releases, and PLONK, of which no key is held. */
function refusalOf({ name }: ProofCase): CheckId | null {
  if (/V2_0$|V2_1$/.test(name)) return "proof.release";
  return name.endsWith("plonk") ? "proof.selector" : null;
}

describe("kind zk-proof", () => {
  for (const known of proofCases)
    it(`${known.name} ends in ${refusalOf(known) ?? "acceptance"} on both sides`, async () => {
      const { off, on } = await verdictsOf(evidenceOf(known));
      assert.deepEqual([off.error, on.error], [refusalOf(known), refusalOf(known)]);
      assert.deepEqual(on.claims, off.claims);
      assert.equal("verify" in on.gas, refusalOf(known) === null);
    });

  const risc0 = proofCase("automata-snp-azure-risc0-3.0");
  const sp1 = proofCase("sp1-v6.0.0-groth16");
  for (const [what, changed, due] of [
    ["another journal", { ...risc0, output: flipBit(risc0.output, 80) }, "proof.seal"],
    ["another program", { ...risc0, program: flipBit(risc0.program, 80) }, "proof.seal"],
    ["another point", { ...risc0, proof: flipBit(risc0.proof, 8 * 40) }, "proof.seal"],
    ["a byte more", { ...risc0, proof: new Uint8Array([...risc0.proof, 0]) }, "proof.length"],
    ["a selector of nobody's", { ...risc0, proof: flipBit(risc0.proof, 0) }, "proof.selector"],
    ["nothing", { ...risc0, proof: new Uint8Array(0) }, "proof.selector"],
    ["another exit code", { ...sp1, proof: flipBit(sp1.proof, 8 * 35) }, "proof.exit-code"],
    ["another root of keys", { ...sp1, proof: flipBit(sp1.proof, 8 * 40) }, "proof.vk-root"],
    ["another nonce", { ...sp1, proof: flipBit(sp1.proof, 8 * 99) }, "proof.seal"],
  ] as const)
    it(`refuses ${what}: ${due}`, async () => {
      const { off, on } = await verdictsOf(evidenceOf(changed));
      assert.deepEqual([off.error, on.error], [due, due]);
    });
});

describe("kind registration with a proof", () => {
  for (const [folder, now] of [
    ["gcp-snp-2026-01-21", 1_768_977_000n],
    ["azure-snp-2026-01-21", 1_768_979_400n],
  ] as const)
    it(`${folder} is recorded within a day of its proof`, async () => {
      const evidence = {
        kind: "registration",
        calldata: toHex(mustReadCalldata(`${folder}/registration.json`)),
      };
      const { off, on } = await verdictsOf(evidence, now);
      assert.deepEqual([off.error, on.error], [null, null]);
      assert.deepEqual(on.acceptance, off.acceptance);
      assert.ok(on.acceptance!.failed.includes("policy.report-type"));
      const late = await verdictsOf(evidence, now + 86_400n);
      assert.deepEqual([late.off.error, late.on.error], ["proof.time", "proof.time"]);
    });

  it("gcp-tdx-2026-01-21 finds the documents of a week later not yet in date", async () => {
    const evidence = {
      kind: "registration",
      calldata: toHex(mustReadCalldata("gcp-tdx-2026-01-21/registration.json")),
      collateral: collateralJson(capturedCollateral.gcp),
    };
    const { off, on } = await verdictsOf(evidence, 1_768_975_700n);
    assert.deepEqual([off.error, on.error], ["tdx.pck-crl-dates", "tdx.pck-crl-dates"]);
  });
});
