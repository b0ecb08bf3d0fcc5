// Every check of Intel's evidence, in order of evaluation (sdk/checks.ts): of collateral, then of a quote.
import type { CheckId } from "../../checks.ts";
import { isTdxCompact } from "../../evidence/tdx-compact.ts";

export const x509Scope = [
  "x509.der",
  "x509.signature-algorithm",
  "x509.key",
  "x509.critical-extension",
] as const satisfies readonly CheckId[];

/** Collateral, before any quote is looked at. */
export const collateralScope = [
  "tdx.pck-chain",
  ...x509Scope,
  "tdx.root",
  "tdx.intermediate",
  "tdx.intermediate-dates",
  "tdx.signer",
  "tdx.signer-dates",
  "tdx.crl-issuer",
  "tdx.intermediate-revoked",
  "tdx.crl-signature",
  "tdx.root-crl-dates",
  "tdx.pck-crl-dates",
  "tdx.signer-revoked",
  "tdx.tcb-info-signature",
  "tdx.tcb-info-kind",
  "tdx.tcb-info-form",
  "tdx.tcb-info-order",
  "tdx.tcb-info-dates",
  "tdx.qe-identity-signature",
  "tdx.qe-identity-kind",
  "tdx.qe-identity-form",
  "tdx.qe-identity-order",
  "tdx.qe-identity-dates",
] as const satisfies readonly CheckId[];

/** A raw quote. */
export const tdxScope = [
  "tdx.length",
  "tdx.version",
  "tdx.key-type",
  "tdx.tee-type",
  "tdx.qe-vendor",
  "tdx.body-type",
  "tdx.signature-length",
  "tdx.certification-type",
  "tdx.padding",
  "tdx.pck-chain",
  ...x509Scope,
  "tdx.root",
  "tdx.intermediate",
  "tdx.intermediate-dates",
  "tdx.pck-issuer",
  "tdx.pck-subject",
  "tdx.pck-signature",
  "tdx.pck-dates",
  "tdx.pck-extension",
  "tdx.root-crl-missing",
  "tdx.root-crl-dates",
  "tdx.intermediate-revoked",
  "tdx.pck-crl-missing",
  "tdx.pck-crl-dates",
  "tdx.pck-revoked",
  "tdx.signer-revoked",
  "tdx.qe-identity-dates",
  "tdx.qe-signature",
  "tdx.qe-report-data",
  "tdx.qe-miscselect",
  "tdx.qe-attributes",
  "tdx.qe-mrsigner",
  "tdx.qe-product",
  "tdx.signature",
  "tdx.debug",
  "tdx.untrusted-attributes",
  "tdx.migratable",
  "tdx.reserved-attributes",
  "tdx.seam-attributes",
  "tdx.tcb-info-missing",
  "tdx.tcb-info-dates",
  "tdx.pce-id",
  "tdx.module",
  "tdx.module-signer",
  "tdx.tcb-level",
] as const satisfies readonly CheckId[];

// What only a raw quote has, and what the attributes of a known host stand for.
const rawOnly: ReadonlySet<CheckId> = new Set([
  "tdx.length",
  "tdx.signature-length",
  "tdx.certification-type",
  "tdx.padding",
  "tdx.pck-chain",
]);
const hostOnly: ReadonlySet<CheckId> = new Set([
  ...x509Scope,
  "tdx.pck-issuer",
  "tdx.pck-subject",
  "tdx.pck-signature",
  "tdx.pck-extension",
  "tdx.qe-signature",
  "tdx.qe-report-data",
  "tdx.qe-miscselect",
  "tdx.qe-attributes",
  "tdx.qe-mrsigner",
  "tdx.qe-product",
]);

/** The checks that a quote of this form goes through. */
export function tdxScopeOf(quote: Uint8Array): readonly CheckId[] {
  if (!isTdxCompact(quote)) return tdxScope;
  const common = tdxScope.filter((id) => !rawOnly.has(id));
  const body = common.indexOf("tdx.body-type") + 1;
  const [structure, rest] = [common.slice(0, body), common.slice(body)];
  return quote[1] === 2
    ? [...structure, "tdx.compact-form", ...rest]
    : [...structure, "tdx.compact-form", "tdx.host-known", ...rest.filter((id) => !hostOnly.has(id))];
}
