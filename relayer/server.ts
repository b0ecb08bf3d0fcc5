// The relayer's HTTP interface and its life: opens the store, starts the worker, serves, and ends cleanly.
import fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { getAddress } from "viem";
import type { Address, Hex } from "viem";
import { cvmRegistry } from "../sdk/registry/client.ts";
import type { Rpc } from "../sdk/registry/client.ts";
import { defaultTrust } from "../sdk/verify/roots.ts";
import type { TrustRoots } from "../sdk/verify/context.ts";
import { chainOf, httpRpc } from "./chain.ts";
import type { Chain } from "./chain.ts";
import { errorText, newLog, originOf } from "./log.ts";
import type { Log } from "./log.ts";
import { newMetrics } from "./metrics.ts";
import type { Metrics } from "./metrics.ts";
import { problem, ProblemError } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { readHeld } from "./collateral/held.ts";
import { collateralReader, documentsReader } from "./collateral/judged.ts";
import type { ReadEvaluation } from "./collateral/judged.ts";
import { collateralKeeper } from "./collateral/keeper.ts";
import type { Keeper } from "./collateral/keeper.ts";
import type { CollateralSource } from "./collateral/offered.ts";
import { collateralReadiness } from "./collateral/readiness.ts";
import { newUpserts } from "./collateral/upserts.ts";
import type { Upserts } from "./collateral/upserts.ts";
import { newCollateralWatch } from "./collateral/watch.ts";
import { provingParts, requireProvers } from "./proving/parts.ts";
import type { ProvingOptions } from "./proving/parts.ts";
import { conclude } from "./registration/conclude.ts";
import type { ProvingParts, RegistrarContext } from "./registration/context.ts";
import { akTrustReader } from "./registration/ak-trust.ts";
import { transactionGasCap } from "./registration/dispatch.ts";
import { knownCertificatesFinder } from "./registration/known-ak.ts";
import { knownHostFinder } from "./registration/known-host.ts";
import { sdkVerifier } from "./registration/verification.ts";
import type { VerifyEvidence } from "./registration/verification.ts";
import { startTicker } from "./registration/ticker.ts";
import { startWorker } from "./registration/worker.ts";
import { healthRoutes } from "./routes/health.ts";
import type { HealthRoutes } from "./routes/health.ts";
import { registrationRoutes } from "./routes/registrations.ts";
import { signatureCheckRoutes } from "./routes/signature-checks.ts";
import type { Settings } from "./settings.ts";
import { withDefaults } from "./settings.ts";
import type { Signer } from "./signers/signer.ts";
import { openStore } from "./store/database.ts";
import type { Database, OpenedStore } from "./store/database.ts";
import { newSender } from "./transactions/sender.ts";

export interface RelayerOptions extends Partial<Settings> {
  readonly rpcUrl: string;
  readonly registry: Address;
  readonly signer: Signer;
  /** Trust roots of the off-chain verifier; default: the pinned roots of the vendors. */
  readonly trust?: TrustRoots;
  /** Replaces the SDK's verifier, for tests. */
  readonly verify?: VerifyEvidence;
  /** Where Intel's documents come from; with `intelCollateral` the relayer brings them to the chain. */
  readonly collateralSource?: CollateralSource;
  /** Services that prove what agents give without a proof. */
  readonly proving?: ProvingOptions;
  /** An open store instead of the one the settings name; the relayer then leaves it open. */
  readonly store?: OpenedStore;
  readonly log?: Log;
  readonly now?: () => Date;
}

export interface Relayer {
  /** Base URL of the HTTP interface. */
  readonly url: string;
  readonly db: Database;
  readonly metrics: Metrics;
  /** Takes no more requests, ends the steps under way, closes the store. */
  stop(): Promise<void>;
}

function problemOf(error: unknown, log: Log): Problem {
  if (error instanceof ProblemError) return error.problem;
  const { statusCode, code } = error as FastifyError;
  if (statusCode === 413) return problem("body-too-large", "the body exceeds the limit of this relayer");
  // Fastify's own refusals: malformed JSON, a media type it does not read.
  if (statusCode !== undefined && statusCode < 500)
    return { ...problem("request-malformed", errorText(error)), status: statusCode };
  log.error({ err: errorText(error), code }, "request failed");
  // What went wrong inside is for the log, not for strangers.
  return problem("internal", "see the relayer's log");
}

