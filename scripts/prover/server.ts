// The local prover server: both protocols on one loopback port.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { newBonsai } from "./bonsai.ts";
import { readCaptures } from "./captures.ts";
import { jsonAnswer } from "./http.ts";
import type { Serve, ServedAnswer } from "./http.ts";
import { newSidecar } from "./sidecar.ts";

// Inputs are evidence and collateral; ELFs of guests stay below a few MB.
const maxBody = 16 * 1024 * 1024;

export interface ProverServer {
  readonly url: string;
  /** Ends open connections and returns when the port is free. */
  stop(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBody) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function answerOf(request: IncomingMessage, parts: readonly Serve[]): Promise<ServedAnswer> {
  const path = (request.url ?? "/").split("?", 1)[0]!;
  if (path === "/healthz") return jsonAnswer(200, { status: "ok" });
  const body = await bodyOf(request);
  if (body === null) return jsonAnswer(413, { error: `more than ${maxBody} bytes` });
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const { localAddress, localPort } = request.socket;
  const origin = `http://${localAddress}:${localPort}`;
  for (const serve of parts) {
    const answer = serve({ method: request.method ?? "GET", origin, path, headers, body });
    if (answer !== null) return answer;
  }
  return jsonAnswer(404, { error: "no such route" });
}

async function respond(request: IncomingMessage, response: ServerResponse, parts: readonly Serve[]) {
  try {
    const { status, body } = await answerOf(request, parts);
    response.writeHead(status, { "content-length": body.length }).end(body);
  } catch {
    // The client went away within its request.
    response.destroy();
  }
}

/** Port 0: any that is free. */
export async function startProverServer(port: number): Promise<ProverServer> {
  const captures = readCaptures();
  const parts = [newBonsai(captures).serve, newSidecar(captures).serve];
  const server = createServer((request, response) => void respond(request, response, parts));
  await new Promise<void>((resolve, reject) => {
    // Loopback alone: it proves nothing, and must not be taken for a prover.
    server.on("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
