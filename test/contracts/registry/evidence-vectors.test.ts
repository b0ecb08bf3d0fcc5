// The values of vectors/protocol that condense evidence, computed by Solidity (protocol §3, §5, §6, §13).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { concat, keccak256, sha256 } from "viem";
import type { Hex } from "viem";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import { readTdxQuote } from "../../../sdk/evidence/tdx-quote.ts";
import type { MeasureablePcr } from "../../../sdk/evidence/registration.ts";
import { captures, journalTdBody, snpReport } from "../../support/captured-reports.ts";
import { mustFindCaptured, mustReadRegistration } from "../../sdk/fixtures.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";

interface Vectors {
  domains: { platform: Hex };
  anchored: {
    input: { selection: { index: number; measurePcr: boolean; measureEventsIdx: number[] }[] };
    selectionHash: Hex;
  };
  policyPcr: { pcrs: number[]; values: Hex[]; authPolicy: Hex };
}

const path = new URL("../../fixtures/protocol/vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(path, "utf8")) as Vectors;

interface Condensed {
  selectionHash: Hex;
  pcrMeasurement: Hex;
  policyDigest: Hex;
  measuredPcrs: number;
}

const tupleOf = (pcr: MeasureablePcr) => ({
  index: BigInt(pcr.index),
  pcr: toHex(pcr.pcr),
  allEvents: pcr.allEvents.map(toHex),
  measureEventsIdx: pcr.measureEventsIdx.map(BigInt),
  measurePcr: pcr.measurePcr,
});

describe("condensed evidence in Solidity", () => {
  let chain: Chain;
  let harness: Contract;
  before(async () => {
    chain = await startChain();
    harness = await chain.deploy("EvidenceHarness");
  });
  const condense = (pcrs: unknown) => chain.read<Condensed>(harness, "condense", pcrs);

  it("has the platform domain", async () => {
    assert.equal(await chain.read(harness, "platformDomain"), vectors.domains.platform);
    assert.equal(
      await chain.read(harness, "platformId", 1, 0, `0x${"00".repeat(16)}`),
      `0x${"00".repeat(32)}`,
    );
  });

  it("hashes the selection of the anchored example", async () => {
    const digest: Hex = `0x${"11".repeat(32)}`;
    const events = Array.from({ length: 5 }, () => digest);
    const replayed = events.reduce<Hex>((pcr, event) => sha256(concat([pcr, event])), `0x${"00".repeat(32)}`);
    const pcrs = vectors.anchored.input.selection.map(({ index, measurePcr, measureEventsIdx }) => ({
      index: BigInt(index),
      pcr: measureEventsIdx.length === 0 ? digest : replayed,
      allEvents: measureEventsIdx.length === 0 ? [] : events,
      measureEventsIdx: measureEventsIdx.map(BigInt),
      measurePcr,
    }));
    assert.equal((await condense(pcrs)).selectionHash, vectors.anchored.selectionHash);
  });

  it("computes the PolicyPCR digest", async () => {
    const { pcrs, values, authPolicy } = vectors.policyPcr;
    const tuples = pcrs.map((index, at) => ({
      ...{ index: BigInt(index), pcr: values[at], allEvents: [], measureEventsIdx: [], measurePcr: true },
    }));
    assert.equal((await condense(tuples)).policyDigest, authPolicy);
  });

  for (const [file, capture] of Object.entries(captures)) {
    const vector = mustFindCaptured(file);
    const registration = mustReadRegistration(capture);

    it(`condenses the PCRs of ${file}`, async () => {
      const claims = await condense(registration.workloadCollaterals.pcrs.map(tupleOf));
      assert.equal(claims.selectionHash, vector.selectionHash);
      assert.equal(claims.pcrMeasurement, vector.pcrMeasurement);
      const measured = vector.measuredPcrs.reduce((mask, index) => mask | (1 << index), 0);
      assert.equal(claims.measuredPcrs, measured);
    });

    it(`condenses the TEE statement of ${file}`, async () => {
      const report = registration.teeAttestationReport;
      const azure = async (inner: Hex): Promise<Hex> => {
        const digest = vector.vmConfigurationDigest;
        if (digest === undefined) return inner;
        assert.equal(keccak256(toHex(new TextEncoder().encode(vector.vmConfiguration))), digest);
        const protocol = await chain.deploy("ProtocolHarness");
        return chain.read<Hex>(protocol, "azureMeasurement", inner, digest);
      };
      if (vector.tee === 2) {
        const [statement, inner, platform] = await chain.read<readonly [Hex, Hex, Hex]>(
          ...[harness, "snp", toHex(snpReport(report)), vector.product],
        );
        assert.deepEqual(
          [statement, await azure(inner), platform],
          [vector.statementId, vector.teeMeasurement, vector.platformId],
        );
        return;
      }
      const quote = readTdxQuote(report);
      const body = "check" in quote ? journalTdBody(report) : quote.bodyBytes;
      const [statement, whole, legacy] = await chain.read<readonly [Hex, Hex, Hex]>(
        ...[harness, "td", toHex(body)],
      );
      assert.equal(statement, vector.statementId);
      // GCP's captures are un-anchored and bound by PCR 15 alone: rtmr3 counts as zero.
      assert.equal(await azure(vector.cloud === 1 ? legacy : whole), vector.teeMeasurement);
    });
  }

  it("reads 648 bytes of a TD report 1.5 with its service TD", async () => {
    const body = new Uint8Array(648).fill(1);
    const shorter = body.subarray(0, 584);
    const [, long] = await chain.read<readonly [Hex, Hex, Hex]>(...[harness, "td", toHex(body)]);
    const [, short] = await chain.read<readonly [Hex, Hex, Hex]>(...[harness, "td", toHex(shorter)]);
    assert.notEqual(long, short);
    assert.equal(fromHex(long).length, 32);
  });
});
