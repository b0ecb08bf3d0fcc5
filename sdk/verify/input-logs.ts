// Event logs of an evidence file: `eventLog`, `ccel` and `cel` as bytes, `workload` as a list of {type, name, sha256}.
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import type { WorkloadRecord } from "../evidence/logs/workload-log.ts";
import type { LogFiles } from "./boot/logs.ts";
import { bytesField, isFields, malformed, optionalBytes } from "./input-fields.ts";
import type { Fields } from "./input-fields.ts";

function workloadRecord(value: unknown): WorkloadRecord | Refusal {
  const due = malformed("workload", "a list of {type, name, sha256}");
  if (!isFields(value) || typeof value["type"] !== "string" || typeof value["name"] !== "string") return due;
  const contentHash = bytesField(value, "sha256");
  if (isRefusal(contentHash) || contentHash.length !== 32) return due;
  return { type: value["type"], name: value["name"], contentHash };
}

function workloadOf(value: unknown): WorkloadRecord[] | null | Refusal {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) return malformed("workload", "a list");
  const records: WorkloadRecord[] = [];
  for (const item of value) {
    const record = workloadRecord(item);
    if (isRefusal(record)) return record;
    records.push(record);
  }
  return records;
}

export function logsOf(fields: Fields): LogFiles | Refusal {
  const eventLog = optionalBytes(fields, "eventLog");
  if (isRefusal(eventLog)) return eventLog;
  const ccel = optionalBytes(fields, "ccel");
  if (isRefusal(ccel)) return ccel;
  const cel = optionalBytes(fields, "cel");
  if (isRefusal(cel)) return cel;
  const workload = workloadOf(fields["workload"]);
  if (isRefusal(workload)) return workload;
  return { eventLog, ccel, cel, workload };
}
