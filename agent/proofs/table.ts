// Proofs under way and those that are remembered, so that who asks again is not made to pay again. Holds a handful; decides
// nothing about proofs.
import { isEqual } from "../../sdk/evidence/bytes.ts";
import type { ProvingJournal } from "../../proving/index.ts";
import type { ProvableEvidence } from "./evidence.ts";
import type { ProofRequest, RequestNames } from "./request.ts";

export interface Proving extends Pick<ProofRequest, "block" | "identity"> {
  readonly names: RequestNames;
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
  /** Of other identities than this one, and of earlier blocks of the same series. */
  forget(request: Pick<ProofRequest, "block" | "identity">, names: RequestNames): void;
  underWay(): readonly Promise<Uint8Array>[];
}

/** @param maxKept how many are remembered beside those under way */
export function newProvingTable(maxKept: number): ProvingTable {
  const provings = new Map<string, Proving>();
  const remove = (proving: Proving) => void provings.delete(proving.names.request);

  function leaveOut(proving: Proving): void {
    proving.isSuperseded = true;
    if (proving.underWay === null) remove(proving);
  }

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
    forget({ block, identity }, { series }) {
      for (const proving of provings.values()) {
        const isOlder =
          proving.names.series === series &&
          proving.block !== null &&
          block !== null &&
          proving.block.blockNumber < block.blockNumber;
        if (isOlder || !isEqual(proving.identity, identity)) leaveOut(proving);
      }
    },
    underWay: () => [...provings.values()].flatMap(({ underWay }) => (underWay === null ? [] : [underWay])),
  };
}
