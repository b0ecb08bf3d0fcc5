// What Intel would sign about the simulated platform, signed by the simulator's authorities: revocation lists, TCB info
// and QE identity. Everything follows from the day alone, so two processes of one day hand out the same bytes.
import { ascii, toHex } from "../../../sdk/evidence/bytes.ts";
import type { TdxCollateral } from "../../../sdk/evidence/tdx-collateral.ts";
import { issueCrl, type CrlContent } from "./crl.ts";
import { signP256 } from "./p256.ts";
import { intelAuthorities, type Authority, type IntelAuthorities } from "./pki.ts";
import {
  revokedPckSerials,
  simulatedFmspc,
  simulatedModules,
  simulatedPceId,
  simulatedTcbLevels,
  tcbEvaluationDataNumber,
  tdQe,
} from "./tcb.ts";
import { evaluationNumbersText, qeIdentityText, tcbInfoText } from "./tcb-documents.ts";
import type { EvaluationNumbersContent, QeIdentityContent, TcbInfoContent } from "./tcb-documents.ts";
import { pemOf } from "./x509.ts";

export interface SimulatedCollateralOptions {
  readonly now: Date;
  /** Default: the committed ones. */
  readonly authorities?: IntelAuthorities;
  /** Deviations from what suits the simulated platform, for tests. */
  readonly rootCrl?: Partial<CrlContent>;
  readonly pckCrl?: Partial<CrlContent>;
  readonly tcbInfo?: Partial<TcbInfoContent>;
  readonly qeIdentity?: Partial<QeIdentityContent>;
  /** Last word on a document's text before it is signed. */
  readonly rewriteTcbInfo?: (text: string) => string;
  readonly rewriteQeIdentity?: (text: string) => string;
}

export interface SignedText {
  readonly text: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly signature: Uint8Array;
}

const dayMs = 86_400_000;
const ageDays = 5;
const validityDays = 30;

const daysLater = (date: Date, days: number): Date => new Date(date.getTime() + days * dayMs);

/** Midnight of the day (UTC), five days before: collateral in the field is never of today. */
export function issueDate(now: Date): Date {
  return daysLater(new Date(Math.floor(now.getTime() / dayMs) * dayMs), -ageDays);
}

/** Issued with the day, for as long as Intel's documents hold. */
function validity(now: Date) {
  const issued = issueDate(now);
  return { issueDate: issued, nextUpdate: daysLater(issued, validityDays) };
}

export const defaultTcbInfo = (now: Date): TcbInfoContent => ({
  id: "TDX",
  version: 3,
  ...validity(now),
  fmspc: simulatedFmspc,
  pceId: simulatedPceId,
  tcbType: 0,
  tcbEvaluationDataNumber,
  ...simulatedModules,
  tcbLevels: simulatedTcbLevels,
});

export const defaultQeIdentity = (now: Date): QeIdentityContent => ({
  id: "TD_QE",
  version: 2,
  ...validity(now),
  tcbEvaluationDataNumber,
  miscSelect: tdQe.miscSelect,
  mrSigner: tdQe.mrSigner,
  isvProdId: tdQe.isvProdId,
  ...tdQe.identity,
});

function sign(signer: Authority, text: string): SignedText {
  const bytes = ascii(text);
  return { text: bytes, signature: signP256(signer.privateKey, bytes) };
}

const chainOf = (...authorities: readonly Authority[]): Uint8Array =>
  ascii(authorities.map(({ der }) => pemOf(der)).join(""));

export function simulatedTdxCollateral(options: SimulatedCollateralOptions): TdxCollateral {
  const { now, authorities: { root, platformCa, tcbSigning } = intelAuthorities() } = options;
  const { issueDate: thisUpdate, nextUpdate } = validity(now);
  const lists = {
    root: { thisUpdate, nextUpdate: daysLater(thisUpdate, 365), revokedSerials: [] },
    pck: { thisUpdate, nextUpdate, revokedSerials: revokedPckSerials },
  };
  const tcbText = tcbInfoText({ ...defaultTcbInfo(now), ...options.tcbInfo });
  const tcb = sign(tcbSigning, options.rewriteTcbInfo?.(tcbText) ?? tcbText);
  const qeText = qeIdentityText({ ...defaultQeIdentity(now), ...options.qeIdentity });
  const qe = sign(tcbSigning, options.rewriteQeIdentity?.(qeText) ?? qeText);
  const signerChain = chainOf(tcbSigning, root);
  return {
    pckCrlIssuerChain: chainOf(platformCa, root),
    rootCaCrl: issueCrl(root, { ...lists.root, ...options.rootCrl }),
    pckCrl: issueCrl(platformCa, { ...lists.pck, ...options.pckCrl }),
    tcbInfoIssuerChain: signerChain,
    tcbInfo: tcb.text,
    tcbInfoSignature: tcb.signature,
    qeIdentityIssuerChain: signerChain,
    qeIdentity: qe.text,
    qeIdentitySignature: qe.signature,
  };
}

/** Intel's list of TCB evaluations: the simulator's own, and the one before. */
export function simulatedEvaluationNumbers(
  now: Date,
  content: Partial<EvaluationNumbersContent> = {},
  authorities: IntelAuthorities = intelAuthorities(),
): SignedText {
  const numbers = [
    [tcbEvaluationDataNumber, "2025-05-13T00:00:00Z", "2025-05-14T00:00:00Z"],
    [tcbEvaluationDataNumber - 1, "2024-11-12T00:00:00Z", "2024-11-13T00:00:00Z"],
  ] as const;
  const tcbEvalNumbers = numbers.map(([number, tcbRecoveryEventDate, tcbDate]) => ({
    tcbEvaluationDataNumber: number,
    tcbRecoveryEventDate,
    tcbDate,
  }));
  const head = { id: "TDX", version: 1, ...validity(now) };
  return sign(authorities.tcbSigning, evaluationNumbersText({ ...head, tcbEvalNumbers, ...content }));
}

export interface CollateralRequest {
  /** 12 hex digits. */
  readonly fmspc: string;
  readonly ca: "platform" | "processor";
}

/** Stands in for Intel's service; makes the documents of a day once. Knows the simulated platform alone. */
export function simulatedCollateralSource(
  now: () => Date,
  options: Omit<SimulatedCollateralOptions, "now"> = {},
) {
  let known: { readonly day: number; readonly collateral: TdxCollateral } | null = null;
  const tdxCollateral = ({ fmspc, ca }: CollateralRequest): Promise<TdxCollateral> => {
    if (ca !== "platform" || `0x${fmspc.toLowerCase()}` !== toHex(simulatedFmspc))
      return Promise.reject(new Error(`the simulator has no platform ${fmspc} under the ${ca} CA`));
    const day = issueDate(now()).getTime();
    if (known?.day !== day) known = { day, collateral: simulatedTdxCollateral({ ...options, now: now() }) };
    return Promise.resolve(known.collateral);
  };
  return { tdxCollateral };
}
