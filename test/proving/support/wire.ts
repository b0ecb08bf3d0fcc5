// A network in memory between a proving client and the local prover server, with scripted faults.
import type { Fetch } from "../../../proving/http.ts";
import type { Serve, ServedAnswer } from "../../../scripts/prover/http.ts";
import type { FakeTimer } from "./fake-timer.ts";

/** What happens to one request. */
export type WireFault =
  /** Nothing: the fault after it is another request's. */
  | { readonly kind: "pass" }
  /** Answered so, without reaching the service. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** No answer, and the service heard nothing. */
  | { readonly kind: "hang" }
  | { readonly kind: "reset" }
  /** Something happens while the answer is awaited, and the request is given up for it. */
  | { readonly kind: "act"; readonly act: () => void }
  | { readonly kind: "refused" }
  /** The service does its work, and the answer is lost. */
  | { readonly kind: "lost-answer" }
  /** The answer breaks off after so many bytes. */
  | { readonly kind: "truncate"; readonly bytes: number }
  | { readonly kind: "replace"; readonly body: string | Uint8Array }
  /** The process dies before the request goes out, or after the service has done its work. */
  | { readonly kind: "crash-before" }
  | { readonly kind: "crash-after" };

export class Crash extends Error {
  override readonly name = "Crash";
}

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly redirect: unknown;
}

export interface Wire {
  readonly fetch: Fetch;
  /** `METHOD /path`, ids cut, in the order in which they were sent. */
  readonly log: string[];
  readonly sent: SentRequest[];
  /** Faults of the next requests whose `METHOD /path` begins so. */
  fault(route: string, ...faults: readonly WireFault[]): void;
  /** Nothing is sent any more. */
  isDown: boolean;
}

const networkError = (code: string): TypeError =>
  new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });

function responseOf({ status, body }: ServedAnswer, headers: Record<string, string> = {}): Response {
  return new Response(status === 204 ? null : Buffer.from(body), { status, headers });
}

/** A body that ends in an error after some bytes, as a connection that breaks. */
function brokenOff(answer: ServedAnswer, bytes: number): Response {
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(answer.body.subarray(0, bytes));
      controller.error(networkError("ECONNRESET"));
    },
  });
  return new Response(stream, { status: answer.status });
}

const bytesOf = (body: unknown): Uint8Array =>
  typeof body === "string"
    ? new Uint8Array(Buffer.from(body))
    : ((body as Uint8Array | undefined) ?? new Uint8Array(0));

export function newWire(timer: FakeTimer, ...parts: readonly Serve[]): Wire {
  const queues = new Map<string, WireFault[]>();
  const log: string[] = [];
  const sent: SentRequest[] = [];
  const faultOf = (route: string): WireFault | undefined =>
    [...queues].find(([prefix, faults]) => route.startsWith(prefix) && faults.length > 0)?.[1].shift();
  const serve = (url: URL, init: RequestInit): ServedAnswer => {
    const { origin, pathname: path } = url;
    const headers = init.headers as Record<string, string>;
    const request = { method: init.method!, origin, path, headers, body: bytesOf(init.body) };
    const answer = parts.map((part) => part(request)).find((each) => each !== null);
    return answer ?? { status: 404, body: new Uint8Array(0) };
  };
  const wire: Wire = {
    log,
    sent,
    isDown: false,
    fault: (route, ...faults) => void queues.set(route, [...(queues.get(route) ?? []), ...faults]),
    fetch: (to, init) => {
      if (wire.isDown) return Promise.reject(new Crash("down"));
      const url = new URL(to);
      const route = `${init.method} ${url.pathname.replace(/\/[0-9a-z-]+-[0-9]+$/, "")}`;
      log.push(route);
      sent.push({
        method: init.method!,
        url: to,
        headers: init.headers as Record<string, string>,
        body: init.body,
        redirect: init.redirect,
      });
      return Promise.resolve().then(() => act(faultOf(route), url, init));
    },
  };
  const crash = (): never => {
    wire.isDown = true;
    throw new Crash("the process dies");
  };
  function act(fault: WireFault | undefined, url: URL, init: RequestInit): Response {
    switch (fault?.kind) {
      case undefined:
      case "pass":
        return responseOf(serve(url, init));
      case "status":
        return responseOf({ status: fault.status, body: bytesOf(fault.body ?? "") }, fault.headers);
      case "hang":
        timer.hang();
        throw init.signal!.reason as Error;
      case "act":
        fault.act();
        throw init.signal!.reason as Error;
      case "reset":
        throw networkError("ECONNRESET");
      case "refused":
        throw networkError("ECONNREFUSED");
      case "lost-answer":
        serve(url, init);
        throw networkError("ECONNRESET");
      case "truncate":
        return brokenOff(serve(url, init), fault.bytes);
      case "replace":
        return responseOf({ status: serve(url, init).status, body: bytesOf(fault.body) });
      case "crash-before":
        return crash();
      case "crash-after":
        serve(url, init);
        return crash();
    }
  }
  return wire;
}
