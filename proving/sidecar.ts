// SP1 proofs through a side-car: a small service beside the relayer that speaks the Succinct network's own protocol and
// formats (Rust's), and this one outwards (docs/proving.md). Every creation carries the request's key, so that asking
// again gives the same proof under way and nothing is bought twice.
//
//   new → requested → proof
import { toHex } from "../sdk/evidence/bytes.ts";
import { bytesOf, idOf, jsonOf, textOf } from "./answer.ts";
import { clientOf } from "./client.ts";
import type { Job, Proof, ProvingClient, ProvingContext } from "./client.ts";
import { ProvingError, wordsOf } from "./error.ts";
import { send, waitFor } from "./http.ts";
import type { Fetch, HttpSettings } from "./http.ts";
import type { Secret } from "./secret.ts";
import { pauseOf } from "./timer.ts";
import type { Backoff } from "./timer.ts";

export interface SidecarOptions {
  readonly url: string;
  readonly apiKey: Secret | null;
  /** Version of SP1 that the program was built for, as v5.0.0. */
  readonly version: string;
  readonly tryTimeoutMs: number;
  readonly backoff: Backoff;
  readonly polling: Backoff;
  readonly fetch: Fetch;
}

// Public values of 64 KB and a PLONK proof below 1 KB, in hex.
const maxAnswer = 262_144;

const endings = {
  failed: "proving.failed",
  expired: "proving.expired",
  aborted: "proving.aborted",
} as const;

interface Service {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly settings: HttpSettings;
  readonly options: SidecarOptions;
  readonly context: ProvingContext;
}

async function request({ base, headers, settings, options }: Service, job: Job): Promise<void> {
  const { program, input, tee } = job.request;
  // Journalled first, so that the journal knows of everything that a service may know of.
  if (job.session().step === "new")
    await job.enter("requested", { deadline: Math.floor(job.request.deadline / 1_000).toString() });
  const body = JSON.stringify({
    program,
    tee,
    version: options.version,
    // SP1 programs read their input as one buffer (`io::read_vec`).
    stdin: [toHex(input)],
    // That of the first try: one key stands for one request.
    deadline: Number(job.remote("deadline")),
  });
  const answer = await send(
    {
      method: "POST",
      url: `${base}/prove`,
      headers: { ...headers, "content-type": "application/json", "idempotency-key": job.session().key },
      body,
      maxBytes: maxAnswer,
      accept: [200, 201, 202],
      isRepeatable: true,
    },
    settings,
    job.request,
  );
  await job.enter("proof", {
    id: idOf(jsonOf(answer.body, "proof request", options.apiKey), "id", "proof request"),
  });
}

async function follow({ base, headers, settings, options, context }: Service, job: Job): Promise<Proof> {
  const { timer } = context;
  const id = job.remote("id");
  const call = {
    method: "GET",
    url: `${base}/proofs/${id}`,
    headers,
    maxBytes: maxAnswer,
    accept: [200, 404],
    isRepeatable: true,
  } as const;
  for (let looks = 0; ; looks++) {
    const { status, body } = await send(call, settings, job.request);
    if (status === 404)
      throw new ProvingError("proving.session-lost", `the side-car does not know proof ${id}`);
    const answer = jsonOf(body, "proof", options.apiKey);
    const state = textOf(answer, "status", "proof");
    if (state === "fulfilled")
      return {
        program: toHex(bytesOf(answer, "program", "proof")),
        output: bytesOf(answer, "publicValues", "proof"),
        proof: bytesOf(answer, "proof", "proof"),
      };
    if (Object.hasOwn(endings, state)) {
      const words = wordsOf(answer["message"]);
      throw new ProvingError(endings[state as keyof typeof endings], `proof ${id}: ${words}`);
    }
    if (state !== "requested" && state !== "assigned")
      throw new ProvingError("proving.answer-malformed", `proof is in state ${wordsOf(state)}`);
    job.report(`proof ${state}`);
    await waitFor(pauseOf(options.polling, looks, timer.random()), `proof ${state}`, timer, job.request);
  }
}

export function sidecarClient(options: SidecarOptions, context: ProvingContext): ProvingClient {
  const { apiKey } = options;
  const service: Service = {
    options,
    context,
    base: options.url.replace(/\/+$/, ""),
    headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey.reveal()}` },
    settings: { ...options, timer: context.timer },
  };
  const run = async (job: Job) => {
    if (job.session().step !== "proof") await request(service, job);
    return follow(service, job);
  };
  return clientOf({ name: "sidecar", system: "sp1", target: service.base, context, run });
}
