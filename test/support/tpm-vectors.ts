// The reference set's TPM vectors (test/fixtures/hardware/tpm-vectors): the bytes of each, and what both sides must say
// of each part of it. Checks are those of the catalogue; null is accepted.
import { readFileSync } from "node:fs";
import type { CheckId } from "../../sdk/checks.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import type { AkRoot } from "../../sdk/verify/context.ts";
import { hardware, simulated } from "../contracts/verifiers/captured.ts";
import type { TpmCase } from "../contracts/verifiers/captured.ts";

const folder = new URL("../fixtures/hardware/tpm-vectors/", import.meta.url);
const load = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

export interface IndexedVector {
  readonly id: string;
  readonly kind: string;
  /** Of the independent checker. */
  readonly expected: string;
}
export const index = load("index.json") as readonly IndexedVector[];

const certificates = load("certificates.json") as {
  readonly chains: Readonly<Record<string, readonly string[]>>;
  readonly roots: Readonly<Record<string, string>>;
  readonly certificates: Readonly<Record<string, string>>;
};
const certificateOf = (name: string) => fromHex(certificates.certificates[name]!);
export const mustFindAuthority = (name: string): Uint8Array => certificateOf(certificates.roots[name]!);

const cases: Readonly<Record<string, TpmCase>> = {
  ...hardware,
  ...simulated,
  ...(load("quotes.json") as Readonly<Record<string, TpmCase>>),
};
export function mustFindCase(id: string): TpmCase {
  const found = cases[id];
  if (found === undefined) throw new Error(`no TPM vector ${id}`);
  return found;
}

/** TD quote of atakit's mock device; RTMR3 as it was before somebody wrote into the file. */
export const atakitQuote = new Uint8Array(readFileSync(new URL("atakit-gcp-tdx.bin", folder)));
export const atakitQuoteRestored = atakitQuote.slice().fill(0, 520, 568);

const googleOld = ["tpm_ek_intermediate_3", "tpm_ek_root_1"];
const googleNew = ["gcp_ek_ak_ca_intermediate_v3", "gcp_ek_ak_ca_root"];
/** What the publisher left out above the leaf. */
const issuersOf: Readonly<Record<string, readonly string[]>> = {
  pca: googleNew,
  uca: googleOld,
  cos85: ["tpm_ek_intermediate_2", "tpm_ek_root_1"],
};

/** The chain of a vector, completed to its root where only a leaf was published. */
export function mustFindChain(id: string): Uint8Array[] {
  const own = certificates.chains[id]?.map(certificateOf) ?? cases[id]?.certs?.map(fromHex);
  if (own === undefined) throw new Error(`no chain ${id}`);
  const generation = /^gcp-(?:cert-)?(pca|uca|cos85)/.exec(id)?.[1];
  return generation === undefined ? own : [...own, ...issuersOf[generation]!.map(mustFindAuthority)];
}

/** Every root that the reference set has: the clouds' present ones, their older ones, and swtpm's test CA. */
export const referenceRoots: readonly AkRoot[] = [
  { cloud: 1, der: mustFindAuthority("gcp_ek_ak_ca_root") },
  { cloud: 1, der: mustFindAuthority("tpm_ek_root_1") },
  { cloud: 2, der: mustFindAuthority("azure-virtual-tpm-root-2023") },
  { cloud: 2, der: mustFindAuthority("microsoft-rsa-devices-root-ca-2021") },
  { cloud: 4, der: mustFindChain("sim-quote-ecc").at(-1)! },
];

