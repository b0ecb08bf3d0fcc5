// The captured registrations with proofs (protocol §12, rows 1.5) before the registry and the SDK: the same record or the same
// refusal, as captured and with any part changed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData, toHex } from "viem";
import type { Hex } from "viem";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { actOf } from "../../scripts/roles/act.ts";
import type { ImmediateAct } from "../../scripts/roles/act.ts";
import { concat, fromHex, isEqual } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { journalFormats } from "../../sdk/evidence/journals/index.ts";
import { recordedPrograms } from "../../sdk/evidence/proof-recoding.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { encodeProofReport, readProofReport } from "../../sdk/evidence/proof-report.ts";
import type { ProofReport } from "../../sdk/evidence/proof-report.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { intelCollateralAbi } from "../../sdk/registry/abi/IntelCollateral.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import type { RegistrationReport } from "../../sdk/verify/registration.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { knownPrograms, knownReleases } from "../../sdk/verify/zk/index.ts";
import { capturedEvaluation } from "../support/captured-collateral.ts";
import { mustReadCalldata } from "../support/captured.ts";
import { count, newTally, verdictOnChain } from "../support/referee.ts";
import { capturedCollateral } from "../support/tdx-vectors.ts";

interface Expected {
  readonly file: string;
  readonly statementId: Hex;
  readonly akId: Hex;
  readonly identityHash65: Hex;
  readonly teeMeasurement: Hex;
  readonly measurementHash: Hex;
  readonly platformId: Hex;
}
const { captured: vectors } = JSON.parse(readFileSync("test/fixtures/protocol/vectors.json", "utf8")) as {
  captured: Expected[];
};

const captures = [
  { name: "GCP SNP", folder: "gcp-snp-2026-01-21", file: "v1.5/gcp/snp", at: 1_768_977_000n, protection: 1 },
  {
    name: "Azure SNP",
    folder: "azure-snp-2026-01-21",
    file: "v1.5/azure/snp",
    at: 1_768_979_400n,
    protection: 0,
  },
] as const;

function mustDecode(calldata: Uint8Array): Registration {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) throw new Error(registration.check);
  return registration;
}

function mustReadProofReport({ teeAttestationReport }: Registration): ProofReport {
  const report = readProofReport(teeAttestationReport);
  if (isRefusal(report)) throw new Error(report.detail);
  return report;
}

/** The first bytes of proofs of every release and of none, among them one bit beside SP1 v5.0.0. */
const selectors = new Set([...knownReleases.map(({ selector }) => selector), "0x00000000", "0xa4594c58"]);

/** The proof under every selector and shorter than one, and for every program, as of either TEE and system. */
function* relabelled({ proof }: ProofReport) {
  const proofs = [...selectors].map((selector) => concat(fromHex(selector), proof.subarray(4)));
  for (let length = 0; length <= 4; length++) proofs.push(proof.subarray(0, length));
  for (const tee of [teeTypes.intelTdx, teeTypes.amdSevSnp])
    for (const reportType of [reportTypes.sp1, reportTypes.riscZero]) {
      const kind = { tee, reportType };
      const name = `TEE ${tee}, system ${reportType}`;
      for (const { id: program } of knownPrograms)
        yield { what: `${name}, program ${toHex(program)}`, kind, by: { program } };
      // None of TDX is admitted: then it is the program that is named.
      const { id: program } = knownPrograms.findLast((of) => of.tee === tee && of.system === reportType)!;
      for (const changed of proofs) {
        const what = `${name}, proof ${toHex(changed.subarray(0, 4))} of ${changed.length} bytes`;
        yield { what, kind, by: { program, proof: changed } };
      }
    }
}

