// `npm run demo`: the whole way once, offline, on this machine. A chain under Osaka rules, the deployment, two
// simulated machines with their agents, a relayer; registration, renewal, golden measurements, signatures, forgeries.
// Every step states what is expected; the exit status tells whether all of it came true. `npm run demo -- --zk` shows the
// other way: real machines of the field, registered by proofs that were really made.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeFunctionData, toHex } from "viem";
import type { Address, Hex } from "viem";
import { startAgent } from "../agent/agent.ts";
import type { RunningAgent } from "../agent/agent.ts";
import { simulatedCollateralSource } from "../agent/platforms/simulated/collateral.ts";
import { startSimulatedMachine } from "../agent/platforms/simulated/machine.ts";
import { simulatorTrustRoots } from "../agent/platforms/simulated/pki.ts";
import { startRelayer } from "../relayer/server.ts";
import type { Relayer } from "../relayer/server.ts";
import { localSigner } from "../relayer/signers/local.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../sdk/evidence/calldata.ts";
import { attestedOracleAbi } from "../sdk/registry/abi/AttestedOracle.ts";
import { cvmRegistryAbi } from "../sdk/registry/abi/CVMRegistry.ts";
import { buildIfNeeded } from "./build.ts";
import { began, deadlineMilliseconds, expect, failures, seconds, show, step } from "./demo/narration.ts";
import { demonstrateProofs } from "./demo/proofs.ts";
import { relayerKey, serveLocalChain } from "./local-chain.ts";
import type { ServedChain } from "./local-chain.ts";

interface RegistrationView {
  readonly id: string;
  readonly state: string;
  readonly identityHash: Hex | null;
  readonly txHash: Hex | null;
  readonly gasUsed: string | null;
  readonly check: string | null;
}

async function request<T>(url: string, body?: unknown): Promise<{ status: number; answer: T }> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(20_000),
    ...(body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json()) as T };
}

const endStates = ["confirmed", "refused", "failed"];

