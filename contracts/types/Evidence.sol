// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What a caller of the registry passes in: the walkthrough's tuple, unchanged, plus the key certification
// (protocol §1). Member order is part of the selectors 0xdf42b054 and 0x2b19318e.

/// @dev Values of `cloud`; 0 is never accepted.
enum CloudType {
    Unset,
    GCP,
    Azure,
    AWS,
    BareMetal
}

/// @dev Values of `tee`; 0 is never accepted.
enum TEEType {
    Unset,
    IntelTDX,
    AmdSevSnp
}

/// @dev Values of `reportType`; 0 is never accepted.
enum TeeReportType {
    Unset,
    Solidity,
    SP1,
    RiscZero
}

/// @notice One quoted PCR.
/// @param index PCR number, 0 to 23, strictly ascending over the list
/// @param pcr the quoted SHA-256 value; zero is a value, never "absent"
/// @param allEvents every digest extended into this PCR since reset, or empty
/// @param measureEventsIdx positions in `allEvents` that enter the measurement, ascending (mode 2)
/// @param measurePcr true when the value itself enters the measurement (mode 1)
struct MeasureablePcr {
    uint256 index;
    bytes32 pcr;
    bytes32[] allEvents;
    uint256[] measureEventsIdx;
    bool measurePcr;
}

/// @notice The key that the CVM signs with.
/// @param sigScheme TPM_ALG_ID of the scheme, 0x0018 ECDSA
/// @param curve TPM_ECC_CURVE, 0x0003 NIST P-256
/// @param hashAlgo TPM_ALG_ID of the hash, 0x000B SHA-256
/// @param data x‖y (64 bytes) or 0x04‖x‖y (65 bytes)
struct CVMIdentity {
    uint16 sigScheme;
    uint16 curve;
    uint16 hashAlgo;
    bytes data;
}

/// @notice The TPM half of the evidence.
/// @param tpmQuote TPMS_ATTEST without a TPM2B length
/// @param tpmSignature TPMT_SIGNATURE by the AK over `tpmQuote`
/// @param reportId empty in anchored evidence, see protocol §1
/// @param akPub Azure: the exact runtime-claims JSON, or its form of `CompactClaims`; elsewhere x‖y or RSA n when
/// `certs` is empty, else empty
/// @param certs AK certificate chain, DER, leaf first; may be empty
struct WorkloadCollaterals {
    bytes tpmQuote;
    bytes tpmSignature;
    MeasureablePcr[] pcrs;
    bytes reportId;
    bytes akPub;
    bytes[] certs;
    CVMIdentity cvmIdentity;
}

/// @notice TPM2_Certify of the identity key by the AK.
/// @param tpmtPublic TPMT_PUBLIC of the identity key
/// @param attest TPMS_ATTEST of type 0x8017
/// @param signature TPMT_SIGNATURE by the AK over `attest`
struct KeyCertification {
    bytes tpmtPublic;
    bytes attest;
    bytes signature;
}
