// Names and shapes of the simulator's certificates, after the real ones: Intel's DNs to the letter (verifiers compare
// them), the clouds' with names that say simulator. Used to make the committed authorities and the leaves at start.
import type { JsonNameParams } from "@peculiar/x509";
import {
  boolean,
  enumerated,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  utf8String,
} from "./der.ts";
import type { ExtensionSpec } from "./x509.ts";

const intelName = (commonName: string): JsonNameParams => [
  { CN: [{ utf8String: commonName }] },
  { O: [{ utf8String: "Intel Corporation" }] },
  { L: [{ utf8String: "Santa Clara" }] },
  { ST: [{ utf8String: "CA" }] },
  { C: [{ printableString: "US" }] },
];

const googleName = (commonName: string): JsonNameParams => [
  { C: [{ printableString: "US" }] },
  { ST: [{ printableString: "California" }] },
  { L: [{ printableString: "Mountain View" }] },
  { O: [{ printableString: "cvm-registry simulator" }] },
  { OU: [{ printableString: "not Google Cloud" }] },
  { CN: [{ printableString: commonName }] },
];

const azureName = (commonName: string): JsonNameParams => [{ CN: [{ printableString: commonName }] }];

export const names = {
  intelRoot: intelName("Intel SGX Root CA"),
  intelPlatformCa: intelName("Intel SGX PCK Platform CA"),
  intelProcessorCa: intelName("Intel SGX PCK Processor CA"),
  intelTcbSigning: intelName("Intel SGX TCB Signing"),
  pck: intelName("Intel SGX PCK Certificate"),
  gcpRoot: googleName("EK/AK CA Root"),
  gcpIntermediate: googleName("EK/AK CA Intermediate"),
  azureRoot: azureName("cvm-registry simulator Virtual TPM Root"),
  azureIntermediate: azureName("cvm-registry simulator Virtual TPM CA"),
} as const;

const intelRootCrl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
const intelPckCrl =
  "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=platform&encoding=der";
const caUsage = { kind: "keyUsage", usages: ["keyCertSign", "cRLSign"] } as const;
const leafUsage = { kind: "keyUsage", usages: ["digitalSignature"] } as const;
const intelLeafUsage = { kind: "keyUsage", usages: ["digitalSignature", "nonRepudiation"] } as const;
/** tcg-kp-EKCertificate, which Google puts into its AK authorities. */
const ekUsage = { kind: "extendedKeyUsage", oids: ["2.23.133.8.1"] } as const;
const authorityKey = { kind: "authorityKeyIdentifier" } as const;
const subjectKey = { kind: "subjectKeyIdentifier" } as const;

/** Extensions in the order of the real certificates (vectors: Intel 2018, Google 2024, Microsoft 2025). */
export const authorityExtensions = {
  intelRoot: [
    authorityKey,
    { kind: "crl", url: intelRootCrl },
    subjectKey,
    caUsage,
    { kind: "ca", pathLength: 1 },
  ],
  intelPlatformCa: [
    authorityKey,
    { kind: "crl", url: intelRootCrl },
    subjectKey,
    caUsage,
    { kind: "ca", pathLength: 0 },
  ],
  intelTcbSigning: [
    authorityKey,
    { kind: "crl", url: intelRootCrl },
    subjectKey,
    intelLeafUsage,
    { kind: "notCa" },
  ],
  gcpRoot: [caUsage, ekUsage, { kind: "ca" }, subjectKey, authorityKey],
  gcpIntermediate: [
    caUsage,
    ekUsage,
    { kind: "ca" },
    subjectKey,
    authorityKey,
    { kind: "caIssuers", url: "http://simulator.invalid/gcp-root.crt" },
    { kind: "crl", url: "http://simulator.invalid/gcp-root.crl" },
  ],
  azureRoot: [caUsage, { kind: "ca" }, subjectKey, authorityKey],
  azureIntermediate: [caUsage, { kind: "ca", pathLength: 0 }, subjectKey, authorityKey],
} as const satisfies Record<string, readonly ExtensionSpec[]>;

