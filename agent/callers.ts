// Who may ask for evidence and have keys rotated, purged or used for the registry's actions: callers that present a token whose SHA-256 is on the policy's list. Without a
// list everybody who reaches the loopback port may, as in the walkthrough, and readiness says so.
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { ProblemError } from "./problem.ts";

export type RequireCaller = (request: FastifyRequest) => Promise<void>;

const scheme = "Bearer ";

function isListed(token: string, hashes: readonly string[]): boolean {
  const presented = createHash("sha256").update(token).digest();
  // Every entry is compared: the time taken does not tell which one matched.
  return hashes.map((hash) => timingSafeEqual(presented, Buffer.from(hash, "hex"))).includes(true);
}

/** `tokenHashes`: SHA-256 of each token, 64 hex digits. */
export function requireCaller(tokenHashes: readonly string[]): RequireCaller {
  return (request) => {
    if (tokenHashes.length === 0) return Promise.resolve();
    const header = request.headers.authorization ?? "";
    if (header.startsWith(scheme) && isListed(header.slice(scheme.length), tokenHashes))
      return Promise.resolve();
    return Promise.reject(
      new ProblemError("CVM_AGENT_CALLER_UNKNOWN", "send Authorization: Bearer <caller token>"),
    );
  };
}
