// `npm run -s simulate -- <file>`: puts an evidence file through the real contracts on a chain inside this process.
// Same file, flags, output and exit status as `cvm verify`, plus the gas of each transaction and the decoded revert.
import { decodeFunctionResult, encodeFunctionData, fromHex, toHex } from "viem";
import type { Abi, Address, Hex } from "viem";
import { present, readEvidenceCommand } from "../cli/verify.ts";
import type { CommandResult } from "../cli/verify.ts";
import { checkById } from "../sdk/checks.ts";
import type { CheckId } from "../sdk/checks.ts";
import { isEqual } from "../sdk/evidence/bytes.ts";
import { decodeAttestCvm, attestCvmSelector } from "../sdk/evidence/calldata.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import type { Refusal } from "../sdk/evidence/refusal.ts";
import { readQeIdentity } from "../sdk/evidence/qe-identity.ts";
import { readTcbInfo } from "../sdk/evidence/tcb-info.ts";
import type { TdxCollateral } from "../sdk/evidence/tdx-collateral.ts";
import { isTdxCompact, toKnownHost, toNewHost } from "../sdk/evidence/tdx-compact.ts";
import { transcodeRegistration } from "../sdk/evidence/transcode.ts";
import type { Evaluation } from "../deployments/networks.ts";
import { akCertificatesAbi } from "../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../sdk/registry/abi/CVMRegistry.ts";
import { tdxVerifierAbi } from "../sdk/registry/abi/TDXVerifier.ts";
import { tpmVerifierAbi } from "../sdk/registry/abi/TPMVerifier.ts";
import { decodeRevert, revertDataOf } from "../sdk/registry/revert.ts";
import { quotingKey, verifyInput } from "../sdk/verify/input-verdict.ts";
import type { InputSettings, InputVerdict } from "../sdk/verify/input-verdict.ts";
import type { EvidenceInput, RegistrationInput, TdxQuoteInput, TpmQuoteInput } from "../sdk/verify/input.ts";
import type { Floor } from "../sdk/verify/policy.ts";
import type { CheckResult } from "../sdk/verify/verdict.ts";
import { newTrail } from "../sdk/verify/verdict.ts";
import { buildIfNeeded } from "./build.ts";
import { collateralCalldata, collateralSteps } from "./collateral.ts";
import { createLocalChain, transactionGasCap } from "./local-chain.ts";
import type { FrozenChain } from "./local-chain.ts";

interface SimulatedVerdict extends InputVerdict {
  /** Whole-transaction gas of each transaction sent. */
  readonly gas: Readonly<Record<string, number>>;
  readonly revert: { readonly name: string; readonly args: readonly unknown[] } | null;
}

/** What a run of the contracts ended in. */
interface Run {
  readonly gas: Record<string, number>;
  check: CheckId | null;
  revert: SimulatedVerdict["revert"];
}

const newRun = (): Run => ({ gas: {}, check: null, revert: null });

// JSON knows no big integers; small ones become numbers.
const plain = (value: unknown): unknown => (typeof value === "bigint" ? value.toString() : value);

/** What `action` gives, or null, with the reason noted, when the contracts revert. */
async function attempt<T>(run: Run, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    const revertData = revertDataOf(error);
    if (revertData === null) throw error;
    const revert = decodeRevert(revertData);
    if (revert.check === null) throw new Error(`the contracts reverted with ${revert.name} ${revert.data}`);
    run.check = revert.check;
    run.revert = { name: revert.name, args: revert.args.map(plain) };
    return null;
  }
}

/** Sends one transaction as a step of the run; false, with the reason noted, when it reverts. */
async function sendStep(
  chain: FrozenChain,
  run: Run,
  name: string,
  to: Address,
  data: Hex,
): Promise<boolean> {
  const receipt = await attempt(run, () => chain.send(to, data));
  if (receipt === null) return false;
  run.gas[name] = (run.gas[name] ?? 0) + Number(receipt.gasUsed);
  run.gas["total"] = (run.gas["total"] ?? 0) + Number(receipt.gasUsed);
  return true;
}

async function call(
  chain: FrozenChain,
  to: Address,
  abi: Abi,
  functionName: string,
  args: readonly unknown[],
) {
  const data = encodeFunctionData({ abi, functionName, args });
  const answer = await chain.publicClient.call({ to, data, gas: transactionGasCap });
  return decodeFunctionResult({ abi, functionName, data: answer.data ?? "0x" });
}

/** Brings Intel's documents to the chain; false when one of them is refused. */
async function runCollateral(
  chain: FrozenChain,
  collateral: TdxCollateral | null,
  run: Run,
): Promise<boolean> {
  if (collateral === null) return true;
  const to = chain.address("IntelCollateral");
  for (const each of collateralSteps(collateral))
    if (!(await sendStep(chain, run, each.name, to, collateralCalldata(each)))) return false;
  return true;
}

const verifyCalldata = (report: Uint8Array): Hex =>
  encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [toHex(report)] });

