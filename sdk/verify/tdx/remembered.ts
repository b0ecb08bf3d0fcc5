// Judges collateral, and remembers of an object that passed once that its signatures hold: a caller that gives the same
// documents with every quote pays for them once. Dates are checked every time, and the verdict is always that of a full
// judgement of the bytes as they stand: they are compared with a copy of what was judged. The judgement was read from that
// copy too, so that a caller who uses its buffers again changes nothing.
import { isEqual } from "../../evidence/bytes.ts";
import { isRefusal } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import type { TdxCollateral } from "../../evidence/tdx-collateral.ts";
import { checkDates } from "./chain.ts";
import { judgeFully } from "./collateral.ts";
import type { CollateralTrust, FullJudgement, JudgedTdxCollateral } from "./collateral.ts";

interface Remembered extends FullJudgement {
  readonly copy: TdxCollateral;
  readonly intelRoot: Uint8Array;
}

/** Of judgements that ended well, for as long as the caller keeps the object. */
const memory = new WeakMap<TdxCollateral, Remembered>();

// Not slice(), which of a Node Buffer shares the bytes.
const copyOf = (collateral: TdxCollateral): TdxCollateral => ({
  pckCrlIssuerChain: new Uint8Array(collateral.pckCrlIssuerChain),
  rootCaCrl: new Uint8Array(collateral.rootCaCrl),
  pckCrl: new Uint8Array(collateral.pckCrl),
  tcbInfoIssuerChain: new Uint8Array(collateral.tcbInfoIssuerChain),
  tcbInfo: new Uint8Array(collateral.tcbInfo),
  tcbInfoSignature: new Uint8Array(collateral.tcbInfoSignature),
  qeIdentityIssuerChain: new Uint8Array(collateral.qeIdentityIssuerChain),
  qeIdentity: new Uint8Array(collateral.qeIdentity),
  qeIdentitySignature: new Uint8Array(collateral.qeIdentitySignature),
});

const isUnchanged = (collateral: TdxCollateral, copy: TdxCollateral): boolean =>
  (Object.keys(copy) as (keyof TdxCollateral)[]).every((name) => isEqual(collateral[name], copy[name]));

/** The collateral as judged, or the first check it fails. */
export function judgeTdxCollateral(
  collateral: TdxCollateral,
  trust: CollateralTrust,
): JudgedTdxCollateral | Refusal {
  const { intelRoot, now } = trust;
  const known = memory.get(collateral);
  if (known !== undefined && isEqual(known.intelRoot, intelRoot) && isUnchanged(collateral, known.copy)) {
    for (const dated of known.dated) {
      const refusal = checkDates(...dated, now);
      if (refusal !== null) return refusal;
    }
    return known.judged;
  }
  const copy = copyOf(collateral);
  const full = judgeFully(copy, trust);
  if (isRefusal(full)) return full;
  memory.set(collateral, { ...full, copy, intelRoot: new Uint8Array(intelRoot) });
  return full.judged;
}
