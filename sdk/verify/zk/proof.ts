// Judges a zero-knowledge proof: program, release, form, pairing, in that order (contracts/interfaces/IProofVerifier.sol). What
// the program's output says is judged behind it, by TEE.
import type { CheckId } from "../../checks.ts";
import { concat, toHex } from "../../evidence/bytes.ts";
import type { JournalFormat } from "../../evidence/journals/index.ts";
import type { ProofReport } from "../../evidence/proof-report.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { reportTypes } from "../../evidence/registration.ts";
import { groth16Length } from "./groth16.ts";
import { findProgram } from "./programs.ts";
import type { ProofProgram } from "./programs.ts";
import type { KeyedRelease, ProofRelease, Sp1Release } from "./releases.ts";
import { isRiscZeroProof } from "./risc-zero.ts";
import { checkSp1Proof, sp1HeadLength } from "./sp1.ts";

const selectorLength = 4;

/** What is proven, by which system (`reportTypes`). */
export interface Proof extends Pick<ProofReport, "program" | "output" | "proof"> {
  readonly system: number;
}

/** In hex; of a proof too short for one what is there, and zeros. */
export const selectorOf = (proof: Uint8Array): string =>
  toHex(concat(proof, new Uint8Array(selectorLength)).subarray(0, selectorLength));

const releaseOf = ({ system, proof }: Proof, releases: readonly ProofRelease[]): ProofRelease | undefined =>
  releases.find((known) => known.system === system && known.selector === selectorOf(proof));

/** Whether a proof says how its program ended and by which recursion keys: SP1's from v6 on. */
const saysExit = (release: ProofRelease | undefined): boolean =>
  release?.system === reportTypes.sp1 && (release as Sp1Release).parameters?.vkRoot != null;

/** The checks that this proof goes through before its output is read, in order. */
export const proofScopeOf = (proof: Proof, releases: readonly ProofRelease[]): readonly CheckId[] => [
  "proof.selector",
  "proof.release",
  "proof.length",
  ...(saysExit(releaseOf(proof, releases)) ? (["proof.exit-code", "proof.vk-root"] as const) : []),
  "proof.seal",
];

/** The release of a proof, unless it is unknown or of those that are stopped. */
export function findRelease(proof: Proof, releases: readonly ProofRelease[]): KeyedRelease | Refusal {
  const selector = selectorOf(proof.proof);
  const release = releaseOf(proof, releases);
  if (release === undefined) return refuse("proof.selector", `no release has the selector ${selector}`);
  return release.parameters === null || release.state === "stopped"
    ? refuse("proof.release", `release ${release.version} (${selector}) is ${release.state}`)
    : release;
}

/** The same for a registry, which believes live releases only: one that it never admitted is none to it. */
function findLiveRelease(proof: Proof, releases: readonly ProofRelease[]): KeyedRelease | Refusal {
  const admitted = releases.filter(({ state }) => state !== "disabled");
  const release = findRelease(proof, admitted);
  if (isRefusal(release) || release.state === "live") return release;
  return refuse("proof.release", `release ${release.version} (${release.selector}) is ${release.state}`);
}

/** Length and pairing, by the release's key. */
export function checkProof({ program, output, proof }: Proof, release: KeyedRelease): Refusal | null {
  const headLength = release.system === reportTypes.sp1 ? sp1HeadLength(release.parameters) : 0;
  const due = selectorLength + headLength + groth16Length;
  if (proof.length !== due)
    return refuse("proof.length", `proof has ${proof.length} bytes, those of ${release.version} have ${due}`);
  const body = proof.subarray(selectorLength);
  if (release.system === reportTypes.sp1) return checkSp1Proof(release.parameters, program, output, body);
  return isRiscZeroProof(release.parameters, program, output, body)
    ? null
    : refuse("proof.seal", "pairing equation does not hold for this program and output");
}

export interface ProofTrust {
  readonly programs: readonly ProofProgram[];
  readonly releases: readonly ProofRelease[];
}

/** How to read the output of a proof that a registry believes, of this TEE. */
export function judgeProof(
  tee: number,
  proof: Proof,
  { programs, releases }: ProofTrust,
): JournalFormat | Refusal {
  const program = findProgram(
    programs.filter((known) => known.tee === tee),
    proof.system,
    proof.program,
  );
  if (program === undefined)
    return refuse("proof.program", `program ${toHex(proof.program)} is not admitted for TEE ${tee}`);
  const release = findLiveRelease(proof, releases);
  if (isRefusal(release)) return release;
  return checkProof(proof, release) ?? program.format;
}

/** A day: how old a proof may be (protocol §6). */
const longestAge = 86_400n;
/** Thirty days: how long it may count. */
export const proofLife = 2_592_000n;

export function checkProofTime(time: bigint, now: bigint): Refusal | null {
  return time <= now && time + longestAge >= now
    ? null
    : refuse("proof.time", `proof is of ${time}, now is ${now}: due is within the day before`);
}
