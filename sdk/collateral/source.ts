// Fetches Intel's TDX collateral from the Provisioning Certification Service (PCS) or a PCCS. Everything it hands out
// is still to be judged by sdk/verify, which never imports this folder.
import { fromHex, isEqual } from "../evidence/bytes.ts";
import { readEvaluationNumbers } from "../evidence/evaluation-numbers.ts";
import type { EvaluationNumbers } from "../evidence/evaluation-numbers.ts";
import { readQeIdentity } from "../evidence/qe-identity.ts";
import { isRefusal } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { readTcbInfo } from "../evidence/tcb-info.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";
import { createLoader } from "./cache.ts";
import type { CollateralCache, KeptDocument, Load } from "./cache.ts";
import { readPckCrl, readRootCrl, readSignedJson } from "./document.ts";
import type { CollateralDocument, SignedJsonForm } from "./document.ts";
import { endpointsOf, intelPcs } from "./endpoints.ts";
import type { Endpoints, PckCa } from "./endpoints.ts";
import { CollateralError } from "./error.ts";
import { request } from "./request.ts";
import type { Fetch, RequestSettings } from "./request.ts";

export interface CollateralSourceParameters {
  /** Intel's PCS when absent; else a PCCS or a mirror. */
  readonly baseUrl?: string;
  readonly fetch?: Fetch;
  /** In memory when absent. A document is taken from it for five minutes, and never beyond its nextUpdate. */
  readonly cache?: CollateralCache;
  /** Deadline of one try of one document. */
  readonly timeoutMilliseconds: number;
  /** Tries after the first, on a broken connection, a missed deadline or a status of 5xx. */
  readonly retries: number;
  /** Unix seconds. */
  readonly now: () => bigint;
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** Gives up every request under way. */
  readonly signal?: AbortSignal;
  readonly tcbEvaluationDataNumber?: number;
  readonly update?: "early" | "standard";
}

export interface TdxCollateralQuery {
  /** 6 bytes in hex, of either case. */
  readonly fmspc: string;
  /** Which CA issued the PCK certificate. */
  readonly ca: PckCa;
  /** The TCB evaluations that the documents must be of, in place of the source's; not beside an `update`. */
  readonly evaluation?: { readonly tcbInfo: number; readonly qeIdentity: number };
}

/** Intel's list of evaluation data numbers: signed bytes, and what they say. */
export interface SignedEvaluationNumbers extends EvaluationNumbers {
  readonly document: CollateralDocument;
}

export interface CollateralSource {
  /** Throws CollateralError. */
  tdxCollateral(query: TdxCollateralQuery): Promise<TdxCollateral>;
  /** Throws CollateralError. */
  evaluationNumbers(): Promise<SignedEvaluationNumbers>;
}

const forms = {
  tcbInfo: { member: "tcbInfo", header: "TCB-Info-Issuer-Chain", read: readTcbInfo },
  qeIdentity: {
    member: "enclaveIdentity",
    header: "SGX-Enclave-Identity-Issuer-Chain",
    read: readQeIdentity,
  },
  evaluationNumbers: {
    member: "tcbEvaluationDataNumbers",
    header: "TCB-Evaluation-Data-Numbers-Issuer-Chain",
    read: readEvaluationNumbers,
  },
} as const;

/** What both methods share. */
interface Service {
  readonly endpoints: Endpoints;
  /** The source's own number, null for the service's choice. */
  readonly evaluation: number | null;
  readonly settings: RequestSettings;
  readonly load: Load;
}

function loadJson<Content extends { readonly nextUpdate: bigint }>(
  { settings, load }: Service,
  url: string,
  form: SignedJsonForm<Content>,
  check: (content: Content) => void = () => undefined,
): Promise<CollateralDocument> {
  return load(url, async () => {
    const { content, ...document } = readSignedJson(url, await request(url, settings), form);
    check(content);
    return document;
  });
}

type EvaluatedForm = (typeof forms)["tcbInfo" | "qeIdentity"];
type Evaluated = Exclude<ReturnType<EvaluatedForm["read"]>, Refusal>;

/** A document that a TCB evaluation has, from its address by number. */
interface EvaluatedDocument<Content extends Evaluated> {
  readonly urlOf: (evaluation: number | null) => string;
  readonly form: SignedJsonForm<Content>;
  /** Throws CollateralError. */
  readonly check: (content: Content) => void;
}

/**
 * The document of exactly this evaluation, or of the service's choice where the number is null. Where the service has
 * another, or none of this number, the error names both.
 */
async function loadEvaluated<Content extends Evaluated>(
  service: Service,
  number: number | null,
  { urlOf, form, check }: EvaluatedDocument<Content>,
): Promise<CollateralDocument> {
  const url = urlOf(number);
  if (number === null) return loadJson(service, url, form, check);
  const requireNumber = ({ tcbEvaluationDataNumber: has }: Content, cause?: unknown) => {
    const details = `TCB evaluation ${number} is asked for, the service has ${has}`;
    if (has !== number) throw new CollateralError("evaluation", url, details, cause);
  };
  try {
    return await loadJson(service, url, form, (content) => {
      check(content);
      requireNumber(content);
    });
  } catch (error) {
    const isUnknown = error instanceof CollateralError && error.code === "unknown";
    if (!isUnknown) throw error;
    // Either the number or the platform is unknown: what the service has by default tells which.
    const document = await loadJson(service, urlOf(null), form, check).catch(() => Promise.reject(error));
    const content = form.read(document.bytes);
    if (isRefusal(content)) throw error;
    requireNumber(content, error);
    return document;
  }
}

