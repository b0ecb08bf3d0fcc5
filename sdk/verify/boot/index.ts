// Event logs in words. What is said follows from registers that a verified quote or report holds.
import { firmwareStatements } from "./firmware.ts";
import { loaderStatements } from "./loader.ts";
import type { JudgedLogs } from "./logs.ts";
import type { Statement } from "./statement.ts";
import { workloadStatements } from "./workload.ts";

export * from "./logs.ts";
export type { Statement } from "./statement.ts";

/** The boot in words, in the order firmware, loader, workload; nothing of logs that are refused. */
export function bootStatements({ events }: JudgedLogs): Statement[] {
  const firmware = events.filter((event) => event.log === "firmware");
  return [...firmwareStatements(firmware), ...loaderStatements(firmware), ...workloadStatements(events)];
}
