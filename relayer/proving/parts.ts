// What registrations need to have their evidence proved, put together.
import { systemTimer, verifyPairing } from "../../proving/index.ts";
import type { ProofSystem, ProvingPolicy, VerifyProof } from "../../proving/index.ts";
import { foreignFinder } from "../collateral/proven.ts";
import type { ProvingParts, RegistrarContext } from "../registration/context.ts";
import type { Settings } from "../settings.ts";
import type { OpenedStore } from "../store/database.ts";
import { storedJournal } from "../store/proving.ts";
import { admissionChecker } from "./admission.ts";
import { newProver } from "./prover.ts";

export interface ProvingOptions {
  readonly policy: ProvingPolicy;
  /** Replaces the pairing, for tests. */
  readonly verifyProof?: VerifyProof;
}

type Parts = Pick<RegistrarContext, "db" | "chain" | "log" | "metrics" | "now"> & {
  readonly registry: RegistrarContext["registry"]["address"];
  readonly readDocuments: ProvingParts["readDocuments"];
};

export function provingParts(
  { policy, verifyProof: verify = verifyPairing }: ProvingOptions,
  { provingConcurrency, provingPrograms }: Settings,
  store: Pick<OpenedStore, "lease">,
  { db, chain, log, metrics, now, registry, readDocuments }: Parts,
): ProvingParts {
  const context = { journal: storedJournal(db, now), verify, timer: systemTimer };
  return {
    prover: newProver({ policy, context, concurrency: provingConcurrency, log, metrics }),
    lease: store.lease("proving"),
    programs: provingPrograms,
    checkAdmission: admissionChecker(chain, registry),
    readDocuments,
    findForeign: foreignFinder(chain, registry),
  };
}

/** Report types that are asked for without a prover would fail one by one, after their evidence was made. */
export function requireProvers(settings: Settings, policy: ProvingPolicy | null): void {
  const isMissing = (system: ProofSystem) => (policy?.paths[system] ?? null) === null;
  const missing = settings.reportTypes.find((name) => name !== "solidity" && isMissing(name));
  if (missing !== undefined)
    throw new TypeError(`report type ${missing} is asked for, and no prover of ${missing} is configured`);
}
