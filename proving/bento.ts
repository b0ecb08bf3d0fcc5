// RISC Zero proofs over the REST protocol of Bonsai, which Bento speaks (zk.md §5): upload, prove, turn into Groth16,
// download. Its calls that start work know no idempotency key and no look-up, so the journal says beforehand that one is
// being made, and what was being made when the process died, or was answered by nothing, is not made again.
//
//   new → input → session-creating → session → snark-creating → snark
import { fromHex } from "../sdk/evidence/bytes.ts";
import type { Hex } from "../sdk/evidence/bytes.ts";
import { idOf, jsonOf, textOf } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { clientOf } from "./client.ts";
import type { Job, Proof, ProvingClient, ProvingContext } from "./client.ts";
import { ProvingError, wordsOf } from "./error.ts";
import { send, waitFor } from "./http.ts";
import type { Fetch, HttpAnswer, HttpRequest } from "./http.ts";
import { onChainSeal, readReceipt, requireClaim } from "./receipt.ts";
import type { Secret } from "./secret.ts";
import { pauseOf } from "./timer.ts";
import type { Backoff } from "./timer.ts";

export interface BentoOptions {
  /** With the path, if any, under which the API stands. */
  readonly url: string;
  readonly apiKey: Secret | null;
  /** `x-risc0-version`: version of the zkVM that the program was built for, as 3.0.5. */
  readonly version: string;
  /** Origins besides the URL's that uploads and downloads may go to, as those of a bucket. */
  readonly storageOrigins: readonly string[];
  /** ELF of a program that the service does not have; null to let it be uploaded by other means. */
  readonly loadProgram: ((program: Hex) => Promise<Uint8Array>) | null;
  readonly tryTimeoutMs: number;
  readonly backoff: Backoff;
  /** Between looks at a session under way. */
  readonly polling: Backoff;
  readonly fetch: Fetch;
}

type Call = Omit<HttpRequest, "url" | "headers" | "maxBytes"> & {
  readonly path: string;
  readonly maxBytes?: number;
};

// Statuses and ids are below 1 KB, messages of failed guests a little more.
const maxAnswer = 65_536;
/** A Groth16 receipt is its journal and below 1 KB. */
const maxReceipt = 262_144;

interface Service {
  readonly options: BentoOptions;
  readonly context: ProvingContext;
  readonly base: string;
  readonly read: (body: Uint8Array, what: string) => Answer;
  readonly call: (job: Job, call: Call) => Promise<HttpAnswer>;
  readonly transfer: (
    job: Job,
    url: string,
    part: Pick<HttpRequest, "method" | "accept" | "maxBytes"> & { readonly body?: Uint8Array },
  ) => Promise<Uint8Array>;
}

/** Bento names itself by http always; behind TLS that is https, and nothing is sent in clear. */
function sameScheme(url: string, base: string): string {
  const isOwn = URL.canParse(url) && new URL(url).host === new URL(base).host;
  return isOwn && base.startsWith("https:") ? url.replace(/^http:/, "https:") : url;
}

function serviceOf(options: BentoOptions, context: ProvingContext): Service {
  const { apiKey, version } = options;
  const base = options.url.replace(/\/+$/, "");
  const origin = new URL(base).origin;
  const settings = { ...options, timer: context.timer };
  const headers = {
    ...(apiKey !== null && { "x-api-key": apiKey.reveal() }),
    "x-risc0-version": version,
  };
  return {
    options,
    context,
    base,
    read: (body, what) => jsonOf(body, what, apiKey),
    call: ({ request }, { path, ...call }) =>
      send(
        {
          ...call,
          url: `${base}${path}`,
          headers: { ...headers, ...(call.body !== undefined && { "content-type": "application/json" }) },
          maxBytes: call.maxBytes ?? maxAnswer,
        },
        settings,
        request,
      ),
    transfer: async ({ request }, named, part) => {
      const url = sameScheme(named, base);
      const to = URL.canParse(url) ? new URL(url).origin : "no URL";
      // The service names this URL: it must not lead into our own network, nor get the key at another host.
      if (to !== origin && !options.storageOrigins.includes(to))
        throw new ProvingError("proving.url-refused", `the service names ${to} for a transfer`);
      const own = to === origin ? headers : {};
      const answer = await send({ ...part, url, headers: own, isRepeatable: true }, settings, request);
      return answer.body;
    },
  };
}

const get = { method: "GET", accept: [200], isRepeatable: true } as const;

