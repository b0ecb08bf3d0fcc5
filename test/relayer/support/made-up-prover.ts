// A side-car that takes every request, and answers with a proof of release v5.0.0 in form alone.
import type { Hex } from "viem";
import { defaultWaits } from "../../../proving/index.ts";
import type { ProvingPolicy } from "../../../proving/index.ts";

export interface Asked {
  readonly program: Hex;
  readonly stdin: readonly [Hex];
}

const url = "https://sidecar.example";
export interface MadeUpProver {
  readonly policy: ProvingPolicy;
  /** What it was asked to prove, in order. */
  readonly asked: Asked[];
  /** What a program put out, for the request; null while it runs. */
  outputOf: (asked: Asked) => Hex | null;
}

export function madeUpProver(): MadeUpProver {
  const answer = (body: unknown) => Promise.resolve(Response.json(body));
  const fetch: ProvingPolicy["fetch"] = (text, { method, body }) => {
    if (method === "POST") {
      prover.asked.push(JSON.parse(body as string) as Asked);
      return answer({ id: String(prover.asked.length) });
    }
    const asked = prover.asked[Number(text.split("/").at(-1)) - 1]!;
    const publicValues = prover.outputOf(asked);
    if (publicValues === null) return answer({ status: "requested" });
    const proof = `0xa4594c59${"01".repeat(256)}`;
    return answer({ status: "fulfilled", program: asked.program, publicValues, proof });
  };
  const waits = { ...defaultWaits, polling: { firstMs: 20, longestMs: 50 } };
  const prover: MadeUpProver = {
    policy: {
      ...{ allowedUrls: [url], loadProgram: null, waits, fetch },
      paths: { sp1: { kind: "sidecar", url, version: "v5.0.0", apiKey: null }, risc0: null },
    },
    asked: [],
    outputOf: () => "0x00",
  };
  return prover;
}
