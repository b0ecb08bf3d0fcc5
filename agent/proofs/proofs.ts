// Registrations with a proof, made on request: evidence first, then its proof at the prover that the request names. What is
// paid for is paid for once: identical requests share one proof, under way or remembered.
//
// A proof lives and dies with this process, as its journal does: nobody could make the same evidence again.
import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import {
  memoryJournal,
  provingClient,
  ProvingError,
  requestedClient,
  systemTimer,
  verifyPairing,
  withProof,
} from "../../proving/index.ts";
import type {
  Progress,
  ProvingClient,
  ProvingContext,
  ProvingJournal,
  ProvingPolicy,
} from "../../proving/index.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import type { Metrics } from "../metrics.ts";
import { ProblemError } from "../problem.ts";
import { provableEvidence, requireOwnQuote } from "./evidence.ts";
import { proofProblem, requestProblem } from "./failure.ts";
import { namesOf, wantedOf } from "./request.ts";
import type { ProofRequest, RequestNames, Wanted } from "./request.ts";
import { policyOf } from "./settings.ts";
import type { ProofSettings } from "./settings.ts";
import { newProvingTable } from "./table.ts";
import type { Proving, ProvingTable } from "./table.ts";

export interface Proofs {
  /**
   * Calldata of a registration with its proof. `collect` makes the evidence, where it is not there yet. Throws ProblemError.
   */
  prove(request: ProofRequest, collect: () => Promise<Registration>): Promise<Uint8Array>;
  /** Gives up what is under way, and returns when it has ended. */
  stop(): Promise<void>;
}

export interface ProofParts {
  /** TEEType of protocol §1. */
  readonly tee: number;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Each holds evidence and a caller's connection; more than one machine needs. */
const maxUnderWay = 4;
const maxKept = 8;

interface Service extends ProofParts, Required<Omit<ProofSettings, "fetch" | "allowedUrls" | "paths">> {
  readonly policy: ProvingPolicy;
  /** Of the names of requests, which have keys in them. */
  readonly salt: Uint8Array;
  readonly table: ProvingTable;
  /** Fires when the agent stops. */
  readonly signal: AbortSignal;
}

interface Plan {
  readonly wanted: Wanted;
  readonly names: RequestNames;
  readonly journal: ProvingJournal;
  /** Has the request's key, for as long as it proves. */
  readonly client: ProvingClient;
}

function contextOf({ verify, timer, logger }: Service, journal: ProvingJournal): ProvingContext {
  const onProgress = ({ key, client, state, elapsedMs }: Progress) =>
    logger.info({ request: key, client, state, elapsedMs }, "proving");
  return { journal, verify, timer, onProgress };
}

/** Everything that can be wrong before evidence is made. Throws ProblemError. */
function planOf(service: Service, request: ProofRequest): Plan {
  const { tee, salt, table, policy, newJournal, documents } = service;
  try {
    const wanted = wantedOf(request, tee);
    const names = namesOf(request, wanted, salt);
    const journal = table.find(names)?.journal ?? newJournal();
    const client = requestedClient(wanted.system, request.zkConfig, policy, contextOf(service, journal));
    if (tee === teeTypes.intelTdx && documents === null)
      throw new ProvingError("proving.config", "no source of Intel's documents is configured");
    return { wanted, names, journal, client };
  } catch (error) {
    throw requestProblem(error);
  }
}

type Collect = () => Promise<Registration>;

async function run(service: Service, proving: Proving, plan: Plan, collect: Collect): Promise<Uint8Array> {
  const { tee, timer, timeoutMs, documents, signal } = service;
  const { program } = plan.wanted;
  const now = timer.now();
  proving.evidence ??= await provableEvidence(await collect(), { program, documents, now, signal });
  const { registration, provable, input } = proving.evidence;
  const asked = { tee, program: toHex(program.id), input, deadline: now + timeoutMs, signal };
  const proof = await plan.client.prove(asked);
  requireOwnQuote(proving.evidence, proof.output);
  return encodeAttestCvm(withProof(registration, provable, proof, program.format));
}

const outcomeOf = (error: unknown): string => {
  if (error instanceof ProvingError) return error.code;
  if (!(error instanceof ProblemError)) return "failed";
  return error.problem.code === "CVM_AGENT_STOPPING" ? "stopped" : "no-documents";
};

/** Counts how it ends, and keeps what may be asked for again. */
async function runCounted(
  service: Service,
  proving: Proving,
  plan: Plan,
  collect: Collect,
): Promise<Uint8Array> {
  const { system } = plan.wanted;
  const count = (outcome: string) => service.metrics.count("cvm_agent_proofs_total", { system, outcome });
  try {
    proving.calldata = await run(service, proving, plan, collect);
    count("proved");
    return proving.calldata;
  } catch (error) {
    count(outcomeOf(error));
    throw proofProblem(error);
  } finally {
    service.table.settle(proving);
  }
}

function prove(service: Service, request: ProofRequest, collect: Collect): Promise<Uint8Array> {
  const { table, signal } = service;
  signal.throwIfAborted();
  const plan = planOf(service, request);
  const { names, journal } = plan;
  const known = table.find(names);
  if (known?.underWay) return known.underWay;
  if (known?.calldata) return Promise.resolve(known.calldata);
  if (table.underWay().length >= maxUnderWay)
    throw new ProblemError("CVM_AGENT_PROVING_BUSY", `${maxUnderWay} proofs are under way; ask again later`);
  table.supersede(names, request.block);
  const empty = { evidence: null, underWay: null, calldata: null, isSuperseded: false };
  const proving: Proving = known ?? { names, journal, block: request.block, ...empty };
  table.add(proving);
  proving.underWay = runCounted(service, proving, plan, collect);
  return proving.underWay;
}

/** Throws ProvingError when a prover cannot be used as it is configured. */
export function openProofs(settings: ProofSettings, parts: ProofParts): Proofs {
  const stopping = new AbortController();
  const service: Service = {
    ...parts,
    documents: settings.documents,
    timeoutMs: settings.timeoutMs,
    timer: settings.timer ?? systemTimer,
    verify: settings.verify ?? verifyPairing,
    newJournal: settings.newJournal ?? memoryJournal,
    policy: policyOf(settings),
    salt: randomBytes(32),
    table: newProvingTable(maxKept),
    signal: stopping.signal,
  };
  for (const system of ["sp1", "risc0"] as const)
    if (settings.paths[system] !== null)
      provingClient(system, service.policy, contextOf(service, memoryJournal()));
  return {
    prove: async (request, collect) => prove(service, request, collect),
    async stop() {
      stopping.abort(new ProblemError("CVM_AGENT_STOPPING", "ask again when the agent is back"));
      await Promise.allSettled(service.table.underWay());
      // Answers go out before connections are closed.
      await setImmediate();
    },
  };
}