export interface DueVerdicts {
  /** verifyQuote, with the values published beside it. */
  readonly quote?: CheckId | null;
  /** verifyQuoteOffChain, where it says otherwise. */
  readonly offChain?: CheckId | null;
  readonly certification?: CheckId | null;
  /** verifyChain of chains that are not those of a quote above. */
  readonly chain?: CheckId | null;
  readonly isTrusted?: boolean;
  readonly runtimeClaims?: CheckId | null;
  /** The whole registration that these claims would be part of. */
  readonly registration?: CheckId;
  readonly tdQuote?: CheckId | null;
  /** Event log in test/fixtures/hardware/event-logs, replayed by test/sdk/event-log-replay.test.ts. */
  readonly log?: string;
  /** Why nothing on chain (or nothing at all here) judges the vector or a part of it. */
  readonly reason?: string;
}

const noHcl =
  "HCL blobs stay off chain: a registration carries the claims' text and the TEE report by themselves";
const noSnp = "SNP reports have no verifier yet: tee.report-type-unsupported";
const noLogs = "firmware and container logs are replayed off chain only";
const noValues = "its PCR values are not published: no list equals the quoted selection";
const ccel = (log: string): DueVerdicts => ({ log, reason: noLogs });
const firmware = (name: string): [string, DueVerdicts] => [`eventlog-${name}`, ccel(`eventlog-${name}.bin`)];
const trusted: DueVerdicts = { chain: null, isTrusted: true };
/** Endorsement keys decrypt: their certificates have no digitalSignature. */
const endorsement: DueVerdicts = { chain: "ak.leaf" };
const azureSnp: DueVerdicts = { quote: null, runtimeClaims: null, reason: `${noSnp}; ${noHcl}` };
const hcl: DueVerdicts = { runtimeClaims: null, reason: noHcl };
const neg = (quote: CheckId, reason?: string): DueVerdicts =>
  reason === undefined ? { quote } : { quote, reason };

