// Which program proves what, unless told otherwise: the newest of its kind. Whether a registry takes what it proves is the
// registry's to say, before anything is paid for.
import { fromHex, isEqual, toHex } from "../sdk/evidence/bytes.ts";
import type { Hex } from "../sdk/evidence/bytes.ts";
import { journalFormats } from "../sdk/evidence/journals/index.ts";
import { reportTypes } from "../sdk/evidence/registration.ts";
import { knownPrograms } from "../sdk/verify/zk/programs.ts";
import type { ProofProgram } from "../sdk/verify/zk/programs.ts";
import type { ProofSystem } from "./client.ts";
import { ProvingError } from "./error.ts";

const systems: ReadonlyMap<number, ProofSystem> = new Map([
  [reportTypes.sp1, "sp1"],
  [reportTypes.riscZero, "risc0"],
]);

/** Null for report types that are no proof's. */
export const systemOf = (reportType: number): ProofSystem | null => systems.get(reportType) ?? null;

/** specs/zk.md §4: Automata's SNP guest of 2026, its DCAP guest of RISC Zero 3.0 and that of the captures of January 2026. */
const newest: readonly Hex[] = [
  "0xcfd4c8a6812cee31262feceff423ce8e7c1bd3d3ba9b2748b6270af3c3212f09",
  "0x00befda9ec1c5e8adafc32ff007d41cfc93ad7321c1cc5a1b01df9aee2732388",
  "0xcc80dc6c1c1f8bc524101b72b3900301dc87887457c8fcaf552e45e2a02b9695",
  "0x008228a87e56a065fb3ad27026aef08acc97d72d289439e8dab0d53baaea9f26",
];

/** Version 1 says no time: nothing takes its proofs. */
const provable = knownPrograms.filter(({ format }) => format !== journalFormats.snpV1);

/** A program that is known to be about TEE evidence; its journal format is how its input is made. */
export function requireProgram(tee: number, reportType: number, id: Hex): ProofProgram {
  const found = provable.find(
    (known) => known.tee === tee && known.system === reportType && isEqual(known.id, fromHex(id)),
  );
  if (found === undefined)
    throw new ProvingError(
      "proving.request",
      `program ${id} is none that is known for TEE ${tee} and report type ${reportType}`,
    );
  return found;
}

/** The first of the ids given that is of this TEE and report type, else the newest program. */
export function chooseProgram(tee: number, reportType: number, ids: readonly Hex[] = []): ProofProgram {
  const fitting = provable.filter((known) => known.tee === tee && known.system === reportType);
  const byId = (id: Hex) => fitting.find((known) => toHex(known.id) === id.toLowerCase());
  const chosen = [...ids, ...newest].map(byId).find((each) => each !== undefined);
  if (chosen === undefined)
    throw new ProvingError("proving.config", `no program proves TEE ${tee} for report type ${reportType}`);
  return chosen;
}
