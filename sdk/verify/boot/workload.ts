// What ran on the booted system: the container of COS's canonical event log, and the events that our agent extends into
// PCR 23. Every word of them is hashed.
import { isEqual, toHex } from "../../evidence/bytes.ts";
import { cosSubjects } from "../../evidence/logs/canonical-log.ts";
import { printable, printableBytes } from "../../evidence/logs/text.ts";
import { workloadDigest, workloadPcr, workloadReady } from "../../evidence/logs/workload-log.ts";
import type { ProvenEvent } from "./logs.ts";
import { hashedStatement } from "./statement.ts";
import type { Statement } from "./statement.ts";

type CanonicalEvent = Extract<ProvenEvent, { log: "canonical" }>;
type WorkloadEvent = Extract<ProvenEvent, { log: "workload" }>;

const memoryMonitor = cosSubjects.indexOf("memory monitor");
const launchSeparator = cosSubjects.indexOf("launch separator");

function canonicalText({ contentType, content }: CanonicalEvent): string {
  if (contentType === launchSeparator) return "what is measured from here on is not the launcher's";
  if (contentType === memoryMonitor && content.length === 1 && content[0]! <= 1)
    return content[0] === 1 ? "on" : "off";
  return printableBytes(content);
}

/** Behind the launch separator the workload itself can extend records of any text. */
function canonicalStatements(events: readonly CanonicalEvent[]): Statement[] {
  let isLaunched = false;
  return events.map((event) => {
    const subject = cosSubjects[event.contentType] ?? `COS record of type ${event.contentType}`;
    const statement = hashedStatement(
      event,
      isLaunched ? `behind the launch separator: ${subject}` : subject,
      canonicalText(event),
    );
    if (event.contentType === launchSeparator) isLaunched = true;
    return statement;
  });
}

function workloadStatement(event: WorkloadEvent): Statement {
  const { type, name, contentHash } = event.record;
  if (event.record === workloadReady)
    return hashedStatement(event, "workload", "closed: nothing was added since");
  return hashedStatement(
    event,
    `workload ${printable(type)}`,
    `${printable(name)}, sha256 ${toHex(contentHash).slice(2)}`,
  );
}

/** The event list of PCR 23 in a registration: digests alone, of which only the closing separator has a known text. */
export function listedWorkload(digests: readonly Uint8Array[]): Statement[] {
  const last = digests.at(-1);
  if (last === undefined) return [];
  const closing = isEqual(last, workloadDigest(workloadReady))
    ? "closed: nothing was added since"
    : "not closed by the agent's separator";
  const proven = `${digests.length} event${digests.length === 1 ? "" : "s"}, ${closing}`;
  const [register, event] = [`PCR ${workloadPcr}` as const, digests.length - 1];
  return [{ subject: "workload", proven, unverified: null, register, log: "workload", event }];
}

export function workloadStatements(events: readonly ProvenEvent[]): Statement[] {
  return [
    ...canonicalStatements(events.filter((event) => event.log === "canonical")),
    ...events.filter((event) => event.log === "workload").map(workloadStatement),
  ];
}
