// What a node means when it does not take a signed transaction. Clients word it differently (geth, EDR, anvil,
// nethermind); what is not recognised stays unknown and is settled by looking at the chain.
import { errorText } from "../log.ts";
import type { Rejection } from "./send-state.ts";

const words: readonly (readonly [RegExp, Rejection | "known"])[] = [
  [/already known|known transaction|already imported|alreadyknown/i, "known"],
  [/nonce (is )?too low|nonce has already been used|oldnonce/i, "nonce-too-low"],
  [/underpriced|fee too low|max fee per gas less than block base fee|feetoolow/i, "underpriced"],
  [/oversized data|max ?tx ?size ?exceeded/i, "oversized"],
  [/insufficient funds|enough funds|insufficient balance/i, "funds"],
];

function messagesOf(error: unknown): { readonly text: string; readonly hasCode: boolean } {
  let text = "";
  let hasCode = false;
  for (let at: unknown = error, depth = 0; typeof at === "object" && at !== null && depth < 8; depth++) {
    if ("message" in at && typeof at.message === "string") text += ` ${at.message}`;
    if ("details" in at && typeof at.details === "string") text += ` ${at.details}`;
    hasCode ||= "code" in at && typeof at.code === "number";
    at = "cause" in at ? at.cause : null;
  }
  return { text, hasCode };
}

// A node that has too much to do says nothing of what it was asked.
const busy = /rate limit|too many requests/i;

/** True when a node answered with an error that it would answer again, false when it may know better later. */
export function isAnswer(error: unknown): boolean {
  const { text, hasCode } = messagesOf(error);
  return hasCode && !busy.test(text);
}

/** What the node said, on one line. */
export function wordsOf(error: unknown): string {
  const isDetailed = typeof error === "object" && error !== null && "details" in error;
  return errorText(isDetailed && typeof error.details === "string" ? error.details : error);
}

/** `known` counts as accepted. An error without a JSON-RPC code never reached a node, as far as we can tell. */
export function classifyRejection(error: unknown): Rejection | "known" {
  const { text } = messagesOf(error);
  for (const [pattern, meaning] of words) if (pattern.test(text)) return meaning;
  return isAnswer(error) ? "unknown" : "unreachable";
}