const sendProblem = (reply: FastifyReply, document: Problem): FastifyReply =>
  reply.code(document.status).type("application/problem+json").send(JSON.stringify(document));

function newApp(settings: Settings, log: Log): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.maxBodyBytes,
    // A body that dribbles in holds a connection and its memory. Node swaps the two limits where that of the headers
    // (60 s unless set) is longer, and looks every 30 s unless told otherwise.
    requestTimeout: settings.requestTimeoutMs,
    http: {
      requestTimeout: settings.requestTimeoutMs,
      headersTimeout: settings.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(settings.requestTimeoutMs, 5_000),
    },
    // Errors before routing, such as a path that cannot be decoded.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, problemOf(error, log)),
    // A client that keeps its connection must not keep the relayer from stopping.
    forceCloseConnections: true,
  });
  // JSON alone: a web page can send text/plain to loopback without asking, JSON it cannot.
  app.removeContentTypeParser("text/plain");
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error, log)));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problem("not-found", "no such route")));
  return app;
}

/** Signed bytes are bound to the chain id, so the relayer does not start without knowing it. */
async function chainIdOf(chain: Chain, settings: Settings, rpcUrl: string): Promise<bigint> {
  if (settings.chainId !== null) return settings.chainId;
  try {
    return await chain.chainId();
  } catch (cause) {
    throw new Error(`the chain at ${originOf(rpcUrl)} does not answer: ${errorText(cause)}`, { cause });
  }
}

type Parts = Pick<RegistrarContext, "db" | "chain" | "chainId" | "lease" | "log" | "metrics" | "signal"> & {
  readonly store: Pick<OpenedStore, "lease">;
};

interface Collateral {
  readonly upserts: Upserts;
  /** Null without a source. */
  readonly keeper: Keeper | null;
  readonly readiness: HealthRoutes["collateral"];
}

/** Without a contract there is nothing to send; without a source the journal's transactions are still concluded. */
function collateralOf(
  { collateralSource: source, signer }: RelayerOptions,
  settings: Settings,
  parts: Parts & Pick<RegistrarContext, "now" | "sender">,
): Collateral | null {
  const { intelCollateral: contract, collateralPauseMs: pauseMs } = settings;
  if (contract === null) return null;
  const shared = { ...parts, contract, signer: signer.address };
  const upserts = newUpserts({ ...shared, pauseMs, gasCap: transactionGasCap });
  if (source === undefined) return { upserts, keeper: null, readiness: null };
  const {
    collateralMarginSeconds: marginSeconds,
    collateralAttempts: attempts,
    collateralDeadlineSeconds: deadlineSeconds,
  } = settings;
  const watched = { ...shared, watch: newCollateralWatch(parts.now), marginSeconds };
  return {
    upserts,
    keeper: collateralKeeper({ ...watched, source, upserts, attempts }),
    readiness: () => collateralReadiness({ ...watched, deadlineSeconds }),
  };
}

/** Asks a chain that holds collateral by which evaluations it goes. */
const evaluationReader =
  (rpc: Rpc, contract: Address | null): ReadEvaluation =>
  async (platform) =>
    contract === null ? null : (await readHeld(rpc, contract, platform)).evaluationNumber;

interface Registrar {
  readonly context: RegistrarContext;
  readonly collateral: Collateral | null;
}

/** Null where nothing is proved. */
function provingOf(
  { proving, collateralSource: source }: RelayerOptions,
  settings: Settings,
  parts: Parts & Pick<RegistrarContext, "now">,
  registry: Address,
): ProvingParts | null {
  if (proving === undefined) return null;
  const readEvaluation = evaluationReader(parts.chain.rpc, settings.intelCollateral);
  const readDocuments = source ? documentsReader({ source, readEvaluation, log: parts.log }) : null;
  return provingParts(proving, settings, parts.store, { ...parts, registry, readDocuments });
}

