// Certificate paths before the judges of AK chains: AKCertificates, a fresh one for each trust anchor, and judgeAkChain.
// Either takes one path, in order, below one pinned root; the anchor is judged like any other certificate of it.
import { network } from "hardhat";
import { toHex } from "viem";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { cloudTypes } from "../../sdk/evidence/registration.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import { judgeAkChain } from "../../sdk/verify/ak-certificates.ts";

export interface CertificatePath {
  /** End-entity first, without the anchor. */
  readonly chain: readonly Uint8Array[];
  readonly anchor: Uint8Array;
}

/** Unix seconds. */
export type PathJudge = (path: CertificatePath, now: number) => Promise<boolean>;

// A root that an operator pins: its chains need no cloud's mark.
const cloud = cloudTypes.bareMetal;
const gas = 16_777_216n;

export function isPathBySdk({ chain, anchor }: CertificatePath, now: number): boolean {
  const trust = { intelRoot: new Uint8Array(64), akRoots: [{ cloud, der: anchor }] };
  return !isRefusal(judgeAkChain(chain, trust, BigInt(now)));
}

async function isAccepted(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const data = revertDataOf(error);
    const check = data === null ? null : decodeRevert(data).check;
    if (check?.startsWith("x509.") === true || check?.startsWith("ak.") === true) return false;
    throw error;
  }
}

/** Chains whose clocks stand, one for each time asked for. */
export function openPaths(): { readonly isPath: PathJudge; readonly close: () => Promise<void> } {
  const chains = new Map<number, ReturnType<typeof openAt>>();
  return {
    async isPath(path, now) {
      const chain = chains.get(now) ?? openAt(now);
      chains.set(now, chain);
      return (await chain).isPath(path);
    },
    async close() {
      for (const chain of chains.values()) await (await chain).close();
    },
  };
}

async function openAt(now: number) {
  const connection = await network.create({
    override: { initialDate: new Date(now * 1000), allowBlocksWithSameTimestamp: true },
  });
  const { viem, networkHelpers } = connection;
  const judge = ({ chain, anchor }: CertificatePath) =>
    isAccepted(async () => {
      await networkHelpers.time.setNextBlockTimestamp(now);
      const pinned = [{ cloud, der: toHex(anchor) }];
      const authority = "0x0000000000000000000000000000000000000001";
      const certificates = await viem.deployContract("AKCertificates", [authority, pinned]);
      await certificates.simulate.verifyChain([chain.map((der) => toHex(der))], { gas });
    });
  // One deployment after the other: each sets the time of its own block.
  let last: Promise<unknown> = Promise.resolve();
  return {
    isPath(path: CertificatePath): Promise<boolean> {
      const next = last.then(() => judge(path));
      last = next.catch(() => undefined);
      return next;
    },
    close: () => connection.close(),
  };
}
