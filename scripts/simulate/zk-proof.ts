// A zero-knowledge proof before the contract of its release, live or not. What a registry believes is more: a live release and
// an admitted program; those that must never be believed ProofVerifier refuses.
import { encodeFunctionData, sha256, toHex } from "viem";
import type { Abi, Address, Hex } from "viem";
import { proofReleases } from "../../deployments/proof-releases.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";
import { defaultPrograms, selectorOf } from "../../sdk/verify/zk/index.ts";
import type { ZkProofInput } from "../../sdk/verify/input-proof.ts";
import { readArtifact } from "../artifact.ts";
import { contractOfRelease } from "../deploy/proofs.ts";
import type { FrozenChain } from "../local-chain.ts";
import { sendStep } from "./run.ts";
import type { Run } from "./run.ts";

type Release = (typeof proofReleases)[number];

const systemOf = { SP1: reportTypes.sp1, RiscZero: reportTypes.riscZero } as const;

/** The release of a proof, unless it is unknown or stopped. */
const findRelease = ({ system, proof }: ZkProofInput): Release | undefined =>
  proofReleases.find(
    (release) =>
      systemOf[release.system] === system &&
      release.selector === selectorOf(proof) &&
      release.state !== "stopped",
  );

/** Where a release's verifier stands; one that is not live is deployed for the occasion. */
async function placeOf(chain: FrozenChain, release: Release): Promise<Address> {
  const { name, args } = contractOfRelease(release);
  const deployed = chain.deployment.contracts[`${name}-${release.version}`];
  if (deployed !== undefined) return deployed.address;
  const { abi, bytecode } = readArtifact(name);
  const hash = await chain.walletClient.deployContract({ abi, bytecode, args });
  const { contractAddress } = await chain.publicClient.waitForTransactionReceipt({ hash });
  return contractAddress!;
}

function verifyCall(release: Release, { program, output, proof }: ZkProofInput): Hex {
  const [id, values, seal] = [toHex(program), toHex(output), toHex(proof)];
  const { abi }: { readonly abi: Abi } = readArtifact(contractOfRelease(release).name);
  return release.system === "SP1"
    ? encodeFunctionData({ abi, functionName: "verifyProof", args: [id, values, seal] })
    : encodeFunctionData({ abi, functionName: "verify", args: [seal, id, sha256(values)] });
}

/** ProofVerifier asked for a program that it believes, so that it looks at the release. */
function refusalCall({ system, output, proof }: ZkProofInput): Hex {
  const believed = defaultPrograms.find((each) => each.system === system)!;
  const { abi } = readArtifact("ProofVerifier");
  const args = [believed.tee, system, toHex(believed.id), toHex(output), toHex(proof)];
  return encodeFunctionData({ abi, functionName: "verify", args });
}

export async function runZkProof(chain: FrozenChain, input: ZkProofInput, run: Run): Promise<void> {
  const release = findRelease(input);
  if (release === undefined)
    await sendStep(chain, run, "verify", chain.address("ProofVerifier"), refusalCall(input));
  else await sendStep(chain, run, "verify", await placeOf(chain, release), verifyCall(release, input));
}
