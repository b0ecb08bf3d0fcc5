// What the logs of an evidence file prove about the boot, as `cvm verify --explain` prints it. The verdict does not hang
// on it: logs are judged against registers of evidence that the verdict found genuine.
import { toHex } from "../evidence/bytes.ts";
import type { Hex } from "../evidence/bytes.ts";
import { decodeAttestCvm } from "../evidence/calldata.ts";
import { bankByName } from "../evidence/logs/banks.ts";
import type { Register } from "../evidence/logs/registers.ts";
import { workloadPcr } from "../evidence/logs/workload-log.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { MeasureablePcr } from "../evidence/registration.ts";
import { reportTypes, teeTypes } from "../evidence/registration.ts";
import { readTdxQuote } from "../evidence/tdx-quote.ts";
import { transcodeRegistration } from "../evidence/transcode.ts";
import { bootStatements, judgeLogs } from "./boot/index.ts";
import type { LogFiles, QuotedRegisters, RegisterState, Statement } from "./boot/index.ts";
import { listedWorkload } from "./boot/workload.ts";
import type { EvidenceInput } from "./input.ts";
import type { InputVerdict } from "./input-verdict.ts";

export interface Explanation {
  /** Why the logs prove nothing, or null. */
  readonly refusal: Refusal | null;
  readonly registers: readonly {
    readonly register: Register;
    readonly state: RegisterState["state"];
    readonly replayed: Hex | null;
    readonly quoted: Hex | null;
  }[];
  readonly statements: readonly Statement[];
}

export const hasLogs = (logs: LogFiles): boolean => Object.values(logs).some((log) => log !== null);

type Values = [Register, Uint8Array][];

const pcrValues = (pcrs: readonly MeasureablePcr[]): Values =>
  pcrs.map(({ index, pcr }) => [`PCR ${index}`, pcr]);

function rtmrValues(quote: Uint8Array): Values | Refusal {
  const read = readTdxQuote(quote);
  if (isRefusal(read)) return read;
  const { rtmr0, rtmr1, rtmr2, rtmr3 } = read.body;
  return [rtmr0, rtmr1, rtmr2, rtmr3].map((value, index) => [`RTMR ${index}`, value]);
}

interface Quoted {
  readonly values: Values;
  /** Event list of PCR 23, which the verdict replayed. */
  readonly workload: readonly Uint8Array[];
}

function quotedBy(input: EvidenceInput): Quoted | Refusal {
  if (input.kind === "tpm-quote") return { values: pcrValues(input.pcrs), workload: [] };
  if (input.kind === "tdx-quote") {
    const values = rtmrValues(input.quote);
    return isRefusal(values) ? values : { values, workload: [] };
  }
  if (input.kind !== "registration")
    return refuse("tee.report-type-unsupported", `no registers in ${input.kind}`);
  const calldata = transcodeRegistration(input.calldata);
  if (isRefusal(calldata)) return calldata;
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return refuse(registration.check, "calldata is not attestCvm");
  const { pcrs } = registration.workloadCollaterals;
  const isTdx = registration.tee === teeTypes.intelTdx && registration.reportType === reportTypes.solidity;
  const rtmrs = isTdx ? rtmrValues(registration.teeAttestationReport) : [];
  if (isRefusal(rtmrs)) return rtmrs;
  const workload = pcrs.find(({ index }) => index === workloadPcr)?.allEvents ?? [];
  return { values: [...pcrValues(pcrs), ...rtmrs], workload };
}

const unexplained = (refusal: Refusal): Explanation => ({ refusal, registers: [], statements: [] });

/** Explains the logs by what `input` quotes; `verdict` is that on `input`. */
export function explainLogs(
  input: EvidenceInput | Refusal,
  logs: LogFiles,
  verdict: InputVerdict,
): Explanation {
  if (isRefusal(input)) return unexplained(input);
  const failed = verdict.checks.find(({ status }) => status === "fail");
  // Claims are there once everything that makes the evidence genuine has passed, whatever policy then refuses.
  if (failed !== undefined && Object.keys(verdict.claims).length === 0)
    return unexplained(refuse(failed.id, `no register is proven: ${failed.detail}`));
  const quoted = quotedBy(input);
  if (isRefusal(quoted)) return unexplained(quoted);
  const registers: QuotedRegisters = {
    bank: bankByName("sha256")!,
    values: new Map(quoted.values),
    selection: null,
  };
  const judged = judgeLogs(logs, registers);
  const listed = judged.refusal === null && logs.workload === null ? listedWorkload(quoted.workload) : [];
  return {
    refusal: judged.refusal,
    registers: judged.registers.map(({ register, state, replayed, quoted: value }) => ({
      register,
      state,
      replayed: replayed === null ? null : toHex(replayed),
      quoted: value === null ? null : toHex(value),
    })),
    statements: [...bootStatements(judged), ...listed],
  };
}
