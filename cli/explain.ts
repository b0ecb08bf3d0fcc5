// `cvm verify --explain`: prints what the event logs of an evidence file prove about the boot, in words. A sentence is
// what a register of the evidence contains; what no digest covers is marked as an unverified description.
import type { Explanation } from "../sdk/verify/explanation.ts";
import type { Statement } from "../sdk/verify/boot/index.ts";

const registersIn = (explanation: Explanation, state: Explanation["registers"][number]["state"]): string =>
  explanation.registers
    .filter((register) => register.state === state)
    .map(({ register }) => register)
    .join(", ");

function registerLines(explanation: Explanation): string[] {
  const described = [
    ["replays", "replayed"],
    ["differs", "not as quoted"],
    ["not quoted", "logged but not quoted, so not proven"],
    ["not extended", "never extended"],
    ["no events", "quoted but not in the logs, so not explained"],
  ] as const;
  return described.flatMap(([state, words]) => {
    const registers = registersIn(explanation, state);
    return registers === "" ? [] : [`  ${words}: ${registers}`];
  });
}

const logNames = { firmware: "event", canonical: "record", workload: "workload event" } as const;

function statementLines(
  { subject, proven, unverified, register, log, event }: Statement,
  width: number,
): string[] {
  const line = `  ${subject.padEnd(width)}  ${proven}  [${register}, ${logNames[log]} ${event}]`;
  const indent = " ".repeat(width + 4);
  return unverified === null ? [line] : [line, `${indent}unverified description: ${unverified}`];
}

const bootHead =
  "boot (a register tells what was extended, not by whom: PCR 0, PCR 7 and RTMR 0 up to the separator by the firmware):";

/** The explanation as text, each line ended. */
export function explanationText(explanation: Explanation): string {
  const { refusal, statements } = explanation;
  const head =
    refusal === null ? "event logs: replay" : `event logs: refused by ${refusal.check}: ${refusal.detail}`;
  const width = Math.max(0, ...statements.map(({ subject }) => subject.length));
  const lines = [head, ...registerLines(explanation)];
  if (statements.length > 0)
    lines.push(bootHead, ...statements.map((each) => statementLines(each, width)).flat());
  return `${lines.join("\n")}\n`;
}
