// From evidence to a program's input and from its proof to a registration; which program is asked.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeAbiParameters, parseAbiParameters } from "viem";
import {
  chooseProgram,
  guestInput,
  ProvingError,
  requireProgram,
  statementIdOf,
  systemOf,
  withProof,
} from "../../proving/index.ts";
import type { ProvingErrorCode } from "../../proving/index.ts";
import { fromHex, keccak256, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { journalFormats } from "../../sdk/evidence/journals/index.ts";
import { readProofReport } from "../../sdk/evidence/proof-report.ts";
import type { ProvableQuote, ProvableSnpReport } from "../../sdk/evidence/provable-report.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { pinnedCerts, snpKeyTypes, snpProducts } from "../../sdk/verify/snp/products.ts";
import { defaultPrograms, knownPrograms } from "../../sdk/verify/zk/programs.ts";
import { fixtureBytes, mustReadRegistration } from "../sdk/fixtures.ts";
import { capturedCollateral } from "../support/tdx-vectors.ts";

const { snpV1, snpV2, snpV3, dcap } = journalFormats;
const { sp1, riscZero, solidity } = reportTypes;
const { intelTdx, amdSevSnp } = teeTypes;

const snp: ProvableSnpReport = {
  tee: amdSevSnp,
  report: fixtureBytes("snp/reports/genoa-v3-vcek-azure.bin"),
  vek: fixtureBytes("snp/veks/genoa-v3-vcek-azure.der"),
};
const quote: ProvableQuote = {
  tee: intelTdx,
  quote: mustReadRegistration("gcp-tdx-2025-12-18").teeAttestationReport,
};
const basis = { timestamp: 7n, collateral: capturedCollateral.gcp };
const refuses = (code: ProvingErrorCode, run: () => unknown) =>
  assert.throws(run, (error) => error instanceof ProvingError && error.code === code);

describe("a program's input", () => {
  const v2 = parseAbiParameters("(uint64 timestamp, uint8 trusted, bytes report, bytes[] chain)");
  const v3 = parseAbiParameters("(uint64 timestamp, bytes report, bytes[] chain)");

  it("of an SNP report has AMD's pinned certificates above its VEK", () => {
    const [[given], [other]] = [
      decodeAbiParameters(v3, toHex(guestInput(snp, snpV3, basis))),
      decodeAbiParameters(v2, toHex(guestInput(snp, snpV2, basis))),
    ];
    for (const { timestamp, report, chain } of [given, other]) {
      assert.equal(timestamp, 7n);
      assert.equal(report, toHex(snp.report));
      const [root, issuer, vek] = chain.map(fromHex) as [Uint8Array, Uint8Array, Uint8Array];
      const pinned = pinnedCerts(snpProducts.genoa, snpKeyTypes.vcek);
      assert.deepEqual([sha256(root), sha256(sha256(root), sha256(issuer))], pinned);
      assert.deepEqual([vek, chain.length], [snp.vek, 3]);
    }
    assert.equal(other.trusted, 2);
  });

  it("of a quote has Intel's documents", () => {
    const types = parseAbiParameters("bytes, bytes, uint64");
    const [, given, timestamp] = decodeAbiParameters(types, toHex(guestInput(quote, dcap, basis)));
    assert.deepEqual([given, timestamp], [toHex(quote.quote), 7n]);
  });

  it("proving.config: a quote without documents, or for a program of the other TEE", () => {
    refuses("proving.config", () => guestInput(quote, dcap, { ...basis, collateral: null }));
    refuses("proving.config", () => guestInput(quote, snpV3, basis));
    refuses("proving.config", () => guestInput(snp, dcap, basis));
    refuses("proving.config", () => guestInput(snp, snpV1, basis));
  });

  it("proving.request: a report that no product made", () => {
    const report = snp.report.slice();
    report[0x188] = 0;
    refuses("proving.request", () => guestInput({ ...snp, report }, snpV3, basis));
    refuses("proving.request", () => guestInput({ ...snp, report: report.subarray(1) }, snpV3, basis));
  });
});

describe("the statement that is proved", () => {
  it("has the id that the registry's verifiers give it", () => {
    assert.deepEqual(statementIdOf(snp), keccak256(snp.report.subarray(0, 0x2a0)));
    // A TD report body stands behind the quote's header.
    assert.deepEqual(statementIdOf(quote), keccak256(quote.quote.subarray(48, 632)));
  });

  it("has none where it is malformed", () => {
    for (const broken of [
      { ...snp, report: snp.report.subarray(1) },
      { ...quote, quote: quote.quote.subarray(0, 600) },
    ])
      assert.ok("check" in statementIdOf(broken));
  });
});

describe("a registration with its proof", () => {
  const registration: Registration = mustReadRegistration("gcp-snp-2026-01-21");
  const proof = {
    program: `0x${"ab".repeat(32)}` as const,
    output: Uint8Array.of(1),
    proof: Uint8Array.of(2, 3),
  };
  const none = new Uint8Array(0);
  const rows = [
    ["a v3 journal has the report's hash: the report goes along", snp, snpV3, snp.report],
    ["a v2 journal has the report", snp, snpV2, none],
    ["a DCAP journal has the body", quote, dcap, none],
  ] as const;
  for (const [name, provable, format, statement] of rows)
    it(name, () => {
      const { teeAttestationReport, ...rest } = withProof(registration, provable, proof, format);
      const { program, ...others } = proof;
      assert.deepEqual(readProofReport(teeAttestationReport), {
        ...others,
        program: fromHex(program),
        statement,
      });
      const before: Partial<Registration> = { ...registration };
      delete (before as { teeAttestationReport?: unknown }).teeAttestationReport;
      assert.deepEqual(rest, before);
    });
});

describe("the program that is asked", () => {
  it("is the newest, for every TEE and system", () => {
    const chosen = [intelTdx, amdSevSnp].flatMap((tee) =>
      [sp1, riscZero].map((system) => chooseProgram(tee, system)),
    );
    for (const program of chosen)
      assert.equal(defaultPrograms.includes(program), program.tee === amdSevSnp, toHex(program.id));
    assert.deepEqual(
      chosen.map(({ tee, system, format }) => [tee, system, format]),
      [
        [intelTdx, sp1, dcap],
        [intelTdx, riscZero, dcap],
        [amdSevSnp, sp1, snpV3],
        [amdSevSnp, riscZero, snpV3],
      ],
    );
  });

  it("is the first of a list that fits, else the newest", () => {
    const older = defaultPrograms.find((each) => each.format === snpV2 && each.system === riscZero)!;
    const id = toHex(older.id);
    assert.equal(chooseProgram(amdSevSnp, riscZero, [`0x${"12".repeat(32)}`, id]), older);
    assert.equal(chooseProgram(amdSevSnp, sp1, [id]).format, snpV3);
    assert.equal(requireProgram(amdSevSnp, riscZero, id), older);
  });

  it("proving.request, proving.config: none that is unknown or of something else", () => {
    const { id } = chooseProgram(intelTdx, sp1);
    refuses("proving.request", () => requireProgram(amdSevSnp, sp1, toHex(id)));
    refuses("proving.request", () => requireProgram(intelTdx, riscZero, toHex(id)));
    refuses("proving.request", () => requireProgram(intelTdx, sp1, `0x${"00".repeat(32)}`));
    const untimed = knownPrograms.find(({ format }) => format === snpV1)!;
    refuses("proving.request", () => requireProgram(untimed.tee, untimed.system, toHex(untimed.id)));
    refuses("proving.config", () => chooseProgram(3, sp1));
    refuses("proving.config", () => chooseProgram(intelTdx, solidity));
  });

  it("is of the system that the report type names", () => {
    assert.deepEqual([solidity, sp1, riscZero].map(systemOf), [null, "sp1", "risc0"]);
  });
});
