// Whose collateral a quote needs, as its PCK certificate says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { intelAuthorities } from "../../agent/platforms/simulated/pki.ts";
import { seededAuthorities } from "../../agent/platforms/simulated/seeded-authorities.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { toNewHost } from "../../sdk/evidence/tdx-compact.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";

describe("TDX platform", () => {
  it("is told by the PCK certificate of a raw quote", async () => {
    const quote = await simulatedQuote({ seed: 1, pck: { fmspc: Uint8Array.of(1, 2, 3, 4, 5, 6) } });
    const ca = readCertificate(intelAuthorities().platformCa.der);
    assert.ok(!isRefusal(ca));
    const platform = { fmspc: Uint8Array.of(1, 2, 3, 4, 5, 6), ca: "platform" };
    assert.deepEqual(platformOfQuote(quote), { ...platform, caSubjectHash: keccak256(ca.subject) });
  });

  it("is told by a real quote of Google's", () => {
    const quote = readFileSync("test/fixtures/hardware/tdx-quotes/v4-gcp-automata.bin");
    const platform = platformOfQuote(Uint8Array.from(quote));
    assert.deepEqual([toHex(platform!.fmspc), platform!.ca], ["0x00806f050000", "platform"]);
  });

  it("knows the processor CA, whose subject is another", async () => {
    const authorities = await seededAuthorities({ seed: 1, ca: "processor" });
    const platform = platformOfQuote(await simulatedQuote({ seed: 1, authorities }));
    assert.equal(platform?.ca, "processor");
    const other = platformOfQuote(await simulatedQuote({ seed: 1 }));
    assert.notEqual(toHex(platform.caSubjectHash), toHex(other!.caSubjectHash));
  });

  it("is told by a compact quote of a new host as well", async () => {
    const quote = await simulatedQuote({ seed: 1 });
    const compact = toNewHost(quote);
    assert.ok(!isRefusal(compact));
    assert.deepEqual(platformOfQuote(compact), platformOfQuote(quote));
  });

  it("is nobody's for what names no PCK certificate", () => {
    assert.equal(platformOfQuote(new Uint8Array(0)), null);
    assert.equal(platformOfQuote(Uint8Array.of(0xff, 1)), null);
  });
});