/** Asks the relayer for a registration and follows it to its end. */
async function register(relayer: Relayer, body: object): Promise<RegistrationView> {
  const created = await request<RegistrationView>(`${relayer.url}/v1/registrations`, body);
  if (created.status >= 300) return { ...created.answer, state: "refused" };
  let seen = "";
  for (;;) {
    const { answer } = await request<RegistrationView>(
      `${relayer.url}/v1/registrations/${created.answer.id}`,
    );
    if (answer.state !== seen) show("relayer", answer.state);
    seen = answer.state;
    if (endStates.includes(answer.state)) return answer;
    if (performance.now() - began > deadlineMilliseconds)
      throw new Error(`still ${answer.state} at the deadline`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Machine {
  readonly name: string;
  readonly agent: RunningAgent;
}

const goldenOf = async ({ agent }: Machine): Promise<Hex> => {
  const { answer } = await request<{ golden_measurement: string }>(`${agent.url}/onchain/golden-measurement`);
  return toHex(Buffer.from(answer.golden_measurement, "base64"));
};

async function sendAsOwner(chain: ServedChain, data: Hex) {
  const hash = await chain.walletClient.sendTransaction({ to: chain.address("AttestedOracle"), data });
  return chain.publicClient.waitForTransactionReceipt({ hash });
}

interface SignedMessage {
  readonly identityHash: Hex;
  readonly message: Uint8Array;
  readonly signature: Hex;
}

async function sign({ agent }: Machine, chain: ServedChain, contract: Address): Promise<SignedMessage> {
  const { answer } = await request<Record<string, string>>(`${agent.url}/sign-message`, {
    message: "hello chain",
    chain_id: String(chain.deployment.chainId),
    contract_address: contract,
  });
  const bytes = (name: string): Uint8Array => Uint8Array.from(Buffer.from(answer[name]!, "base64"));
  return {
    identityHash: toHex(bytes("cvm_identity_hash")),
    message: bytes("signed_message"),
    signature: toHex(bytes("signature")),
  };
}

interface CheckAnswer {
  readonly valid: boolean;
  readonly reasons: readonly { readonly id: string; readonly passed: boolean }[];
}

/** What the relayer answers, as one text: `true`, or `false` and the checks that failed. */
async function checkSignature(relayer: Relayer, chain: ServedChain, signed: SignedMessage): Promise<string> {
  const { answer } = await request<CheckAnswer>(`${relayer.url}/v1/signature-checks`, {
    application: chain.address("AttestedOracle"),
    identityHash: signed.identityHash,
    message: toHex(signed.message),
    signature: signed.signature,
  });
  const failed = answer.reasons.filter(({ passed }) => !passed).map(({ id }) => id);
  return [String(answer.valid), ...failed].join(" ");
}

/** Execution gas of the view: the estimate without the transaction's base and calldata. */
async function checkGas(chain: ServedChain, signed: SignedMessage): Promise<bigint> {
  const data = encodeFunctionData({
    abi: attestedOracleAbi,
    functionName: "checkCVMSignature",
    args: [signed.identityHash, toHex(signed.message), signed.signature],
  });
  const hash = await chain.walletClient.sendTransaction({ to: chain.address("AttestedOracle"), data });
  const { gasUsed } = await chain.publicClient.waitForTransactionReceipt({ hash });
  const bytes = Buffer.from(data.slice(2), "hex");
  const calldata = bytes.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n);
  return gasUsed - 21_000n - calldata;
}

async function anchoredCalldata({ agent }: Machine, chain: ServedChain): Promise<Uint8Array> {
  const block = await chain.publicClient.getBlock();
  const { answer } = await request<{ calldata: string }>(`${agent.url}/onchain/registration-collaterals`, {
    report_type: 1,
    chain_id: String(chain.deployment.chainId),
    registry: chain.address("CVMRegistry"),
    block_number: String(block.number),
    block_hash: block.hash,
  });
  return Uint8Array.from(Buffer.from(answer.calldata, "base64"));
}

function mustDecode(calldata: Uint8Array) {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) throw new Error(`calldata of the agent fails ${registration.check}`);
  return registration;
}

/** One flipped bit in the TD report, 200 bytes into its body. */
function flipReportBit(calldata: Uint8Array): Uint8Array {
  const registration = mustDecode(calldata);
  const teeAttestationReport = Uint8Array.from(registration.teeAttestationReport);
  teeAttestationReport[248]! ^= 1;
  return encodeAttestCvm({ ...registration, teeAttestationReport });
}

/** What a copyist would like to do: measure one PCR less. */
function changeSelection(calldata: Uint8Array): Uint8Array {
  const registration = mustDecode(calldata);
  const wc = registration.workloadCollaterals;
  const last = wc.pcrs.length - 1;
  const pcrs = wc.pcrs.with(last, { ...wc.pcrs[last]!, measurePcr: false });
  return encodeAttestCvm({ ...registration, workloadCollaterals: { ...wc, pcrs } });
}

async function registerMachine(relayer: Relayer, chain: ServedChain, machine: Machine): Promise<void> {
  step(`Register the ${machine.name} machine`);
  const first = await register(relayer, { agentUrl: machine.agent.url });
  expect("state", first.state, "confirmed");
  show("identity", first.identityHash);
  show("attestCvm gas, first", first.gasUsed);
  const renewal = await register(relayer, { agentUrl: machine.agent.url });
  expect("renewal state", renewal.state, "confirmed");
  show("attestCvm gas, renewal", renewal.gasUsed);

  const golden = await goldenOf(machine);
  const recorded = await chain.publicClient.readContract({
    address: chain.address("CVMRegistry"),
    abi: cvmRegistryAbi,
    functionName: "getMeasurementHash",
    args: [first.identityHash!],
  });
  expect("recorded measurement is the golden", recorded === golden, true);
  await sendAsOwner(
    chain,
    encodeFunctionData({ abi: attestedOracleAbi, functionName: "addGoldenMeasurement", args: [golden] }),
  );
  show("golden measurement published", golden);
}

async function checkSignatures(relayer: Relayer, chain: ServedChain, machine: Machine): Promise<void> {
  step(`Check what the ${machine.name} machine signs`);
  const signed = await sign(machine, chain, chain.address("AttestedOracle"));
  expect("its message", await checkSignature(relayer, chain, signed), "true");
  show("checkCVMSignature execution gas", await checkGas(chain, signed));
  const tampered = { ...signed, message: Uint8Array.from(signed.message) };
  tampered.message[tampered.message.length - 1]! ^= 1;
  expect("a tampered message", await checkSignature(relayer, chain, tampered), "false policy.signature");
  const foreign = await sign(machine, chain, chain.address("CVMRegistry"));
  expect(
    "a message for another application",
    await checkSignature(relayer, chain, foreign),
    "false policy.message-format",
  );
}

async function refuseForgeries(relayer: Relayer, chain: ServedChain, machine: Machine): Promise<void> {
  step("Refuse forgeries");
  const calldata = await anchoredCalldata(machine, chain);
  await chain.testClient.mine({ blocks: 1 });
  const flipped = await register(relayer, { calldata: toHex(flipReportBit(calldata)) });
  expect("one flipped bit in the TD report", `${flipped.state} ${flipped.check}`, "refused tdx.signature");
  const changed = await register(relayer, { calldata: toHex(changeSelection(calldata)) });
  expect(
    "a PCR selection changed in transit",
    `${changed.state} ${changed.check}`,
    "refused anchor.mismatch",
  );
}

async function main(folder: string, closers: (() => Promise<void>)[]): Promise<void> {
  step("Build the contracts (nothing to do when they are built)");
  buildIfNeeded();

  step("Start a chain under Osaka rules and deploy");
  const roots = simulatorTrustRoots();
  const chain = await serveLocalChain({ roots, folder, blockMilliseconds: 250 });
  closers.push(() => chain.close());
  for (const [name, { address }] of Object.entries(chain.deployment.contracts)) show(name, address);
  show("addresses written to", `${folder}/local.json`);

  step("Start two simulated machines with their agents, and a relayer");
  const machines: Machine[] = [];
  for (const flavour of ["gcp-tdx", "azure-tdx"] as const) {
    const platform = await startSimulatedMachine({ flavour });
    const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
    closers.push(() => agent.close());
    machines.push({ name: flavour, agent });
    show(`agent ${flavour}`, agent.url);
  }
  const relayer = await startRelayer({
    rpcUrl: chain.url,
    registry: chain.address("CVMRegistry"),
    akCertificates: chain.address("AKCertificates"),
    intelCollateral: chain.address("IntelCollateral"),
    collateralSource: simulatedCollateralSource(() => new Date()),
    signer: localSigner(relayerKey),
    trust: roots,
    port: 0,
    storeFolder: join(folder, "relayer"),
    anchorDepth: BigInt(chain.deployment.anchor.depth),
    maxAnchorBlocks: BigInt(chain.deployment.anchor.maxBlocks),
    blockSeconds: BigInt(chain.deployment.anchor.blockSeconds),
    pollMs: 100,
    retryMs: 100,
    logLevel: "silent",
  });
  closers.push(() => relayer.stop());
  show("relayer", relayer.url);

  for (const machine of machines) await registerMachine(relayer, chain, machine);
  for (const machine of machines) await checkSignatures(relayer, chain, machine);
  await refuseForgeries(relayer, chain, machines[0]!);
}

const folder = mkdtempSync(join(tmpdir(), "cvm-demo-"));
const closers: (() => Promise<void>)[] = [];
try {
  if (process.argv.includes("--zk")) await demonstrateProofs(closers);
  else await main(folder, closers);
} catch (error) {
  expect("no error", error, "none");
}
for (const close of closers.reverse()) await close().catch(() => undefined);
rmSync(folder, { recursive: true, force: true });
console.log(
  `\n[${seconds()}] ${failures() === 0 ? "Everything came true." : `${failures()} expectation(s) failed.`}`,
);
process.exit(failures() === 0 ? 0 : 1);
