// What a relayer knows of the collateral its registrations need: the platforms it has seen, and since when the source has
// failed them. Kept in memory: a relayer that starts anew knows them again with their next registration.
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";

export interface SeenPlatform {
  readonly platform: TdxPlatform;
  /** Null while the source answers. */
  readonly failure: { readonly since: Date; readonly last: Date; readonly reason: string } | null;
}

export interface CollateralWatch {
  /** A registration of this platform has come along. */
  saw(platform: TdxPlatform): void;
  answered(platform: TdxPlatform): void;
  /** `reason` is shown to anybody: no URL but its origin, no bytes of a document. */
  failed(platform: TdxPlatform, reason: string): void;
  /** The platform is not one of Intel's. */
  forget(platform: TdxPlatform): void;
  seen(): readonly SeenPlatform[];
}

// Each is a line of /readyz and a call of the chain; there are about a dozen FMSPCs in the clouds.
const maxPlatforms = 64;

const keyOf = ({ fmspc, ca }: TdxPlatform): string => `${ca} ${toHex(fmspc)}`;

export function newCollateralWatch(now: () => Date): CollateralWatch {
  const seen = new Map<string, SeenPlatform>();
  const failureOf = (platform: TdxPlatform) => seen.get(keyOf(platform))?.failure ?? null;
  const note = (platform: TdxPlatform, failure: SeenPlatform["failure"]): void => {
    const key = keyOf(platform);
    // The one seen last stands last, so that the first is the one to drop.
    seen.delete(key);
    seen.set(key, { platform, failure });
    if (seen.size > maxPlatforms) seen.delete(seen.keys().next().value!);
  };
  return {
    saw: (platform) => note(platform, failureOf(platform)),
    answered: (platform) => note(platform, null),
    failed: (platform, reason) => {
      const last = now();
      note(platform, { since: failureOf(platform)?.since ?? last, last, reason });
    },
    forget: (platform) => void seen.delete(keyOf(platform)),
    seen: () => [...seen.values()],
  };
}
