// What proofs put out, before the contracts and the SDK, behind a proof system that believes everything: the same claims or the
// same refusal for every changed byte of journals and reports.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { network } from "hardhat";
import { hexToBytes } from "viem";
import type { Hex } from "viem";
import { toHex, uint } from "../../sdk/evidence/bytes.ts";
import { encodeProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";
import { defaultSnpMinimumTcb, judgeSnpOutput } from "../../sdk/verify/snp/index.ts";
import { judgeTdxOutput } from "../../sdk/verify/tdx/index.ts";
import type { TeeClaims } from "../../sdk/verify/tee.ts";
import { deployIntel } from "../contracts/verifiers/intel.ts";
import { frozenAccess, startIntelChain } from "../support/intel-chain.ts";
import type { Target } from "../support/intel-chain.ts";
import {
  capturedProof,
  encodeSnpV2,
  encodeSnpV3,
  journalFormats,
  readSnpV2,
} from "../support/proof-reports.ts";
import { shownClaims } from "../support/tdx-claims.ts";
import type { ContractClaims } from "../support/tdx-claims.ts";
import { collateralFrom, mustJudge } from "../support/tdx-vectors.ts";

const [tdx, snp, sp1] = [1, 2, 2];

interface Output {
  readonly format: number;
  readonly output: Uint8Array;
  readonly statement: Uint8Array;
}

type InSdk = (output: Output) => TeeClaims | Refusal;
type OnChain = (
  report: Hex,
) => Promise<{ readonly verdict: string | null; readonly value: ContractClaims | null }>;

const flipped = (bytes: Uint8Array, position: number): Uint8Array => {
  const changed = bytes.slice();
  changed[position]! ^= 1 << (position % 8);
  return changed;
};

/** Every `step`-th byte changed, and lengths around the right one. */
function* changesOf(bytes: Uint8Array, step: number): Generator<Uint8Array> {
  for (let position = 0; position < bytes.length; position += step) yield flipped(bytes, position);
  for (const length of [0, 1, 31, 32, bytes.length - 32, bytes.length - 1])
    yield bytes.slice(0, Math.max(0, length));
  yield new Uint8Array([...bytes, 0]);
  yield new Uint8Array([...bytes, ...new Uint8Array(32)]);
}

/** Compares both sides; says how often each verdict came. */
async function compare(outputs: Iterable<Output>, inSdk: InSdk, onChain: OnChain) {
  const verdicts = new Map<string, number>();
  for (const output of outputs) {
    const judged = inSdk(output);
    const report = encodeProofReport({
      program: uint(output.format, 32),
      output: output.output,
      proof: new Uint8Array(4),
      statement: output.statement,
    });
    const { verdict, value } = await onChain(toHex(report));
    const name = isRefusal(judged) ? judged.check : null;
    assert.equal(verdict, name, toHex(output.output));
    if (!isRefusal(judged))
      assert.deepEqual({ ...value, validUntil: Number(value!.validUntil) }, shownClaims(judged));
    verdicts.set(String(name), (verdicts.get(String(name)) ?? 0) + 1);
  }
  return verdicts;
}

describe("SNP journals and reports", () => {
  const captured = ["gcp-snp-2026-01-21", "azure-snp-2026-01-21"].map((folder) => {
    const { output } = capturedProof(folder);
    return { output: hexToBytes(output), parts: readSnpV2(output) };
  });
  for (const [at, name] of ["GCP", "Azure"].entries())
    it(`of ${name}, with any byte changed`, async () => {
      const { output, parts } = captured[at]!;
      const now = Number(parts.time) + 400;
      const connection = await network.create({
        network: "default",
        override: { initialDate: new Date((now - 3600) * 1000), allowBlocksWithSameTimestamp: true },
      });
      const { viem } = connection;
      const { manager } = await deployIntel(connection);
      const minimums = [1, 2, 3].map((product) => toHex(defaultSnpMinimumTcb[product]!));
      const amd = await viem.deployContract("AMDMinimums", [manager.address, minimums as [Hex, Hex, Hex]]);
      const proofs = await viem.deployContract("StubProofVerifier", [snp, sp1]);
      const args = [proofs.address, amd.address, sp1] as const;
      const verifier: Target = await viem.deployContract("SNPProofVerifier", [...args]);
      const access = await frozenAccess(connection, now);
      await access.moveTo(now);
      const report = hexToBytes(parts.report);
      const beside = hexToBytes(encodeSnpV3(parts));
      const inSdk: InSdk = ({ format, ...rest }) =>
        judgeSnpOutput({ ...rest, program: new Uint8Array(32), proof: new Uint8Array(0) }, format as 2 | 3, {
          now: BigInt(now),
          minimumTcb: defaultSnpMinimumTcb,
        });
      function* outputs(): Generator<Output> {
        const { snpV2, snpV3 } = journalFormats;
        for (const changed of changesOf(output, 5))
          yield { format: snpV2, output: changed, statement: new Uint8Array(0) };
        for (const changed of changesOf(beside, 1))
          yield { format: snpV3, output: changed, statement: report };
        for (const changed of changesOf(report, 97))
          yield { format: snpV3, output: beside, statement: changed };
        // The report changed and the journal's hash with it.
        for (const changed of changesOf(report, 3)) {
          const due = hexToBytes(encodeSnpV3({ ...parts, report: toHex(changed) }));
          yield { format: snpV3, output: due, statement: changed };
        }
        yield { format: snpV2, output, statement: report };
        for (const trustedPrefix of [0, 1, 2, 3, 4, 255]) {
          const trusting = hexToBytes(encodeSnpV2({ ...parts, trustedPrefix }));
          yield { format: snpV2, output: trusting, statement: new Uint8Array(0) };
        }
      }
      const verdicts = await compare(outputs(), inSdk, (bytes) =>
        access.call<ContractClaims>(verifier, "verify", bytes),
      );
      for (const due of [
        "null",
        "proof.journal",
        "proof.result",
        "proof.statement",
        "snp.proof-chain",
        "snp.length",
        "snp.padding",
      ])
        assert.ok(verdicts.has(due), `${due} came up`);
      await connection.close();
    });
});

describe("DCAP journals", () => {
  const { journal } = JSON.parse(readFileSync("test/fixtures/tdx/dcap-journal.json", "utf8")) as {
    journal: Hex;
  };
  const at = 1_749_095_100;
  const collateral = collateralFrom({
    tcbInfo: "tdx-00806f050000-e17-2025-06-04",
    qeIdentity: "tdqe-e17-2025-06-04",
    rootCrl: "root-2025-03-20",
    pckCrl: "platform-2025-06-04",
  });
  let chain: Awaited<ReturnType<typeof startIntelChain>>;
  let verifier: Target;
  before(async () => {
    chain = await startIntelChain({ at, tcbInfo: 17, qeIdentity: 17 });
    assert.equal(await chain.upsert(collateral), null);
    const proofs = await chain.deploy("StubProofVerifier", [tdx, sp1]);
    verifier = await chain.deploy("TDXProofVerifier", [proofs.address, chain.collateral.address, sp1]);
  });
  after(() => chain.close());

  it("with any byte changed", async () => {
    const now = BigInt(at);
    const trust = { intelRoot, now, collateral: mustJudge(collateral, { intelRoot, now }) };
    const inSdk: InSdk = ({ format, ...rest }) =>
      judgeTdxOutput({ ...rest, program: new Uint8Array(32), proof: new Uint8Array(0) }, format as 4, trust);
    function* outputs(): Generator<Output> {
      const { dcap } = journalFormats;
      const bytes = hexToBytes(journal);
      for (const output of changesOf(bytes, 1)) yield { format: dcap, output, statement: new Uint8Array(0) };
      yield { format: dcap, output: bytes, statement: new Uint8Array(1) };
    }
    const verdicts = await compare(outputs(), inSdk, (bytes) =>
      chain.call<ContractClaims>(verifier, "verify", bytes),
    );
    for (const due of [
      "null",
      "proof.journal",
      "proof.time",
      "proof.statement",
      "tdx.proof-root",
      "tdx.proof-signer",
    ])
      assert.ok(verdicts.has(due), `${due} came up`);
    for (const due of [
      "tdx.proof-pck-crl",
      "tdx.proof-qe-identity",
      "tdx.proof-tcb-info",
      "tdx.untrusted-attributes",
    ])
      assert.ok(verdicts.has(due), `${due} came up`);
  });
});
