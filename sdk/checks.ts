// The catalogue of named checks. One row has five faces: the check id, the Solidity custom error, the
// TypeScript code (derived), the metric label (the id) and the runbook anchor (derived). Rows stand in the
// order in which both verifiers evaluate them; the first that fails names the refusal on both sides.

/** Whose word a passing check rests on. */
export type TrustAnchor = "hardware" | "cloud" | "software";

export interface Check {
  /** Stable id, also the metric label. */
  readonly id: string;
  /** Solidity custom error with its parameter types, or null for checks that exist off chain only. */
  readonly error: string | null;
  /** A second error of the same check where callers must tell two outcomes apart, or null. */
  readonly otherError: string | null;
  readonly anchor: TrustAnchor;
  /** What must hold, in one line. */
  readonly title: string;
}

const rows = [
  // calldata
  ["calldata.selector", "UnknownSelector(bytes4)", "software", "the function is one of the registry's"],
  [
    "calldata.canonical",
    "CalldataNotCanonical()",
    "software",
    "calldata is the canonical ABI encoding of its values, nothing missing, nothing trailing, no dirty padding",
  ],
  // registration
  ["registration.cloud", "CloudUnknown(uint8)", "software", "cloud is GCP, Azure, AWS or BareMetal"],
  ["registration.tee", "TEEUnknown(uint8)", "software", "tee is IntelTDX or AmdSevSnp"],
  [
    "registration.report-type",
    "ReportTypeUnknown(uint8)",
    "software",
    "report type is Solidity, SP1 or RiscZero",
  ],
  [
    "tee.report-type-unsupported",
    "ReportTypeUnsupported(uint8,uint8)",
    "software",
    "a verifier exists for this TEE and report type",
  ],
  [
    "identity.algorithm",
    "IdentityAlgorithmUnsupported(uint16,uint16,uint16)",
    "software",
    "identity is ECDSA, P-256, SHA-256",
  ],
  [
    "identity.encoding",
    "IdentityEncodingUnsupported(uint256)",
    "software",
    "identity data is x‖y or 0x04‖x‖y",
  ],
  ["identity.point", "IdentityNotOnCurve()", "software", "identity key is a point of P-256"],
  // X.509, raised inside the tdx.* and ak.* chains
  ["x509.der", "X509Malformed()", "software", "certificate or CRL is strict DER of the expected structure"],
  [
    "x509.signature-algorithm",
    "X509SignatureAlgorithmUnsupported()",
    "software",
    "certificate signature algorithm is supported and stated twice alike",
  ],
  ["x509.key", "X509KeyUnsupported()", "software", "certificate key is P-256 or RSA with e = 65537"],
  [
    "x509.critical-extension",
    "X509CriticalExtensionUnknown()",
    "software",
    "every critical extension is understood",
  ],
  // Intel collateral
  [
    "tdx.signer",
    "TDXSignerUntrusted()",
    "hardware",
    "TCB signing certificate is Intel's, signed by the root, and no CA",
  ],
  [
    "tdx.signer-dates",
    "TDXSignerOutOfDate(uint256,uint256)",
    "hardware",
    "TCB signing certificate is in date",
  ],
  ["tdx.signer-missing", "TDXSignerMissing()", "hardware", "TCB signing certificate is known"],
  [
    "tdx.signer-revoked",
    "TDXSignerRevoked(uint256)",
    "hardware",
    "TCB signing certificate is not in the root CRL",
  ],
  ["tdx.crl-issuer", "TDXCRLIssuerUnknown(bytes32)", "hardware", "CRL is issued by the root or a known CA"],
  ["tdx.crl-signature", "TDXCRLSignatureWrong()", "hardware", "CRL is signed by its issuer"],
  [
    "tdx.tcb-info-signature",
    "TDXTCBInfoSignatureWrong()",
    "hardware",
    "TCB info is signed by the TCB signing key",
  ],
  [
    "tdx.tcb-info-kind",
    "TDXTCBInfoUnsupported()",
    "hardware",
    "TCB info is of id TDX, version 3, TCB type 0",
  ],
  [
    "tdx.tcb-info-form",
    "TDXTCBInfoMalformed(uint256)",
    "hardware",
    "TCB info has Intel's members in Intel's order, within their bounds",
  ],
  [
    "tdx.tcb-info-order",
    "TDXTCBInfoUnordered(uint256)",
    "hardware",
    "TCB levels and module levels descend strictly",
  ],
  [
    "tdx.qe-identity-signature",
    "TDXQEIdentitySignatureWrong()",
    "hardware",
    "QE identity is signed by the TCB signing key",
  ],
  ["tdx.qe-identity-kind", "TDXQEIdentityUnsupported()", "hardware", "QE identity is of id TD_QE, version 2"],
  [
    "tdx.qe-identity-form",
    "TDXQEIdentityMalformed(uint256)",
    "hardware",
    "QE identity has Intel's members in Intel's order, within their bounds",
  ],
  ["tdx.qe-identity-order", "TDXQEIdentityUnordered(uint256)", "hardware", "QE levels descend strictly"],
  [
    "tdx.evaluation-numbers-signature",
    "TDXEvaluationNumbersSignatureWrong()",
    "hardware",
    "list of evaluation numbers is signed by the TCB signing key",
  ],
  [
    "tdx.evaluation-numbers-form",
    "TDXEvaluationNumbersMalformed(uint256)",
    "hardware",
    "list of evaluation numbers has Intel's members in Intel's order, newest first",
  ],
  [
    "tdx.evaluation-numbers-dates",
    "TDXEvaluationNumbersOutOfDate(uint256,uint256)",
    "hardware",
    "list of evaluation numbers is in date",
  ],
  [
    "tdx.collateral-newer",
    "TDXCollateralNotNewer(uint256,uint256)",
    "hardware",
    "document is newer than the one held",
  ],
  // TDX quote
  ["tdx.length", "TDXQuoteTruncated(uint256,uint256)", "software", "quote is as long as its fields say"],
  ["tdx.version", "TDXVersionUnsupported(uint16)", "software", "quote version is 4 or 5"],
  ["tdx.key-type", "TDXKeyTypeUnsupported(uint16)", "software", "attestation key type is ECDSA P-256"],
  ["tdx.tee-type", "TDXTeeTypeUnsupported(uint32)", "software", "TEE type is TDX"],
  ["tdx.qe-vendor", "TDXVendorUnknown(bytes16)", "software", "QE vendor is Intel"],
  [
    "tdx.body-type",
    "TDXBodyUnsupported(uint16,uint32)",
    "software",
    "body is a TD report 1.0 or 1.5 of its exact size",
  ],
  [
    "tdx.signature-length",
    "TDXSignatureLengthMismatch(uint256,uint256)",
    "software",
    "signature data length agrees with its parts",
  ],
  [
    "tdx.certification-type",
    "TDXCertificationTypeUnsupported(uint16)",
    "software",
    "certification data is type 6 around type 5",
  ],
  ["tdx.padding", "TDXPaddingNotZero()", "software", "bytes behind the signature data are zero"],
  [
    "tdx.compact-form",
    "TDXCompactMalformed(uint256)",
    "software",
    "compact quote is exactly as long as its parts",
  ],
  [
    "tdx.host-known",
    "TDXHostUnknown(bytes32)",
    "hardware",
    "host of a known-host quote was verified with these attributes",
  ],
  [
    "tdx.host-current",
    "TDXHostOutdated(bytes32)",
    "hardware",
    "host was verified under the CRL and QE identity of now, and not too long ago",
  ],
  [
    "tdx.pck-chain",
    "TDXCertificateChainMalformed()",
    "software",
    "PEM chain is exactly leaf, intermediate, root",
  ],
  ["tdx.root", "TDXRootUntrusted()", "hardware", "root key is the pinned Intel root and signs itself"],
  [
    "tdx.intermediate",
    "TDXIntermediateUntrusted()",
    "hardware",
    "intermediate is a CA signed by the root, named as its issuer",
  ],
  [
    "tdx.intermediate-dates",
    "TDXIntermediateOutOfDate(uint256,uint256)",
    "hardware",
    "intermediate and root are in date",
  ],
  [
    "tdx.pck-issuer",
    "TDXPCKIssuerMismatch()",
    "hardware",
    "PCK certificate names the intermediate as issuer",
  ],
  [
    "tdx.pck-subject",
    "TDXPCKSubjectUnexpected()",
    "hardware",
    "PCK certificate is an Intel SGX PCK Certificate and no CA",
  ],
  [
    "tdx.pck-signature",
    "TDXPCKSignatureWrong()",
    "hardware",
    "PCK certificate is signed by the intermediate",
  ],
  ["tdx.pck-dates", "TDXPCKOutOfDate(uint256,uint256)", "hardware", "PCK certificate is in date"],
  [
    "tdx.pck-extension",
    "TDXPCKExtensionMalformed()",
    "hardware",
    "PCK certificate carries the SGX extension with PPID, TCB, PCEID, FMSPC",
  ],
  [
    "tdx.denied",
    "TDXDenied(bytes32)",
    "hardware",
    "attestation key, PPID and PCK serial are not on the deny list",
  ],
  ["tdx.root-crl-missing", "TDXRootCRLMissing()", "hardware", "a root CRL is held"],
  ["tdx.root-crl-dates", "TDXRootCRLOutOfDate(uint256,uint256)", "hardware", "root CRL is in date"],
  [
    "tdx.intermediate-revoked",
    "TDXIntermediateRevoked(uint256)",
    "hardware",
    "intermediate is not in the root CRL",
  ],
  [
    "tdx.pck-crl-missing",
    "TDXPCKCRLMissing(bytes32)",
    "hardware",
    "a CRL of the PCK certificate's issuer is held",
  ],
  ["tdx.pck-crl-dates", "TDXPCKCRLOutOfDate(uint256,uint256)", "hardware", "PCK CRL is in date"],
  ["tdx.pck-revoked", "TDXPCKRevoked(uint256)", "hardware", "PCK certificate is not in its issuer's CRL"],
  [
    "tdx.qe-identity-missing",
    "TDXQEIdentityMissing(uint256)",
    "hardware",
    "a QE identity of the active evaluation number is held",
  ],
  ["tdx.qe-identity-dates", "TDXQEIdentityOutOfDate(uint256,uint256)", "hardware", "QE identity is in date"],
  ["tdx.qe-signature", "TDXQESignatureWrong()", "hardware", "QE report is signed by the PCK key"],
  [
    "tdx.qe-report-data",
    "TDXQEReportDataMismatch()",
    "hardware",
    "QE report names the attestation key and the authentication data",
  ],
  [
    "tdx.qe-miscselect",
    "TDXQEMiscSelectMismatch(uint32)",
    "hardware",
    "QE report's masked MISCSELECT is the identity's",
  ],
  [
    "tdx.qe-attributes",
    "TDXQEAttributesMismatch(bytes16)",
    "hardware",
    "QE report's masked attributes are the identity's",
  ],
  ["tdx.qe-mrsigner", "TDXQESignerMismatch(bytes32)", "hardware", "QE report's MRSIGNER is the identity's"],
  ["tdx.qe-product", "TDXQEProductMismatch(uint16)", "hardware", "QE report's ISVPRODID is the identity's"],
  ["tdx.signature", "TDXSignatureWrong()", "hardware", "quote is signed by the attestation key"],
  ["tdx.debug", "TDXDebugEnabled()", "hardware", "TD does not run in debug mode"],
  [
    "tdx.untrusted-attributes",
    "TDXUntrustedAttributes(uint64)",
    "hardware",
    "no other TUD attribute bit is set",
  ],
  ["tdx.migratable", "TDXMigratable()", "hardware", "TD is not migratable"],
  [
    "tdx.reserved-attributes",
    "TDXReservedAttributes(uint64)",
    "hardware",
    "no reserved attribute bit is set",
  ],
  ["tdx.seam-attributes", "TDXSeamAttributes(uint64)", "hardware", "TDX module attributes are zero"],
  [
    "tdx.tcb-info-missing",
    "TDXTCBInfoMissing(bytes6,uint256)",
    "hardware",
    "TCB info of this FMSPC and the active evaluation number is held",
  ],
  ["tdx.tcb-info-dates", "TDXTCBInfoOutOfDate(uint256,uint256)", "hardware", "TCB info is in date"],
  [
    "tdx.pce-id",
    "TDXPCEIdMismatch(bytes2,bytes2)",
    "hardware",
    "PCEID of the PCK certificate is the TCB info's",
  ],
  [
    "tdx.module",
    "TDXModuleUnknown(uint8)",
    "hardware",
    "TCB info has an identity for the TDX module's version",
  ],
  [
    "tdx.module-signer",
    "TDXModuleSignerMismatch()",
    "hardware",
    "TDX module is signed by whom the TCB info says",
  ],
  [
    "tdx.tcb-level",
    "TDXTCBLevelUnmatched()",
    "hardware",
    "a TCB level, a module level and a QE level match and none is revoked",
    "TDXTCBRevoked(uint8,uint8,uint8)",
  ],
  ["tdx.tcb-accepted", null, "hardware", "TCB status is accepted by the policy"],
  // AK source
  ["azure.claims-layout", "AzureClaimsLayoutUnknown()", "software", "runtime claims have the known layout"],
  [
    "azure.claims-hash",
    "AzureClaimsNotReported(bytes32,bytes32)",
    "hardware",
    "report_data is sha256(runtime claims) and 32 zero bytes",
  ],
  ["ak.public-unexpected", "AKPublicUnexpected()", "software", "akPub is empty when certificates are given"],
  ["ak.public", "AKPublicUnsupported(uint256)", "software", "AK is P-256 (64 bytes) or RSA-2048 (256 bytes)"],
  ["ak.point", "AKNotOnCurve()", "software", "a P-256 AK is a point of the curve"],
  ["ak.chain-length", "AKChainLength(uint256)", "software", "AK chain has 1 to 5 certificates"],
  ["ak.root", "AKRootUntrusted()", "cloud", "AK chain ends in a pinned cloud root"],
  ["ak.issuer", "AKIssuerMismatch(uint256)", "cloud", "each certificate names the next as issuer"],
  [
    "ak.issuer-not-ca",
    "AKIssuerNotCA(uint256)",
    "cloud",
    "each issuer is a CA that may sign certificates, within its path length",
  ],
  [
    "ak.certificate-signature",
    "AKCertificateSignatureWrong(uint256)",
    "cloud",
    "each certificate is signed by the next",
  ],
  [
    "ak.certificate-dates",
    "AKCertificateOutOfDate(uint256,uint256,uint256)",
    "cloud",
    "each certificate is in date",
  ],
  ["ak.leaf", "AKLeafUnsuitable()", "cloud", "AK certificate is no CA and may sign"],
  ["ak.cloud", "AKCloudMismatch(uint8,uint8)", "cloud", "AK chain ends in a root of the stated cloud"],
  ["ak.claims-key", "AKClaimsKeyMismatch()", "cloud", "AK certificate and runtime claims name the same key"],
  [
    "ak.key-type",
    "AKKeyTypeForCloud(uint8)",
    "software",
    "the AK is of the kind this cloud uses (GCP: P-256)",
  ],
  // TPM quote
  ["tpm.attest-length", "TPMAttestTruncated()", "software", "TPMS_ATTEST is as long as its fields say"],
  ["tpm.attest-trailing", "TPMAttestTrailing()", "software", "nothing follows TPMS_ATTEST"],
  ["tpm.magic", "TPMMagicWrong(bytes4)", "cloud", "attest begins with TPM_GENERATED_VALUE"],
  ["tpm.attest-type", "TPMAttestTypeUnexpected(uint16,uint16)", "cloud", "attest is of the expected type"],
  ["tpm.safe", "TPMSafeNotBoolean(uint8)", "software", "clock safe flag is 0 or 1"],
  ["tpm.bank-count", "TPMBankCount(uint32)", "software", "exactly one PCR bank is quoted"],
  ["tpm.bank", "TPMBankUnsupported(uint16)", "software", "the quoted bank is SHA-256"],
  ["tpm.select-size", "TPMSelectSize(uint8)", "software", "PCR bitmap is three bytes"],
  ["tpm.digest-length", "TPMDigestLength(uint256)", "software", "PCR digest is 32 bytes"],
  ["tpm.pcr-index", "PCRIndexOutOfRange(uint256)", "software", "PCR index is at most 23"],
  ["tpm.pcr-order", "PCROrder(uint256)", "software", "PCR indices are strictly ascending"],
  ["tpm.pcr-selection", "PCRSelectionMismatch(uint24,uint24)", "cloud", "quoted bitmap equals the list"],
  [
    "tpm.pcr-mode",
    "PCRModeConflict(uint256)",
    "software",
    "a PCR is measured by value or by events, not both",
  ],
  [
    "tpm.event-index",
    "PCREventIndex(uint256)",
    "software",
    "event positions ascend and lie in the event list",
  ],
  [
    "tpm.event-replay",
    "PCREventReplay(uint256,bytes32,bytes32)",
    "cloud",
    "events replay from zero to the quoted value",
  ],
  [
    "tpm.pcr-digest",
    "PCRDigestMismatch(bytes32,bytes32)",
    "cloud",
    "quoted digest is that of the PCR values",
  ],
  [
    "tpm.signature-length",
    "TPMSignatureLength(uint256)",
    "software",
    "TPMT_SIGNATURE is as long as its fields say, nothing trailing",
  ],
  [
    "tpm.signature-scheme",
    "TPMSignatureScheme(uint16,uint16)",
    "software",
    "signature scheme and hash fit the AK",
  ],
  ["tpm.signature", "TPMSignatureWrong()", "cloud", "attest is signed by the AK"],
  // certification of the identity key (its attest raises the tpm.* checks above)
  [
    "certify.public",
    "CertifyPublicMalformed()",
    "software",
    "TPMT_PUBLIC is a P-256 signing key's, exact length",
  ],
  ["certify.scheme", "CertifySchemeUnsupported(uint16)", "software", "key scheme is NULL or ECDSA-SHA256"],
  [
    "certify.attributes",
    "CertifyAttributes(uint32)",
    "cloud",
    "key is fixed, made in the TPM, signs, and is neither restricted nor a decryption key",
  ],
  ["certify.name", "CertifyNameMismatch(bytes32,bytes32)", "cloud", "certified name is that of TPMT_PUBLIC"],
  ["certify.key", "CertifyKeyMismatch()", "cloud", "certified key is the identity key"],
  // what the quote names
  [
    "quote.extra-data-length",
    "ExtraDataLength(uint256)",
    "software",
    "extraData has 0 (with a certification), 33 or 50 bytes",
  ],
  ["quote.extra-data-prefix", "ExtraDataPrefix(bytes1)", "software", "extraData begins with 0xff"],
  ["quote.identity", "QuoteIdentityMismatch(bytes32,bytes32)", "cloud", "quote names the identity"],
  ["anchor.block", "AnchorBlockNotPast(uint64,uint64)", "software", "anchor block lies below the head"],
  ["anchor.age", "AnchorTooOld(uint64,uint64,uint64)", "software", "anchor block lies within the window"],
  [
    "anchor.hash",
    "AnchorHashUnavailable(uint64)",
    "software",
    "the chain still knows the hash of the anchor block",
  ],
  [
    "anchor.ak-certified",
    "AnchorAKCertifiedMismatch(bool)",
    "cloud",
    "the agent anchored for an AK that is certified (or not) as the registry finds it",
  ],
  [
    "anchor.mismatch",
    "AnchorMismatch(bytes9,bytes9)",
    "cloud",
    "anchor names this chain, registry, block, request and TEE statement",
  ],
  // binding
  [
    "binding.report-id",
    "ReportIdUnexpected(uint256)",
    "software",
    "reportId is of the form this cloud and evidence want",
  ],
  ["binding.pcr15", "ReportIdPCR15Mismatch()", "cloud", "PCR 15 holds the report id"],
  ["binding.rtmr3", "ReportIdRTMR3Mismatch()", "hardware", "RTMR3 holds the report id"],
  ["binding.none", "BindingMissing()", "hardware", "the TEE statement and the AK are bound to each other"],
  ["binding.gcp-pcr0", "PCR0NotMeasured()", "cloud", "GCP measures PCR 0 by value"],
  // record
  ["ak.revoked", "AKRevoked(bytes32)", "software", "the AK is not revoked"],
  [
    "record.identity-retired",
    "IdentityRetired(bytes32)",
    "software",
    "the key was never retired or revoked, under either spelling",
  ],
  [
    "record.identity-taken",
    "IdentityTaken(bytes32)",
    "software",
    "the key is not live under another AK or spelling",
  ],
  [
    "record.unanchored",
    "UnanchoredForRecordedAK(bytes32)",
    "software",
    "evidence of a recorded AK is anchored",
  ],
  ["record.not-newer", "EvidenceNotNewer(uint64)", "software", "evidence is newer than the recorded one"],
  // the default application floor (protocol §10): acceptance, never a refusal of the registry
  ["policy.registered", "PolicyNotRegistered()", "software", "the identity is registered"],
  ["policy.suspended", "PolicySuspended()", "software", "the record is not suspended"],
  ["policy.platform-revoked", "PolicyPlatformRevoked()", "software", "the platform is not revoked"],
  ["policy.class-epoch", "PolicyClassEpoch()", "software", "the evidence class was not re-opened since"],
  ["policy.tee-validity", "PolicyTEEExpired(uint256)", "hardware", "the TEE half is valid now"],
  ["policy.tpm-validity", "PolicyTPMExpired(uint256)", "cloud", "the TPM half is valid now"],
  ["policy.measurement", "PolicyMeasurement(bytes32)", "software", "the measurement is admitted now"],
  ["policy.cloud", "PolicyCloud(uint8)", "software", "the cloud is admitted"],
  ["policy.report-type", "PolicyReportType(uint8)", "software", "the report type is admitted"],
  ["policy.tee-fresh", "PolicyTEENotFresh()", "hardware", "the TEE statement is fresh"],
  ["policy.tpm-fresh", "PolicyTPMNotFresh()", "cloud", "the quote is anchored"],
  ["policy.key-protection", "PolicyKeyProtection(uint8,uint8)", "cloud", "the key is protected as wanted"],
  ["policy.pcr-trust", "PolicyPCRTrust(uint8,uint8)", "cloud", "somebody trusted vouches for the PCRs"],
  ["policy.binding", "PolicyBinding()", "hardware", "TEE and AK are bound as the platform wants"],
  ["policy.tcb-status", "PolicyTCBStatus(uint8)", "hardware", "the TCB status is admitted"],
  ["policy.key-type", "PolicyKeyType(uint8)", "hardware", "the SNP report is signed by a VCEK"],
  [
    "policy.platform",
    "PolicyPlatform(bytes32)",
    "hardware",
    "the platform is admitted where its product needs it",
  ],
  [
    "policy.measured-pcrs",
    "PolicyMeasuredPCRs(uint24,uint24)",
    "cloud",
    "every required PCR is measured by value",
  ],
  [
    "policy.message-format",
    "PolicyMessageFormat()",
    "software",
    "the message names this chain and application",
  ],
  ["policy.signature", "PolicySignature()", "cloud", "the message is signed by the identity key"],
  // evidence files, off chain only: evaluated where the file is read and right behind the AK and the quote
  ["input.field", null, "software", "every field of the evidence file is there and has its form"],
  ["ak.attributes", null, "cloud", "an AK given as TPMT_PUBLIC is a restricted signing key made in its TPM"],
  ["tpm.nonce", null, "cloud", "extraData of the quote is the nonce that was asked for"],
  ["tpm.event-log", null, "cloud", "the firmware event log replays to the quoted PCR values"],
] as const;

