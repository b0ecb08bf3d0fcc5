// Rows of the check catalogue (sdk/checks.ts): calldata, the request it makes, and the certificates every chain is made of.
export const requestRows = [
  // calldata
  ["calldata.selector", "UnknownSelector(bytes4)", "software", "the function is one of the registry's"],
  [
    "calldata.canonical",
    "CalldataNotCanonical()",
    "software",
    "calldata is the canonical ABI encoding of its values, nothing missing, nothing trailing, no dirty padding",
  ],
  // re-attestation begins with the record
  ["reattestation.registered", "CVMNotRegistered(bytes32)", "software", "the identity is live"],
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
] as const;
