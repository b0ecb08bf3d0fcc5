// The agent as a whole: platform, identity, policy and its listeners. `startAgent` serves demo, tests and the
// executable alike.
import type { AddressInfo } from "node:net";
import { pino, type Logger } from "pino";
import { requireCaller, type RequireCaller } from "./callers.ts";
import type { Identity } from "./identity/identity.ts";
import { openKeyring, type Keyring } from "./identity/keyring.ts";
import { fileStore, noStore } from "./identity/store.ts";
import { newMetrics, type Metrics } from "./metrics.ts";
import type { Platform } from "./platforms/platform.ts";
import { openProofs, type Proofs } from "./proofs/proofs.ts";
import { noProvers, type ProofSettings } from "./proofs/settings.ts";
import { buildServer } from "./server.ts";

/** The workload's loopback listener, or the operators' one. */
export type Audience = "workload" | "operator";

export interface AgentPolicy {
  readonly allowUnanchored: boolean;
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
}

export interface Agent {
  readonly platform: Platform;
  readonly keyring: Keyring;
  readonly policy: AgentPolicy;
  readonly metrics: Metrics;
  readonly proofs: Proofs;
  readonly requireCaller: RequireCaller;
  readonly warnings: readonly string[];
}

export interface Listener {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface AgentOptions {
  /** Closed with the agent. */
  readonly platform: Platform;
  readonly workload?: Listener;
  /** Default none. */
  readonly operator?: Listener | null;
  /** Whether the walkthrough's un-anchored evidence is made on request. Default true. */
  readonly allowUnanchored?: boolean;
  /** Whether the workload listener, which signs for whoever reaches it, may leave loopback. Default false. */
  readonly allowRemoteWorkload?: boolean;
  /** SHA-256 of each caller token, hex. Default: everybody on loopback. */
  readonly callerTokenHashes?: readonly string[];
  /** Keeps the identity key's blob; default: a new key at every start. */
  readonly stateFolder?: string | null;
  readonly maxBodyBytes?: number;
  readonly requestTimeoutMs?: number;
  /** Default: no prover is asked. */
  readonly proofs?: ProofSettings;
  readonly logger?: Logger;
}

export interface RunningAgent {
  readonly url: string;
  readonly operatorUrl: string | null;
  readonly platform: Platform;
  /** The one that signs; a rotation changes it. */
  readonly identity: Identity;
  /** Stops the listeners, then the TPM. May be called twice. */
  close(): Promise<void>;
}

export const agentDefaults = {
  workload: { host: "127.0.0.1", port: 7999 },
  maxBodyBytes: 65_536,
  requestTimeoutMs: 30_000,
} as const;

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.[0-9]{1,3}){3}$/.test(host);

function requireLoopback({ workload = agentDefaults.workload, allowRemoteWorkload }: AgentOptions): void {
  if (!isLoopback(workload.host) && allowRemoteWorkload !== true)
    throw new Error(`the workload listener signs for everybody: ${workload.host} is not loopback`);
}

function warningsOf(options: AgentOptions): string[] {
  const isOpen = (options.callerTokenHashes ?? []).length === 0;
  const { paths } = options.proofs ?? noProvers;
  return [
    ...(isLoopback((options.workload ?? agentDefaults.workload).host)
      ? []
      : ["the workload listener is reachable from other machines: they can have messages signed"]),
    ...(isOpen
      ? [
          "no caller list: everybody on the workload listener may ask for evidence, rotate and purge the identity key, " +
            "and have TTLs, operator and revocation signed",
        ]
      : []),
    ...(isOpen && (paths.sp1 ?? paths.risc0) !== null
      ? [
          "no caller list: everybody on the workload listener may have proofs bought at the configured provers",
        ]
      : []),
    ...(options.allowUnanchored === false ? [] : ["un-anchored evidence is made on request"]),
  ];
}

async function openAgent(options: AgentOptions, logger: Logger): Promise<Agent> {
  const { platform, stateFolder } = options;
  const metrics = newMetrics();
  // Before keys are made: it refuses provers that cannot be used.
  const proofs = openProofs(options.proofs ?? noProvers, { tee: platform.tee, metrics, logger });
  const store = stateFolder === undefined || stateFolder === null ? noStore : fileStore(stateFolder);
  return {
    platform,
    keyring: await openKeyring(platform.tpm, platform.measuredPcrs, store),
    policy: {
      allowUnanchored: options.allowUnanchored ?? true,
      maxBodyBytes: options.maxBodyBytes ?? agentDefaults.maxBodyBytes,
      requestTimeoutMs: options.requestTimeoutMs ?? agentDefaults.requestTimeoutMs,
    },
    metrics,
    proofs,
    requireCaller: requireCaller(options.callerTokenHashes ?? []),
    warnings: warningsOf(options),
  };
}

export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const logger = options.logger ?? pino({ level: "silent" });
  const closers: (() => Promise<void>)[] = [() => options.platform.close()];
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= closers.reduceRight((before, closer) => before.finally(closer), Promise.resolve());
    return closing;
  };

  try {
    requireLoopback(options);
    const agent = await openAgent(options, logger);
    const listen = async (audience: Audience, { host, port }: Listener): Promise<string> => {
      const app = buildServer(agent, audience, logger);
      closers.push(async () => {
        // First: who waits for a proof is told why there is none, and no longer waited for.
        await agent.proofs.stop();
        await app.close();
      });
      await app.listen({ host, port });
      const bound = app.server.address() as AddressInfo;
      return `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`;
    };
    const url = await listen("workload", options.workload ?? agentDefaults.workload);
    const operatorUrl = options.operator ? await listen("operator", options.operator) : null;
    logger.info({ url, operatorUrl, warnings: agent.warnings }, "agent listens");
    return {
      url,
      operatorUrl,
      platform: options.platform,
      get identity() {
        return agent.keyring.current;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
