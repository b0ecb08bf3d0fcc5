// Collateral by itself: order of the steps, and what each wrong member ends in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { judgeTdxCollateral, judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import {
  capturedCollateral,
  certificateOf,
  mustFindSynthetic,
  mustJudge,
  pemOf,
  quoteBytes,
  realTrust,
  syntheticRoot,
} from "../support/tdx-vectors.ts";
import { capturedAt, flip } from "./fixtures.ts";

const good = capturedCollateral.azure;
const trust = realTrust(capturedAt);
const errorOf = (by: Partial<TdxCollateral>, settings = trust) => {
  const judged = judgeTdxCollateral({ ...good, ...by }, settings);
  return isRefusal(judged) ? judged.check : null;
};

const [root, intermediate] = [certificateOf("root"), certificateOf("platformCa")];
const signer = certificateOf("tcbSigning2025");
const foreign = mustFindSynthetic("ok-v4").collateral;
const at = (date: string) => BigInt(Date.parse(date) / 1000);
const none = new Uint8Array(0);

/** Every member is wrong in `bad`; the step that comes first names the refusal. */
const bad: TdxCollateral = {
  pckCrlIssuerChain: foreign.pckCrlIssuerChain,
  tcbInfoIssuerChain: pemOf(intermediate, root),
  qeIdentityIssuerChain: pemOf(intermediate, root),
  rootCaCrl: good.pckCrl,
  pckCrl: good.rootCaCrl,
  tcbInfo: none,
  tcbInfoSignature: none,
  qeIdentity: none,
  qeIdentitySignature: none,
};

describe("collateral", () => {
  it("of Intel is accepted and ends with its first document", () => {
    const judged = mustJudge(good, trust);
    assert.equal(judged.validUntil, at("2026-02-26T09:46:32Z"));
  });

  it("ends with a certificate that ends first", () => {
    const { collateral, now } = mustFindSynthetic("ok-v4");
    const judged = mustJudge(collateral, { intelRoot: syntheticRoot, now });
    const ends = [judged.intermediate, judged.root, judged.tcbInfoSigner].map(({ notAfter }) => notAfter);
    assert.ok(ends.every((end) => judged.validUntil <= end));
  });

  it("is judged in the order of its steps", () => {
    const order = [
      ["pckCrlIssuerChain", "tdx.root"],
      ["tcbInfoIssuerChain", "tdx.signer"],
      ["qeIdentityIssuerChain", "tdx.signer"],
      ["rootCaCrl", "tdx.crl-issuer"],
      ["pckCrl", "tdx.crl-issuer"],
      ["tcbInfoSignature", "tdx.tcb-info-signature"],
      ["qeIdentitySignature", "tdx.qe-identity-signature"],
    ] as const;
    let rest: Partial<TdxCollateral> = bad;
    for (const [member, check] of order) {
      assert.equal(errorOf(rest), check, member);
      rest = { ...rest, [member]: good[member] };
      if (member === "tcbInfoSignature") rest = { ...rest, tcbInfo: good.tcbInfo };
    }
    assert.equal(errorOf({ ...rest, qeIdentity: good.qeIdentity }), null);
  });
});

const wrong: readonly (readonly [what: string, by: Partial<TdxCollateral>, check: string])[] = [
  ["an issuer chain of one certificate", { pckCrlIssuerChain: pemOf(intermediate) }, "tdx.pck-chain"],
  ["an issuer chain of three", { pckCrlIssuerChain: pemOf(intermediate, root, root) }, "tdx.pck-chain"],
  ["no issuer chain", { pckCrlIssuerChain: none }, "tdx.pck-chain"],
  ["an issuer chain that is no DER", { pckCrlIssuerChain: pemOf(Uint8Array.of(0x30), root) }, "x509.der"],
  ["an issuer chain the wrong way round", { pckCrlIssuerChain: pemOf(root, intermediate) }, "tdx.root"],
  ["a signer as issuer", { pckCrlIssuerChain: pemOf(signer, root) }, "tdx.intermediate"],
  [
    "an issuer with a changed signature",
    { pckCrlIssuerChain: pemOf(flip(intermediate, 660), root) },
    "tdx.intermediate",
  ],
  ["a signer chain of one certificate", { tcbInfoIssuerChain: pemOf(signer) }, "tdx.pck-chain"],
  ["a CA as signer", { tcbInfoIssuerChain: pemOf(intermediate, root) }, "tdx.signer"],
  ["the root as signer", { qeIdentityIssuerChain: pemOf(root, root) }, "tdx.signer"],
  ["a signer under another root", { qeIdentityIssuerChain: foreign.qeIdentityIssuerChain }, "tdx.root"],
  ["a signer with a changed signature", { tcbInfoIssuerChain: pemOf(flip(signer, 650), root) }, "tdx.signer"],
  [
    "a signer that has ended",
    { qeIdentityIssuerChain: pemOf(certificateOf("tcbSigning2018"), root) },
    "tdx.signer-dates",
  ],
  ["a root CRL that is no DER", { rootCaCrl: none }, "x509.der"],
  [
    "a root CRL with a changed byte",
    { rootCaCrl: flip(good.rootCaCrl, good.rootCaCrl.length - 1) },
    "tdx.crl-signature",
  ],
  ["a root CRL of another root", { rootCaCrl: foreign.rootCaCrl }, "tdx.crl-signature"],
  ["a PCK CRL with a changed serial", { pckCrl: flip(good.pckCrl, 700) }, "tdx.crl-signature"],
  ["TCB info with a changed byte", { tcbInfo: flip(good.tcbInfo, 30) }, "tdx.tcb-info-signature"],
  [
    "TCB info with a byte more",
    { tcbInfo: concat(good.tcbInfo, Uint8Array.of(0x20)) },
    "tdx.tcb-info-signature",
  ],
  [
    "QE identity as TCB info",
    { tcbInfo: good.qeIdentity, tcbInfoSignature: good.qeIdentitySignature },
    "tdx.tcb-info-kind",
  ],
  [
    "TCB info as QE identity",
    { qeIdentity: good.tcbInfo, qeIdentitySignature: good.tcbInfoSignature },
    "tdx.qe-identity-kind",
  ],
];

