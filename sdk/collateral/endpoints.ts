// Where Intel's PCS of version 4 and the PCCS that mirror it keep each document.
import { CollateralError } from "./error.ts";

export const intelPcs = "https://api.trustedservices.intel.com";
// The PCS itself does not serve the root CRL; the root certificate names this distribution point.
const intelRootCrl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

export type PckCa = "platform" | "processor";

export interface EndpointSettings {
  readonly baseUrl: string;
  readonly tcbEvaluationDataNumber: number | null;
  readonly update: "early" | "standard" | null;
}

export interface Endpoints {
  tcbInfo(fmspc: string): string;
  readonly qeIdentity: string;
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

/** Which generation of documents: by number, by kind of update, or the service's default. */
function generationOf({ tcbEvaluationDataNumber: number, update }: EndpointSettings): string[] {
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

export function endpointsOf(settings: EndpointSettings): Endpoints {
  const base = baseOf(settings.baseUrl);
  const generation = generationOf(settings);
  return {
    tcbInfo: (fmspc) =>
      `${base}/tdx/certification/v4/tcb${query([`fmspc=${fmspc.toUpperCase()}`, ...generation])}`,
    qeIdentity: `${base}/tdx/certification/v4/qe/identity${query(generation)}`,
    pckCrl: (ca) => `${base}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
    rootCrl: base === intelPcs ? intelRootCrl : `${base}/sgx/certification/v4/rootcacrl`,
    evaluationNumbers: `${base}/tdx/certification/v4/tcbevaluationdatanumbers`,
  };
}
