// Which program a request for a proof means, and which requests are one.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { namesOf, wantedOf } from "../../agent/proofs/request.ts";
import type { ProofRequest } from "../../agent/proofs/request.ts";
import { ProvingError } from "../../proving/index.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { block } from "./chain.ts";
import { apiKey, programs, zkConfigs } from "./prover.ts";

const { sp1, riscZero } = reportTypes;
const { intelTdx, amdSevSnp } = teeTypes;

const requestOf = (reportType: number, image_id?: string): ProofRequest => ({
  ...{ reportType, block, identity: new Uint8Array(32) },
  zkConfig: { ...zkConfigs.sp1, image_id, api_key: apiKey },
});

describe("program of a request", () => {
  const idOf = (tee: number, reportType: number, image_id?: string) => {
    const { system, program } = wantedOf(requestOf(reportType, image_id), tee);
    return [system, toHex(program.id)];
  };

  it("is the newest of TEE and report type where none is named", () => {
    for (const none of [undefined, ""]) {
      assert.deepEqual(idOf(intelTdx, sp1, none), ["sp1", programs.sp1]);
      assert.deepEqual(idOf(intelTdx, riscZero, none), ["risc0", programs.risc0]);
    }
    assert.notEqual(idOf(amdSevSnp, sp1)[1], programs.sp1);
  });

  it("is the one named, with 0x or without, in either case", () => {
    const id = programs.risc0;
    for (const text of [id, id.slice(2), id.slice(2).toUpperCase()])
      assert.deepEqual(idOf(intelTdx, riscZero, text), ["risc0", id]);
  });

  // agent.md §1.5: what the walkthrough's makers published in January 2026; zk.md §4 has the joined form of both.
  for (const [tee, words, id] of [
    [intelTdx, "4114543f15a8197e675a4e046aef08ac64beb9692250e7a33561aa772aea9f26", programs.sp1],
    [
      amdSevSnp,
      "691a1692002fb4a0604a0e4d1281dcb26310dd744681899e2d9cc6fe01c928d8",
      "0x00d2342d2400bed28302507269281dcb2c621bae91a0626796ce637f01c928d8",
    ],
  ] as const)
    it(`is named by SP1's eight words as well: ${words.slice(0, 8)}`, () => {
      assert.deepEqual(idOf(tee, sp1, words), ["sp1", id]);
      assert.deepEqual(idOf(tee, sp1, id), ["sp1", id]);
      // A word of 32 bits is none of SP1's, and RISC Zero has no such form.
      const refused = (error: unknown) => error instanceof ProvingError && error.code === "proving.request";
      assert.throws(() => idOf(tee, sp1, `c${words.slice(1)}`), refused);
      assert.throws(() => idOf(tee, riscZero, words), refused);
    });

  it("is none for a report type that has no proof", () => {
    assert.throws(
      () => idOf(intelTdx, reportTypes.solidity),
      /^ProvingError: proving\.request: report type 1/,
    );
  });
});

describe("names of a request", () => {
  const request = requestOf(sp1);
  const named = (change: Partial<ProofRequest>, salt = new Uint8Array(32)) =>
    namesOf({ ...request, ...change }, wantedOf(request, intelTdx), salt);

  it("differ with the key, and do not show it: without the salt of the process nobody can try keys", () => {
    const other = { zkConfig: { ...request.zkConfig, api_key: "another" } };
    assert.notEqual(named(other).request, named({}).request);
    assert.notEqual(named(other).series, named({}).series);
    assert.notEqual(named({}, new Uint8Array(32).fill(1)).request, named({}).request);
    assert.match(named({}).request, /^[0-9a-f]{64}$/);
  });

  it("are of one series where the block alone differs", () => {
    const later = named({ block: { ...block, blockNumber: block.blockNumber + 1n } });
    assert.equal(later.series, named({}).series);
    assert.notEqual(later.request, named({}).request);
    assert.notEqual(named({ block: null }).series, named({}).series);
  });
});
