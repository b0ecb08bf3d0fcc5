// Re-attestations that the Stub* verifiers believe. What the registry itself judges is real: anchor, signature by
// the current key, measurement hash.
import type { Hex } from "viem";
import { fromHex, sha256, toHex } from "../../../sdk/evidence/bytes.ts";
import { encodeReattestCvm } from "../../../sdk/evidence/calldata.ts";
import { reattestMessage } from "../../../sdk/evidence/message.ts";
import type { AnchorBlock, Reattestation } from "../../../sdk/evidence/registration.ts";
import { certificationOf, collateralsOf, signWith, teeMeasurement } from "./stub-evidence.ts";
import type { Evidence, Key } from "./stub-evidence.ts";

export interface Renewal extends Omit<Evidence, "key"> {
  readonly current: Key;
  /** Another key than `current`: rotation. */
  readonly key?: Key;
  /** The current key's next one. */
  readonly nonce: bigint;
  /** Who signs instead of the current key. */
  readonly signer?: Key;
  /** What is signed for instead of chain and registry of the anchor. */
  readonly domain?: Pick<AnchorBlock, "chainId" | "registry">;
  readonly signature?: Uint8Array;
}

const noStatement = new Uint8Array(32);

/** A re-attestation with every part consistent unless an option says otherwise; by default it brings no certification. */
export function reattestation(
  options: Renewal,
  domain: Pick<AnchorBlock, "chainId" | "registry">,
): Reattestation {
  const { current, nonce } = options;
  const full: Evidence = {
    certification: "none",
    reportId: teeMeasurement,
    ...options,
    key: options.key ?? current,
  };
  const workloadCollaterals = collateralsOf(full, noStatement);
  const { chainId, registry } = options.domain ?? domain;
  const message = reattestMessage(chainId, registry, nonce, sha256(workloadCollaterals.tpmQuote));
  return {
    cvmIdentityHash: fromHex(current.hash),
    signature: options.signature ?? fromHex(signWith(options.signer ?? current, message)),
    workloadCollaterals,
    certification: certificationOf(full),
  };
}

export const reattestCalldataOf = (renewal: Reattestation): Hex => toHex(encodeReattestCvm(renewal));
