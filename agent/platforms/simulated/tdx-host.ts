// A simulated Intel platform: PCK key certified under the simulator's Platform CA, and a quoting enclave with an
// attestation key of its own, both made at start.
import { generateKeyPairSync } from "node:crypto";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { names, pckExtensions } from "./authorities.ts";
import { intelPlatformCa, intelRootCertificate } from "./pki.ts";
import { buildTdxQuote, tdReportBody, type TdReport } from "./quote.ts";
import { issueCertificate, pemOf, randomSerial, rawPublicKey } from "./x509.ts";

export interface TdxHostOptions {
  /** 16 bytes; names the machine, gives platformId. */
  readonly ppid: Uint8Array;
  readonly authData: Uint8Array;
  readonly notBefore: Date;
}

export interface TdxHost {
  quote(report: TdReport): Uint8Array;
  /** A quote over a TD report body as it stands, for tests of what no simulated machine reports. */
  quoteBody(body: Uint8Array): Uint8Array;
}

/** TCB of a captured Azure platform (2025): every level of Intel's collateral for this FMSPC can be matched. */
const cpuSvn = fromHex("0303020204010005".padEnd(32, "0"));
const pceSvn = 13;
const fmspc = fromHex("90c06f000000");
const pckYears = 7;

export async function startTdxHost({ ppid, authData, notBefore }: TdxHostOptions): Promise<TdxHost> {
  const ca = intelPlatformCa();
  const pck = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const attestation = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notBefore.getUTCFullYear() + pckYears);
  const certificate = await issueCertificate({
    subject: names.pck,
    issuer: ca.name,
    serial: randomSerial(),
    notBefore,
    notAfter,
    publicKey: pck.publicKey,
    issuerPublicKey: ca.publicKey,
    issuerPrivateKey: ca.privateKey,
    extensions: pckExtensions({ ppid, cpuSvn, pceSvn, fmspc, platformInstanceId: ppid }),
  });
  const enclave = {
    attestationKey: attestation.privateKey,
    attestationPublic: rawPublicKey(attestation.publicKey),
    cpuSvn,
    authData,
    pckKey: pck.privateKey,
    pckChain: [certificate, ca.der, intelRootCertificate()].map((der) => pemOf(der)).join(""),
  };
  const quoteBody = (body: Uint8Array) => buildTdxQuote(body, enclave);
  return { quote: (report) => quoteBody(tdReportBody(report)), quoteBody };
}
