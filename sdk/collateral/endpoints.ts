// Where Intel's PCS of version 4 and the PCCS that mirror it keep each document.
import { CollateralError } from "./error.ts";

export const intelPcs = "https://api.trustedservices.intel.com";
// The PCS itself does not serve the root CRL; the root certificate names this distribution point.
const intelRootCrl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

export type PckCa = "platform" | "processor";

export interface EndpointSettings {
  readonly baseUrl: string;
  readonly update: "early" | "standard" | null;
}

export interface Endpoints {
  /** Of a TCB evaluation, or of the service's choice when it is null. Throws CollateralError. */
  readonly tcbInfo: (fmspc: string, evaluation: number | null) => string;
  /** The same. */
  readonly qeIdentity: (evaluation: number | null) => string;
  pckCrl(ca: PckCa): string;
  readonly rootCrl: string;
  readonly evaluationNumbers: string;
}

/** The base URL without slashes at its end. Throws CollateralError. */
function baseOf(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  if (url === null || !["https:", "http:"].includes(url.protocol) || url.search !== "" || url.hash !== "")
    throw new CollateralError("request", baseUrl, "base URL is not of http or https without a query");
  return url.href.replace(/\/+$/, "");
}

/** Which generation of documents: by number, by kind of update, or the service's default. Throws CollateralError. */
function generationOf(number: number | null, update: EndpointSettings["update"]): string[] {
  if (number !== null && update !== null)
    throw new CollateralError(
      "request",
      "update",
      "an update and an evaluation data number exclude each other",
    );
  if (number !== null && (!Number.isInteger(number) || number < 1 || number > 0xffff))
    throw new CollateralError("request", String(number), "evaluation data number is not from 1 to 65535");
  if (number !== null) return [`tcbEvaluationDataNumber=${number}`];
  return update === null ? [] : [`update=${update}`];
}

const query = (parts: readonly string[]) => (parts.length === 0 ? "" : `?${parts.join("&")}`);

export function endpointsOf({ baseUrl, update }: EndpointSettings): Endpoints {
  const base = baseOf(baseUrl);
  return {
    tcbInfo: (fmspc, evaluation) =>
      `${base}/tdx/certification/v4/tcb${query([`fmspc=${fmspc.toUpperCase()}`, ...generationOf(evaluation, update)])}`,
    qeIdentity: (evaluation) =>
      `${base}/tdx/certification/v4/qe/identity${query(generationOf(evaluation, update))}`,
    pckCrl: (ca) => `${base}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
    rootCrl: base === intelPcs ? intelRootCrl : `${base}/sgx/certification/v4/rootcacrl`,
    evaluationNumbers: `${base}/tdx/certification/v4/tcbevaluationdatanumbers`,
  };
}
