// Programs whose output is known to be about TEE evidence (specs/zk.md §4). Anybody can prove any program: what one says of a
// TEE counts only where its id is on the list of the registry that is asked.
import { fromHex, isEqual } from "../../evidence/bytes.ts";
import { journalFormats } from "../../evidence/journals/index.ts";
import type { JournalFormat } from "../../evidence/journals/index.ts";
import { recordedPrograms } from "../../evidence/proof-recoding.ts";
import { reportTypes, teeTypes } from "../../evidence/registration.ts";

export interface ProofProgram {
  /** `teeTypes` and `reportTypes`. */
  readonly tee: number;
  readonly system: number;
  /** 32 bytes: image id or verifying key hash. */
  readonly id: Uint8Array;
  readonly format: JournalFormat;
  /** Whether a registry takes it unless told otherwise. */
  readonly isAdmitted: boolean;
}

const { amdSevSnp, intelTdx } = teeTypes;
const { sp1, riscZero } = reportTypes;
const { snpV1, snpV2, snpV3, dcap } = journalFormats;

const program = (
  tee: number,
  system: number,
  format: JournalFormat,
  id: string | Uint8Array,
  isAdmitted = true,
): ProofProgram => ({ tee, system, format, id: typeof id === "string" ? fromHex(id) : id, isAdmitted });

export const knownPrograms: readonly ProofProgram[] = [
  // Their journals say no time: a proof would be fresh for ever.
  program(
    amdSevSnp,
    riscZero,
    snpV1,
    "2d103c1cf21571889427523c0933e1cdc99c1c9474fb6f829999964b1ce820d5",
    false,
  ),
  program(amdSevSnp, sp1, snpV1, "0000e024beed46a1ff7ae986500393a8c0f84921a0b95369b98e16295b0b05b6", false),
  program(amdSevSnp, riscZero, snpV2, "a474e8f24e5acd06b33371a719cbda092a0a5794fb4339b6cb5c6baffe4fc96c"),
  program(amdSevSnp, sp1, snpV2, "000d4f4db1003de081791a7ee300dadcf9b8d4d001fc3d2a07070f300ab01aa1"),
  program(amdSevSnp, riscZero, snpV3, "cfd4c8a6812cee31262feceff423ce8e7c1bd3d3ba9b2748b6270af3c3212f09"),
  program(amdSevSnp, sp1, snpV3, "00befda9ec1c5e8adafc32ff007d41cfc93ad7321c1cc5a1b01df9aee2732388"),
  // Of the registrations captured in January 2026.
  program(amdSevSnp, sp1, snpV2, recordedPrograms[amdSevSnp]),
  // Their source (automata-network/dcap-rs from quote version 5 on, July 2025: `verify_quote_enclave_source`) holds the
  // quoting enclave's attributes against themselves where Intel's mask is due, so that one in debug mode passes, whose key its
  // host can read; a level that none matches counts as nothing, and so does a revoked TDX module. Nothing of it is in the
  // journal. `TDXVerifier` judges the same quotes for less gas.
  program(
    intelTdx,
    riscZero,
    dcap,
    "cc80dc6c1c1f8bc524101b72b3900301dc87887457c8fcaf552e45e2a02b9695",
    false,
  ),
  program(intelTdx, sp1, dcap, "004b1c0509dc0eee05ad437e3600027bd8cb3fbb03b29bf9cd839ae2e684c749", false),
  // Of a registration captured in January 2026.
  program(intelTdx, sp1, dcap, recordedPrograms[intelTdx], false),
];

/** What a registry believes by default. None is of TDX. */
export const defaultPrograms: readonly ProofProgram[] = knownPrograms.filter(({ isAdmitted }) => isAdmitted);

export const findProgram = (
  programs: readonly ProofProgram[],
  system: number,
  id: Uint8Array,
): ProofProgram | undefined => programs.find((known) => known.system === system && isEqual(known.id, id));
