// `cvm tcb <file>`: which components of a TDX platform are behind which TCB level, for whoever runs it. The file is an
// evidence file of kind tdx-quote or registration with collateral. Exit status 0 when every part is at its highest
// level, 1 when one is behind or the quote is refused, 2 usage error or unreadable input.
import { decodeAttestCvm } from "../sdk/evidence/calldata.ts";
import { isRefusal, refuse } from "../sdk/evidence/refusal.ts";
import type { Refusal } from "../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../sdk/evidence/tdx-collateral.ts";
import { transcodeRegistration } from "../sdk/evidence/transcode.ts";
import type { EvidenceInput } from "../sdk/verify/input.ts";
import { ownRootsNotice, ownRootsOf } from "../sdk/verify/input-roots.ts";
import type { InputSettings } from "../sdk/verify/input-verdict.ts";
import { judgeTdxCollateral, tcbDistance } from "../sdk/verify/tdx/index.ts";
import type { LevelDistance, TcbDistance } from "../sdk/verify/tdx/index.ts";
import { readEvidenceCommand } from "./verify.ts";
import type { CommandResult } from "./verify.ts";

export const tcbUsage = "usage: cvm tcb <file> [--at <unix seconds | ISO 8601>] [--json]";

interface Evidence {
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral | null;
  readonly intelRoot: Uint8Array | null;
}

function evidenceOf(input: EvidenceInput): Evidence | Refusal {
  if (input.kind === "tdx-quote") return input;
  if (input.kind !== "registration")
    return refuse("tee.report-type-unsupported", `${input.kind} has no TDX quote`);
  const calldata = transcodeRegistration(input.calldata);
  if (isRefusal(calldata)) return calldata;
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) return refuse(registration.check, "calldata is not attestCvm");
  if (registration.tee !== 1 || registration.reportType !== 1)
    return refuse("tee.report-type-unsupported", "the registration has no TDX quote");
  const { collateral, intelRoot } = input;
  return { quote: registration.teeAttestationReport, collateral, intelRoot };
}

function distanceOf(input: EvidenceInput | Refusal, { now, trust }: InputSettings): TcbDistance | Refusal {
  const evidence = isRefusal(input) ? input : evidenceOf(input);
  if (isRefusal(evidence)) return evidence;
  const roots = { intelRoot: evidence.intelRoot ?? trust.intelRoot, now };
  const collateral = evidence.collateral === null ? null : judgeTdxCollateral(evidence.collateral, roots);
  if (isRefusal(collateral)) return collateral;
  return tcbDistance(evidence.quote, { ...roots, collateral });
}

const dateOf = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

function linesOf(part: string, levels: readonly LevelDistance[]): string[] {
  if (levels.length === 0) return [`${part}: no levels of its own`];
  const matched = levels.find(({ isMatched }) => isMatched);
  const lines = [matched === undefined ? `${part}: at no level` : `${part}: ${matched.status}`];
  for (const { status, tcbDate, advisoryIds, behind, isMatched } of levels) {
    const advisories = advisoryIds.length === 0 ? "" : `  ${advisoryIds.join(" ")}`;
    lines.push(`  ${isMatched ? "*" : " "} ${dateOf(tcbDate)}  ${status}${advisories}`);
    for (const { component, name, have, need } of behind)
      lines.push(`      ${component}${name === "" ? "" : ` (${name})`}: has ${have}, needs ${need}`);
  }
  return lines;
}

const textOf = ({ platform, module, qe }: TcbDistance): string =>
  [
    ...linesOf("platform", platform),
    ...linesOf("TDX module", module),
    ...linesOf("quoting enclave", qe),
    "",
  ].join("\n");

const isHighest = (levels: readonly LevelDistance[]) => levels.length === 0 || levels[0]!.isMatched;

/** Runs the command. `clock` answers unix seconds. */
export function runTcb(args: readonly string[], clock: () => bigint): CommandResult {
  const command = readEvidenceCommand(args, clock, { name: "cvm tcb", usage: tcbUsage });
  if ("status" in command) return command;
  const { input, settings, isJson } = command;
  const own = isRefusal(input) ? null : ownRootsOf(input, settings.trust);
  const roots = own === null ? {} : { roots: own };
  const print = (json: object, text: string): string =>
    isJson
      ? `${JSON.stringify({ ...json, ...roots })}\n`
      : (own === null ? "" : `${ownRootsNotice}\n`) + text;
  const distance = distanceOf(input, settings);
  if (isRefusal(distance)) {
    const { check: error, detail } = distance;
    return { status: 1, stdout: print({ error, detail }, `rejected by ${error}: ${detail}\n`), stderr: "" };
  }
  const isCurrent = [distance.platform, distance.module, distance.qe].every(isHighest);
  return {
    status: isCurrent ? 0 : 1,
    stdout: print({ error: null, ...distance }, textOf(distance)),
    stderr: "",
  };
}
