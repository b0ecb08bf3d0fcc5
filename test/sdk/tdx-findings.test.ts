// Mistakes that other verifiers of TDX quotes made (specs/tdx.md §9), each as a test that fails for whoever makes it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import { tcbStatusNames } from "../../sdk/evidence/tcb-levels.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { isP256Signature } from "../../sdk/verify/signature.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import {
  capturedCollateral,
  collateralFrom,
  documentBytes,
  mustFindSynthetic,
  quoteBytes,
  real,
  realTrust,
  syntheticRoot,
} from "../support/tdx-vectors.ts";

/** The converged status, or the check that refuses. */
function outcomeOf(collateral: TdxCollateral, quote: Uint8Array, intelRoot: Uint8Array, now: bigint): string {
  const trust = { intelRoot, now };
  const judged = judgeTdxCollateral(collateral, trust);
  if (isRefusal(judged)) return judged.check;
  const claims = judgeTdxQuote(quote, { ...trust, collateral: judged });
  return isRefusal(claims) ? claims.check : tcbStatusNames[claims.tcbStatus]!;
}

function ofSynthetic(name: string, by: Partial<TdxCollateral> = {}): string {
  const { collateral, quote, now } = mustFindSynthetic(name);
  return outcomeOf({ ...collateral, ...by }, quote, syntheticRoot, now);
}

function ofReal(quote: string, tcbInfo: string): string {
  const vector = real.cases.find((known) => known.quote === quote && known.tcbInfo === tcbInfo)!;
  const { intelRoot, now } = realTrust(vector.now);
  return outcomeOf(collateralFrom(vector, vector.tcbSigning), quoteBytes(quote), intelRoot, now);
}

const synthetics: readonly (readonly [finding: string, rule: string, vector: string, outcome: string])[] = [
  ["1", "components 0 and 1 are the module's when it has an identity", "module-01-isvsvn4-naive", "UpToDate"],
  ["1", "a module behind its own levels is OutOfDate, not unmatched", "module-03-isvsvn3", "OutOfDate"],
  ["1", "components 0 and 1 count for a module without an identity", "ok-module-v0", "UpToDate"],
  ["2", "SGX and TDX components match in one and the same level", "level-needs-both", "OutOfDate"],
  ["3", "the platform's status is not dropped for the module's", "platform-swhardening", "SWHardeningNeeded"],
  ["4", "the quoting enclave must be Intel's", "qe-mrsigner", "tdx.qe-mrsigner"],
  ["4", "the quoting enclave must not be in debug mode", "qe-debug", "tdx.qe-attributes"],
  ["4", "the quoting enclave must be the TD one", "qe-prodid", "tdx.qe-product"],
  ["4", "a QE level must match", "qe-notsupported", "tdx.tcb-level"],
  ["4", "a module identity must exist", "module-unknown", "tdx.module"],
  ["4", "the order of levels is not taken on trust", "levels-unsorted", "tdx.tcb-info-order"],
  ["5", "a CRL is signed by its issuer", "rootcrl-wrong-key", "tdx.crl-signature"],
  ["5", "a root CRL is in date", "rootcrl-expired", "tdx.root-crl-dates"],
  ["5", "a PCK CRL is in date", "pckcrl-expired", "tdx.pck-crl-dates"],
  ["5", "the PCEID is compared", "pceid-mismatch", "tdx.pce-id"],
  ["5", "the module's signer is compared", "mrsignerseam", "tdx.module-signer"],
  ["5", "the module's attributes are zero", "seam-attr", "tdx.seam-attributes"],
  ["5", "the module's level counts", "module-outofdate", "OutOfDate"],
  ["5", "a module level must match", "module-below-min", "tdx.tcb-level"],
  [
    "6",
    "statuses converge as Intel's do, not by severity",
    "platform-config-qe-ood",
    "OutOfDateConfigurationNeeded",
  ],
  ["7", "the relaunch conclusion is not overwritten", "relaunch-advised", "TDRelaunchAdvised"],
  ["7", "a revoked level is refused", "platform-revoked", "tdx.tcb-level"],
  ["7", "module ids are hex of either case", "module-0a-hexcase", "UpToDate"],
  ["7", "module ids are hex of either case, in lower case", "module-0a-lowercase-id", "UpToDate"],
  ["7", "the tail of QE report data is zero", "qe-reportdata-tail", "tdx.qe-report-data"],
  ["7", "debug TDs are refused", "td-debug", "tdx.debug"],
  ["8", "a chain with the root twice is no chain", "chain-dup-root", "tdx.pck-chain"],
  ["8", "a chain without the root is no chain", "chain-missing-root", "tdx.pck-chain"],
  ["8", "the intermediate's own serial is looked up", "inter-revoked", "tdx.intermediate-revoked"],
  ["8", "the signer's serial is looked up", "tcb-signing-revoked", "tdx.signer-revoked"],
  ["8", "a serial number with a sign byte is found in the CRL", "serial-highbit", "tdx.pck-revoked"],
  ["14", "zero padding and a NUL behind the chain do no harm", "ok-v4-padded", "UpToDate"],
];

