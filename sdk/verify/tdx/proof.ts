// Judges what a believed program put out about a TDX quote: that it went by the documents of Intel's that are held here, and
// what it found. It looked at signatures, revocation and TCB; the TD's attributes are judged as those of a quote are.
import type { CheckId } from "../../checks.ts";
import { fromHex, isEqual, keccak256, toHex } from "../../evidence/bytes.ts";
import { journalFormats, readDcapJournal } from "../../evidence/journals/index.ts";
import type { DcapJournal, JournalFormat } from "../../evidence/journals/index.ts";
import type { ProofReport } from "../../evidence/proof-report.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import { tcbStatuses } from "../../evidence/tcb-levels.ts";
import { readTdBody } from "../../evidence/tdx-quote.ts";
import type { TeeClaims } from "../tee.ts";
import { checkProofTime, proofLife } from "../zk/proof.ts";
import { earliest } from "./collateral.ts";
import type { JudgedTdxCollateral } from "./collateral.ts";
import { judgeRevocation } from "./host.ts";
import type { TdxTrust } from "./host.ts";
import { tdxMeasurement } from "./measurement.ts";
import { checkAttributes, checkTcbInfoDates } from "./quote.ts";

/** Everything behind the pairing, in order. */
export const tdxProofScope = [
  "proof.journal",
  "proof.time",
  "proof.statement",
  "tdx.proof-root",
  "tdx.proof-signer",
  "tdx.proof-root-crl",
  "tdx.proof-pck-crl",
  "tdx.proof-qe-identity",
  "tdx.proof-tcb-info",
  "tdx.proof-tcb-status",
  "tdx.intermediate-dates",
  "tdx.root-crl-dates",
  "tdx.intermediate-revoked",
  "tdx.pck-crl-dates",
  "tdx.signer-revoked",
  "tdx.qe-identity-dates",
  "tdx.debug",
  "tdx.untrusted-attributes",
  "tdx.migratable",
  "tdx.reserved-attributes",
  "tdx.seam-attributes",
  "tdx.tcb-info-dates",
] as const satisfies readonly CheckId[];

type Documents = DcapJournal["documents"];

/**
 * keccak256 of the DER of CN=Intel SGX PCK Platform CA, O=Intel Corporation, L=Santa Clara, ST=CA, C=US, which certifies every
 * host of TDs.
 */
export const platformCaHash = fromHex("fc023d85bd2073504d59f24a7ab325cd1841e2aa6eb6f25512665d57128d616c");
/** With the list of another CA than its host's a program finds nothing revoked. */
const isOfPlatformCa = ({ intermediate }: JudgedTdxCollateral): boolean =>
  isEqual(keccak256(intermediate.subject), platformCaHash);

/** What is held, as journals name it; null for what counts as none. */
const heldDocuments = (held: JudgedTdxCollateral): Readonly<Record<keyof Documents, Uint8Array | null>> => ({
  tcbInfo: held.tcbInfo.contentHash,
  qeIdentity: held.qeIdentity.contentHash,
  root: keccak256(held.root.tbs),
  signer: keccak256(held.tcbInfoSigner.tbs),
  rootCrl: keccak256(held.rootCrl.tbs),
  pckCrl: isOfPlatformCa(held) ? keccak256(held.pckCrl.tbs) : null,
});

/** In order of evaluation, as a chain looks them up. */
const documentChecks = [
  ["root", "tdx.proof-root"],
  ["signer", "tdx.proof-signer"],
  ["rootCrl", "tdx.proof-root-crl"],
  ["pckCrl", "tdx.proof-pck-crl"],
  ["qeIdentity", "tdx.proof-qe-identity"],
  ["tcbInfo", "tdx.proof-tcb-info"],
] as const satisfies readonly (readonly [keyof Documents, CheckId])[];

/** The collateral, when the proof rests on it and nothing else. */
function findCollateral(
  { documents, fmspc }: DcapJournal,
  { collateral, intelRoot }: TdxTrust,
): JudgedTdxCollateral | Refusal {
  // Who holds nothing, or all of it under another root, lacks the first one.
  if (collateral === null || !isEqual(collateral.root.key.bytes, intelRoot))
    return refuse(
      "tdx.proof-root",
      `proof rests on ${toHex(documents.root)}, nothing is held under the root`,
    );
  const held = heldDocuments(collateral);
  for (const [name, check] of documentChecks) {
    const [named, due] = [documents[name], held[name]];
    if (due === null || !isEqual(named, due))
      return refuse(check, `proof rests on ${toHex(named)}, held is ${due === null ? "none" : toHex(due)}`);
  }
  return isEqual(collateral.tcbInfo.fmspc, fmspc)
    ? collateral
    : refuse("tdx.proof-tcb-info", `proof is of FMSPC ${toHex(fmspc)}, the TCB info held of another`);
}

/** The guest's numbers (specs/zk.md §4); 6 is Revoked, 7 and the rest are nothing. */
const statusOf: ReadonlyMap<number, number> = new Map([
  [0, tcbStatuses.upToDate],
  [1, tcbStatuses.swHardeningNeeded],
  [2, tcbStatuses.configurationAndSwHardeningNeeded],
  [3, tcbStatuses.configurationNeeded],
  [4, tcbStatuses.outOfDate],
  [5, tcbStatuses.outOfDateConfigurationNeeded],
  [8, tcbStatuses.tdRelaunchAdvised],
  [9, tcbStatuses.tdRelaunchAdvisedConfigurationNeeded],
]);

/** A proof's own checks, before Intel's documents are asked. */
function readOutput(
  { output, statement }: ProofReport,
  format: JournalFormat,
  now: bigint,
): DcapJournal | Refusal {
  if (format !== journalFormats.dcap)
    return refuse("proof.journal", `no TD report is taken from journals of format ${format}`);
  const journal = readDcapJournal(output);
  if (isRefusal(journal)) return journal;
  const late = checkProofTime(journal.time, now);
  if (late !== null) return late;
  const hash = toHex(keccak256(statement));
  return statement.length === 0
    ? journal
    : refuse("proof.statement", `the journal has its TD report, beside it is ${hash}`);
}

/** What the output of a proof says that `judgeProof` believed. */
export function judgeTdxOutput(
  proof: ProofReport,
  format: JournalFormat,
  trust: TdxTrust,
): TeeClaims | Refusal {
  const { now } = trust;
  const journal = readOutput(proof, format, now);
  if (isRefusal(journal)) return journal;
  const collateral = findCollateral(journal, trust);
  if (isRefusal(collateral)) return collateral;
  const tcbStatus = statusOf.get(journal.tcbStatus);
  if (tcbStatus === undefined)
    return refuse("tdx.proof-tcb-status", `TCB status of the proof is ${journal.tcbStatus}`);
  const body = readTdBody(journal.body);
  const unrevoked = judgeRevocation({ intermediate: collateral.intermediate, serial: null }, trust);
  if (isRefusal(unrevoked)) return unrevoked;
  const refusal = checkAttributes(body) ?? checkTcbInfoDates(collateral.tcbInfo, now);
  if (refusal !== null) return refusal;
  return {
    statementId: keccak256(journal.body),
    teeMeasurement: tdxMeasurement(body, body.rtmr3),
    legacyTeeMeasurement: tdxMeasurement(body, new Uint8Array(48)),
    // A proof does not show the PPID.
    platformId: new Uint8Array(32),
    reportData: body.reportData,
    legacyRegister: body.rtmr3,
    validUntil: earliest(collateral.validUntil, journal.time + proofLife),
    tcbStatus,
    keyType: 0,
    product: 0,
  };
}