for (const { name, folder, file, at, protection } of captures) {
  const transcoded = transcodeRegistration(mustReadCalldata(`${folder}/registration.json`));
  if (isRefusal(transcoded)) throw new Error(transcoded.detail);
  const calldata: Uint8Array = transcoded;
  const registration = mustDecode(calldata);
  const expected = vectors.find((vector) => vector.file.startsWith(file))!;

  describe(`the captured registration of ${name}`, () => {
    let chain: FrozenChain;
    before(async () => {
      chain = await createLocalChain({ roots: defaultTrust, at });
    });
    after(() => chain.close());

    const registry = () => chain.address("CVMRegistry");
    const offChain = (changed: Uint8Array): RegistrationReport =>
      verifyCalldata(changed, { now: at, trust: defaultTrust, chain: null });

    it("is recorded, with the measurements that an independent script computes", async () => {
      const { verdict, error, claims, acceptance } = offChain(calldata);
      assert.deepEqual([verdict, error], ["accepted", null]);
      const receipt = await chain.send(registry(), toHex(calldata));
      console.log(`gas, ${name} by SP1: ${receipt.gasUsed}`);
      const record = await chain.publicClient.readContract({
        address: registry(),
        abi: cvmRegistryAbi,
        functionName: "getCvm",
        args: [expected.identityHash65],
      });
      assert.deepEqual([record.registered, record.tee, record.reportType], [true, 2, 2]);
      assert.equal(record.measurementHash, expected.measurementHash);
      assert.equal(record.platformId, expected.platformId);
      assert.deepEqual(
        [record.assurance.keyProtection, record.assurance.teeFresh, record.assurance.tpmFresh],
        [protection, false, false],
      );
      assert.deepEqual(
        [toHex(claims!.statementId), toHex(claims!.akId), toHex(claims!.teeMeasurement)],
        [expected.statementId, expected.akId, expected.teeMeasurement],
      );
      assert.deepEqual(
        [toHex(claims!.measurementHash), toHex(claims!.platformId), claims!.validUntil, claims!.assurance],
        [record.measurementHash, record.platformId, BigInt(record.validUntil), record.assurance],
      );
      assert.ok(acceptance!.failed.includes("policy.report-type"));
    });

    it("is judged alike with any byte of its proof report changed", async () => {
      const seen = new Map<string, number>();
      for (let position = 0; position < registration.teeAttestationReport.length; position += 37) {
        const report = registration.teeAttestationReport.slice();
        report[position]! ^= 1 << (position % 8);
        const changed = encodeAttestCvm({ ...registration, teeAttestationReport: report });
        const [onChain, inSdk] = [await verdictOnChain(chain, registry(), changed), offChain(changed).error];
        assert.equal(onChain, inSdk, `byte ${position}`);
        seen.set(String(inSdk), (seen.get(String(inSdk)) ?? 0) + 1);
      }
      assert.ok((seen.get("proof.seal") ?? 0) > 10);
      assert.ok((seen.get("proof.encoding") ?? 0) > 0);
    });

    it("is judged alike as a proof of any release, known program, system and TEE", async () => {
      const report = mustReadProofReport(registration);
      const tally = newTally();
      for (const { what, kind, by } of relabelled(report)) {
        const teeAttestationReport = encodeProofReport({ ...report, ...by });
        const changed = encodeAttestCvm({ ...registration, ...kind, teeAttestationReport });
        // Recorded above.
        if (isEqual(changed, calldata)) continue;
        count(tally, what, await verdictOnChain(chain, registry(), changed), offChain(changed).error);
      }
      assert.deepEqual(tally.disagreements, []);
      assert.deepEqual(Object.fromEntries(tally.verdicts), {
        "proof.program": 75,
        "proof.selector": 33,
        "proof.release": 4,
        "proof.length": 2,
        "proof.seal": 4,
      });
    });
  });
}

describe("the captured registration of GCP TDX", () => {
  it("is refused for its program, and where a governor admitted it for a PCK CRL that nobody here holds", async () => {
    const at = 1_768_975_700n;
    const transcoded = transcodeRegistration(mustReadCalldata("gcp-tdx-2026-01-21/registration.json"));
    if (isRefusal(transcoded)) throw new Error(transcoded.detail);
    const chain = await createLocalChain({ roots: defaultTrust, at, evaluation: capturedEvaluation });
    const { pckCrlIssuerChain, tcbInfoIssuerChain, rootCaCrl } = capturedCollateral.gcp;
    const verdict = () => verdictOnChain(chain, chain.address("CVMRegistry"), transcoded);
    const bring = (functionName: "upsertChain" | "upsertSigner" | "upsertRootCRL", bytes: Uint8Array) =>
      chain.send(
        chain.address("IntelCollateral"),
        encodeFunctionData({ abi: intelCollateralAbi, functionName, args: [toHex(bytes)] }),
      );
    assert.equal(await verdict(), "proof.program");
    const program = toHex(recordedPrograms[teeTypes.intelTdx]);
    const words = [teeTypes.intelTdx, reportTypes.sp1, program, journalFormats.dcap].map(String);
    const { call } = actOf(chain.deployment, "ProofVerifier.admitProgram", words) as ImmediateAct;
    await chain.send(call.to, call.data);
    assert.equal(await verdict(), "tdx.proof-root");
    await bring("upsertChain", pckCrlIssuerChain);
    assert.equal(await verdict(), "tdx.proof-signer");
    await bring("upsertSigner", tcbInfoIssuerChain);
    assert.equal(await verdict(), "tdx.proof-root-crl");
    await bring("upsertRootCRL", rootCaCrl);
    assert.equal(await verdict(), "tdx.proof-pck-crl");
    await chain.close();
  });
});