/** The quote as it is, then recoded as the first of its host, then as one of a host that the verifier remembers. */
async function runTdxQuote(chain: FrozenChain, input: TdxQuoteInput, floor: Floor, run: Run): Promise<void> {
  if (!(await runCollateral(chain, input.collateral, run))) return;
  const to = chain.address("TDXVerifier");
  const args = [toHex(input.quote)];
  const claims = await attempt(run, () => call(chain, to, tdxVerifierAbi, "verify", args));
  if (claims === null) return;
  const recoded = isTdxCompact(input.quote) ? input.quote : toNewHost(input.quote);
  if (isRefusal(recoded)) throw new Error(`a quote that was verified cannot be recoded: ${recoded.check}`);
  if (!(await sendStep(chain, run, "verifyNewHost", to, verifyCalldata(recoded)))) return;
  const known = await knownHostForm(chain, input.quote);
  if (known !== null) await sendStep(chain, run, "verifyKnownHost", to, verifyCalldata(known));
  const { tcbStatus } = claims as { readonly tcbStatus: number };
  if (!floor.tcbStatuses.includes(tcbStatus)) run.check ??= "tdx.tcb-accepted";
}

/** The quote with the attributes that the verifier has remembered its host by, or null when it has not. */
async function knownHostForm(chain: FrozenChain, quote: Uint8Array): Promise<Uint8Array | null> {
  const [event] = await chain.publicClient.getContractEvents({
    address: chain.address("TDXVerifier"),
    abi: tdxVerifierAbi,
    eventName: "HostVerified",
    fromBlock: 0n,
  });
  if (event?.args.attributes === undefined) return null;
  const known = toKnownHost(quote, fromHex(event.args.attributes, "bytes"));
  return isRefusal(known) ? null : known;
}

async function quotingKeyOnChain(
  chain: FrozenChain,
  { ak }: TpmQuoteInput,
  settings: InputSettings,
  run: Run,
): Promise<Hex | null> {
  if (ak.form !== "certificates") {
    const key = quotingKey(ak, settings, newTrail());
    if (!isRefusal(key)) return toHex(key.key.bytes);
    run.check = key.check;
    return null;
  }
  const args = [ak.certs.map((der) => toHex(der))] as const;
  const to = chain.address("AKCertificates");
  const data = encodeFunctionData({ abi: akCertificatesAbi, functionName: "verifyChain", args });
  if (!(await sendStep(chain, run, "akCertificates", to, data))) return null;
  const [akPublic] = (await call(chain, to, akCertificatesAbi, "verifyChain", args)) as readonly [
    Hex,
    unknown,
  ];
  return akPublic;
}

async function runTpmQuote(chain: FrozenChain, input: TpmQuoteInput, settings: InputSettings, run: Run) {
  const akPublic = await quotingKeyOnChain(chain, input, settings, run);
  if (akPublic === null) return;
  // Banks of other sizes do not fit the contract's bytes32: it refuses the bank before it looks at the values.
  const pcrs = input.pcrs.map((pcr) => ({
    index: BigInt(pcr.index),
    pcr: toHex(pcr.pcr.length === 32 ? pcr.pcr : new Uint8Array(32)),
    allEvents: [],
    measureEventsIdx: [],
    measurePcr: true,
  }));
  const args = [akPublic, toHex(input.attest), toHex(input.signature), pcrs] as const;
  const to = chain.address("TPMVerifier");
  const data = encodeFunctionData({ abi: tpmVerifierAbi, functionName: "verifyQuote", args });
  if (!(await sendStep(chain, run, "verify", to, data)) || input.nonce === null) return;
  const claims = (await call(chain, to, tpmVerifierAbi, "verifyQuote", args)) as { extraData: Hex };
  // The contract hands extraData out; comparing it is its caller's part.
  if (claims.extraData !== toHex(input.nonce)) run.check = "tpm.nonce";
}

async function runRegistration(chain: FrozenChain, input: RegistrationInput, run: Run): Promise<Hex | null> {
  const calldata = transcodeRegistration(input.calldata);
  if (isRefusal(calldata)) {
    run.check = calldata.check;
    return null;
  }
  if (!(await runCollateral(chain, input.collateral, run))) return null;
  const to = chain.address("CVMRegistry");
  const snapshot = await chain.testClient.snapshot();
  if (toHex(input.calldata.subarray(0, 4)) === attestCvmSelector && isEqual(calldata, input.calldata)) {
    const raw = newRun();
    if (await sendStep(chain, raw, "attestCvmRaw", to, toHex(input.calldata)))
      run.gas["attestCvmRaw"] = raw.gas["attestCvmRaw"]!;
    await chain.testClient.revert({ id: snapshot });
  }
  const registration = decodeAttestCvm(calldata);
  const certs = "check" in registration ? [] : registration.workloadCollaterals.certs;
  if (certs.length > 0) {
    const args = [certs.map((der) => toHex(der))] as const;
    const data = encodeFunctionData({ abi: akCertificatesAbi, functionName: "verifyChain", args });
    // Only to show its cost apart: a chain that fails is named by attestCvm itself, in the order of the checks.
    await sendStep(
      chain,
      { ...newRun(), gas: run.gas },
      "akCertificates",
      chain.address("AKCertificates"),
      data,
    );
  }
  if (!(await sendStep(chain, run, "attestCvm", to, toHex(calldata)))) return null;
  const logs = await chain.publicClient.getContractEvents({
    address: to,
    abi: cvmRegistryAbi,
    eventName: "CVMAttested",
    fromBlock: 0n,
  });
  return logs.at(-1)?.args.cvmIdentityHash ?? null;
}

