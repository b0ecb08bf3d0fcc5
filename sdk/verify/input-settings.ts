// What evidence files are judged by.
import type { TrustRoots } from "./context.ts";
import type { Floor } from "./policy.ts";

export interface InputSettings {
  /** Unix seconds. */
  readonly now: bigint;
  readonly trust: TrustRoots;
  readonly floor: Floor;
  /** Admitted measurement hashes (hex), or null when none are given. */
  readonly golden: readonly string[] | null;
}
