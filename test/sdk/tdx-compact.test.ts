// Compact forms of a quote: what they keep, what they refuse, and that they are judged like the raw quote.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ascii, concat, isEqual, keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import {
  encodeHostAttributes,
  hostCommitment,
  readTdxCompact,
  toKnownHost,
  toNewHost,
} from "../../sdk/evidence/tdx-compact.ts";
import type { HostAttributes } from "../../sdk/evidence/tdx-compact.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { judgeTdxQuote, verifyTdxQuote } from "../../sdk/verify/tdx/index.ts";
import type { TdxClaims, TdxTrust } from "../../sdk/verify/tdx/index.ts";
import {
  mustFindSynthetic,
  mustJudge,
  quoteBytes,
  capturedCollateral,
  realTrust,
  syntheticRoot,
} from "../support/tdx-vectors.ts";
import { capturedAt, flip } from "./fixtures.ts";

const base = realTrust(capturedAt);
const trust: TdxTrust = { ...base, collateral: mustJudge(capturedCollateral.azure, base) };
const raw = quoteBytes("v5-gotdx");

function must<T>(value: T): Exclude<T, Refusal> {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value as Exclude<T, Refusal>;
}

const compact = must(toNewHost(raw));
const claims: TdxClaims = must(judgeTdxQuote(raw, trust));
const errorOf = (quote: Uint8Array, settings = trust) => verifyTdxQuote(quote, settings).error;

const pck = claims.host.pck!;
const attributes: HostAttributes = {
  fmspc: claims.host.fmspc,
  pceId: claims.host.pceId,
  componentSvns: claims.host.componentSvns,
  pceSvn: claims.host.pceSvn,
  qeIsvSvn: claims.svns.qeIsvSvn,
  caId: 1,
  qeVersion: 1,
  crlVersion: 2,
  pckNotBefore: pck.notBefore,
  pckNotAfter: pck.notAfter,
  pckSerial: pck.serial.subarray(-20),
  platformId: claims.platformId,
};
const known = must(toKnownHost(raw, encodeHostAttributes(attributes)));
const commitment = hostCommitment(must(readTdxQuote(raw)).attestationKey, encodeHostAttributes(attributes));
const knowing: TdxTrust = {
  ...trust,
  isKnownHost: (asked) => isEqual(asked, commitment),
};

/** Without what only a quote with a leaf has: a known host shows its platform id alone. */
function comparable({ host, ...rest }: TdxClaims) {
  return { ...rest, ppid: null, host: { ...host, ppid: null, pck: null } };
}

describe("a compact quote of a new host", () => {
  it("is half as long and says the same", () => {
    assert.ok(compact.length < 2700);
    assert.deepEqual(must(judgeTdxQuote(compact, trust)), claims);
  });

  it("is judged like the raw quote, whatever the raw quote ends in", () => {
    for (const name of [
      "td-debug",
      "pck-revoked",
      "qe-debug",
      "module-revoked",
      "pceid-mismatch",
      "pck-expired",
      "qe-sign-wrong-key",
    ]) {
      const { quote, collateral, now } = mustFindSynthetic(name);
      const roots = { intelRoot: syntheticRoot, now };
      const settings = { ...roots, collateral: mustJudge(collateral, roots) };
      assert.equal(errorOf(must(toNewHost(quote)), settings), errorOf(quote, settings), name);
      assert.notEqual(errorOf(quote, settings), null);
    }
  });

  it("needs collateral, whose intermediate it stands on", () => {
    assert.equal(errorOf(compact, { ...trust, collateral: null }), "tdx.pck-issuer");
    const { quote, collateral, now } = mustFindSynthetic("ok-processor-ca");
    const other = mustFindSynthetic("ok-v4");
    const roots = { intelRoot: syntheticRoot, now };
    const of = (from: typeof collateral) => ({ ...roots, collateral: mustJudge(from, roots) });
    assert.equal(errorOf(must(toNewHost(quote)), of(collateral)), null);
    assert.equal(errorOf(must(toNewHost(quote)), of(other.collateral)), "tdx.pck-issuer");
    assert.equal(errorOf(compact, { ...trust, intelRoot: syntheticRoot }), "tdx.root");
  });

  const signedEnd = 2 + must(readTdxQuote(raw)).signed.length;
  for (const [what, at, check] of [
    ["high byte of the version", 3, "tdx.version"],
    ["TEE type", 6, "tdx.tee-type"],
    ["vendor", 14, "tdx.qe-vendor"],
    ["body type", 50, "tdx.body-type"],
    ["signed range", 200, "tdx.signature"],
    ["signature", signedEnd, "tdx.signature"],
    ["attestation key", signedEnd + 64, "tdx.qe-report-data"],
    ["QE report", signedEnd + 128, "tdx.qe-signature"],
    ["QE signature", signedEnd + 512, "tdx.qe-signature"],
    ["authentication data", signedEnd + 578, "tdx.qe-report-data"],
    ["leaf", signedEnd + 610, "x509.der"],
    ["end of the leaf", compact.length - 1, "tdx.pck-signature"],
  ] as const)
    it(`with a changed ${what} ends in ${check}`, () => assert.equal(errorOf(flip(compact, at)), check));

  it("is exactly as long as its parts", () => {
    const leaf = signedEnd + 578 + 32;
    const bodyStart = 2 + 48 + 6;
    for (let length = 2; length < bodyStart; length++)
      assert.equal(errorOf(compact.subarray(0, length)), "tdx.length", `${length}`);
    for (let length = bodyStart; length <= leaf; length += 17)
      assert.equal(errorOf(compact.subarray(0, length)), "tdx.compact-form", `${length}`);
    assert.equal(errorOf(compact.subarray(0, leaf)), "tdx.compact-form");
    assert.equal(errorOf(compact.subarray(0, leaf + 1)), "x509.der");
    assert.equal(errorOf(concat(compact, Uint8Array.of(0))), "x509.der");
    assert.equal(errorOf(flip(compact, signedEnd + 576, 0xff)), "tdx.compact-form");
  });

  it("begins with ff01 or ff02, else it is a raw quote of an unknown version", () => {
    assert.equal(errorOf(flip(compact, 0)), "tdx.version");
    assert.equal(errorOf(flip(compact, 1, 4)), "tdx.version");
  });
});

