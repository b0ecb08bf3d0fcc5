// What our verifiers make of the independent TDX vectors, where Intel's library says it in words of its own.
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { ExpectedTcb, RealMutation } from "./tdx-vectors.ts";

/** What we accept where Intel's library does not look, by the names of docs/intel-differences.md. */
export const differences: Readonly<Record<string, { readonly name: string; readonly check: string }>> = {
  "v4-trustee": { name: "TD debug", check: "tdx.debug" },
  "td-debug": { name: "TD debug", check: "tdx.debug" },
  "qe-reportdata-tail": { name: "QE report data tail", check: "tdx.qe-report-data" },
  "levels-unsorted": { name: "level order required", check: "tdx.tcb-info-order" },
};

/** Our check for a case that Intel's library ends in an error. */
const checkOfError: Readonly<Record<string, string>> = {
  "chain length": "tdx.pck-chain",
  "inter sig": "tdx.intermediate",
  "pck sig": "tdx.pck-signature",
  "pck cert expired": "tdx.pck-dates",
  "pck revoked": "tdx.pck-revoked",
  "pck crl expired": "tdx.pck-crl-dates",
  "inter revoked": "tdx.intermediate-revoked",
  "root crl expired": "tdx.root-crl-dates",
  "root crl sig": "tdx.crl-signature",
  "tcb signing cert expired": "tdx.signer-dates",
  "tcb signing revoked": "tdx.signer-revoked",
  "tcb sig": "tdx.tcb-info-signature",
  "tcb id": "tdx.tcb-info-kind",
  "tcb expired": "tdx.tcb-info-dates",
  "tcb not yet valid": "tdx.tcb-info-dates",
  "qe id": "tdx.qe-identity-kind",
  "qe expired": "tdx.qe-identity-dates",
  "qe report sig": "tdx.qe-signature",
  "qe misc": "tdx.qe-miscselect",
  "qe attr": "tdx.qe-attributes",
  "qe mrsigner": "tdx.qe-mrsigner",
  "qe prodid": "tdx.qe-product",
  "quote sig": "tdx.signature",
  fmspc: "tdx.tcb-info-missing",
  pceid: "tdx.pce-id",
  seamattributes: "tdx.seam-attributes",
  mrsignerseam: "tdx.module-signer",
  "no module identity TDX_02": "tdx.module",
  "relaunch module": "tdx.module",
};

/** The check that a case must fail, or null when it is accepted. `name`: of a synthetic case or of a real quote. */
export function dueVerdict(name: string, expected: ExpectedTcb): string | null {
  const difference = differences[name];
  if (difference !== undefined) return difference.check;
  if (expected.error === undefined)
    return expected.status === "NotSupported" || expected.status === "Revoked" ? "tdx.tcb-level" : null;
  const check = checkOfError[expected.error];
  if (check === undefined) throw new Error(`no check is listed for ${expected.error}`);
  return check;
}

/** Our check for each mutation; those of a byte that the quote's signature covers are wrong signatures. */
const checkOfMutation: Readonly<Record<string, string>> = {
  attKeyType: "tdx.key-type",
  teeType: "tdx.tee-type",
  vendorId: "tdx.qe-vendor",
  "body type": "tdx.body-type",
  "body size": "tdx.body-type",
  "sigLen hi": "tdx.length",
  "outer cert type": "tdx.certification-type",
  "outer cert len": "tdx.signature-length",
  "inner cert type": "tdx.certification-type",
  "inner cert len": "tdx.signature-length",
  "attestation key": "tdx.qe-report-data",
  "QE auth data": "tdx.qe-report-data",
  "QE report cpusvn": "tdx.qe-signature",
  "QE report attributes debug": "tdx.qe-signature",
  "QE mrsigner": "tdx.qe-signature",
  "QE isvsvn": "tdx.qe-signature",
  "QE reportData hash": "tdx.qe-signature",
  "QE reportData tail": "tdx.qe-signature",
  "QE report sig": "tdx.qe-signature",
  "truncate to signed part": "tdx.length",
  "truncate 1 byte of used": "tdx.length",
  empty: "tdx.length",
  "tcbInfo body byte": "tdx.tcb-info-signature",
  "qeIdentity body byte": "tdx.qe-identity-signature",
  "now after tcbInfo nextUpdate": "tdx.pck-crl-dates",
};

// A flipped version 4 is a 5 with a body type that does not exist, and the other way round a longer signed part; a
// changed PEM character hits whatever it encodes; collateral is judged before the quote.
const checksOfMutation: Readonly<Record<string, readonly string[]>> = {
  version: ["tdx.body-type", "tdx.length", "tdx.signature-length"],
  "PCK PEM byte": ["tdx.pck-issuer", "tdx.pck-signature", "x509.der"],
  "now before window": ["tdx.signer-dates", "tdx.root-crl-dates"],
};

/** The checks of which a mutation must fail one. */
export const dueVerdicts = ({ what }: RealMutation): readonly string[] =>
  checksOfMutation[what] ?? [checkOfMutation[what] ?? "tdx.signature"];

const flipped = (bytes: Uint8Array, at: number, bits: number) =>
  bytes.map((byte, i) => (i === at ? byte ^ bits : byte));

export function applyMutation(mutation: RealMutation, quote: Uint8Array, collateral: TdxCollateral) {
  const { offset, xor, truncate, replace } = mutation;
  const changed = offset === undefined ? quote : flipped(quote, offset, xor!);
  const member = replace === "tcb_info" ? "tcbInfo" : "qeIdentity";
  const document = collateral[member];
  return {
    quote: truncate === undefined ? changed : changed.subarray(0, truncate),
    collateral:
      replace === undefined
        ? collateral
        : { ...collateral, [member]: flipped(document, document.length >> 1, 1) },
  };
}