/** The checks in the catalogue's order, by what the contracts ended in. */
function checksOf(ids: readonly CheckResult[], failed: CheckId | null): CheckResult[] {
  if (failed === null)
    return ids.map((check) => ({ ...check, status: check.status === "fail" ? "pass" : check.status }));
  const at = ids.findIndex(({ id }) => id === failed);
  const before = at < 0 ? ids.length : at;
  const { title, anchor } = checkById(failed);
  const own: CheckResult = { id: failed, status: "fail", detail: title, anchor };
  const head = ids
    .slice(0, before)
    .map((check): CheckResult => ({ ...check, status: check.status === "skip" ? "skip" : "pass" }));
  const tail = ids.slice(before + 1).map((check): CheckResult => ({ ...check, status: "skip" }));
  return [...head, own, ...tail];
}

async function recordClaims(chain: FrozenChain, identityHash: Hex) {
  const record = await chain.publicClient.readContract({
    address: chain.address("CVMRegistry"),
    abi: cvmRegistryAbi,
    functionName: "getCvm",
    args: [identityHash],
  });
  const { measurementHash, platformId, teeTime, tpmTime, validUntil } = record;
  const times = { teeTime: Number(teeTime), tpmTime: Number(tpmTime), validUntil: Number(validUntil) };
  return { identityHash, measurementHash, platformId, ...times };
}

/**
 * The evaluation numbers of the documents given, which the chain is deployed with. A document that cannot be read is
 * refused later, and by name.
 */
function evaluationOf(input: EvidenceInput): { readonly evaluation?: Evaluation } {
  const collateral = "collateral" in input ? input.collateral : null;
  if (collateral === null) return {};
  const numberOf = (document: { readonly tcbEvaluationDataNumber: number } | Refusal) =>
    isRefusal(document) ? 1 : document.tcbEvaluationDataNumber;
  const tcbInfo = numberOf(readTcbInfo(collateral.tcbInfo));
  return { evaluation: { tcbInfo, qeIdentity: numberOf(readQeIdentity(collateral.qeIdentity)) } };
}

async function simulate(input: EvidenceInput, settings: InputSettings): Promise<SimulatedVerdict> {
  const off = verifyInput(input, settings);
  const root = "intelRoot" in input ? input.intelRoot : null;
  const roots = { ...settings.trust, intelRoot: root ?? settings.trust.intelRoot };
  const run = newRun();
  const chain = await createLocalChain({ roots, at: settings.now, ...evaluationOf(input) });
  let { claims } = off;
  try {
    if (input.kind === "tdx-quote") await runTdxQuote(chain, input, settings.floor, run);
    else if (input.kind === "tpm-quote") await runTpmQuote(chain, input, settings, run);
    else if (input.kind === "registration") {
      const identity = await runRegistration(chain, input, run);
      if (identity !== null) claims = { ...claims, ...(await recordClaims(chain, identity)) };
    } else run.check = "tee.report-type-unsupported";
  } finally {
    await chain.close();
  }
  const isAccepted = run.check === null;
  return {
    verdict: isAccepted ? "accepted" : "rejected",
    error: run.check,
    checks: checksOf(off.checks, run.check),
    // A status that only the policy refuses was true all the same.
    claims: isAccepted || run.check === "tdx.tcb-accepted" ? claims : {},
    ...(off.acceptance === undefined || !isAccepted ? {} : { acceptance: off.acceptance }),
    gas: run.gas,
    revert: run.revert,
  };
}

function withGas(result: CommandResult, verdict: SimulatedVerdict, isJson: boolean): CommandResult {
  if (isJson) return result;
  const gas = Object.entries(verdict.gas).map(([name, value]) => `  gas ${name}: ${value}\n`);
  return { ...result, stdout: result.stdout + gas.join("") };
}

const refusedInput = (input: Refusal, settings: InputSettings): SimulatedVerdict => ({
  ...verifyInput(input, settings),
  gas: {},
  revert: null,
});

async function main(): Promise<CommandResult> {
  const clock = () => BigInt(Math.floor(Date.now() / 1000));
  const command = readEvidenceCommand(process.argv.slice(2), clock);
  if ("status" in command) return command;
  const { input, settings, isJson } = command;
  buildIfNeeded();
  const verdict = isRefusal(input) ? refusedInput(input, settings) : await simulate(input, settings);
  // The evidence names a block and a registry of another chain; a verdict on that would say nothing about it.
  if (verdict.error?.startsWith("anchor."))
    return {
      status: 2,
      stdout: "",
      stderr:
        "simulate: every check before the anchor passes; the anchor is of another chain, see cvm verify\n",
    };
  return withGas(present(verdict, isJson), verdict, isJson);
}

const { status, stdout, stderr } = await main();
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;
