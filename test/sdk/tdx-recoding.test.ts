// Calldata with its quote recoded: on every real quote nothing that is signed or bound changes, and a form that says less
// is recognised.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { concat, isEqual, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readPckExtension } from "../../sdk/evidence/pck-extension.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import {
  hostAttributesLength,
  readTdxCompact,
  toKnownHost,
  toNewHost,
} from "../../sdk/evidence/tdx-compact.ts";
import {
  hostAttributesOf,
  isSameQuote,
  pckLeafOf,
  rawQuoteOf,
  toKnownHostCalldata,
  toNewHostCalldata,
} from "../../sdk/evidence/tdx-recoding.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { sampleCalldata } from "../relayer/support/evidence.ts";
import { flipBit } from "../support/mutations.ts";
import { quoteBytes } from "../support/tdx-vectors.ts";

function must<T>(value: T): Exclude<T, Refusal> {
  if (isRefusal(value)) throw new Error(`${value.check}: ${value.detail}`);
  return value as Exclude<T, Refusal>;
}

const names = readdirSync("test/fixtures/hardware/tdx-quotes")
  .filter((file) => file.endsWith(".bin"))
  .map((file) => file.slice(0, -".bin".length));
const readable = names.filter((name) => !isRefusal(readTdxQuote(quoteBytes(name))));
const standing = { caId: 1, qeVersion: 2, crlVersion: 3 };

/** Everything of a registration but its report. */
function around(calldata: Uint8Array): string {
  const registration = decodeAttestCvm(calldata);
  assert.ok(!("check" in registration));
  return toHex(encodeAttestCvm({ ...registration, teeAttestationReport: new Uint8Array(0) }));
}

describe("a registration with its quote recoded", () => {
  it("is there for every real quote", () => assert.ok(readable.length >= 15, String(readable.length)));

  for (const name of readable)
    it(`says the same of ${name}, is shorter each time, and nothing around it changes`, () => {
      const given = sampleCalldata(7n, 0, quoteBytes(name));
      const attributes = must(hostAttributesOf(quoteBytes(name), standing));
      const fresh = must(toNewHostCalldata(given));
      const known = must(toKnownHostCalldata(given, attributes));
      assert.ok(known.length < fresh.length && fresh.length < given.length);
      assert.deepEqual([around(fresh), around(known)], [around(given), around(given)]);
      const raw = must(readTdxQuote(quoteBytes(name)));
      const registration = decodeAttestCvm(known);
      assert.ok(!("check" in registration));
      const read = must(readTdxCompact(registration.teeAttestationReport));
      assert.ok(isEqual(read.bodyBytes, raw.bodyBytes) && isEqual(read.signed, raw.signed));
    });

  it("is refused where there is no raw quote: another TEE, a proof, a compact quote, broken bytes", () => {
    const given = sampleCalldata(7n, 0, quoteBytes("v5-gotdx"));
    const registration = decodeAttestCvm(given);
    assert.ok(!("check" in registration));
    for (const other of [
      encodeAttestCvm({ ...registration, tee: 2 }),
      encodeAttestCvm({ ...registration, reportType: 2 }),
      must(toNewHostCalldata(given)),
      sampleCalldata(7n, 1),
      given.subarray(1),
    ]) {
      assert.equal(rawQuoteOf(other), null);
      assert.ok(isRefusal(toNewHostCalldata(other)));
      assert.ok(isRefusal(toKnownHostCalldata(other, new Uint8Array(hostAttributesLength))));
    }
  });

  it("is refused with attributes of another length or layout", () => {
    const given = sampleCalldata(7n, 0, quoteBytes("v5-gotdx"));
    const attributes = must(hostAttributesOf(quoteBytes("v5-gotdx"), standing));
    for (const wrong of [
      attributes.subarray(1),
      concat(attributes, Uint8Array.of(0)),
      flipBit(attributes, 0),
    ]) {
      const refused = toKnownHostCalldata(given, wrong);
      assert.ok(isRefusal(refused));
      assert.equal(refused.check, "tdx.compact-form");
    }
  });
});

describe("a compact form", () => {
  const raw = quoteBytes("v5-gotdx");
  const quote = must(readTdxQuote(raw));
  const attributes = must(hostAttributesOf(raw, standing));

  it("is that of its quote alone: a bit changed anywhere makes it another", () => {
    const compact = must(toNewHost(raw));
    assert.ok(isSameQuote(raw, compact));
    for (let at = 0; at < compact.length; at++)
      assert.ok(!isSameQuote(raw, flipBit(compact, at)), `byte ${at} of ${compact.length}`);
    assert.ok(!isSameQuote(raw, compact.subarray(0, -1)));
  });

  it("of a known host leaves nothing out but what the registry keeps", () => {
    const compact = must(toKnownHost(raw, attributes));
    assert.ok(isSameQuote(raw, compact));
    for (let at = 0; at < compact.length - hostAttributesLength; at++)
      assert.ok(!isSameQuote(raw, flipBit(compact, at)), `byte ${at} of ${compact.length}`);
  });

  it("has attributes that are read from certificate and QE report", () => {
    const read = must(readTdxCompact(must(toKnownHost(raw, attributes))));
    assert.ok(read.form === "known-host");
    const { host } = read;
    const leaf = must(readCertificate(must(pckLeafOf(quote))));
    const pck = must(readPckExtension(leaf));
    assert.deepEqual(host.fmspc, pck.fmspc);
    assert.deepEqual([...host.componentSvns], pck.componentSvns);
    assert.deepEqual([host.pckNotBefore, host.pckNotAfter], [leaf.notBefore, leaf.notAfter]);
    assert.deepEqual([host.caId, host.qeVersion, host.crlVersion], [1, 2, 3]);
    assert.equal(host.qeIsvSvn, quote.qeReport[258]! + 256 * quote.qeReport[259]!);
  });
});
