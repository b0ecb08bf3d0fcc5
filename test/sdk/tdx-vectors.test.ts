// All independent TDX vectors: 81 real cases, 108 mutations of them, 82 synthetic cases. Expected is what Intel's
// library says; where we refuse something it accepts, the difference has a name and stands in docs/intel-differences.md.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { tcbStatusNames } from "../../sdk/evidence/tcb-levels.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import type { CollateralTrust, TdxClaims } from "../../sdk/verify/tdx/index.ts";
import {
  collateralFrom,
  quoteBytes,
  real,
  realTrust,
  synthetic,
  syntheticRoot,
} from "../support/tdx-vectors.ts";
import type { ExpectedTcb, RealMutation } from "../support/tdx-vectors.ts";

function judge(collateral: TdxCollateral, quote: Uint8Array, trust: CollateralTrust): TdxClaims | Refusal {
  const judged = judgeTdxCollateral(collateral, trust);
  return isRefusal(judged) ? judged : judgeTdxQuote(quote, { ...trust, collateral: judged });
}

/** What we accept where Intel's library does not look, by the names of docs/intel-differences.md. */
const differences: Readonly<Record<string, { readonly name: string; readonly check: string }>> = {
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

function assertExpected(name: string, outcome: TdxClaims | Refusal, expected: ExpectedTcb): void {
  const isHard = expected.status === "NotSupported" || expected.status === "Revoked";
  const due =
    differences[name]?.check ??
    (expected.error === undefined ? (isHard ? "tdx.tcb-level" : null) : checkOfError[expected.error]);
  assert.notEqual(due, undefined, `no check is listed for ${expected.error}`);
  assert.equal(isRefusal(outcome) ? outcome.check : null, due);
  if (isRefusal(outcome)) return;
  const nameOf = (status: number) => tcbStatusNames[status];
  assert.equal(nameOf(outcome.tcbStatus), expected.status);
  assert.equal(nameOf(outcome.platformStatus), expected.platformStatus);
  assert.equal(nameOf(outcome.moduleStatus), expected.moduleStatus);
  assert.equal(nameOf(outcome.qeStatus), expected.qeStatus);
  assert.deepEqual(outcome.advisoryIds, [...expected.advisories!].sort());
}

describe("real quotes with real collateral", () => {
  assert.equal(real.cases.length, 81);
  for (const [at, { quote, now, expected, tcbSigning, ...ids }] of real.cases.entries()) {
    const verdict = differences[quote]?.name ?? expected.status;
    it(`${at}: ${quote} with ${ids.tcbInfo} ends in ${verdict}`, () => {
      const outcome = judge(collateralFrom(ids, tcbSigning), quoteBytes(quote), realTrust(now));
      assertExpected(quote, outcome, expected);
    });
  }
});

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

const flipped = (bytes: Uint8Array, at: number, bits: number) =>
  bytes.map((byte, i) => (i === at ? byte ^ bits : byte));

function mutate(mutation: RealMutation, quote: Uint8Array, collateral: TdxCollateral) {
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

describe("mutations of real quotes", () => {
  assert.equal(real.mutations.length, 108);
  for (const [at, mutation] of real.mutations.entries()) {
    const vector = real.cases[mutation.case]!;
    it(`${at}: ${mutation.quote}, ${mutation.what}`, () => {
      const { quote, collateral } = mutate(
        mutation,
        quoteBytes(mutation.quote),
        collateralFrom(vector, vector.tcbSigning),
      );
      const outcome = judge(collateral, quote, realTrust(mutation.now ?? vector.now));
      assert.ok(isRefusal(outcome), "accepted");
      const { what } = mutation;
      // A flipped version 4 is a 5 with a body type that does not exist, and the other way round a longer signed part;
      // a changed PEM character hits whatever it encodes; collateral is judged before the quote.
      const dues: Readonly<Record<string, readonly string[]>> = {
        version: ["tdx.body-type", "tdx.length", "tdx.signature-length"],
        "PCK PEM byte": ["tdx.pck-issuer", "tdx.pck-signature", "x509.der"],
        "now before window": ["tdx.signer-dates", "tdx.root-crl-dates"],
      };
      const due = dues[what] ?? [checkOfMutation[what] ?? "tdx.signature"];
      assert.ok(due.includes(outcome.check), `${outcome.check}: ${outcome.detail}`);
    });
  }
});

describe("synthetic quotes", () => {
  assert.equal(synthetic.length, 82);
  for (const { name, now, expected, quote, collateral } of synthetic)
    it(`${name} ends in ${differences[name]?.name ?? expected.status ?? expected.error}`, () => {
      assertExpected(name, judge(collateral, quote, { intelRoot: syntheticRoot, now }), expected);
    });
});

it("every difference is documented", () => {
  const text = readFileSync(new URL("../../docs/intel-differences.md", import.meta.url), "utf8");
  for (const { name } of Object.values(differences)) assert.ok(text.includes(`| ${name} |`), name);
});
