// Proofs under way in this process. A proof takes minutes, a step of a registration must not: the step asks how far its
// proof is, and comes again. What has to survive a restart is in the store (store/proving.ts).
import { ProvingError, provingClient } from "../../proving/index.ts";
import type {
  Progress,
  Proof,
  ProofSystem,
  ProvingContext,
  ProvingPolicy,
  ProvingRequest,
} from "../../proving/index.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";

export interface Wanted extends Omit<ProvingRequest, "signal"> {
  /** Names the work: the same name is the same request. */
  readonly id: string;
  readonly system: ProofSystem;
}

export type ProofState =
  | { readonly kind: "under-way"; readonly note: string }
  | { readonly kind: "proved"; readonly proof: Proof }
  | { readonly kind: "failed"; readonly error: ProvingError };

export interface Prover {
  /** Whether anybody proves for a system. */
  hasPath(system: ProofSystem): boolean;
  /** How far it is; begins it when nobody has. An outcome is told once. Throws what the journal throws. */
  look(wanted: Wanted): ProofState;
  /** Nobody will look any more: what comes of it is not kept, unless somebody looks again. */
  abandon(id: string): void;
  /** Gives up waiting: the sessions stay for the next start. */
  stop(): Promise<void>;
}

export interface ProverOptions {
  readonly policy: ProvingPolicy;
  readonly context: Omit<ProvingContext, "onProgress">;
  readonly concurrency: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Work {
  readonly done: Promise<void>;
  note: string;
  isAbandoned: boolean;
  outcome: Proof | ProvingError | { readonly thrown: unknown } | null;
}

const isThrown = (outcome: NonNullable<Work["outcome"]>): outcome is { readonly thrown: unknown } =>
  "thrown" in outcome;

export function newProver(options: ProverOptions): Prover {
  const { policy, context, concurrency, log, metrics } = options;
  const works = new Map<string, Work>();
  const shutdown = new AbortController();
  const countUnderWay = () => [...works.values()].filter(({ outcome }) => outcome === null).length;
  const measure = () => metrics.set("cvm_relayer_proofs_under_way", countUnderWay());

  async function prove({ id, system, ...request }: Wanted, work: Pick<Work, "note">): Promise<Proof> {
    const onProgress = ({ client, state, elapsedMs }: Progress) => {
      work.note = `proving by ${client}: ${state}, ${Math.round(elapsedMs / 1_000)} s`;
      log.info({ evidence: id, client, system, elapsedMs }, `proof: ${state}`);
    };
    const client = provingClient(system, policy, { ...context, onProgress });
    return client.prove({ ...request, signal: shutdown.signal });
  }

  function conclude(work: Work, wanted: Wanted, outcome: NonNullable<Work["outcome"]>, began: number): void {
    work.outcome = outcome;
    if (work.isAbandoned) works.delete(wanted.id);
    measure();
    if (shutdown.signal.aborted || isThrown(outcome)) return;
    const { id: evidence, system } = wanted;
    const isError = outcome instanceof ProvingError;
    metrics.count("cvm_relayer_proofs_total", { system, outcome: isError ? outcome.code : "proved" });
    metrics.add("cvm_relayer_proving_seconds_total", (context.timer.now() - began) / 1_000, { system });
    if (isError) log.warn({ evidence, system, code: outcome.code }, outcome.message);
    else log.info({ evidence, system, program: outcome.program }, "proved");
  }

  function begin(wanted: Wanted): void {
    const began = context.timer.now();
    const work: { -readonly [Key in keyof Work]: Work[Key] } = {
      done: Promise.resolve(),
      note: "proof asked for",
      isAbandoned: false,
      outcome: null,
    };
    works.set(wanted.id, work);
    work.done = prove(wanted, work).then(
      (proof) => conclude(work, wanted, proof, began),
      (error: unknown) =>
        conclude(work, wanted, error instanceof ProvingError ? error : { thrown: error }, began),
    );
    measure();
  }

  return {
    hasPath: (system) => policy.paths[system] !== null,
    look(wanted) {
      const work = works.get(wanted.id);
      if (work === undefined) {
        if (countUnderWay() >= concurrency)
          return { kind: "under-way", note: `waits for one of ${concurrency} proofs under way` };
        begin(wanted);
        return { kind: "under-way", note: "proof asked for" };
      }
      work.isAbandoned = false;
      const { outcome, note } = work;
      if (outcome === null) return { kind: "under-way", note };
      works.delete(wanted.id);
      if (isThrown(outcome)) throw outcome.thrown;
      return outcome instanceof ProvingError
        ? { kind: "failed", error: outcome }
        : { kind: "proved", proof: outcome };
    },
    abandon(id) {
      const work = works.get(id);
      if (work === undefined) return;
      work.isAbandoned = true;
      if (work.outcome !== null) works.delete(id);
    },
    stop: async () => {
      shutdown.abort(new Error("shutting down"));
      await Promise.all([...works.values()].map(({ done }) => done));
    },
  };
}
