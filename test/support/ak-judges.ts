// AKCertificates and judgeAkChain over the same chain: verdict, check id, key, cloud, mark and end must be the same.
import assert from "node:assert/strict";
import { network } from "hardhat";
import { decodeErrorResult } from "viem";
import type { Hex } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { errorsAbi } from "../../sdk/registry/abi/errors.ts";
import { decodeRevert, revertDataOf } from "../../sdk/registry/revert.ts";
import { judgeAkChain } from "../../sdk/verify/ak-certificates.ts";
import type { AkChain } from "../../sdk/verify/ak-certificates.ts";
import type { AkRoot } from "../../sdk/verify/context.ts";

const gas = 16_777_216n;
export const secondsOf = (date: Date | string): number => new Date(date).getTime() / 1000;

/** What a call came to: its value, or the check (else the error) that refused it, with the error's arguments. */
export async function outcomeOf<T>(call: () => Promise<T>) {
  try {
    return { check: null, args: [], value: await call() };
  } catch (error) {
    const data = revertDataOf(error);
    if (data === null) throw error;
    const { check, name } = decodeRevert(data);
    const args = check === null ? [] : (decodeErrorResult({ abi: errorsAbi, data }).args ?? []);
    return { check: check ?? name, args: args, value: null };
  }
}

/** AKCertificates under an AccessManager of the first account, on a chain whose clock starts at `at`. */
export async function startAkChain(roots: readonly AkRoot[], at: Date) {
  const connection = await network.create({
    override: { initialDate: at, allowBlocksWithSameTimestamp: true },
  });
  const { viem, networkHelpers } = connection;
  const [owner, stranger] = await viem.getWalletClients();
  const manager = await viem.deployContract("AccessManager", [owner!.account.address]);
  const deploy = (pinned: readonly AkRoot[]) =>
    viem.deployContract("AKCertificates", [
      manager.address,
      pinned.map(({ cloud, der }) => ({ cloud, der: toHex(der) })),
    ]);
  const contract = await deploy(roots);
  const now = async () => BigInt(await networkHelpers.time.latest());
  const hexes = (certs: readonly Uint8Array[]): Hex[] => certs.map((der) => toHex(der));
  const judge = (certs: readonly Uint8Array[]) =>
    outcomeOf(async () => (await contract.simulate.verifyChain([hexes(certs)], { gas })).result);

  return {
    contract,
    deploy,
    now,
    networkHelpers,
    stranger: stranger!.account.address,
    judge,
    record: (certs: readonly Uint8Array[]) => contract.write.verifyChain([hexes(certs)], { gas }),
    trustOf: (akId: Hex, cloud: number) => contract.read.trustOf([akId, cloud]),
    /** Fails unless both sides say the same; the SDK's judgement. `revoked`: certificateIds that the SDK is told of. */
    async compare(
      certs: readonly Uint8Array[],
      expected?: string | null,
      revoked: ReadonlySet<string> = new Set(),
    ): Promise<AkChain | null> {
      const trust = { intelRoot: new Uint8Array(64), akRoots: roots, revokedAkCertificates: revoked };
      const judged = judgeAkChain(certs, trust, await now());
      const { check, value } = await judge(certs);
      assert.equal(check, isRefusal(judged) ? judged.check : null);
      if (expected !== undefined) assert.equal(check, expected);
      if (isRefusal(judged)) return null;
      const { cloud, isTrusted, notAfter } = judged;
      assert.deepEqual(value, [toHex(judged.key.bytes), { cloud, isTrusted, notAfter: Number(notAfter) }]);
      return judged;
    },
    close: () => connection.close(),
  };
}

export type AkJudges = Awaited<ReturnType<typeof startAkChain>>;
