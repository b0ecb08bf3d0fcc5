// Which client proves for which system, by configuration. URLs are taken from a list only: a request that names its own
// service (the walkthrough's zk_config) chooses among them, and its key stays in memory for that one client.
import type { Hex } from "viem";
import { bentoClient } from "./bento.ts";
import type { ProofSystem, ProvingClient, ProvingContext } from "./client.ts";
import { ProvingError } from "./error.ts";
import type { Fetch } from "./http.ts";
import { secretOf } from "./secret.ts";
import type { Secret } from "./secret.ts";
import { sidecarClient } from "./sidecar.ts";
import type { Backoff } from "./timer.ts";

export interface Waits {
  readonly tryTimeoutMs: number;
  readonly backoff: Backoff;
  readonly polling: Backoff;
}

export const defaultWaits: Waits = {
  tryTimeoutMs: 30_000,
  backoff: { firstMs: 500, longestMs: 30_000 },
  // Proofs take two to five minutes.
  polling: { firstMs: 2_000, longestMs: 15_000 },
};

/** A service over HTTP, as an operator configures it or a request names it. */
export interface ServicePath {
  readonly url: string;
  /** Of the zkVM that the program was built for. */
  readonly version: string;
  readonly apiKey: Secret | null;
}

/** A market, by whoever has its chain and its wallet: the relayer. */
export interface MarketPath {
  readonly kind: "market";
  readonly newClient: (policy: ProvingPolicy, context: ProvingContext) => ProvingClient;
}

export type ProvingPath =
  | ({ readonly kind: "bento"; readonly storageOrigins: readonly string[] } & ServicePath)
  | ({ readonly kind: "sidecar" } & ServicePath)
  | MarketPath;

export interface ProvingPolicy {
  /** Base URLs of the services that may be asked; with their paths. */
  readonly allowedUrls: readonly string[];
  /** Null: nobody proves for this system. */
  readonly paths: Readonly<Record<ProofSystem, ProvingPath | null>>;
  /** ELF of a program that a service does not have; null to have it uploaded by other means. */
  readonly loadProgram: ((program: Hex) => Promise<Uint8Array>) | null;
  readonly waits: Waits;
  readonly fetch: Fetch;
}

/** As the agent's `zk_config` has it (agent.md §1.5), members absent when not given. */
export interface ZkConfig {
  /** 64 hex digits, with or without 0x. */
  readonly image_id?: string | undefined;
  readonly url?: string | undefined;
  readonly api_key?: string | undefined;
  readonly version?: string | undefined;
}

const kindsOf: Readonly<Record<ProofSystem, readonly ProvingPath["kind"][]>> = {
  risc0: ["bento", "market"],
  sp1: ["sidecar"],
};

/** One text for each URL, so that two ways of writing one are one; null for what is no plain http(s) base URL. */
export function canonicalUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, username, password, search, hash, href } = new URL(text);
  const isPlain = username === "" && password === "" && search === "" && hash === "";
  return isPlain && /^https?:$/.test(protocol) ? href.replace(/\/+$/, "") : null;
}

const isLoopback = (url: string): boolean => /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname);

/** The URL in its one form, when it is on the list. The message names no URL: it may be a stranger's. */
export function requireAllowed(text: string, policy: Pick<ProvingPolicy, "allowedUrls">): string {
  const url = canonicalUrl(text);
  if (url === null || !policy.allowedUrls.some((allowed) => canonicalUrl(allowed) === url))
    throw new ProvingError("proving.url-refused", "this prover is not on the list of allowed URLs");
  return url;
}

/** A key goes out in clear over http, which only one's own machine may see. */
function requireSecrecy(url: string, apiKey: Secret | null): void {
  if (apiKey !== null && url.startsWith("http:") && !isLoopback(url))
    throw new ProvingError("proving.url-refused", "an API key is sent over https or to loopback only");
}

function clientAt(
  system: ProofSystem,
  path: ProvingPath,
  policy: ProvingPolicy,
  context: ProvingContext,
): ProvingClient {
  if (!kindsOf[system].includes(path.kind))
    throw new ProvingError("proving.config", `${path.kind} makes no proofs of ${system}`);
  if (path.kind === "market") return path.newClient(policy, context);
  const shared = { ...policy.waits, fetch: policy.fetch };
  const url = requireAllowed(path.url, policy);
  requireSecrecy(url, path.apiKey);
  if (path.kind === "sidecar") return sidecarClient({ ...path, ...shared, url }, context);
  return bentoClient({ ...path, ...shared, url, loadProgram: policy.loadProgram }, context);
}

/** The configured client of a system. Throws ProvingError. */
export function provingClient(
  system: ProofSystem,
  policy: ProvingPolicy,
  context: ProvingContext,
): ProvingClient {
  const path = policy.paths[system];
  if (path === null) throw new ProvingError("proving.config", `nothing is configured for ${system}`);
  return clientAt(system, path, policy, context);
}

/** Of a zkVM, as v5.0.0 or 3.0.5. */
export const versionPattern = /^v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$/;
const programPattern = /^(?:0x)?[0-9a-fA-F]{64}$/;

/**
 * SP1's tools print a program's id as eight words of 31 bits (`hash_bytes`), as the walkthrough does; contracts take the
 * words joined (`bytes32`), which leaves the first byte zero.
 */
function joinedWords(id: Hex): Hex {
  const words = id
    .slice(2)
    .match(/.{8}/g)!
    .map((word) => BigInt(`0x${word}`));
  const isJoined = id.startsWith("0x00") || words.some((word) => word >> 31n !== 0n);
  if (isJoined) return id;
  const joined = words.reduce((before, word) => (before << 31n) | word, 0n);
  return `0x${joined.toString(16).padStart(64, "0")}`;
}

/** Program that a request names; null when it names none. */
export function programOf({ image_id: id }: ZkConfig, system: ProofSystem): Hex | null {
  if (id === undefined || id === "") return null;
  if (!programPattern.test(id))
    throw new ProvingError("proving.request", "zk_config.image_id is not 32 bytes of hex");
  const program: Hex = `0x${id.replace(/^0x/, "").toLowerCase()}`;
  return system === "sp1" ? joinedWords(program) : program;
}

function keyOf(text: string | undefined): Secret | null {
  if (text === undefined || text === "") return null;
  const key = secretOf(text);
  if (key === null)
    throw new ProvingError("proving.request", "zk_config.api_key is no key: it has other characters");
  return key;
}

/**
 * The client that a request's `zk_config` asks for: the configured one when it names no URL, else one at that URL with the
 * request's own key and version. A key without a URL is refused: it would go to somebody it is not for.
 */
export function requestedClient(
  system: ProofSystem,
  wish: ZkConfig,
  policy: ProvingPolicy,
  context: ProvingContext,
): ProvingClient {
  const apiKey = keyOf(wish.api_key);
  if (wish.url === undefined || wish.url === "") {
    if (apiKey !== null) throw new ProvingError("proving.request", "zk_config has an api_key but no url");
    return provingClient(system, policy, context);
  }
  const url = requireAllowed(wish.url, policy);
  const version = wish.version ?? "";
  if (!versionPattern.test(version))
    throw new ProvingError("proving.request", "zk_config.version is no version, as 3.0.5");
  const service = { url, apiKey, version };
  const path: ProvingPath =
    system === "sp1" ? { kind: "sidecar", ...service } : { kind: "bento", storageOrigins: [], ...service };
  return clientAt(system, path, policy, context);
}
