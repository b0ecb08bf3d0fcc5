// Signs for a caller with the identity key, or with the second key of a rotation, which thereby takes over.
import type { Agent } from "./agent.ts";
import type { Identity } from "./identity/identity.ts";
import { ProblemError } from "./problem.ts";

export interface Signed {
  readonly identity: Identity;
  /** r‖s. */
  readonly signature: Uint8Array;
}

export const keyUnusable = (): ProblemError =>
  new ProblemError(
    "CVM_AGENT_IDENTITY_KEY_UNUSABLE",
    "something was measured since; restart the agent to make a new key, then register it",
  );

/** @param purges whether the key before is destroyed, once the second key has signed */
export async function signFor(
  { keyring, metrics }: Agent,
  message: Uint8Array,
  purges: boolean,
): Promise<Signed> {
  const identity = purges ? keyring.pending : keyring.current;
  if (identity === null)
    throw new ProblemError("CVM_AGENT_NO_ROTATION", "there is one key and no older one to purge");
  const signature = await identity.sign(message);
  if (signature === null) throw keyUnusable();
  if (purges) await keyring.promote(identity);
  metrics.count("cvm_agent_signatures_total");
  return { identity, signature };
}
