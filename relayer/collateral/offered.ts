// Where collateral comes from, and the dates of what it offers. What cannot be read is not brought to the chain.
import { toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificateList } from "../../sdk/evidence/certificate-list.ts";
import { readQeIdentity } from "../../sdk/evidence/qe-identity.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";
import type { HeldCollateral, OfferedCollateral, OfferedDocument } from "./plan.ts";

export interface CollateralQuery {
  /** 12 hex digits. */
  readonly fmspc: string;
  readonly ca: "platform" | "processor";
  /** TCB evaluations that the documents must be of; the source's choice when absent. */
  readonly evaluation?: HeldCollateral["evaluationNumber"];
}

/** Intel's service, a PCCS or the simulator: sdk/collateral has the first two. */
export interface CollateralSource {
  /** Throws when it does not answer; CollateralError `evaluation` when it has another evaluation. */
  tdxCollateral(query: CollateralQuery): Promise<TdxCollateral>;
}

/** What to ask for a platform on a chain that goes by these evaluations. */
export function queryOf(
  { fmspc, ca }: TdxPlatform,
  evaluation: HeldCollateral["evaluationNumber"] | null,
): CollateralQuery {
  const query = { fmspc: toHex(fmspc).slice(2), ca };
  const isGiven = evaluation !== null && evaluation.tcbInfo !== 0 && evaluation.qeIdentity !== 0;
  return isGiven ? { ...query, evaluation } : query;
}

function readList(der: Uint8Array): OfferedDocument | Refusal {
  const list = readCertificateList(der);
  if (isRefusal(list)) return list;
  return { issueDate: list.thisUpdate, nextUpdate: list.nextUpdate, evaluationNumber: null };
}

function readDocument(read: ReturnType<typeof readTcbInfo | typeof readQeIdentity>) {
  if (isRefusal(read)) return read;
  const { issueDate, nextUpdate, tcbEvaluationDataNumber: evaluationNumber } = read;
  return { issueDate, nextUpdate, evaluationNumber };
}

/** Dates of every document, or why one cannot be read. */
export function readOffered(collateral: TdxCollateral): OfferedCollateral | Refusal {
  const rootCrl = readList(collateral.rootCaCrl);
  if (isRefusal(rootCrl)) return rootCrl;
  const pckCrl = readList(collateral.pckCrl);
  if (isRefusal(pckCrl)) return pckCrl;
  const tcbInfo = readDocument(readTcbInfo(collateral.tcbInfo));
  if (isRefusal(tcbInfo)) return tcbInfo;
  const qeIdentity = readDocument(readQeIdentity(collateral.qeIdentity));
  return isRefusal(qeIdentity) ? qeIdentity : { rootCrl, pckCrl, tcbInfo, qeIdentity };
}
