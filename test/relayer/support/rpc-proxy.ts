// A node behind a node: passes JSON-RPC on, but for what a test wants answered otherwise.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface RpcRequest {
  readonly method: string;
  readonly params: readonly unknown[];
}

export type RpcAnswer =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message?: string; readonly data?: string } };

export interface RpcProxy {
  readonly url: string;
  /** The answer instead of the node's, or null for the node's. */
  onRequest: (request: RpcRequest) => RpcAnswer | null | Promise<RpcAnswer | null>;
  close(): void;
}

export const passOn = (): null => null;

export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => void answer(body).then((text) => response.end(text)));
    response.setHeader("content-type", "application/json");
  });
  async function answer(body: string): Promise<string> {
    const { id, method, params = [] } = JSON.parse(body) as RpcRequest & { id: number };
    const own = await proxy.onRequest({ method, params });
    if (own !== null) return JSON.stringify({ jsonrpc: "2.0", id, ...own });
    const headers = { "content-type": "application/json" };
    return (await fetch(target, { method: "POST", headers, body })).text();
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: RpcProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onRequest: passOn,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}