async function provideProgram(service: Service, job: Job): Promise<void> {
  const { program } = job.request;
  const path = `/images/upload/${program.slice(2)}`;
  const { status, body } = await service.call(job, { ...get, accept: [200, 204], path });
  if (status === 204) return;
  const url = textOf(service.read(body, "image upload"), "url", "image upload");
  const load = service.options.loadProgram;
  if (load === null)
    throw new ProvingError("proving.program-missing", `the service does not have ${program}`);
  job.report("uploading the program");
  const elf = await load(program);
  await service.transfer(job, url, { method: "PUT", accept: [200, 204], body: elf, maxBytes: maxAnswer });
}

async function uploadInput(service: Service, job: Job): Promise<void> {
  const { body } = await service.call(job, { ...get, path: "/inputs/upload" });
  const answer = service.read(body, "input upload");
  const id = idOf(answer, "uuid", "input upload");
  const url = textOf(answer, "url", "input upload");
  const { input } = job.request;
  // 204: it is there already, from a try whose answer was lost.
  await service.transfer(job, url, { method: "PUT", accept: [200, 204], body: input, maxBytes: maxAnswer });
  await job.enter("input", { input: id });
}

/** Starts work that costs: `creating` is journalled before each try, the id after the one that is answered. */
async function create(service: Service, job: Job, what: "session" | "snark", body: object): Promise<void> {
  const { step } = job.session();
  const { body: answer } = await service.call(job, {
    method: "POST",
    path: `/${what === "session" ? "sessions" : what}/create`,
    body: JSON.stringify(body),
    accept: [200],
    isRepeatable: false,
    guard: { before: () => job.enter(`${what}-creating`), undo: () => job.enter(step) },
  });
  const created = service.read(answer, `${what} creation`);
  await job.enter(what, { [what]: idOf(created, "uuid", `${what} creation`) });
}

const endings = {
  FAILED: "proving.failed",
  TIMED_OUT: "proving.service-timed-out",
  ABORTED: "proving.aborted",
} as const;

/** Looks at the session until it has ended well. */
async function follow(service: Service, job: Job, what: "session" | "snark"): Promise<Answer> {
  const { timer } = service.context;
  const path = `/${what === "session" ? "sessions" : what}/status/${job.remote(what)}`;
  for (let looks = 0; ; looks++) {
    const { status, body } = await service.call(job, { ...get, accept: [200, 404], path });
    if (status === 404)
      throw new ProvingError("proving.session-lost", `the service does not know ${what} ${job.remote(what)}`);
    const answer = service.read(body, `${what} status`);
    const state = textOf(answer, "status", `${what} status`);
    if (state === "SUCCEEDED") return answer;
    if (Object.hasOwn(endings, state)) {
      const words = wordsOf(answer["error_msg"]);
      throw new ProvingError(endings[state as keyof typeof endings], `${what} ${job.remote(what)}: ${words}`);
    }
    if (state !== "RUNNING")
      throw new ProvingError("proving.answer-malformed", `${what} is in state ${wordsOf(state)}`);
    job.report(`${what} ${state}`);
    const pause = pauseOf(service.options.polling, looks, timer.random());
    await waitFor(pause, `${what} ${state}`, timer, job.request);
  }
}

async function download(service: Service, job: Job, answer: Answer): Promise<Proof> {
  const url = textOf(answer, "output", "snark status");
  const bytes = await service.transfer(job, url, { method: "GET", accept: [200], maxBytes: maxReceipt });
  const receipt = readReceipt(bytes);
  const { program } = job.request;
  requireClaim(receipt, fromHex(program));
  return { program, output: receipt.journal, proof: onChainSeal(receipt) };
}

function requireKnown(step: string): void {
  if (!step.endsWith("-creating")) return;
  throw new ProvingError(
    "proving.outcome-unknown",
    `the process ended while it asked for a ${step.replace("-creating", "")}`,
  );
}

async function prove(service: Service, job: Job): Promise<Proof> {
  const { step } = job.session();
  requireKnown(step);
  if (step === "new") {
    await provideProgram(service, job);
    await uploadInput(service, job);
  }
  if (job.session().step === "input")
    await create(service, job, "session", {
      img: job.request.program.slice(2),
      input: job.remote("input"),
      assumptions: [],
      execute_only: false,
    });
  if (job.session().step === "session") {
    await follow(service, job, "session");
    await create(service, job, "snark", { session_id: job.remote("session") });
  }
  return download(service, job, await follow(service, job, "snark"));
}

export function bentoClient(options: BentoOptions, context: ProvingContext): ProvingClient {
  const service = serviceOf(options, context);
  const run = (job: Job) => prove(service, job);
  return clientOf({ name: "bento", system: "risc0", target: service.base, context, run });
}
