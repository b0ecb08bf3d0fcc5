// Fetches Intel's TDX collateral from the Provisioning Certification Service (PCS) or a PCCS. Everything it hands out
// is still to be judged by sdk/verify, which never imports this folder.
import { fromHex, isEqual } from "../evidence/bytes.ts";
import { readEvaluationNumbers } from "../evidence/evaluation-numbers.ts";
import type { EvaluationNumbers } from "../evidence/evaluation-numbers.ts";
import { readQeIdentity } from "../evidence/qe-identity.ts";
import { readTcbInfo } from "../evidence/tcb-info.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";
import { createLoader } from "./cache.ts";
import type { CollateralCache, Load } from "./cache.ts";
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
  /** In memory when absent. */
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

/** TCB info of this platform: a service that mixes platforms up is found out here, not by every quote. */
function loadTcbInfo(service: Service, fmspc: string): Promise<CollateralDocument> {
  const url = service.endpoints.tcbInfo(fmspc);
  return loadJson(service, url, forms.tcbInfo, (info) => {
    if (!isEqual(info.fmspc, fromHex(fmspc)))
      throw new CollateralError("body", url, "TCB info is of another platform than was asked for");
  });
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
  { fmspc, ca }: TdxCollateralQuery,
): Promise<TdxCollateral> {
  if (!/^[0-9a-fA-F]{12}$/.test(fmspc))
    throw new CollateralError("request", fmspc, "FMSPC is not six bytes in hex");
  const [tcbInfo, qeIdentity, lists] = await allInOrder([
    loadTcbInfo(service, fmspc),
    loadJson(service, service.endpoints.qeIdentity, forms.qeIdentity),
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
  const endpoints = endpointsOf({
    baseUrl: parameters.baseUrl ?? intelPcs,
    tcbEvaluationDataNumber: parameters.tcbEvaluationDataNumber ?? null,
    update: parameters.update ?? null,
  });
  const fetch: Fetch = parameters.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const service: Service = {
    endpoints,
    settings: { fetch, timeoutMilliseconds, retries, sleep, signal },
    load: createLoader(parameters.cache ?? new Map<string, CollateralDocument>(), now),
  };
  return {
    tdxCollateral: (query) => fetchTdxCollateral(service, query),
    evaluationNumbers: () => fetchEvaluationNumbers(service),
  };
}
