// The side-car interface (docs/proving.md) over captured SP1 proofs.
import { randomUUID } from "node:crypto";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { findCapture } from "./captures.ts";
import type { Capture } from "./captures.ts";
import { jsonAnswer, membersOf } from "./http.ts";
import type { Serve, ServedAnswer } from "./http.ts";

interface Work {
  readonly outcome: Capture | string;
  looks: number;
}

export interface Sidecar {
  readonly serve: Serve;
  /** Requests bought from a network, were there one. */
  readonly bought: { requests: number };
}

function statusOf({ outcome, looks }: Work): ServedAnswer {
  const early = ["requested", "assigned"][looks];
  if (early !== undefined) return jsonAnswer(200, { status: early });
  if (typeof outcome === "string") return jsonAnswer(200, { status: "failed", message: outcome });
  return jsonAnswer(200, {
    status: "fulfilled",
    program: outcome.program,
    publicValues: toHex(outcome.output),
    proof: toHex(outcome.proof),
  });
}

const isHex = (value: unknown): value is string =>
  typeof value === "string" && /^0x(?:[0-9a-fA-F]{2})*$/.test(value);

export function newSidecar(captures: readonly Capture[], newId: () => string = randomUUID): Sidecar {
  const proofs = new Map<string, Work>();
  const byKey = new Map<string, { readonly id: string; readonly body: string }>();
  const bought = { requests: 0 };

  function prove(key: string | undefined, body: Uint8Array): ServedAnswer {
    const { program, stdin } = membersOf(body);
    const [input] = Array.isArray(stdin) ? (stdin as unknown[]) : [];
    if (typeof key !== "string" || typeof program !== "string" || !isHex(input))
      return jsonAnswer(400, { error: "idempotency-key, program and stdin are needed" });
    const text = Buffer.from(body).toString("utf8");
    const known = byKey.get(key);
    if (known !== undefined)
      return known.body === text
        ? jsonAnswer(200, { id: known.id })
        : jsonAnswer(422, { error: "this idempotency-key belongs to another request" });
    const id = newId();
    byKey.set(key, { id, body: text });
    bought.requests++;
    proofs.set(id, { outcome: findCapture(captures, "sp1", program, fromHex(input)), looks: 0 });
    return jsonAnswer(202, { id });
  }

  const serve: Serve = ({ method, path, headers, body }) => {
    if (method === "POST" && path === "/prove") return prove(headers["idempotency-key"], body);
    const id = /^\/proofs\/([0-9A-Za-z_-]+)$/.exec(path)?.[1];
    if (method !== "GET" || id === undefined) return null;
    const work = proofs.get(id);
    if (work === undefined) return jsonAnswer(404, { error: "no such proof" });
    const answer = statusOf(work);
    work.looks++;
    return answer;
  };
  return { serve, bought };
}
