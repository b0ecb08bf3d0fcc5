// Gas of the steps that cost money, whole transactions under Osaka rules, on deterministic evidence: captured
// registrations and committed quotes. Evidence of the simulator has random signatures, which moves a figure by some
// dozens of gas; the snapshot's margin covers that.
import { readFileSync } from "node:fs";
import { network } from "hardhat";
import { encodeFunctionData } from "viem";
import type { Hex } from "viem";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { collateralSteps, sendCollateral } from "../../scripts/collateral.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import { fromHex, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificateList } from "../../sdk/evidence/certificate-list.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { toKnownHost, toNewHost } from "../../sdk/evidence/tdx-compact.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { captured, capturedAt } from "../support/captured.ts";
import { capturedEvaluation, sendCapturedCollateral } from "../support/captured-collateral.ts";
import { measureProofs } from "./measure-proofs.ts";
import { measureRegistry } from "./measure-registry.ts";
import { measureSigners } from "./measure-signers.ts";
import { measureTpm } from "./measure-tpm.ts";
import { collateralFrom, documentBytes, quoteBytes } from "../support/tdx-vectors.ts";

export type GasFigures = Record<string, number>;

/** The real documents of one platform, and a quote of it, at a time when all are in date. */
const host = {
  quote: "v4-gcp-cos113",
  at: 1_784_000_000n,
  evaluation: { tcbInfo: 19, qeIdentity: 19 },
  documents: {
    tcbInfo: "tdx-00806f050000-e19-2026-06-30",
    qeIdentity: "tdqe-e19-2026-06-30",
    rootCrl: "root-2026-02-26",
    pckCrl: "platform-2026-06-30",
  },
} as const;

async function measureHost(figures: GasFigures): Promise<void> {
  const { at, evaluation } = host;
  const chain = await createLocalChain({ roots: defaultTrust, at, evaluation });
  const collateral = chain.address("IntelCollateral");
  const verifier = chain.address("TDXVerifier");
  const verify = async (name: string, report: Uint8Array | Refusal) => {
    if (isRefusal(report)) throw new Error(report.detail);
    const data = encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [toHex(report)] });
    figures[`TDXVerifier.verify ${name}`] = Number((await chain.send(verifier, data)).gasUsed);
  };
  try {
    const steps = collateralSteps(collateralFrom(host.documents));
    for (const { functionName, gasUsed } of await sendCollateral(
      (to, data) => chain.send(to, data),
      collateral,
      steps,
    ))
      figures[`IntelCollateral.${functionName} first`] = Number(gasUsed);
    const quote = quoteBytes(host.quote);
    await verify("raw quote", quote);
    await verify("new host with its commitment", toNewHost(quote));
    const [event] = await chain.publicClient.getContractEvents({
      address: verifier,
      abi: tdxVerifierAbi,
      eventName: "HostVerified",
      fromBlock: 0n,
    });
    await verify("known host", toKnownHost(quote, fromHex(event!.args.attributes!)));
  } finally {
    await chain.close();
  }
}

/** Intel re-issues documents without changing them: real texts with later dates, signed by the simulator. */
async function measureRefresh(figures: GasFigures): Promise<void> {
  const { at, documents } = host;
  const serials = readCertificateList(documentBytes(documents.pckCrl));
  if (isRefusal(serials)) throw new Error(serials.detail);
  const dated = (id: string) => (simulated: string) => {
    const [dates] = /"issueDate":"[^"]*","nextUpdate":"[^"]*"/.exec(simulated)!;
    const text = Buffer.from(documentBytes(id)).toString();
    return text.replace(/"issueDate":"[^"]*","nextUpdate":"[^"]*"/, dates);
  };
  const collateralAt = (now: bigint) =>
    simulatedTdxCollateral({
      now: new Date(Number(now) * 1000),
      pckCrl: { revokedSerials: [...serials.serials].map((serial) => fromHex(serial)) },
      rewriteTcbInfo: dated(documents.tcbInfo),
      rewriteQeIdentity: dated(documents.qeIdentity),
    });
  const chain = await createLocalChain({ roots: simulatorTrustRoots(), at });
  try {
    const contract = chain.address("IntelCollateral");
    await sendCollateral(
      (to, data) => chain.send(to, data),
      contract,
      collateralSteps(collateralAt(at - 86_400n)),
    );
    const steps = collateralSteps(collateralAt(at)).filter(({ name }) => name !== "intelCertificates");
    for (const { functionName, gasUsed } of await sendCollateral(
      (to, data) => chain.send(to, data),
      contract,
      steps,
    ))
      figures[`IntelCollateral.${functionName} refresh`] = Number(gasUsed);
  } finally {
    await chain.close();
  }
}

async function measureCaptured(figures: GasFigures): Promise<void> {
  const chain = await createLocalChain({
    roots: defaultTrust,
    at: capturedAt,
    evaluation: capturedEvaluation,
  });
  try {
    await sendCapturedCollateral((to, data) => chain.send(to, data), chain.address("IntelCollateral"));
    for (const { name, calldata } of captured) {
      const { gasUsed } = await chain.send(chain.address("CVMRegistry"), toHex(calldata));
      figures[`attestCvm captured ${name}`] = Number(gasUsed);
    }
  } finally {
    await chain.close();
  }
}

/** A valid signature of RSA-2048 with SHA-256. */
function rsaVector() {
  const name = "../fixtures/vendor/wycheproof/rsa_signature_2048_sha256_test.json";
  const { testGroups } = JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as {
    testGroups: { publicKey: { modulus: string }; tests: { msg: string; sig: string; result: string }[] }[];
  };
  const { publicKey, tests } = testGroups[0]!;
  const { msg, sig } = tests.find(({ result }) => result === "valid")!;
  const modulus: Hex = `0x${publicKey.modulus.replace(/^00/, "")}`;
  return [modulus, `0x${sig}`, toHex(sha256(Buffer.from(msg, "hex")))] as const;
}

/** Libraries by themselves. A block more of SHA-384 costs an eighth of what nine cost over one. */
async function measureLibraries(figures: GasFigures): Promise<void> {
  const connection = await network.create();
  try {
    const crypto = await connection.viem.deployContract("CryptoHarness");
    // The longest messages that make one and nine blocks with their padding.
    for (const [name, length] of [
      ["1 block", 111],
      ["9 blocks", 1135],
    ] as const) {
      const [, , gas] = await crypto.read.sha384([toHex(new Uint8Array(length).fill(0xa5))]);
      figures[`SHA512.sha384 ${name} (execution)`] = Number(gas);
    }
    const certificates = await connection.viem.deployContract("CertificateHarness");
    const [isValid, gas] = await certificates.read.rsaSha256(rsaVector());
    if (!isValid) throw new Error("the RSA vector is refused");
    figures["RSA.verifySha256 2048 bits (execution)"] = Number(gas);
  } finally {
    await connection.close();
  }
}

export async function measureGas(): Promise<GasFigures> {
  const figures: GasFigures = {};
  await measureLibraries(figures);
  await measureHost(figures);
  await measureRefresh(figures);
  await measureTpm(figures);
  await measureCaptured(figures);
  await measureRegistry(figures, "gcp-tdx");
  await measureRegistry(figures, "azure-tdx");
  await measureSigners(figures);
  await measureProofs(figures);
  return figures;
}
