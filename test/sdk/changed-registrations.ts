// Captured registrations with one part changed each, for the SDK's own tests and for the comparison with the contract.
import type { Registration, WorkloadCollaterals } from "../../sdk/evidence/registration.ts";
import { flip, mustReadRegistration } from "./fixtures.ts";

const azure = mustReadRegistration("azure-tdx-2025-08-26");
const gcp = mustReadRegistration("gcp-tdx-2025-12-18");

export const withWc = (registration: Registration, by: Partial<WorkloadCollaterals>): Registration => ({
  ...registration,
  workloadCollaterals: { ...registration.workloadCollaterals, ...by },
});

const wc = azure.workloadCollaterals;
const gcpWc = gcp.workloadCollaterals;
const identity = wc.cvmIdentity;
const secondPcr = (by: object) => gcpWc.pcrs.map((pcr, at) => (at === 0 ? { ...pcr, ...by } : pcr));
const without15 = gcpWc.pcrs.map((pcr) => (pcr.index === 15 ? { ...pcr, pcr: flip(pcr.pcr, 0) } : pcr));
/** What was changed, the registration, and the check it ends in on both sides. */
export const changedRegistrations: readonly (readonly [string, Registration, string])[] = [
  ["cloud 0", { ...azure, cloud: 0 }, "registration.cloud"],
  ["cloud 5", { ...azure, cloud: 5 }, "registration.cloud"],
  ["tee 3", { ...azure, tee: 3 }, "registration.tee"],
  ["report type 4", { ...azure, reportType: 4 }, "registration.report-type"],
  ["SNP", { ...azure, tee: 2 }, "tee.report-type-unsupported"],
  ["identity scheme", withWc(azure, { cvmIdentity: { ...identity, sigScheme: 0x14 } }), "identity.algorithm"],
  [
    "identity length",
    withWc(azure, { cvmIdentity: { ...identity, data: identity.data.subarray(1) } }),
    "identity.encoding",
  ],
  [
    "identity prefix",
    withWc(azure, { cvmIdentity: { ...identity, data: Uint8Array.of(5, ...identity.data) } }),
    "identity.encoding",
  ],
  [
    "identity off the curve",
    withWc(azure, { cvmIdentity: { ...identity, data: flip(identity.data, 0) } }),
    "identity.point",
  ],
  [
    "TD quote",
    { ...azure, teeAttestationReport: flip(azure.teeAttestationReport, 700) },
    "tdx.qe-report-data",
  ],
  ["claims layout", withWc(azure, { akPub: flip(wc.akPub, 0) }), "azure.claims-layout"],
  ["claims user-data", withWc(azure, { akPub: flip(wc.akPub, wc.akPub.length - 10) }), "azure.claims-hash"],
  ["claims of another cloud", { ...azure, cloud: 1 }, "ak.public"],
  ["akPub next to certificates", withWc(gcp, { akPub: new Uint8Array(64) }), "ak.public-unexpected"],
  ["no certificates, no akPub", withWc(gcp, { certs: [] }), "ak.public"],
  ["AK off the curve", withWc(gcp, { certs: [], akPub: new Uint8Array(64) }), "ak.point"],
  ["RSA AK on GCP", withWc(gcp, { certs: [], akPub: new Uint8Array(256).fill(0xff) }), "ak.key-type"],
  ["six certificates", withWc(gcp, { certs: [...gcpWc.certs, ...gcpWc.certs] }), "ak.chain-length"],
  ["leaf alone", withWc(gcp, { certs: gcpWc.certs.slice(0, 1) }), "ak.root"],
  [
    "leaf signed by nobody",
    withWc(gcp, { certs: [flip(gcpWc.certs[0]!, 1300), gcpWc.certs[1]!] }),
    "ak.certificate-signature",
  ],
  [
    "order of certificates",
    withWc(gcp, { certs: [gcpWc.certs[1]!, gcpWc.certs[0]!, gcpWc.certs[2]!] }),
    "ak.issuer",
  ],
  ["root alone", withWc(gcp, { certs: gcpWc.certs.slice(2) }), "ak.leaf"],
  ["another cloud's chain", { ...gcp, cloud: 3 }, "ak.cloud"],
  ["DER of a certificate", withWc(gcp, { certs: [flip(gcpWc.certs[0]!, 0), gcpWc.certs[1]!] }), "x509.der"],
  ["quote", withWc(azure, { tpmQuote: flip(wc.tpmQuote, 0) }), "tpm.magic"],
  ["quote signature", withWc(azure, { tpmSignature: flip(wc.tpmSignature, 100) }), "tpm.signature"],
  ["PCR value", withWc(gcp, { pcrs: secondPcr({ pcr: new Uint8Array(32) }) }), "tpm.pcr-digest"],
  ["PCR 15", withWc(gcp, { pcrs: without15 }), "tpm.pcr-digest"],
  ["PCR 0 not measured", withWc(gcp, { pcrs: secondPcr({ measurePcr: false }) }), "binding.gcp-pcr0"],
  [
    "certification",
    {
      ...azure,
      certification: {
        tpmtPublic: new Uint8Array(0),
        attest: new Uint8Array(0),
        signature: new Uint8Array(0),
      },
    },
    "certify.public",
  ],
  ["other identity", withWc(azure, { cvmIdentity: gcpWc.cvmIdentity }), "quote.identity"],
  [
    "other spelling of the identity",
    withWc(azure, { cvmIdentity: { ...identity, data: Uint8Array.of(4, ...identity.data) } }),
    "quote.identity",
  ],
  ["reportId on Azure", withWc(azure, { reportId: new Uint8Array(16) }), "binding.report-id"],
  ["reportId of 15 bytes", withWc(gcp, { reportId: gcpWc.reportId.subarray(1) }), "binding.report-id"],
  ["another reportId", withWc(gcp, { reportId: flip(gcpWc.reportId, 0) }), "binding.pcr15"],
  ["no reportId", withWc(gcp, { reportId: new Uint8Array(0) }), "binding.none"],
  [
    "another machine's TD quote",
    { ...gcp, teeAttestationReport: azure.teeAttestationReport },
    "binding.rtmr3",
  ],
];
