// IntelCollateral that holds everything of a seeded world's platform, and what people and verifiers read there.
import assert from "node:assert/strict";
import { decodeEventLog } from "viem";
import type { Address } from "viem";
import type { SignedText } from "../../agent/platforms/simulated/collateral.ts";
import { simulatedFmspc, tcbEvaluationDataNumber } from "../../agent/platforms/simulated/tcb.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { intelCollateralAbi } from "../../sdk/registry/abi/IntelCollateral.ts";
import type { Receipt } from "./intel-chain.ts";
import { documentSigner } from "./signed-documents.ts";
import type { DocumentKind } from "./signed-documents.ts";
import { simulatedWorld } from "./simulated-chain.ts";

/** Events of IntelCollateral: name and arguments. */
export const eventsOf = ({ logs }: Receipt): (readonly [name: string, args: object])[] =>
  logs.map((log) => {
    const { eventName, args } = decodeEventLog({ abi: intelCollateralAbi, ...log });
    return [eventName, args];
  });

export async function startHeldCollateral(seed: string) {
  const world = await simulatedWorld(seed);
  const quote = toHex(await world.quote());
  const fmspc = toHex(simulatedFmspc);
  const number = tcbEvaluationDataNumber;
  const chain = await world.start();
  assert.equal(await chain.upsert(world.collateral()), null);

  const send = (functionName: string, ...args: unknown[]) =>
    chain.send(chain.collateral, functionName, ...args);
  const read = <T>(functionName: string, ...args: unknown[]) =>
    chain.read<T>(chain.collateral, functionName, ...args);
  const bring = (kind: DocumentKind, { text, signature }: SignedText) =>
    send(`upsert${kind}`, toHex(text), toHex(signature));
  const standing = async () => (await read<[bigint, bigint]>("readStanding", fmspc, 1))[0];
  return {
    authorities: world.authorities,
    documents: documentSigner(world.authorities),
    fmspc,
    number,
    chain,
    goBack: await chain.mark(),
    send,
    read,
    bring,
    mustBring: async (kind: DocumentKind, document: SignedText): Promise<Receipt> => {
      const { value, error } = await bring(kind, document);
      if (error !== null) throw new Error(error);
      return value;
    },
    /** Error of a quote of the platform, null when it is accepted. */
    verify: async () => (await chain.call(chain.verifier, "verify", quote)).error,
    tcbInfoOf: (of = number) => read<[Address, bigint, bigint]>("tcbInfoOf", fmspc, of),
    qeIdentityOf: (of = number) => read<[Address, bigint, bigint, bigint]>("qeIdentityOf", of),
    standing,
    usableUntil: async () => Number((await standing()) & 0xff_ffff_ffffn),
  };
}
