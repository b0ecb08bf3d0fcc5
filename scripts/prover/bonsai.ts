// The Bonsai REST protocol (zk.md §5) over captured RISC Zero proofs.
import { randomUUID } from "node:crypto";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { findCapture } from "./captures.ts";
import type { Capture } from "./captures.ts";
import { emptyAnswer, jsonAnswer, membersOf } from "./http.ts";
import type { Serve, ServedAnswer, ServedRequest } from "./http.ts";
import { writeReceipt } from "./receipt.ts";

interface Work {
  /** What it ends with: a proof, or the reason why not. */
  readonly outcome: Capture | string;
  looks: number;
}

/** How often work is RUNNING before it has ended. */
const running = 2;

export interface Bonsai {
  readonly serve: Serve;
  /** Sessions and snarks ever created: what a hosted service would have charged for. */
  readonly created: { sessions: number; snarks: number };
}

const notFound = (what: string): ServedAnswer =>
  jsonAnswer(404, { type: "NotFound", msg: `no such ${what}` });

function statusOf(work: Work, done: object): ServedAnswer {
  if (work.looks++ < running) return jsonAnswer(200, { status: "RUNNING" });
  return typeof work.outcome === "string"
    ? jsonAnswer(200, { status: "FAILED", error_msg: work.outcome })
    : jsonAnswer(200, { status: "SUCCEEDED", ...done });
}

/** Programs and inputs: a slot first, its bytes after. */
function newUploads(captures: readonly Capture[], newId: () => string) {
  const images = new Set<string>(
    captures.filter(({ system }) => system === "risc0").map(({ program }) => program),
  );
  const inputs = new Map<string, Uint8Array | null>();

  function uploadImage({ method, origin, path }: ServedRequest, id: string): ServedAnswer {
    if (images.has(`0x${id}`)) return emptyAnswer(204);
    if (method !== "PUT") return jsonAnswer(200, { url: `${origin}${path}` });
    // The id of an ELF is not computed here; what is uploaded is not proven either.
    images.add(`0x${id}`);
    return emptyAnswer(200);
  }

  function uploadInput({ method, origin, body }: ServedRequest, id: string): ServedAnswer {
    if (id === "") {
      const slot = newId();
      inputs.set(slot, null);
      return jsonAnswer(200, { uuid: slot, url: `${origin}/inputs/upload/${slot}` });
    }
    const held = inputs.get(id);
    if (method !== "PUT" || held === undefined) return notFound("input");
    if (held !== null) return emptyAnswer(204);
    inputs.set(id, body);
    return emptyAnswer(200);
  }

  return {
    inputOf: (id: string): Uint8Array | undefined => inputs.get(id) ?? undefined,
    serve: (request: ServedRequest): ServedAnswer => {
      const [, kind, , id = ""] = request.path.split("/");
      return kind === "images" ? uploadImage(request, id) : uploadInput(request, id);
    },
  };
}

export function newBonsai(captures: readonly Capture[], newId: () => string = randomUUID): Bonsai {
  const uploads = newUploads(captures, newId);
  const sessions = new Map<string, Work>();
  const snarks = new Map<string, Work>();
  const created = { sessions: 0, snarks: 0 };

  function createSession(body: Uint8Array): ServedAnswer {
    const { img, input } = membersOf(body);
    const bytes = typeof input === "string" ? uploads.inputOf(input) : undefined;
    if (typeof img !== "string" || bytes === undefined)
      return jsonAnswer(400, { type: "BadRequest", msg: "img and an uploaded input are needed" });
    const id = newId();
    created.sessions++;
    sessions.set(id, { outcome: findCapture(captures, "risc0", `0x${img}`, bytes), looks: 0 });
    return jsonAnswer(200, { uuid: id });
  }

  function createSnark(body: Uint8Array): ServedAnswer {
    const { session_id } = membersOf(body);
    const session = typeof session_id === "string" ? sessions.get(session_id) : undefined;
    if (session === undefined) return notFound("session");
    const id = newId();
    created.snarks++;
    snarks.set(id, { outcome: session.outcome, looks: 0 });
    return jsonAnswer(200, { uuid: id });
  }

  function receiptOf(id: string): ServedAnswer {
    const outcome = snarks.get(id)?.outcome;
    if (outcome === undefined || typeof outcome === "string") return notFound("receipt");
    return { status: 200, body: writeReceipt(fromHex(outcome.program), outcome.output, outcome.proof) };
  }

  const serve: Serve = (request) => {
    const { path, origin, body } = request;
    const [, kind = "", verb = "", id = "", more = ""] = path.split("/");
    switch (`${kind}/${verb}`) {
      case "images/upload":
      case "inputs/upload":
        return uploads.serve(request);
      case "sessions/create":
        return createSession(body);
      case "snark/create":
        return createSnark(body);
      case "sessions/status": {
        const work = sessions.get(id);
        return work === undefined
          ? notFound("session")
          : statusOf(work, { stats: { segments: 1, total_cycles: 1, cycles: 1 } });
      }
      case "snark/status": {
        const work = snarks.get(id);
        const output = `${origin}/receipts/groth16/receipt/${id}`;
        return work === undefined ? notFound("snark") : statusOf(work, { output });
      }
      case "receipts/groth16":
        return receiptOf(more);
      case "version/":
        return jsonAnswer(200, { risc0_zkvm: ["2.2.0", "3.0.4"] });
      default:
        return null;
    }
  };
  return { serve, created };
}
