// The three documents that Intel signs as JSON, each signed for a seeded world or by whomever a test says.
import {
  simulatedEvaluationNumbers,
  simulatedTdxCollateral,
} from "../../agent/platforms/simulated/collateral.ts";
import type { SignedText } from "../../agent/platforms/simulated/collateral.ts";
import type { IntelAuthorities } from "../../agent/platforms/simulated/pki.ts";
import type {
  EvaluationNumbersContent,
  QeIdentityContent,
  TcbInfoContent,
} from "../../agent/platforms/simulated/tcb-documents.ts";
import { simulatedNow } from "./simulated-chain.ts";

/** As the contract's functions and errors name them. */
export const documentKinds = ["TCBInfo", "QEIdentity", "EvaluationNumbers"] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** What all three have: dates of issue and end. */
export interface DocumentDates {
  readonly issueDate?: Date;
  readonly nextUpdate?: Date;
}

/** Documents as `authorities` sign them; dates are those of `simulatedWorld`'s collateral where a test says none. */
export function documentSigner(authorities: IntelAuthorities) {
  const now = new Date(simulatedNow * 1000);
  const tcbInfo = (content: Partial<TcbInfoContent> = {}): SignedText => {
    const made = simulatedTdxCollateral({ now, authorities, tcbInfo: content });
    return { text: made.tcbInfo, signature: made.tcbInfoSignature };
  };
  const qeIdentity = (content: Partial<QeIdentityContent> = {}): SignedText => {
    const made = simulatedTdxCollateral({ now, authorities, qeIdentity: content });
    return { text: made.qeIdentity, signature: made.qeIdentitySignature };
  };
  const evaluationNumbers = (content: Partial<EvaluationNumbersContent> = {}): SignedText =>
    simulatedEvaluationNumbers(now, content, authorities);
  const makers = { TCBInfo: tcbInfo, QEIdentity: qeIdentity, EvaluationNumbers: evaluationNumbers };
  return {
    tcbInfo,
    qeIdentity,
    evaluationNumbers,
    make: (kind: DocumentKind, dates: DocumentDates = {}): SignedText => makers[kind](dates),
  };
}