/** TCB info of this platform: a service that mixes platforms up is found out here, not by every quote. */
function loadTcbInfo(
  service: Service,
  fmspc: string,
  evaluation: number | null,
): Promise<CollateralDocument> {
  const urlOf = (number: number | null) => service.endpoints.tcbInfo(fmspc, number);
  return loadEvaluated(service, evaluation, {
    urlOf,
    form: forms.tcbInfo,
    check: (info) => {
      if (!isEqual(info.fmspc, fromHex(fmspc)))
        throw new CollateralError(
          "body",
          urlOf(evaluation),
          "TCB info is of another platform than was asked for",
        );
    },
  });
}

function loadQeIdentity(service: Service, evaluation: number | null): Promise<CollateralDocument> {
  const { qeIdentity: urlOf } = service.endpoints;
  return loadEvaluated(service, evaluation, { urlOf, form: forms.qeIdentity, check: () => undefined });
}

async function loadLists({ endpoints, settings, load }: Service, ca: PckCa) {
  const pckUrl = endpoints.pckCrl(ca);
  const pck = await load(pckUrl, async () => readPckCrl(pckUrl, await request(pckUrl, settings)));
  const rootUrl = endpoints.rootCrl;
  const root = await load(rootUrl, async () =>
    readRootCrl(rootUrl, await request(rootUrl, settings), pck.issuerChain),
  );
  return { pck, root };
}

/** Values of all, or the failure of the first in order: the same error whichever answer comes first. */
async function allInOrder<Values extends readonly unknown[]>(promises: {
  readonly [Key in keyof Values]: Promise<Values[Key]>;
}): Promise<Values> {
  const settled = await Promise.allSettled(promises);
  const failed = settled.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return Promise.all(promises);
}

async function fetchTdxCollateral(
  service: Service,
  { fmspc, ca, evaluation }: TdxCollateralQuery,
): Promise<TdxCollateral> {
  if (!/^[0-9a-fA-F]{12}$/.test(fmspc))
    throw new CollateralError("request", fmspc, "FMSPC is not six bytes in hex");
  const { tcbInfo: ofTcbInfo, qeIdentity: ofQeIdentity } = evaluation ?? {
    tcbInfo: service.evaluation,
    qeIdentity: service.evaluation,
  };
  // Throws on numbers that cannot be asked for, before anything is.
  for (const number of [ofTcbInfo, ofQeIdentity]) service.endpoints.qeIdentity(number);
  const [tcbInfo, qeIdentity, lists] = await allInOrder([
    loadTcbInfo(service, fmspc, ofTcbInfo),
    loadQeIdentity(service, ofQeIdentity),
    loadLists(service, ca),
  ]);
  return {
    pckCrlIssuerChain: lists.pck.issuerChain,
    rootCaCrl: lists.root.bytes,
    pckCrl: lists.pck.bytes,
    tcbInfoIssuerChain: tcbInfo.issuerChain,
    tcbInfo: tcbInfo.bytes,
    tcbInfoSignature: tcbInfo.signature,
    qeIdentityIssuerChain: qeIdentity.issuerChain,
    qeIdentity: qeIdentity.bytes,
    qeIdentitySignature: qeIdentity.signature,
  };
}

async function fetchEvaluationNumbers(service: Service): Promise<SignedEvaluationNumbers> {
  const url = service.endpoints.evaluationNumbers;
  const document = await loadJson(service, url, forms.evaluationNumbers);
  const numbers = readEvaluationNumbers(document.bytes);
  if ("check" in numbers) throw new CollateralError("body", url, numbers.detail);
  return { ...numbers, document };
}

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Throws CollateralError when the parameters name no service or two generations. */
export function createCollateralSource(parameters: CollateralSourceParameters): CollateralSource {
  const { timeoutMilliseconds, retries, now, signal = null, sleep = pause } = parameters;
  const { tcbEvaluationDataNumber: evaluation = null, update = null } = parameters;
  const endpoints = endpointsOf({ baseUrl: parameters.baseUrl ?? intelPcs, update });
  // Throws on a number that cannot be asked for.
  endpoints.qeIdentity(evaluation);
  const fetch: Fetch = parameters.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const service: Service = {
    endpoints,
    evaluation,
    settings: { fetch, timeoutMilliseconds, retries, sleep, signal },
    load: createLoader(parameters.cache ?? new Map<string, KeptDocument>(), now),
  };
  return {
    tdxCollateral: (query) => fetchTdxCollateral(service, query),
    evaluationNumbers: () => fetchEvaluationNumbers(service),
  };
}
