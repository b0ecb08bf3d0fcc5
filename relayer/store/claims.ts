// What one registration alone may have under way: a quote of a TPM, and an agent that is asked.
import type { ReportTypeName } from "../settings.ts";
import type { Database } from "./database.ts";
import type { RegistrationRow } from "./registrations.ts";

/** Held by an open registration; another report type is another wish. */
export const agentKeyOf = (agentUrl: string | null, reportType: ReportTypeName | null): string | null =>
  agentUrl === null ? null : `${reportType ?? ""} ${agentUrl}`;

/** The registration other than `id` that the registry would take, or took, with this quote. */
export function holderOfQuote(
  db: Database,
  quoteHash: string,
  id: string,
): Promise<Pick<RegistrationRow, "id" | "state"> | undefined> {
  return db
    .selectFrom("registrations")
    .select(["id", "state"])
    .where("quote_hash", "=", quoteHash)
    .where("id", "!=", id)
    .where("state", "not in", ["refused", "failed"])
    .executeTakeFirst();
}
