// Starts a simulated confidential VM: TPM (swtpm where installed), boot and workload measured, AK certified, TDX host.
// The two flavours differ as the clouds do: who chooses report_data, what the AK is, what the RTMRs hold.
import { randomBytes, randomUUID } from "node:crypto";
import { ascii, concat, fromHex, sha256, sha384, toBigInt, toHex } from "../../../sdk/evidence/bytes.ts";
import { cloudTypes, teeTypes } from "../../../sdk/evidence/registration.ts";
import { softwareTpm } from "../../tpm/software.ts";
import { isSwtpmInstalled, startSwtpm } from "../../tpm/swtpm.ts";
import type { AttestationKey, Tpm } from "../../tpm/tpm.ts";
import { measureWorkload, type WorkloadItem } from "../../workload/measurement.ts";
import type { Platform } from "../platform.ts";
import { azureAkExtensions, azureAkSubject, gceSubject, gcpAkExtensions } from "./authorities.ts";
import { azureBoot, bootLogOf, extendBoot, gcpBoot, rtmrsOf, type BootEvent } from "./boot.ts";
import { runtimeClaims, simulatedEkModulus } from "./claims.ts";
import { azureIntermediate, gcpIntermediate } from "./pki.ts";
import type { TdReport } from "./quote.ts";
import { platformSvns, type SimulatedTcb } from "./tcb.ts";
import { startTdxHost } from "./tdx-host.ts";
import { issueCertificate, publicKeyObject, randomSerial } from "./x509.ts";

export type SimulatedFlavour = "gcp-tdx" | "azure-tdx";

export interface SimulatedMachineOptions {
  readonly flavour: SimulatedFlavour;
  /** Default: swtpm where it is installed, else the software TPM. */
  readonly tpm?: "auto" | "swtpm" | "software";
  readonly workload?: readonly WorkloadItem[];
  /** 16 bytes; default random. */
  readonly ppid?: Uint8Array;
  /** Of the PCK and AK certificates; a constant by default, so that chains with a frozen clock accept them. */
  readonly notBefore?: Date;
  /** What the simulator's collateral says of the platform. Default: UpToDate. */
  readonly tcb?: SimulatedTcb;
}

const defaultNotBefore = new Date("2025-07-01T00:00:00Z");
const defaultWorkload: readonly WorkloadItem[] = [
  { type: "config", name: "workload.json", content: ascii('{"name":"cvm-registry simulator"}') },
];

const label = (text: string): Uint8Array => ascii(`cvm-registry simulator ${text}`);

interface Stated {
  readonly flavour: SimulatedFlavour;
  readonly tcb: SimulatedTcb;
  readonly rtmrs: readonly Uint8Array[];
}

/** Measurements of the TD but the report data; mrSeam as of one TDX module. */
function tdReport({ flavour, tcb, rtmrs }: Stated, reportData: Uint8Array): TdReport {
  return {
    teeTcbSvn: platformSvns(tcb).teeTcbSvn,
    mrSeam: sha384(label("TDX module")),
    tdAttributes: fromHex("0000001000000000"), // SEPT_VE_DISABLE, as on both clouds
    xfam: fromHex("e718060000000000"),
    mrTd: sha384(label(`firmware ${flavour}`)),
    rtmrs,
    reportData,
  };
}

async function startTpm(kind: "auto" | "swtpm" | "software"): Promise<Tpm> {
  const wantsSwtpm = kind === "swtpm" || (kind === "auto" && (await isSwtpmInstalled()));
  return wantsSwtpm ? startSwtpm() : softwareTpm();
}

function yearsLater(date: Date, years: number): Date {
  const later = new Date(date);
  later.setUTCFullYear(date.getUTCFullYear() + years);
  return later;
}

async function certifyGcpAk(ak: AttestationKey, notBefore: Date): Promise<Uint8Array[]> {
  const issuer = gcpIntermediate();
  const instance = {
    zone: "simulator1-a",
    projectNumber: 1_000_000_000_000n,
    projectId: "cvm-registry-simulator",
    instanceId: toBigInt(Uint8Array.from(randomBytes(8))) >> 1n,
    instanceName: "simulated",
    isProduction: true,
  };
  const leaf = await issueCertificate({
    subject: gceSubject(instance),
    issuer: issuer.name,
    serial: randomSerial(),
    notBefore,
    notAfter: yearsLater(notBefore, 30),
    publicKey: publicKeyObject(ak.publicKey),
    issuerPublicKey: issuer.publicKey,
    issuerPrivateKey: issuer.privateKey,
    extensions: gcpAkExtensions(instance),
  });
  return [leaf, issuer.der];
}