export const due: ReadonlyMap<string, DueVerdicts> = new Map<string, DueVerdicts>([
  ["automata-gcp-ecc-quote", { quote: "tpm.pcr-selection", ...trusted, reason: noValues }],
  ["automata-azure-rsa-quote", { quote: "tpm.pcr-selection", reason: noValues }],
  ["automata-certs-gcp-tdx-tpm-certs", trusted],
  ["automata-certs-gcp-snp-tpm-certs", trusted],
  ["atakit-gcp-tdx-restored", { ...trusted, tdQuote: null }],
  ["atakit-gcp-tdx", { ...trusted, tdQuote: "tdx.signature" }],
  ["azure-snp-quote-challenge", { quote: null }],
  ["azure-hcl-tdx-kinvolk", hcl],
  ["azure-snp-hcl-quote-trustee", azureSnp],
  ["azure-snp-evidence-v0", azureSnp],
  ["azure-snp-evidence-v2", azureSnp],
  ["azure-snp-evidence-genoa", azureSnp],
  ["generic-tpm-evidence-trustee", { quote: null }],
  ["ccel-ccel-data", ccel("ccel-td-shim.bin")],
  ["ccel-ccel-data-ovmf", ccel("ccel-ovmf.bin")],
  ["ccel-ccel-data-grub", ccel("ccel-grub.bin")],
  ["ccel-ccel-data-gcp", ccel("ccel-gcp.bin")],
  ["ccel-ccel-data-grub-gke", ccel("ccel-grub-gke.bin")],
  ["tdx-quote4-ccel-unrelated", { log: "ccel-td-shim.bin", reason: `${noLogs}: RTMR0 and 1 differ` }],
  // Its folder upstream names the other TEE: the claims are told by their own text.
  ["azure-hcl-mislabelled-tools", hcl],
  // Published without the issuers of its leaf: no pinned root is named by it.
  ["azure-tdx-full-2025", { quote: null, chain: "ak.root", runtimeClaims: null, reason: noHcl }],
  ["azure-tdx-full-2026", { quote: null, ...trusted, runtimeClaims: null, reason: noHcl }],
  ["gcp-tdx-quote-flashbots", { reason: "v4-gcp-attestedtls of test/differential/tdx-vectors.test.ts" }],
  ["gcp-cos85-nonce9009-sha1", { quote: "tpm.bank" }],
  ["gcp-cos85-nonce9009-sha256", { quote: null, log: "gcp-cos85-nonce9009.bin" }],
  ["gcp-cos85-nonce9009-sha384", { quote: "tpm.bank", offChain: null }],
  ["gcp-cos85-nononce-sha1", { quote: "tpm.bank" }],
  ["gcp-cos85-nononce-sha256", { quote: null }],
  ["gcp-cos85-nononce-sha384", { quote: "tpm.bank", offChain: null }],
  ["gcp-cert-pca-tpm-ecc-enc-cert", endorsement],
  ["gcp-cert-pca-tpm-ecc-sign-cert", trusted],
  ["gcp-cert-pca-tpm-rsa-enc-cert", endorsement],
  ["gcp-cert-pca-tpm-rsa-sign-cert", trusted],
  ["gcp-cert-uca-tpm-ecc-enc-cert", endorsement],
  ["gcp-cert-uca-tpm-ecc-sign-cert", trusted],
  ["gcp-cert-uca-tpm-rsa-enc-cert", endorsement],
  ["gcp-cert-uca-tpm-rsa-sign-cert", trusted],
  ...[
    ...["rhel8-uefi", "ubuntu-1804-amd-sev", "ubuntu-2104-no-dbx", "ubuntu-2104-no-secure-boot"],
    ...["ubuntu-2404-amd-sevsnp", "glinux-alex", "arch-linux-workstation", "debian-10", "cos-85-amd-sev"],
    ...["cos-93-amd-sev", "cos-101-amd-sev", "gdc-host", "eventlogwithsp800155"],
  ].map(firmware),
  ["eventlog-confidential-gke-debug-251000_eventlog", ccel("eventlog-confidential-gke-debug-251000.bin")],
  ["azure-hcl-tdx-constellation", hcl],
  // The layout of 2022, with a running clock in it: a measurement of it would never be seen twice.
  ["azure-snp-constellation", { runtimeClaims: "azure.claims-layout", reason: noSnp }],
  ["aws-snp-constellation", { reason: noSnp }],
  ["sim-quote-ecc", { quote: null, ...trusted }],
  ["sim-quote-rsa", { quote: null, ...trusted }],
  ["sim-quote-pss", { quote: "tpm.signature-scheme", offChain: null }],
  ["sim-certify-ecc", { certification: null }],
  ["sim-certify-rsa", { certification: null }],
  ["neg-bad-magic", neg("tpm.magic")],
  ["neg-unrestricted-signer", neg("tpm.pcr-digest", "its values are made up too; see the forgeries by name")],
  ["neg-pcr-changed", neg("tpm.pcr-digest")],
  ["neg-no-selection", neg("tpm.bank-count")],
  ["neg-sha1-bank", { ...neg("tpm.bank"), offChain: "tpm.bank" }],
  // The nonce is its caller's to compare: the registry's binding, `tpm.nonce` of `cvm verify`.
  ["neg-wrong-nonce", { quote: null }],
  ["neg-certify-as-quote", neg("tpm.attest-type")],
  ["neg-tampered", neg("tpm.pcr-digest")],
  ["neg-trailing", neg("tpm.attest-trailing")],
  ["neg-truncated", neg("tpm.attest-length")],
  ["neg-sig-sha1-relabel", neg("tpm.signature-scheme")],
  ["neg-rsa-ak-ecc-sig", neg("tpm.signature-scheme")],
  ["neg-pcr-permuted", neg("tpm.pcr-digest")],
  ["neg-azure-claims-tampered", { runtimeClaims: null, registration: "azure.claims-hash", reason: noHcl }],
  ["neg-azure-version2-relabel", { runtimeClaims: "azure.claims-layout", reason: noHcl }],
  ["gcp-cel-cos", { log: "cel-cos.bin", reason: noLogs }],
]);
