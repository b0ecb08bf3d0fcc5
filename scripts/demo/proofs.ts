// `npm run demo -- --zk`: SNP machines of the field by proofs. A local prover that speaks the services' protocols hands out
// proofs that were really made; the clients fetch and check them; a chain that stands at their dates takes them.
import { encodeFunctionData, toHex } from "viem";
import type { Hex } from "viem";
import { memoryJournal, provingClient, snpV2Input, systemTimer, verifyPairing } from "../../proving/index.ts";
import type { Proof, ProofSystem, ProvingPath, ProvingPolicy } from "../../proving/index.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readSnpJournalV2 } from "../../sdk/evidence/journals/index.ts";
import { encodeProofReport, readProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { snpProofVerifierAbi } from "../../sdk/registry/abi/SNPProofVerifier.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { buildIfNeeded } from "../build.ts";
import { createLocalChain } from "../local-chain.ts";
import type { FrozenChain } from "../local-chain.ts";
import { readCaptures } from "../prover/captures.ts";
import { startProverServer } from "../prover/server.ts";
import { expect, show, step } from "./narration.ts";
import { readFileSync } from "node:fs";

/** Seven minutes after the proof of the captured registration (2026-01-21T06:30:00Z). */
const registeredAt = 1_768_977_000n;
const minute = 60_000;

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value;
}

function capturedRegistration(): Registration {
  const file = "test/fixtures/hardware/gcp-snp-2026-01-21/registration.json";
  const { calldata } = JSON.parse(readFileSync(file, "utf8")) as { calldata: string };
  const registration = decodeAttestCvm(
    must(transcodeRegistration(Uint8Array.from(Buffer.from(calldata, "base64")))),
  );
  if ("check" in registration) throw new Error(registration.check);
  return registration;
}

interface Wanted {
  readonly program: Hex;
  /** 1184 bytes. */
  readonly report: Uint8Array;
}

/** Asks the local prover as a service far away would be asked: session, polling, receipt, and its pairing checked. */
async function prove(url: string, system: ProofSystem, { program, report }: Wanted): Promise<Proof> {
  const service = { url, apiKey: null };
  const paths: Record<ProofSystem, ProvingPath> = {
    risc0: { kind: "bento", storageOrigins: [], version: "2.2.0", ...service },
    sp1: { kind: "sidecar", version: "v5.0.0", ...service },
  };
  const backoff = { firstMs: 20, longestMs: 200 };
  const policy: ProvingPolicy = {
    allowedUrls: [url],
    paths,
    loadProgram: null,
    waits: { tryTimeoutMs: 5_000, backoff, polling: backoff },
    fetch,
  };
  const onProgress = ({ state, elapsedMs }: { readonly state: string; readonly elapsedMs: number }) =>
    show("prover", `${state} after ${elapsedMs} ms`);
  const context = { journal: memoryJournal(), verify: verifyPairing, timer: systemTimer, onProgress };
  const input = snpV2Input({ timestamp: 0n, trustedCertificates: 1, report, chain: [] });
  return provingClient(system, policy, context).prove({
    tee: 2,
    program,
    input,
    deadline: Date.now() + minute,
  });
}

const reportOf = ({ program, output, proof }: Proof): Uint8Array =>
  encodeProofReport({ program: fromHex(program), output, proof, statement: new Uint8Array(0) });

/** The check that refuses a call, or none. */
async function refusalOf(chain: FrozenChain, to: Hex, data: Hex): Promise<string> {
  try {
    await chain.publicClient.call({ to, data });
    return "none";
  } catch (error) {
    const data = revertDataOf(error);
    if (data === null) throw error;
    return decodeRevert(data).check ?? decodeRevert(data).name;
  }
}

