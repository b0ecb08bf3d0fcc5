// A PCCS on loopback that serves the real documents of a fixture, or whatever a test puts in their place.
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fixtureText } from "./fixtures.ts";

type CollateralMember =
  | "root_ca_crl"
  | "pck_crl"
  | `${"pck_crl" | "tcb_info" | "qe_identity"}_issuer_chain`
  | `${"tcb_info" | "qe_identity"}${"" | "_signature"}`;

interface CollateralFixture {
  readonly now: number;
  readonly collateral: Record<CollateralMember, string>;
}

export const fmspc = "B0C06F000000";
export const { now, collateral } = JSON.parse(
  fixtureText("hardware/tdx-collateral/b0c06f000000-2025-06-19.json"),
) as CollateralFixture;

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: Uint8Array | string;
}

export type Document = "tcb" | "identity" | "pckcrl" | "rootcrl" | "numbers";

const documents: readonly (readonly [path: string, document: Document])[] = [
  ["/tdx/certification/v4/tcb", "tcb"],
  ["/tdx/certification/v4/qe/identity", "identity"],
  ["/sgx/certification/v4/pckcrl", "pckcrl"],
  ["/sgx/certification/v4/rootcacrl", "rootcrl"],
  ["/tdx/certification/v4/tcbevaluationdatanumbers", "numbers"],
];

const chain = (name: string, pem: string) => ({ [name]: encodeURIComponent(pem) });

/** The answers of a service in order. */
export const good: Record<Exclude<Document, "numbers">, Reply> = {
  tcb: {
    headers: chain("TCB-Info-Issuer-Chain", collateral.tcb_info_issuer_chain),
    body: `{"tcbInfo":${collateral.tcb_info},"signature":"${collateral.tcb_info_signature}"}`,
  },
  identity: {
    headers: chain("SGX-Enclave-Identity-Issuer-Chain", collateral.qe_identity_issuer_chain),
    body: `{"enclaveIdentity":${collateral.qe_identity},"signature":"${collateral.qe_identity_signature}"}`,
  },
  pckcrl: {
    headers: chain("SGX-PCK-CRL-Issuer-Chain", collateral.pck_crl_issuer_chain),
    body: Buffer.from(collateral.pck_crl, "hex"),
  },
  rootcrl: { body: collateral.root_ca_crl },
};

/** What a test does with a request instead of the good answer; `undefined` leaves it to that. */
export type Fault = (response: ServerResponse, request: IncomingMessage) => Reply | "answered" | undefined;

export interface Pcs {
  readonly url: string;
  /** Path and query of every request. */
  readonly requests: string[];
  /** Puts something in the place of a document; several are used one after the other, the last stays. */
  fail(document: Document, ...faults: readonly (Fault | Reply)[]): void;
  close(): Promise<void>;
}

export async function startPcs(): Promise<Pcs> {
  const requests: string[] = [];
  const faults = new Map<Document, (Fault | Reply)[]>();
  const replyOf = (request: IncomingMessage, response: ServerResponse): Reply | "answered" => {
    const { pathname, searchParams } = new URL(request.url!, "http://pcs");
    const document = documents.find(([path]) => path === pathname)?.[1];
    if (document === undefined) return { status: 404, body: "" };
    const queue = faults.get(document) ?? [];
    const fault = queue.length > 1 ? queue.shift() : queue[0];
    const reply = typeof fault === "function" ? fault(response, request) : fault;
    if (reply !== undefined) return reply;
    if (document === "numbers") return { status: 404, body: "" };
    const isKnown = document !== "tcb" || searchParams.get("fmspc") === fmspc;
    return isKnown ? good[document] : { status: 404, body: "" };
  };
  const server = createServer((request, response) => {
    requests.push(request.url!);
    const reply = replyOf(request, response);
    if (reply === "answered") return;
    response.writeHead(reply.status ?? 200, reply.headers ?? {}).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (document, ...instead) => void faults.set(document, [...instead]),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