async function certifyAzureAk(ak: AttestationKey, notBefore: Date): Promise<Uint8Array[]> {
  const issuer = azureIntermediate();
  const leaf = await issueCertificate({
    subject: azureAkSubject(toHex(Uint8Array.from(randomBytes(6))).slice(2)),
    issuer: issuer.name,
    serial: randomSerial(),
    notBefore,
    // Microsoft's last one year and are renewed daily; the simulator renews nothing.
    notAfter: yearsLater(notBefore, 7),
    publicKey: publicKeyObject(ak.publicKey),
    issuerPublicKey: issuer.publicKey,
    issuerPrivateKey: issuer.privateKey,
    extensions: azureAkExtensions,
  });
  return [leaf, issuer.der];
}

interface Measured {
  readonly tpm: Tpm;
  readonly boot: readonly BootEvent[];
  readonly ppid: Uint8Array;
  readonly notBefore: Date;
  readonly tcb: SimulatedTcb;
}

async function gcpMachine({ tpm, boot, ppid, notBefore, tcb }: Measured): Promise<Platform> {
  const ak = await tpm.createAttestationKey("p256");
  const host = await startTdxHost({ ppid, authData: new Uint8Array(32), notBefore, tcb });
  const stated = { flavour: "gcp-tdx", tcb, rtmrs: rtmrsOf(boot) } as const;
  return {
    cloud: cloudTypes.gcp,
    tee: teeTypes.intelTdx,
    cloudName: "google",
    teeName: "tdx",
    tpm,
    ak,
    akCertificates: await certifyGcpAk(ak, notBefore),
    measuredPcrs: [0, 4, 7, 9, 11, 16, 23],
    bootLog: bootLogOf(boot),
    teeStatement: (userBytes) =>
      Promise.resolve({ report: host.quote(tdReport(stated, userBytes)), runtimeClaims: null }),
    close: () => tpm.close(),
  };
}

async function azureMachine({ tpm, boot, ppid, notBefore, tcb }: Measured): Promise<Platform> {
  const ak = await tpm.createAttestationKey("rsa2048");
  const authData = Uint8Array.from({ length: 32 }, (_, at) => at);
  const host = await startTdxHost({ ppid, authData, notBefore, tcb });
  const [ekModulus, vmUniqueId] = [simulatedEkModulus(), randomUUID()];
  // The paravisor owns the TD: the guest cannot extend RTMRs, its boot is in the vTPM alone.
  const rtmrs = Array.from({ length: 4 }, () => new Uint8Array(48));
  const stated = { flavour: "azure-tdx", tcb, rtmrs } as const;
  return {
    cloud: cloudTypes.azure,
    tee: teeTypes.intelTdx,
    cloudName: "azure",
    teeName: "tdx",
    tpm,
    ak,
    akCertificates: await certifyAzureAk(ak, notBefore),
    measuredPcrs: [4, 7, 9, 11, 16, 23],
    bootLog: bootLogOf(boot),
    teeStatement(userBytes) {
      const claims = runtimeClaims({ akModulus: ak.publicKey, ekModulus, vmUniqueId, userData: userBytes });
      const reportData = concat(sha256(claims), new Uint8Array(32));
      const report = host.quote(tdReport(stated, reportData));
      return Promise.resolve({ report, runtimeClaims: claims });
    },
    close: () => tpm.close(),
  };
}

export async function startSimulatedMachine(options: SimulatedMachineOptions): Promise<Platform> {
  const tpm = await startTpm(options.tpm ?? "auto");
  try {
    const isAzure = options.flavour === "azure-tdx";
    const boot = isAzure ? azureBoot : gcpBoot;
    await extendBoot(tpm, boot);
    await measureWorkload(tpm, options.workload ?? defaultWorkload);
    const ppid = options.ppid ?? Uint8Array.from(randomBytes(16));
    const { tcb = "UpToDate", notBefore = defaultNotBefore } = options;
    const measured = { tpm, boot, ppid, notBefore, tcb };
    return await (isAzure ? azureMachine(measured) : gcpMachine(measured));
  } catch (error) {
    await tpm.close();
    throw error;
  }
}