async function registerBySp1(url: string, closers: (() => Promise<void>)[]): Promise<void> {
  step("Register the SNP machine of GCP that was captured on 2026-01-21, by SP1");
  const captured = capturedRegistration();
  const { program, output } = must(readProofReport(captured.teeAttestationReport));
  const { report } = must(readSnpJournalV2(output));
  const proof = await prove(url, "sp1", { program: toHex(program), report });
  show("proof", `${proof.proof.length} bytes of release ${toHex(proof.proof.subarray(0, 4))}`);
  const calldata = encodeAttestCvm({ ...captured, teeAttestationReport: reportOf(proof) });

  const chain = await createLocalChain({ roots: defaultTrust, at: registeredAt });
  closers.push(() => chain.close());
  const registry = chain.address("CVMRegistry");
  const forged = proof.output.slice();
  forged[200]! ^= 1;
  const lie = encodeAttestCvm({ ...captured, teeAttestationReport: reportOf({ ...proof, output: forged }) });
  expect("a changed report", await refusalOf(chain, registry, toHex(lie)), "proof.seal");
  const receipt = await chain.send(registry, toHex(calldata));
  expect("attestCvm", receipt.status, "success");
  show("attestCvm gas, AK chain new", receipt.gasUsed);
  const [event] = await chain.publicClient.getContractEvents({
    address: registry,
    abi: cvmRegistryAbi,
    eventName: "CVMAttested",
    fromBlock: 0n,
  });
  const record = await chain.publicClient.readContract({
    address: registry,
    abi: cvmRegistryAbi,
    functionName: "getCvm",
    args: [event!.args.cvmIdentityHash!],
  });
  show("identity", event!.args.cvmIdentityHash);
  show("measurement", record.measurementHash);
  show("platform", record.platformId);
  expect("report type", record.reportType, 2);
  expect("product, 1 Milan", record.assurance.product, 1);
  expect("TCB status, 1 UpToDate", record.assurance.tcbStatus, 1);
  expect("key protection, 1 tpm", record.assurance.keyProtection, 1);
}

async function verifyByRiscZero(url: string, closers: (() => Promise<void>)[]): Promise<void> {
  step("Verify the SNP machine of GCP that was captured on 2025-07-23, by RISC Zero");
  const capture = readCaptures().find(({ name }) => name === "automata-snp-gcp-risc0-2.2")!;
  const { report, time } = must(readSnpJournalV2(capture.output));
  const proof = await prove(url, "risc0", { program: capture.program, report });
  show("seal", `${proof.proof.length} bytes of release ${toHex(proof.proof.subarray(0, 4))}`);
  const verifier = (chain: FrozenChain) => chain.address("SNPProofVerifier-RiscZero");
  const verify = (bytes: Uint8Array) =>
    encodeFunctionData({ abi: snpProofVerifierAbi, functionName: "verify", args: [toHex(bytes)] });

  const chain = await createLocalChain({ roots: defaultTrust, at: time + 60n });
  closers.push(() => chain.close());
  const claims = await chain.publicClient.readContract({
    address: verifier(chain),
    abi: snpProofVerifierAbi,
    functionName: "verify",
    args: [toHex(reportOf(proof))],
  });
  show("statement", claims.statementId);
  show("TEE measurement", claims.teeMeasurement);
  expect("product, 1 Milan", claims.product, 1);
  show("gas", (await chain.send(verifier(chain), verify(reportOf(proof)))).gasUsed);
  const late = await createLocalChain({ roots: defaultTrust, at: time + 86_401n });
  closers.push(() => late.close());
  expect("a day later", await refusalOf(late, verifier(late), verify(reportOf(proof))), "proof.time");
}

export async function demonstrateProofs(closers: (() => Promise<void>)[]): Promise<void> {
  step("Build the contracts (nothing to do when they are built)");
  buildIfNeeded();
  step("Start a local prover that answers with captured proofs");
  const prover = await startProverServer(0);
  closers.push(() => prover.stop());
  show("prover", prover.url);
  await registerBySp1(prover.url, closers);
  await verifyByRiscZero(prover.url, closers);
}