describe("findings in other verifiers", () => {
  for (const [finding, rule, vector, outcome] of synthetics)
    it(`${finding}: ${rule} (${vector})`, () => assert.equal(ofSynthetic(vector), outcome));

  it("1: a current GCP platform is UpToDate (v4-gcp-cos113 under e17)", () => {
    const { tcbInfo } = real.cases.find(
      (known) => known.quote === "v4-gcp-cos113" && known.expected.status === "UpToDate",
    )!;
    assert.equal(ofReal("v4-gcp-cos113", tcbInfo), "UpToDate");
  });

  it("1: a real platform that is behind is OutOfDate, not unmatched (v4-azure-trustee)", () => {
    const vectors = real.cases.filter(({ quote }) => quote === "v4-azure-trustee");
    for (const { tcbInfo } of vectors) assert.equal(ofReal("v4-azure-trustee", tcbInfo), "OutOfDate");
  });

  it("8: a CRL of another issuer is not taken for the root's", () => {
    const { collateral } = mustFindSynthetic("ok-v4");
    assert.equal(ofSynthetic("ok-v4", { rootCaCrl: collateral.pckCrl }), "tdx.crl-issuer");
    assert.equal(ofSynthetic("ok-v4", { pckCrl: collateral.rootCaCrl }), "tdx.crl-issuer");
  });

  it("8: a revoked signer is refused before its signatures are looked at", () => {
    const by = { tcbInfoSignature: new Uint8Array(64) };
    assert.equal(ofSynthetic("tcb-signing-revoked", by), "tdx.signer-revoked");
  });

  it("8: a PCK CRL of the other CA does not vouch for this one's certificates", () => {
    const { collateral } = mustFindSynthetic("ok-v4");
    assert.equal(ofSynthetic("ok-processor-ca"), "UpToDate");
    const { pckCrlIssuerChain, pckCrl } = collateral;
    assert.equal(ofSynthetic("ok-processor-ca", { pckCrlIssuerChain, pckCrl }), "tdx.pck-crl-missing");
  });

  it("8: the version of the same platform decides between two evaluation numbers (v4-dcapqvl-sample)", () => {
    const statuses = real.cases
      .filter(({ quote }) => quote === "v4-dcapqvl-sample")
      .map(({ tcbInfo }) => [/-e(\d+)-/.exec(tcbInfo)![1], ofReal("v4-dcapqvl-sample", tcbInfo)]);
    assert.deepEqual(
      new Map(statuses as [string, string][]),
      new Map([
        ["17", "UpToDate"],
        ["20", "OutOfDate"],
      ]),
    );
  });

  it("9: signatures with a high s are valid", () => {
    const half = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
    const highs = Object.values(real.documents).filter(({ signature }) => {
      return signature !== undefined && BigInt(`0x${signature.slice(64)}`) > half;
    });
    assert.ok(highs.length > 0);
    for (const vector of real.cases) {
      const judged = judgeTdxCollateral(collateralFrom(vector, vector.tcbSigning), realTrust(vector.now));
      assert.ok(!isRefusal(judged));
    }
  });

  it("10: what is no signature at all is a refusal, not an error", () => {
    for (const length of [0, 63, 65])
      assert.equal(
        ofSynthetic("ok-v4", { tcbInfoSignature: new Uint8Array(length) }),
        "tdx.tcb-info-signature",
      );
    assert.equal(isP256Signature(new Uint8Array(32), new Uint8Array(64), new Uint8Array(64)), false);
  });

  it("12: a document that means the same in another form is refused", () => {
    const text = new TextDecoder().decode(documentBytes("tdx-90c06f000000-e18-2026-02-01"));
    const again = JSON.stringify(JSON.parse(text), null, 1);
    for (const changed of [
      again,
      text.replace("TDX_03", "TDX_\\u00303"),
      `${text} `,
      text.replace(":18", ":018"),
    ]) {
      const info = readTcbInfo(new TextEncoder().encode(changed));
      assert.equal(isRefusal(info) ? info.check : null, "tdx.tcb-info-form", changed.slice(0, 80));
    }
  });

  it("13: the signing certificate of 2018 and that of 2025 have one serial; dates tell them apart", () => {
    const { intelRoot, now } = realTrust(1_770_249_600n);
    const old = collateralFrom(
      {
        tcbInfo: "tdx-90c06f000000-e18-2026-02-01",
        qeIdentity: "tdqe-e18-2026-01-27",
        rootCrl: "root-2025-03-20",
        pckCrl: "platform-2026-01-27",
      },
      "tcbSigning2018",
    );
    assert.equal(outcomeOf(old, quoteBytes("v5-gotdx"), intelRoot, now), "tdx.signer-dates");
    assert.equal(outcomeOf(capturedCollateral.azure, quoteBytes("v5-gotdx"), intelRoot, now), "UpToDate");
  });

  it("16: component 1 need not equal the module's version", () => {
    assert.equal(ofSynthetic("ok-module-03-low-svn"), "UpToDate");
  });
});
