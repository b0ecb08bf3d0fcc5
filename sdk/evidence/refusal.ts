// What a reader or a verification step answers instead of a value: the check that failed, and why.
import type { CheckId } from "../checks.ts";

export interface Refusal {
  readonly check: CheckId;
  /** One line for people; programs read `check`. */
  readonly detail: string;
}

export const refuse = (check: CheckId, detail: string): Refusal => ({ check, detail });

/** Values of readers never have a member called `check`, so its presence tells a refusal. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "check" in value && "detail" in value;
}
