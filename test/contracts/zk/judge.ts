// A ProofVerifier whose governance is one account, with a contract of every release beside it.
import { decodeEventLog } from "viem";
import type { Abi, Address, Hex } from "viem";
import { proofReleases } from "../../../deployments/proof-releases.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import type { Receipt, Target } from "../../support/intel-chain.ts";
import { formats, releaseOf, startZk, systems, tees } from "./proofs.ts";
import type { Proof, Release } from "./proofs.ts";

/** As ProofVerifier.sol has them. */
export const states = { Unset: 0, Live: 1, Retired: 2, Frozen: 3 } as const;

export const judgeAbi: Abi = readArtifact("ProofVerifier").abi;

export const eventsOf = ({ logs }: Receipt): [name: string, args: unknown][] =>
  logs.map(({ topics, data }) => {
    const event: { eventName?: string; args?: unknown } = decodeEventLog({ abi: judgeAbi, topics, data });
    return [event.eventName!, event.args];
  });

export async function startJudge() {
  const zk = await startZk();
  const admin = zk.accounts[0]!;
  const manager = await zk.deploy("AccessManager", admin);
  const judge = await zk.deploy("ProofVerifier", manager.address);
  const verifiers = new Map<string, Target>();
  for (const release of proofReleases) verifiers.set(release.selector, await zk.deployRelease(release));
  const verifierOf = (selector: Hex): Target => verifiers.get(selector)!;

  const send = (name: string, ...args: unknown[]) => zk.sendFrom(admin, judge, name, ...args);
  const attempt = async (name: string, ...args: unknown[]) => (await send(name, ...args)).error;
  async function must(name: string, ...args: unknown[]): Promise<Receipt> {
    const { value, error } = await send(name, ...args);
    if (error !== null) throw new Error(`${name}: ${error}`);
    return value;
  }

  /** Arguments of admitRelease. */
  const argsOf = ({ system, selector, verifierHash }: Release): [number, Hex, Address, Hex] => [
    systems[system],
    selector,
    verifierOf(selector).address,
    verifierHash,
  ];
  const admit = (release: Release) => must("admitRelease", ...argsOf(release));
  /** Admits a proof's release and program. */
  async function believe(proof: Proof, tee: number = tees.AmdSevSnp, format: number = formats.SNPv3) {
    await admit(releaseOf(proof));
    await must("admitProgram", tee, systems[proof.system], proof.program, format);
  }

  const verify = (tee: number, { system, program, output, proof }: Proof) =>
    zk.call<number>(judge, "verify", tee, systems[system], program, output, proof);
  const refusal = async (tee: number, proof: Proof, changes: Partial<Proof> = {}) =>
    (await verify(tee, { ...proof, ...changes })).error;
  const stateOf = (system: number, selector: Hex) =>
    zk.read<[Address, number]>(judge, "releaseOf", system, selector);

  return { zk, manager, judge, verifierOf, attempt, must, argsOf, admit, believe, verify, refusal, stateOf };
}

export type Judge = Awaited<ReturnType<typeof startJudge>>;