function registrarOf(options: RelayerOptions, settings: Settings, parts: Parts): Registrar {
  const now = options.now ?? (() => new Date());
  const { maxAnchorBlocks, blockSeconds } = settings;
  const { trust = defaultTrust, collateralSource: source } = options;
  const readAkTrust = settings.akCertificates && akTrustReader(parts.chain.rpc, settings.akCertificates);
  const verify =
    options.verify ??
    sdkVerifier({
      trust,
      maxAnchorBlocks,
      blockSeconds,
      ...(readAkTrust && { readAkTrust }),
      ...(source && {
        readCollateral: collateralReader({
          ...{ source, intelRoot: trust.intelRoot, log: parts.log },
          readEvaluation: evaluationReader(parts.chain.rpc, settings.intelCollateral),
        }),
      }),
    });
  const sender = newSender({
    ...parts,
    now,
    signer: options.signer,
    sendPolicy: settings,
    feePolicy: { ceiling: settings.maxFeePerGas },
    onOutcome: async (row, outcome) => {
      const { registration_id: id } = row;
      if (id === null) await collateral?.upserts.conclude(row, outcome);
      else await conclude(context, id, row.data as Hex, outcome);
    },
  });
  const collateral = collateralOf(options, settings, { ...parts, now, sender });
  const registry = getAddress(options.registry.toLowerCase());
  const context: RegistrarContext = {
    ...parts,
    now,
    verify,
    prepareCollateral: collateral?.keeper?.prepare ?? null,
    findKnownHost: knownHostFinder(parts.chain, registry),
    findKnownCertificates: knownCertificatesFinder(parts.chain, registry),
    proving: provingOf(options, settings, { ...parts, now }, registry),
    sender,
    registry: cvmRegistry({ address: registry, client: parts.chain.rpc }),
    signer: options.signer.address,
    policy: settings,
  };
  return { context, collateral };
}

/** Starts a relayer in this process. */
export async function startRelayer(options: RelayerOptions): Promise<Relayer> {
  const settings = withDefaults(options);
  requireProvers(settings, options.proving?.policy ?? null);
  const log = options.log ?? newLog(settings.logLevel);
  const metrics = newMetrics();
  const chain = chainOf(httpRpc(options.rpcUrl, settings.rpcTimeoutMs));
  const chainId = await chainIdOf(chain, settings, options.rpcUrl);
  const store = options.store ?? (await openStore(settings));
  const shutdown = new AbortController();
  const { context, collateral } = registrarOf(options, settings, {
    ...{ db: store.db, store, chain, chainId, log, metrics },
    lease: store.lease(`${chainId}:${options.signer.address.toLowerCase()}`),
    signal: shutdown.signal,
  });
  const worker = startWorker(context, settings);
  const keeper = collateral?.keeper ?? null;
  const retries = keeper && startTicker(settings.collateralPauseMs, () => keeper.retry());
  const app = newApp(settings, log);
  registrationRoutes(app, {
    db: store.db,
    agentUrls: { allowedHosts: settings.agentHosts },
    hasProver: (system) => context.proving?.prover.hasPath(system) ?? false,
    maxOpen: settings.maxOpenRegistrations,
    now: context.now,
    onCreated: () => worker.wake(),
  });
  signatureCheckRoutes(app, context.registry, chain);
  healthRoutes(app, {
    ...{ ...context, registry: context.registry.address, minBalance: settings.minBalance },
    collateral: collateral?.readiness ?? null,
  });
  const stop = async () => {
    shutdown.abort();
    await app.close();
    // Not waited for: a source that is slow to fail would hold the shutdown up, and nothing hangs on its answer.
    void retries?.stop();
    await worker.stop();
    await context.proving?.prover.stop();
    await context.proving?.lease.release();
    await context.lease.release();
    if (options.store === undefined) await store.close();
  };
  try {
    const url = await app.listen({ host: settings.host, port: settings.port });
    log.info(
      { chainId: chainId.toString(), rpc: originOf(options.rpcUrl), store: store.kind, url },
      "relayer runs",
    );
    return { url, db: store.db, metrics, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
