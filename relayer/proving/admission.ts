// Whether a chain would take a proof of a program, asked before one is paid for. Asks the contracts that the registry judges
// by: what governance has withdrawn is not bought.
import { parseAbi } from "viem";
import type { Address } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { snpProofVerifierAbi } from "../../sdk/registry/abi/SNPProofVerifier.ts";
import type { ProofProgram } from "../../sdk/verify/zk/programs.ts";
import type { Chain } from "../chain.ts";
import { askView } from "../registration/view.ts";

/** Why the chain would refuse a proof of this program, or null. Throws when the node does not answer. */
export type CheckAdmission = (program: ProofProgram) => Promise<string | null>;

// contracts/zk/ProofVerifier.sol; both verifiers of proofs have PROOFS (contracts/tee/TEEProofVerifier.sol).
const proofVerifierAbi = parseAbi([
  "function formatOf(uint8 tee, uint8 system, bytes32 program) view returns (uint8)",
]);

export const admissionChecker =
  ({ rpc }: Pick<Chain, "rpc">, registry: Address): CheckAdmission =>
  async ({ tee, system, id, format }) => {
    const verifier = await askView(rpc, registry, cvmRegistryAbi, "verifierOf", tee, system);
    if (verifier === null || BigInt(verifier) === 0n)
      return `the registry has no verifier for TEE ${tee} and report type ${system}`;
    const proofs = await askView(rpc, verifier, snpProofVerifierAbi, "PROOFS");
    const admitted =
      proofs && (await askView(rpc, proofs, proofVerifierAbi, "formatOf", tee, system, toHex(id)));
    return admitted === format ? null : `the registry does not admit program ${toHex(id)}`;
  };
