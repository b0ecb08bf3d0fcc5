// Proofs under way and those that are remembered, so that who asks again is not made to pay again. Holds a handful; decides
// nothing about proofs.
import type { ProvingJournal } from "../../proving/index.ts";
import type { AnchorBlock } from "../../sdk/evidence/registration.ts";
import type { ProvableEvidence } from "./evidence.ts";
import type { RequestNames } from "./request.ts";

export interface Proving {
  readonly names: RequestNames;
  readonly block: AnchorBlock | null;
  /** Of this proof alone; goes with it. */
  readonly journal: ProvingJournal;
  /** Null until it is made. */
  evidence: ProvableEvidence | null;
  underWay: Promise<Uint8Array> | null;
  /** Null until the proof is had. */
  calldata: Uint8Array | null;
  /** Nobody will ask for it again: not kept when it ends. */
  isSuperseded: boolean;
}

export interface ProvingTable {
  find(names: RequestNames): Proving | undefined;
  add(proving: Proving): void;
  /** It has ended: keeps what an identical request could use. */
  settle(proving: Proving): void;
  /** Leaves out those of earlier blocks of the same series. */
  supersede(names: RequestNames, block: AnchorBlock | null): void;
  underWay(): readonly Promise<Uint8Array>[];
}

/** @param maxKept how many are remembered beside those under way */
export function newProvingTable(maxKept: number): ProvingTable {
  const provings = new Map<string, Proving>();
  const remove = (proving: Proving) => void provings.delete(proving.names.request);

  return {
    find: ({ request }) => provings.get(request),
    add: (proving) => void provings.set(proving.names.request, proving),
    settle(proving) {
      proving.underWay = null;
      // Un-anchored evidence has nothing that tells a repeated request from one for new evidence.
      const isUseful = proving.block !== null && proving.evidence !== null && !proving.isSuperseded;
      if (!isUseful) remove(proving);
      const idle = [...provings.values()].filter(({ underWay }) => underWay === null);
      idle.slice(0, Math.max(idle.length - maxKept, 0)).forEach(remove);
    },
    supersede({ series }, block) {
      for (const proving of provings.values()) {
        const isOfSeries = proving.names.series === series && proving.block !== null && block !== null;
        if (!isOfSeries || proving.block.blockNumber >= block.blockNumber) continue;
        proving.isSuperseded = true;
        if (proving.underWay === null) remove(proving);
      }
    },
    underWay: () => [...provings.values()].flatMap(({ underWay }) => (underWay === null ? [] : [underWay])),
  };
}
