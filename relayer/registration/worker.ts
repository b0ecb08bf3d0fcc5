// Drives every open registration forward, one round after the other. Registrations do not wait for each other:
// a slow agent holds up its own registration only. All state is in the store, so a restart just goes on.
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { errorText } from "../log.ts";
import { noteWaiting, openRegistrations, registrationById } from "../store/registrations.ts";
import type { RegistrationRow } from "../store/registrations.ts";
import { transactionOf } from "../store/transactions.ts";
import { collect, verify } from "./collect.ts";
import type { AgentFailures } from "./collect.ts";
import { conclude } from "./conclude.ts";
import { moved, waiting } from "./context.ts";
import type { Progress, RegistrarContext } from "./context.ts";
import { provableOf, prove } from "./prove.ts";
import { startTicker } from "./ticker.ts";
import { dispatch, simulate } from "./dispatch.ts";

export interface WorkerOptions {
  readonly pollMs: number;
  /** First pause after a step that could not be done; doubles up to 32 times as long. */
  readonly retryMs: number;
  readonly concurrency: number;
}

export interface Worker {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** Ends after the steps under way. */
  stop(): Promise<void>;
}

interface Pause {
  /** State that could not be left; in another one the registration is free again. */
  readonly state: string;
  readonly count: number;
  readonly until: number;
}

function judge(context: RegistrarContext, row: RegistrationRow, calldata: string): Promise<Progress> {
  const provable = provableOf(fromHex(calldata));
  return provable === null ? verify(context, row) : prove(context, row, provable);
}

async function advance(
  context: RegistrarContext,
  row: RegistrationRow,
  failures: AgentFailures,
): Promise<Progress> {
  switch (row.state) {
    case "received":
      return row.calldata === null ? collect(context, row, failures) : judge(context, row, row.calldata);
    case "proved":
      return verify(context, row);
    case "verified":
      return simulate(context, row);
    case "simulated":
      return dispatch(context, row);
    case "journalled":
    case "sent":
    case "mined":
      // The sender's, unless a crash fell between giving up its nonce and saying so here.
      if ((await transactionOf(context.db, row.id)) !== undefined) return waiting("");
      await conclude(context, row.id, null, { kind: "lost" });
      return moved;
    default:
      return { kind: "ended" };
  }
}

/** Goes on with one registration until it waits or ends. */
async function drive(context: RegistrarContext, id: string, failures: AgentFailures): Promise<Progress> {
  for (;;) {
    const row = await registrationById(context.db, id);
    if (row === undefined || context.signal.aborted) return waiting("");
    const progress = await advance(context, row, failures);
    if (progress.kind !== "moved" || row.state === "simulated") return progress;
  }
}

export function startWorker(context: RegistrarContext, options: WorkerOptions): Worker {
  const failures: AgentFailures = new Map();
  const pauses = new Map<string, Pause>();
  const underWay = new Map<string, Promise<unknown>>();

  const pause = ({ id, state }: RegistrationRow) => {
    const last = pauses.get(id);
    const count = last?.state === state ? last.count + 1 : 1;
    const length = options.retryMs * 2 ** Math.min(count - 1, 5);
    pauses.set(id, { state, count, until: context.now().getTime() + length });
  };

  async function rest(id: string, reason: string): Promise<void> {
    try {
      const row = await registrationById(context.db, id);
      if (row === undefined) return;
      pause(row);
      if (reason !== "") await noteWaiting(context.db, id, reason, context.now());
    } catch (error) {
      context.log.error({ registration: id, err: errorText(error) }, "store does not answer");
    }
  }

  async function work(id: string): Promise<void> {
    let progress: Progress;
    try {
      progress = await drive(context, id, failures);
    } catch (error) {
      const text = errorText(error);
      context.log.warn({ registration: id, err: text }, "step not done, trying again");
      progress = waiting(`trying again: ${text}`);
    }
    if (progress.kind === "waiting") return rest(id, progress.reason);
    pauses.delete(id);
    ticker.wake();
  }

  async function takeWork(): Promise<void> {
    const rows = await openRegistrations(context.db);
    const now = context.now().getTime();
    for (const { id, state } of rows) {
      if (underWay.size >= options.concurrency) return;
      const last = pauses.get(id);
      const isResting = last?.state === state && last.until > now;
      if (underWay.has(id) || isResting) continue;
      underWay.set(
        id,
        work(id).finally(() => underWay.delete(id)),
      );
    }
  }

  async function runRound(): Promise<void> {
    try {
      if (!(await context.lease.hold())) return;
      await context.sender.poll();
    } catch (error) {
      context.log.warn({ err: errorText(error) }, "transactions could not be looked at");
    }
    try {
      if (await context.lease.hold()) await takeWork();
    } catch (error) {
      context.log.error({ err: errorText(error) }, "store does not answer");
    }
  }

  const ticker = startTicker(options.pollMs, runRound);
  return {
    wake: () => ticker.wake(),
    stop: async () => {
      await ticker.stop();
      await Promise.all(underWay.values());
    },
  };
}
