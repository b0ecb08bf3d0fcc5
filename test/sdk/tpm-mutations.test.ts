// 10,000 seeded mutations of real and simulated TPM evidence: quotes, certifications, AK chains, runtime claims and HCL
// reports. Each ends in a named refusal; what passes must say what the original says, byte by byte. (Mutations of event
// logs: event-log-mutations.test.ts.)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { checkById } from "../../sdk/checks.ts";
import { isEqual, sha256 } from "../../sdk/evidence/bytes.ts";
import type { PublicKey } from "../../sdk/evidence/certificate.ts";
import { readHclReport } from "../../sdk/evidence/hcl-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { readRuntimeClaims } from "../../sdk/evidence/runtime-claims.ts";
import { judgeAkChain } from "../../sdk/verify/ak-certificates.ts";
import { verifyCertification, verifyQuote } from "../../sdk/verify/tpm.ts";
import {
  gcpRegistration,
  hardware,
  pcrsOf,
  runtimeClaims,
  selectedPcrs,
  simulated,
} from "../contracts/verifiers/captured.ts";
import type { TpmCase } from "../contracts/verifiers/captured.ts";
import { disturb, newDice } from "../contracts/verifiers/parity.ts";

const bytesOf = (hex: string) => Buffer.from(hex.replace(/^0x/, ""), "hex");
const keyOf = (bytes: Buffer): PublicKey => ({ type: bytes.length === 64 ? "p256" : "rsa", bytes });
const now = BigInt(Date.parse("2026-12-01T12:00:00Z") / 1000);

/** One to three changes. */
function mutate(bytes: Buffer, dice: (bound: number) => number): Buffer {
  let mutated = bytes;
  for (let left = 1 + dice(3); left > 0 && mutated.length > 0; left--) mutated = disturb(mutated, dice);
  return mutated;
}

/** What a verification ends in: a check of the catalogue, or a value. */
function mustEnd<T extends object>(outcome: T | Refusal, what: string): T | null {
  if (!isRefusal(outcome)) return outcome;
  assert.equal(checkById(outcome.check).id, outcome.check, what);
  assert.ok(outcome.detail.length > 0, what);
  return null;
}

function quoteParts(c: TpmCase) {
  const pcrs = pcrsOf(c.pcrs!, selectedPcrs(c.attest)).map(({ index, pcr }) => ({
    index: Number(index),
    pcr: bytesOf(pcr),
    allEvents: [],
    measureEventsIdx: [],
    measurePcr: true,
  }));
  return { ak: bytesOf(c.ak!), attest: bytesOf(c.attest), signature: bytesOf(c.signature), pcrs };
}

