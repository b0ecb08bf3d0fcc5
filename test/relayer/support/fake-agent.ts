// An agent whose answers a test chooses. By default it answers with evidence for the block it was asked for.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sampleCalldata } from "./evidence.ts";

export interface AgentRequest {
  readonly report_type: number;
  readonly chain_id: string;
  readonly registry: string;
  readonly block_number: string;
  readonly block_hash: string;
}

type Respond = (body: AgentRequest, response: ServerResponse, request: IncomingMessage) => void;

export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, {
    "content-type": status < 400 ? "application/json" : "application/problem+json",
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
};

export const honest =
  (salt = 0): Respond =>
  (body, response) =>
    json(response, 200, {
      calldata: Buffer.from(sampleCalldata(BigInt(body.block_number), salt)).toString("base64"),
    });

export async function startAgent(respond: Respond = honest()) {
  const asked: AgentRequest[] = [];
  const agent = { url: "", asked, respond, close: () => undefined as void };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      const body = JSON.parse(text) as AgentRequest;
      asked.push(body);
      agent.respond(body, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  agent.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  agent.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return agent;
}