const sgx = "1.2.840.113741.1.13.1";
const field = (suffix: string, value: Uint8Array): Uint8Array =>
  sequence(objectIdentifier(`${sgx}.${suffix}`), value);

export interface SgxPlatform {
  /** 16 bytes. */
  readonly ppid: Uint8Array;
  /** 16 component SVNs, also the CPUSVN. */
  readonly cpuSvn: Uint8Array;
  readonly pceSvn: number;
  /** 2 bytes. */
  readonly pceId: Uint8Array;
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
  /** 16 bytes. */
  readonly platformInstanceId: Uint8Array;
}

/** Intel's SGX extension, complete and in Intel's order (specs: PCK certificate profile, Platform CA). */
function sgxExtension(platform: SgxPlatform): Uint8Array {
  const components = [...platform.cpuSvn].map((svn, at) => field(`2.${at + 1}`, integer(svn)));
  const tcb = sequence(
    ...components,
    field("2.17", integer(platform.pceSvn)),
    field("2.18", octetString(platform.cpuSvn)),
  );
  const configuration = sequence(
    field("7.1", boolean(true)), // dynamicPlatform
    field("7.2", boolean(false)), // cachedKeys
    field("7.3", boolean(true)), // smtEnabled
  );
  return sequence(
    field("1", octetString(platform.ppid)),
    field("2", tcb),
    field("3", octetString(platform.pceId)),
    field("4", octetString(platform.fmspc)),
    field("5", enumerated(1)), // scalable
    field("6", octetString(platform.platformInstanceId)),
    field("7", configuration),
  );
}

export const pckExtensions = (platform: SgxPlatform): ExtensionSpec[] => [
  authorityKey,
  { kind: "crl", url: intelPckCrl },
  subjectKey,
  intelLeafUsage,
  { kind: "notCa" },
  { kind: "raw", oid: sgx, value: sgxExtension(platform) },
];

export interface GceInstance {
  readonly zone: string;
  readonly projectNumber: bigint;
  readonly projectId: string;
  readonly instanceId: bigint;
  readonly instanceName: string;
  readonly isProduction: boolean;
}

export const gceSubject = (instance: GceInstance): JsonNameParams => [
  { L: [{ printableString: instance.zone }] },
  { O: [{ printableString: "Google Compute Engine" }] },
  { OU: [{ printableString: instance.projectId }] },
  { CN: [{ printableString: instance.instanceId.toString() }] },
];

/** Google's instance extension; its flags after isProduction as in a captured TDX certificate. */
function gceExtension(instance: GceInstance): Uint8Array {
  const security = sequence(
    explicit(0, integer(0)), // securityVersion
    explicit(1, boolean(instance.isProduction)),
    explicit(2, boolean(true)),
    explicit(3, boolean(false)),
    explicit(4, boolean(false)),
    explicit(5, boolean(false)),
  );
  return sequence(
    utf8String(instance.zone),
    integer(instance.projectNumber),
    utf8String(instance.projectId),
    integer(instance.instanceId),
    utf8String(instance.instanceName),
    explicit(0, security),
  );
}

export const gcpAkExtensions = (instance: GceInstance): ExtensionSpec[] => [
  leafUsage,
  { kind: "notCa" },
  subjectKey,
  authorityKey,
  { kind: "caIssuers", url: "http://simulator.invalid/gcp-intermediate.crt" },
  { kind: "raw", oid: "1.3.6.1.4.1.11129.2.1.21", value: gceExtension(instance) },
];

export const azureAkSubject = (id: string): JsonNameParams =>
  azureName(`${id}.ConfidentialVM.Azure.windows.net`);

export const azureAkExtensions: readonly ExtensionSpec[] = [
  leafUsage,
  { kind: "policies", oids: ["1.3.6.1.4.1.311.108.200.2"] },
  // Document signing, as Microsoft adds it, then tcg-kp-AIKCertificate.
  { kind: "extendedKeyUsage", oids: ["1.3.6.1.4.1.311.10.3.12", "2.23.133.8.3"] },
  subjectKey,
  authorityKey,
];