describe("mutations of TPM evidence", () => {
  it("of 4,000 quotes pass only where nothing changed", () => {
    const dice = newDice(101);
    const originals = ["sim-quote-ecc", "sim-quote-rsa"].map((id) => quoteParts(simulated[id]!));
    originals.push(...["azure-tdx-full-2025", "azure-tdx-full-2026"].map((id) => quoteParts(hardware[id]!)));
    for (let round = 0; round < 4_000; round++) {
      const original = originals[round % originals.length]!;
      const part = (["ak", "attest", "signature"] as const)[dice(3)]!;
      const mutated = { ...original, [part]: mutate(original[part], dice) };
      const isSame = isEqual(mutated[part], original[part]);
      const what = `round ${round}, ${part}`;
      const quote = mustEnd(verifyQuote(keyOf(mutated.ak), mutated), what);
      // A high bit of an ECDSA number that a TPM pads with zeros has one form only, so nothing else can pass.
      assert.equal(quote !== null, isSame, what);
    }
  });

  it("of 2,000 certifications pass only where nothing changed", () => {
    const dice = newDice(102);
    for (let round = 0; round < 2_000; round++) {
      const c = simulated[round % 2 === 0 ? "sim-certify-ecc" : "sim-certify-rsa"]!;
      const area = bytesOf(c.tpmtPublic!);
      const identity = Buffer.concat([area.subarray(-66, -34), area.subarray(-32)]);
      const original = { tpmtPublic: area, attest: bytesOf(c.attest), signature: bytesOf(c.signature) };
      const part = (["tpmtPublic", "attest", "signature"] as const)[dice(3)]!;
      const mutated = { ...original, [part]: mutate(original[part], dice) };
      const what = `round ${round}, ${part}`;
      const key = mustEnd(verifyCertification(keyOf(bytesOf(c.ak!)), mutated, identity), what);
      assert.equal(key !== null, isEqual(mutated[part], original[part]), what);
    }
  });

  it("of 2,000 AK chains pass only where nothing changed", () => {
    const dice = newDice(103);
    const chains = [
      simulated["sim-quote-ecc"]!.certs!,
      simulated["sim-quote-rsa"]!.certs!,
      gcpRegistration.certs.slice(0, 2),
    ].map((certs) => certs.map(bytesOf));
    const trust = {
      intelRoot: new Uint8Array(64),
      akRoots: [
        { cloud: 4, der: chains[0]!.at(-1)! },
        { cloud: 1, der: bytesOf(gcpRegistration.certs[2]!) },
      ],
    };
    for (let round = 0; round < 2_000; round++) {
      // Google's are of 4096 bits: one in ten.
      const chain = chains[round % 10 === 0 ? 2 : round % 2]!;
      const position = dice(chain.length);
      const mutated = chain.map((der, index) => (index === position ? mutate(der, dice) : der));
      const isSame = isEqual(mutated[position]!, chain[position]!);
      const what = `round ${round}, certificate ${position}`;
      const judged = mustEnd(judgeAkChain(mutated, trust, now), what);
      assert.equal(judged !== null, isSame, what);
    }
  });

  it("of 1,000 runtime claims are another text to whoever hashes them", () => {
    const dice = newDice(104);
    const texts = Object.values(runtimeClaims).map((text) => Buffer.from(text));
    for (let round = 0; round < 1_000; round++) {
      const original = texts[round % texts.length]!;
      const mutated = mutate(original, dice);
      mustEnd(readRuntimeClaims(mutated), `round ${round}`);
      const isSame = isEqual(mutated, original);
      assert.equal(isEqual(sha256(mutated), sha256(original)), isSame, `round ${round}`);
    }
  });

  it("of 1,000 HCL reports give the same claims and TEE report, or others that bind to nothing, or none", () => {
    const dice = newDice(105);
    const reports = JSON.parse(
      readFileSync(new URL("../fixtures/hardware/azure-hcl/reports.json", import.meta.url), "utf8"),
    ) as Record<string, { hclReport: string; length: number }>;
    const blobs = Object.entries(reports)
      .filter(([id]) => !id.startsWith("neg-"))
      .map(([, { hclReport, length }]) => {
        const blob = Buffer.alloc(length);
        Buffer.from(hclReport, "base64").copy(blob);
        return blob;
      });
    for (let round = 0; round < 1_000; round++) {
      const blob = blobs[round % blobs.length]!;
      const original = readHclReport(blob);
      if (isRefusal(original)) throw new Error(original.detail);
      const mutated = mustEnd(readHclReport(mutate(blob, dice)), `round ${round}`);
      if (mutated === null) continue;
      const isSame =
        isEqual(mutated.teeReport, original.teeReport) &&
        isEqual(mutated.runtimeClaims, original.runtimeClaims);
      const at = mutated.teeReport.length === 1024 ? 128 : 0x50;
      const binds = isEqual(mutated.teeReport.subarray(at, at + 32), sha256(mutated.runtimeClaims));
      // The rest of a TEE report is under the signature of its hardware, which no HCL report carries for TDX.
      if (!isSame && binds)
        assert.ok(isEqual(mutated.runtimeClaims, original.runtimeClaims), `round ${round}`);
    }
  });
});