/** Every check, in order of evaluation. */
export const checks: readonly Check[] = rows.map(([id, error, anchor, title, otherError = null]) => ({
  id,
  error,
  otherError,
  anchor,
  title,
}));

/** Solidity errors of a check with their parameter types. */
export const errorsOf = ({ error, otherError }: Check): string[] =>
  [error, otherError].filter((each) => each !== null);

export type CheckId = (typeof rows)[number][0];

const byId = new Map<string, Check>(checks.map((check) => [check.id, check]));

/** The catalogue row of an id. Throws on an unknown id: that is a broken assumption, not evidence. */
export function checkById(id: CheckId): Check {
  const check = byId.get(id);
  if (check === undefined) throw new Error(`no check named ${id}`);
  return check;
}

const nameOf = (error: string): string => error.slice(0, error.indexOf("("));

/** Name of the Solidity error without its parameters, e.g. `TDXDebugEnabled`. */
export function errorName(check: Check): string | null {
  return check.error === null ? null : nameOf(check.error);
}

const byError = new Map<string, Check>(
  checks.flatMap((check) => errorsOf(check).map((error): [string, Check] => [nameOf(error), check])),
);

/** The check that a Solidity custom error stands for, or undefined for an error that is none of ours. */
export function checkByError(name: string): Check | undefined {
  return byError.get(name);
}

/** TypeScript code of a check: `tdx.debug` is CVM_TDX_DEBUG_ENABLED. */
export function checkCode(check: Check): string {
  const name = errorName(check) ?? check.id.replace(/[.-]/g, "_");
  return `CVM_${name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toUpperCase()}`;
}