describe("a compact quote of a known host", () => {
  it("holds signed range, signature, key and attributes", () => {
    const quote = must(readTdxCompact(known));
    assert.equal(known.length, 2 + 702 + 128 + 94);
    assert.equal(quote.form, "known-host");
    assert.ok(quote.form === "known-host");
    assert.deepEqual(quote.host, attributes);
    assert.deepEqual(quote.commitment, commitment);
    const domain = keccak256(ascii("cvm-registry.host.v1"));
    const due = keccak256(domain, quote.attestationKey, encodeHostAttributes(attributes));
    assert.equal(toHex(commitment), toHex(due));
  });

  it("says nothing to whoever does not know the host", () => {
    assert.equal(errorOf(known), "tdx.host-known");
  });

  it("says the same as the raw quote to whoever does", () => {
    const quote = must(judgeTdxQuote(known, knowing));
    assert.deepEqual(comparable(quote), comparable(claims));
  });

  it("is not known under other attributes, another key or another PPID", () => {
    for (const at of [known.length - 1, known.length - 90, 2 + 702 + 64])
      assert.equal(errorOf(flip(known, at), knowing), "tdx.host-known");
    const other: TdxTrust = { ...trust, isKnownHost: () => false };
    assert.equal(errorOf(known, other), "tdx.host-known");
  });

  it("is judged by dates, revocation and levels of now", () => {
    const at = (by: Partial<HostAttributes>) =>
      must(toKnownHost(raw, encodeHostAttributes({ ...attributes, ...by })));
    const trusting: TdxTrust = { ...trust, isKnownHost: () => true };
    assert.equal(errorOf(at({}), trusting), null);
    assert.equal(errorOf(at({ pckNotAfter: 0n }), trusting), "tdx.pck-dates");
    assert.equal(errorOf(at({ pceId: Uint8Array.of(1, 0) }), trusting), "tdx.pce-id");
    assert.equal(errorOf(at({ componentSvns: new Uint8Array(16) }), trusting), "tdx.tcb-level");
    assert.equal(errorOf(at({ qeIsvSvn: 0 }), trusting), "tdx.tcb-level");
    const { collateral } = trust;
    const serials = new Set([toHex(attributes.pckSerial).replace(/^0x(00)+/, "0x")]);
    const revoking = { ...collateral!, pckCrl: { ...collateral!.pckCrl, serials } };
    assert.equal(errorOf(at({}), { ...trusting, collateral: revoking }), "tdx.pck-revoked");
    assert.equal(errorOf(at({}), { ...trusting, collateral: null }), "tdx.root-crl-missing");
    assert.equal(errorOf(flip(at({}), 200), trusting), "tdx.signature");
  });

  it("has a header, and attributes of one length and layout", () => {
    assert.equal(errorOf(known.subarray(0, 55), knowing), "tdx.length");
    assert.equal(errorOf(known.subarray(0, 56), knowing), "tdx.compact-form");
    assert.equal(errorOf(known.subarray(0, -1), knowing), "tdx.compact-form");
    assert.equal(errorOf(concat(known, Uint8Array.of(0)), knowing), "tdx.compact-form");
    assert.equal(errorOf(flip(known, known.length - 94), knowing), "tdx.compact-form");
    const refusal = toKnownHost(raw, new Uint8Array(93));
    assert.ok(isRefusal(refusal) && refusal.check === "tdx.compact-form");
  });

  it("lists only the checks that it goes through", () => {
    const { checks } = verifyTdxQuote(known, knowing);
    const ids = checks.map(({ id }) => id);
    assert.ok(ids.includes("tdx.host-known") && ids.includes("tdx.signature"));
    assert.ok(!ids.includes("tdx.qe-signature") && !ids.includes("tdx.padding"));
  });
});
