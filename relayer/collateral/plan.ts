// Which of Intel's documents a chain needs before a registration. Pure: what the chain holds, what a source offers and
// the time go in, decisions come out.

export const documentNames = ["rootCrl", "pckCrl", "tcbInfo", "qeIdentity"] as const;
export type DocumentName = (typeof documentNames)[number];

/** What the chain holds for one platform. Unix seconds; 0: not held. */
export interface HeldCollateral {
  readonly nextUpdate: Readonly<Record<DocumentName, bigint>>;
  /** TCB evaluation that the chain goes by; 0 where it goes by none yet. */
  readonly evaluationNumber: { readonly tcbInfo: number; readonly qeIdentity: number };
}

export interface OfferedDocument {
  /** Unix seconds. */
  readonly issueDate: bigint;
  readonly nextUpdate: bigint;
  /** Null for revocation lists. */
  readonly evaluationNumber: number | null;
}

export type OfferedCollateral = Readonly<Record<DocumentName, OfferedDocument>>;

export type Due = "missing" | "expired" | "other" | "expiring";

/**
 * Documents without which a registration is refused now or, within the margin, soon.
 * @param others of which the source has another than the chain, where a proof is to rest on the same
 */
export function dueDocuments(
  held: HeldCollateral,
  now: bigint,
  marginSeconds: bigint,
  others: ReadonlySet<string> = new Set(),
): ReadonlyMap<DocumentName, Due> {
  const due = new Map<DocumentName, Due>();
  for (const name of documentNames) {
    const until = held.nextUpdate[name];
    if (until === 0n) due.set(name, "missing");
    else if (until < now) due.set(name, "expired");
    else if (others.has(name)) due.set(name, "other");
    else if (until - now <= marginSeconds) due.set(name, "expiring");
  }
  return due;
}

/** Why a due document is not brought: nothing on offer would help. */
export type Idle = "not-newer" | "offered-expired" | "offered-from-future" | "other-evaluation";

export interface Decision {
  readonly document: DocumentName;
  readonly due: Due;
  /** Null: bring it. */
  readonly idle: Idle | null;
}

function idleReason(
  name: DocumentName,
  due: Due,
  held: HeldCollateral,
  offered: OfferedDocument,
  now: bigint,
): Idle | null {
  const evaluation = name === "tcbInfo" || name === "qeIdentity" ? held.evaluationNumber[name] : 0;
  // Documents are kept by their number, and the chain judges by one: another helps nobody today, a newer one neither.
  const isNumbered = offered.evaluationNumber !== null && evaluation !== 0;
  if (isNumbered && offered.evaluationNumber !== evaluation) return "other-evaluation";
  if (offered.issueDate > now) return "offered-from-future";
  if (offered.nextUpdate < now) return "offered-expired";
  // Of another issue the chain itself says which one is newer: it goes by the date of issue, which it does not tell.
  return due !== "other" && offered.nextUpdate <= held.nextUpdate[name] ? "not-newer" : null;
}

/** One decision per due document, in the order in which the chain takes them. */
export function decideUpserts(
  held: HeldCollateral,
  offered: OfferedCollateral,
  now: bigint,
  marginSeconds: bigint,
  others: ReadonlySet<string> = new Set(),
): readonly Decision[] {
  return [...dueDocuments(held, now, marginSeconds, others)].map(([document, due]) => ({
    document,
    due,
    idle: idleReason(document, due, held, offered[document], now),
  }));
}

/** Certificates the chain cannot have yet: it holds nothing that they sign. */
export function missingCertificates({ nextUpdate }: HeldCollateral) {
  return {
    chain: nextUpdate.rootCrl === 0n && nextUpdate.pckCrl === 0n,
    signer: nextUpdate.tcbInfo === 0n && nextUpdate.qeIdentity === 0n,
  };
}
