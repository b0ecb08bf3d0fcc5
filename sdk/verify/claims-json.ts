// Claims as plain JSON: bytes in hex, times in unix seconds, enumerations by their names in the protocol.
import { toHex } from "../evidence/bytes.ts";
import { tcbStatusNames } from "../evidence/tcb-levels.ts";
import { keyProtections, pcrTrusts } from "../evidence/registration.ts";
import type { QuoteAttest } from "../evidence/tpm-attest.ts";
import type { RegistrationClaims } from "./registration.ts";
import type { TdxClaims } from "./tdx/index.ts";

export type JsonClaims = Readonly<Record<string, unknown>>;

export { tcbStatusNames };

export const keyTypeNames = ["VCEK", "VLEK"] as const;
export const productNames = ["TDX", "Milan", "Genoa", "Turin"] as const;

export const nameOf = (names: Readonly<Record<string, number>>, value: number) =>
  Object.keys(names).find((name) => names[name] === value) ?? String(value);

/** Claims of kind `tdx-quote`. */
export function tdxClaims({ quote, fmspc, ppid, ...claims }: TdxClaims): JsonClaims {
  const { body } = quote;
  return {
    tcbStatus: tcbStatusNames[claims.tcbStatus],
    platformStatus: tcbStatusNames[claims.platformStatus],
    moduleStatus: tcbStatusNames[claims.moduleStatus],
    qeStatus: tcbStatusNames[claims.qeStatus],
    fmspc: toHex(fmspc),
    ppid: ppid === null ? null : toHex(ppid),
    mrtd: toHex(body.mrTd),
    rtmr0: toHex(body.rtmr0),
    rtmr1: toHex(body.rtmr1),
    rtmr2: toHex(body.rtmr2),
    rtmr3: toHex(body.rtmr3),
    mrSeam: toHex(body.mrSeam),
    tdAttributes: toHex(body.tdAttributesBytes),
    xfam: toHex(body.xfamBytes),
    reportData: toHex(body.reportData),
    advisoryIds: claims.advisoryIds,
    collateralValidUntil: Number(claims.collateralValidUntil),
    tcbEvaluationDataNumber: claims.tcbEvaluationDataNumber,
    debug: (body.tdAttributes & 1n) !== 0n,
  };
}

const indicesOf = (bitmap: Uint8Array) =>
  [...Array(24).keys()].filter((index) => (bitmap[index >> 3]! & (1 << (index & 7))) !== 0);

/** Claims of kind `tpm-quote`. */
export function tpmClaims(attest: QuoteAttest, akName: Uint8Array | null): JsonClaims {
  return {
    extraData: toHex(attest.extraData),
    pcrDigest: toHex(attest.pcrDigest),
    pcrSelection: indicesOf(attest.bitmap),
    // Counts milliseconds and may pass 2^53 in theory, so it is a string like every 64-bit number of the format.
    clock: attest.clock.toString(),
    resetCount: attest.resetCount,
    restartCount: attest.restartCount,
    akName: akName === null ? null : toHex(akName),
  };
}

/** Claims of kind `registration`. */
export function registrationClaims(claims: RegistrationClaims): JsonClaims {
  const { assurance } = claims;
  return {
    identityHash: toHex(claims.identityHash),
    measurementHash: toHex(claims.measurementHash),
    assurance: {
      ...assurance,
      pcrTrust: nameOf(pcrTrusts, assurance.pcrTrust),
      keyProtection: nameOf(keyProtections, assurance.keyProtection),
      tcbStatus: tcbStatusNames[assurance.tcbStatus],
      keyType: keyTypeNames[assurance.keyType],
      product: productNames[assurance.product],
    },
    platformId: toHex(claims.platformId),
    teeTime: Number(claims.teeTime),
    tpmTime: Number(claims.tpmTime),
    validUntil: Number(claims.validUntil),
    akId: toHex(claims.akId),
    statementId: toHex(claims.statementId),
    selectionHash: toHex(claims.selectionHash),
    requestHash: toHex(claims.requestHash),
    teeMeasurement: toHex(claims.teeMeasurement),
    pcrMeasurement: toHex(claims.pcrMeasurement),
    measuredPcrs: [...Array(24).keys()].filter((index) => (claims.measuredPcrs & (1 << index)) !== 0),
  };
}
