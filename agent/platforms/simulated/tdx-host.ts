// A simulated Intel platform: PCK key certified under the simulator's Platform CA, and a quoting enclave with an
// attestation key of its own, both made at start.
import { generateKeyPairSync } from "node:crypto";
import { names, pckExtensions, type SgxPlatform } from "./authorities.ts";
import type { P256KeyPair } from "./p256.ts";
import { intelAuthorities, type IntelAuthorities } from "./pki.ts";
import { buildTdxQuote, tdReportBody, type QeReport, type TdReport } from "./quote.ts";
import { platformSvns, revokedPckSerials, simulatedPlatform, type SimulatedTcb } from "./tcb.ts";
import { issueCertificate, pemOf, randomSerial, rawPublicKey } from "./x509.ts";

export interface TdxHostOptions {
  /** 16 bytes; names the machine, gives platformId. */
  readonly ppid: Uint8Array;
  readonly authData: Uint8Array;
  readonly notBefore: Date;
  /** Default: UpToDate. */
  readonly tcb?: SimulatedTcb;
}

export interface TdxHost {
  quote(report: TdReport): Uint8Array;
  /** A quote over a TD report body as it stands, for tests of what no simulated machine reports. */
  quoteBody(body: Uint8Array): Uint8Array;
}

export interface QuotingHost {
  readonly platform: SgxPlatform;
  readonly pckSerial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly pck: P256KeyPair;
  readonly attestation: P256KeyPair;
  readonly authData: Uint8Array;
  readonly qeReport?: Partial<QeReport>;
  readonly authorities?: IntelAuthorities;
}

const pckYears = 7;

export function pckNotAfter(notBefore: Date): Date {
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notBefore.getUTCFullYear() + pckYears);
  return notAfter;
}

/** Certifies the PCK key; the answer quotes a TD report body. */
export async function quotingHost(host: QuotingHost) {
  const { platformCa: ca, root } = host.authorities ?? intelAuthorities();
  const certificate = await issueCertificate({
    subject: names.pck,
    issuer: ca.name,
    serial: host.pckSerial,
    notBefore: host.notBefore,
    notAfter: host.notAfter,
    publicKey: host.pck.publicKey,
    issuerPublicKey: ca.publicKey,
    issuerPrivateKey: ca.privateKey,
    extensions: pckExtensions(host.platform),
  });
  const enclave = {
    attestationKey: host.attestation.privateKey,
    attestationPublic: rawPublicKey(host.attestation.publicKey),
    cpuSvn: host.platform.cpuSvn,
    authData: host.authData,
    pckKey: host.pck.privateKey,
    pckChain: [certificate, ca.der, root.der].map((der) => pemOf(der)).join(""),
    ...(host.qeReport && { report: host.qeReport }),
  };
  return (body: Uint8Array, version: 4 | 5 = 4): Uint8Array => buildTdxQuote(body, enclave, version);
}

export async function startTdxHost(options: TdxHostOptions): Promise<TdxHost> {
  const { ppid, authData, notBefore, tcb = "UpToDate" } = options;
  const quoteBody = await quotingHost({
    platform: simulatedPlatform(ppid, platformSvns(tcb)),
    pckSerial: tcb === "PckRevoked" ? revokedPckSerials[0]! : randomSerial(),
    notBefore,
    notAfter: pckNotAfter(notBefore),
    pck: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    attestation: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    authData,
  });
  return { quote: (report) => quoteBody(tdReportBody(report)), quoteBody: (body) => quoteBody(body) };
}
