// Gas of zero-knowledge proofs: the verifiers' views, without the transaction around them. The published contracts,
// measured the same way (solc 0.8.30, 10,000 runs): RISC Zero 226.8k alone and 238.7k through router and emergency stop,
// SP1 201.6k until v5 and 221.5k from v6 on.
import { encodeFunctionData, sha256 } from "viem";
import type { Hex } from "viem";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { formats, mustFind, releaseOf, startZk, systems, tees } from "../contracts/zk/proofs.ts";
import type { Target } from "../support/intel-chain.ts";
import type { GasFigures } from "./measure.ts";

const ids = {
  "RISC Zero 3.0": "automata-snp-azure-risc0-3.0",
  "SP1 v5": "automata-snp-gcp-sp1-5.0",
  "SP1 v6.0": "sp1-v6.0.0-groth16",
} as const;

export async function measureProofs(figures: GasFigures): Promise<void> {
  const zk = await startZk();
  const measure = async (name: string, { address, abi }: Target, functionName: string, args: unknown[]) => {
    const data: Hex = encodeFunctionData({ abi, functionName, args });
    const { value, error } = await zk.sendFrom(zk.accounts[0]!, { address, abi }, functionName, ...args);
    if (error !== null) throw new Error(`${name}: ${error}`);
    const calldata = fromHex(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
    figures[`${name} (execution)`] = Number(value.gasUsed) - 21_000 - calldata;
  };
  try {
    const manager = await zk.deploy("AccessManager", zk.accounts[0]);
    const judge = await zk.deploy("ProofVerifier", manager.address);
    const must = async (functionName: string, ...args: unknown[]) => {
      const { error } = await zk.sendFrom(zk.accounts[0]!, judge, functionName, ...args);
      if (error !== null) throw new Error(`${functionName}: ${error}`);
    };
    for (const [name, id] of Object.entries(ids)) {
      const proof = mustFind(id);
      const release = releaseOf(proof);
      const verifier = await zk.deployRelease(release);
      if (proof.system === "RiscZero")
        await measure(`${name} verify`, verifier, "verify", [
          ...[proof.proof, proof.program],
          sha256(proof.output),
        ]);
      else
        await measure(`${name} verifyProof`, verifier, "verifyProof", [
          ...[proof.program, proof.output, proof.proof],
        ]);
      const system = systems[proof.system];
      await must("admitRelease", system, release.selector, verifier.address, release.verifierHash);
      await must("admitProgram", tees.AmdSevSnp, system, proof.program, formats.SNPv3);
      const args = [tees.AmdSevSnp, system, proof.program, proof.output, proof.proof];
      await measure(`ProofVerifier.verify ${name}`, judge, "verify", args);
    }
  } finally {
    await zk.connection.close();
  }
}