describe("wrong collateral", () => {
  for (const [what, by, check] of wrong)
    it(`with ${what} ends in ${check}`, () => assert.equal(errorOf(by), check));

  for (const [date, check] of [
    ["2018-05-21T10:00:00Z", "tdx.intermediate-dates"],
    ["2033-05-22T00:00:00Z", "tdx.intermediate-dates"],
    ["2025-05-01T00:00:00Z", "tdx.signer-dates"],
    ["2026-01-20T00:00:00Z", "tdx.pck-crl-dates"],
    ["2026-02-01T00:00:00Z", "tdx.tcb-info-dates"],
    ["2026-02-26T09:47:00Z", "tdx.pck-crl-dates"],
    ["2026-04-03T12:00:00Z", "tdx.root-crl-dates"],
  ] as const)
    it(`at ${date} ends in ${check}`, () => assert.equal(errorOf({}, realTrust(at(date))), check));

  it("is in date from its first second to its last", () => {
    assert.equal(errorOf({}, realTrust(at("2026-02-01T14:49:25Z"))), "tdx.tcb-info-dates");
    assert.equal(errorOf({}, realTrust(at("2026-02-01T14:49:26Z"))), null);
    assert.equal(errorOf({}, realTrust(at("2026-02-26T09:46:32Z"))), null);
    assert.equal(errorOf({}, realTrust(at("2026-02-26T09:46:33Z"))), "tdx.pck-crl-dates");
  });
});

describe("a quote with collateral judged before", () => {
  const collateral = mustJudge(good, trust);
  const quote = quoteBytes("v5-gotdx");
  const errorAt = (date: string, by: object = {}) => {
    const claims = judgeTdxQuote(quote, { ...realTrust(at(date)), collateral: { ...collateral, ...by } });
    return isRefusal(claims) ? claims.check : null;
  };

  it("is refused once a document has ended", () => {
    assert.equal(errorAt("2026-02-26T09:46:32Z"), null);
    assert.equal(errorAt("2026-02-26T09:46:33Z"), "tdx.pck-crl-dates");
    const { pckCrl, rootCrl, qeIdentity } = collateral;
    const longPck = { pckCrl: { ...pckCrl, nextUpdate: 2n ** 40n } };
    assert.equal(errorAt("2026-02-26T09:50:00Z", longPck), "tdx.qe-identity-dates");
    const longQe = { ...longPck, qeIdentity: { ...qeIdentity, nextUpdate: 2n ** 40n } };
    assert.equal(errorAt("2026-03-04T00:00:00Z", longQe), "tdx.tcb-info-dates");
    const shortRoot = { rootCrl: { ...rootCrl, nextUpdate: 0n } };
    assert.equal(errorAt("2026-02-10T00:00:00Z", shortRoot), "tdx.root-crl-dates");
  });

  it("is refused when a serial is revoked", () => {
    const withRoot = (serial: string) =>
      errorAt("2026-02-10T00:00:00Z", { rootCrl: { ...collateral.rootCrl, serials: new Set([serial]) } });
    assert.equal(withRoot("0x956f5dcdbd1be1e94049c9d4f433ce01570bde54"), "tdx.intermediate-revoked");
    assert.equal(withRoot("0x7e3882d5fb55294a40498e458403e91491bdf455"), "tdx.signer-revoked");
    const rootCrl = { ...collateral.rootCrl, serials: new Set(["0x05"]) };
    for (const name of ["tcbInfoSigner", "qeIdentitySigner"] as const) {
      const other = { ...collateral[name], serial: Uint8Array.of(5) };
      assert.equal(errorAt("2026-02-10T00:00:00Z", { rootCrl, [name]: other }), "tdx.signer-revoked");
    }
  });

  it("is refused when its issuer has another key than the CRL's, under the same name", () => {
    const { intermediate, rootCrl } = collateral;
    const key = { ...intermediate.key, bytes: syntheticRoot };
    assert.equal(
      errorAt("2026-02-10T00:00:00Z", { intermediate: { ...intermediate, key } }),
      "tdx.pck-crl-missing",
    );
    assert.equal(errorAt("2026-02-10T00:00:00Z", { rootCrl }), null);
  });

  it("is refused under another root than the collateral", () => {
    const settings = { intelRoot: syntheticRoot, now: capturedAt, collateral };
    const claims = judgeTdxQuote(quote, settings);
    assert.equal(isRefusal(claims) ? claims.check : null, "tdx.root");
  });
});
