// What of a TD report enters the measurement (protocol §6).
import { keccak256 } from "../../evidence/bytes.ts";
import type { TdxBody } from "../../evidence/tdx-quote.ts";

/** With `rtmr3` as given. Not mrSeam or teeTcbSvn: TCB judges those. */
export function tdxMeasurement(body: TdxBody, rtmr3: Uint8Array): Uint8Array {
  return keccak256(
    body.mrTd,
    body.rtmr0,
    body.rtmr1,
    body.rtmr2,
    rtmr3,
    body.tdAttributesBytes,
    body.xfamBytes,
    body.mrConfigId,
    body.mrOwner,
    body.mrOwnerConfig,
    body.mrServiceTd,
  );
}
