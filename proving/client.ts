// What every proving client is: a request goes in, a proof that was checked comes out, or a ProvingError. Each step that
// costs money or leaves something at a service is in the journal, so that a restart goes on with the same session and
// nothing is paid for twice.
import { ascii, sha256, toHex, uint } from "../sdk/evidence/bytes.ts";
import type { Hex } from "../sdk/evidence/bytes.ts";
import { ProvingError } from "./error.ts";
import type { Timer } from "./timer.ts";

export type ProofSystem = "sp1" | "risc0";
export type ProvingClientName = "bento" | "boundless" | "sidecar";

export interface ProvingRequest {
  /** A TEEType of the registry: programs are admitted for one TEE. */
  readonly tee: number;
  /** Image id or verifying key hash, 32 bytes. */
  readonly program: Hex;
  /** What the program reads (guest-input.ts). */
  readonly input: Uint8Array;
  /** Milliseconds since 1970; nothing is waited for beyond it. */
  readonly deadline: number;
  /** Gives up early, at shutdown; the session stays. */
  readonly signal?: AbortSignal;
}

/** What the registry takes, without the statement (contracts/types/Proof.sol). */
export interface Proof {
  readonly program: Hex;
  /** Journal or public values. */
  readonly output: Uint8Array;
  /** Selector of the release first. */
  readonly proof: Uint8Array;
}

/** What is under way at a service, as the journal keeps it: JSON, and no secret in it. */
export interface ProvingSession {
  readonly key: Hex;
  readonly client: ProvingClientName;
  readonly step: string;
  /** Milliseconds since 1970, of the first step. */
  readonly startedAt: number;
  /** Ids and the like, by the client that wrote them. */
  readonly remote: Readonly<Record<string, string>>;
}

/** Keeps the last step of each request; `save` returns when the step would survive a crash. */
export interface ProvingJournal {
  load(key: Hex): Promise<ProvingSession | null>;
  save(session: ProvingSession): Promise<void>;
}

export interface Progress {
  readonly client: ProvingClientName;
  readonly key: Hex;
  /** The step, and what the service calls it. */
  readonly state: string;
  readonly elapsedMs: number;
}

/** Checks the pairing: true when the proof holds for exactly this program and output. */
export type VerifyProof = (proof: Proof & { readonly system: ProofSystem }) => boolean | Promise<boolean>;

export interface ProvingContext {
  readonly journal: ProvingJournal;
  readonly verify: VerifyProof;
  readonly timer: Timer;
  readonly onProgress?: (progress: Progress) => void;
}

export interface ProvingClient {
  readonly name: ProvingClientName;
  readonly system: ProofSystem;
  /**
   * Goes on where the journal, or else the session given, stands. Processes that share a journal must not prove the same
   * request at once. Throws ProvingError, the reason of the request's signal, or what the journal threw.
   */
  prove(request: ProvingRequest, session?: ProvingSession | null): Promise<Proof>;
}

/** Names a request at one client, for the journal and as idempotency key. */
export function requestKey(client: string, { tee, program, input }: ProvingRequest): Hex {
  if (!/^0x[0-9a-f]{64}$/.test(program))
    throw new ProvingError(
      "proving.request",
      `program ${program.slice(0, 80)} is not 32 bytes of lower-case hex`,
    );
  const fields = [ascii(`cvm-proving/1/${client}/`), uint(tee, 1), ascii(program), sha256(input)];
  return toHex(sha256(...fields));
}

/** One request under way: its session in memory and in the journal. */
export interface Job {
  readonly request: ProvingRequest;
  readonly session: () => ProvingSession;
  /** Journals the step. The ids given are added to those that are there. */
  readonly enter: (step: string, remote?: Readonly<Record<string, string>>) => Promise<void>;
  readonly report: (state: string) => void;
  /** An id that an earlier step has written. */
  readonly remote: (name: string) => string;
}

function requireOwn(session: ProvingSession, key: Hex, client: ProvingClientName): void {
  if (session.key !== key || session.client !== client)
    throw new ProvingError(
      "proving.session-foreign",
      `session ${session.key} of ${session.client} is not ${key} of ${client}`,
    );
}

/** The journal's session, which is the newest there can be, else the one given, else a new one at step `new`. */
async function openJob(
  client: ProvingClientName,
  key: Hex,
  request: ProvingRequest,
  given: ProvingSession | null,
  { journal, timer, onProgress }: ProvingContext,
): Promise<Job> {
  const found = (await journal.load(key)) ?? given;
  if (found !== null) requireOwn(found, key, client);
  let session: ProvingSession = found ?? { key, client, step: "new", startedAt: timer.now(), remote: {} };
  const report = (state: string) =>
    onProgress?.({ client, key, state, elapsedMs: timer.now() - session.startedAt });
  return {
    request,
    session: () => session,
    report,
    enter: async (step, remote = {}) => {
      const next = { ...session, step, remote: { ...session.remote, ...remote } };
      await journal.save(next);
      session = next;
      report(step);
    },
    remote: (name) => {
      const value = session.remote[name];
      if (value === undefined)
        throw new ProvingError("proving.session-foreign", `session at step ${session.step} has no ${name}`);
      return value;
    },
  };
}

/** Last word over every proof before it is handed out. */
async function requireProof(
  system: ProofSystem,
  request: ProvingRequest,
  proof: Proof,
  verify: VerifyProof,
): Promise<Proof> {
  if (proof.program !== request.program)
    throw new ProvingError(
      "proving.wrong-program",
      `${request.program} was asked for, ${proof.program} is proven`,
    );
  if (!(await verify({ system, ...proof })))
    throw new ProvingError("proving.receipt-wrong", `the proof of ${proof.program} does not verify`);
  return proof;
}

/** Runs work of one key one after the other: two that begin at once would both find nothing in the journal. */
function newTurns() {
  const last = new Map<Hex, Promise<unknown>>();
  return async <T>(key: Hex, work: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work);
    const ended = turn.catch(() => undefined);
    last.set(key, ended);
    try {
      return await turn;
    } finally {
      if (last.get(key) === ended) last.delete(key);
    }
  };
}

export interface ClientParts {
  readonly name: ProvingClientName;
  readonly system: ProofSystem;
  /** Which service: sessions of another one are not gone on with. */
  readonly target: string;
  readonly context: ProvingContext;
  /** From wherever the session stands to a proof that is still to be verified. */
  readonly run: (job: Job) => Promise<Proof>;
}

/** A client out of its own part: journal, turns and the last check are the same for all. */
export function clientOf({ name, system, target, context, run }: ClientParts): ProvingClient {
  const inTurn = newTurns();
  return {
    name,
    system,
    prove: async (request, session = null) => {
      const key = requestKey(`${name}/${target}`, request);
      return inTurn(key, async () => {
        const job = await openJob(name, key, request, session, context);
        return requireProof(system, request, await run(job), context.verify);
      });
    },
  };
}
