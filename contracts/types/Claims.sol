// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// What verified evidence says: results of the verifiers and the condensed record of the registry.

/// @notice Whether the PCR values are vouched for, and by whom (protocol §4).
enum PCRTrust {
    None,
    Host,
    TEE
}

/// @notice How the identity key is held (protocol §5).
enum KeyProtection {
    Unproven,
    TPM,
    TPMPCRBound
}

/// @notice TCB status as Intel spells it; Unset until a verifier judges it (protocol §13).
enum TCBStatus {
    Unset,
    UpToDate,
    SWHardeningNeeded,
    ConfigurationNeeded,
    ConfigurationAndSWHardeningNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    TDRelaunchAdvised,
    TDRelaunchAdvisedConfigurationNeeded
}

/// @notice What a TEE verifier returns (protocol §6).
/// @param statementId keccak256 of the signed bytes of the TEE statement (TD report body, SNP report[0:672])
/// @param teeMeasurement measurement of protocol §6 with the true rtmr3
/// @param legacyTeeMeasurement the same with rtmr3 read as 48 zero bytes: used when `pcrReportId` is the sole flag
/// @param platformId protocol §6, 0 where the platform does not show
/// @param reportDataHead report_data[0:32]
/// @param reportDataTail report_data[32:64]
/// @param legacyRegister what the legacy binding needs: TDX the 48-byte rtmr3, SNP the 32-byte report_id
/// @param validUntil the earliest end of every date the verdict rests on, unix seconds
/// @param tcbStatus a TCBStatus
/// @param keyType 0 VCEK (and TDX), 1 VLEK
/// @param product 0 TDX, 1 Milan, 2 Genoa, 3 Turin
struct TEEClaims {
    bytes32 statementId;
    bytes32 teeMeasurement;
    bytes32 legacyTeeMeasurement;
    bytes32 platformId;
    bytes32 reportDataHead;
    bytes32 reportDataTail;
    bytes legacyRegister;
    uint40 validUntil;
    uint8 tcbStatus;
    uint8 keyType;
    uint8 product;
}

/// @notice What a verified TPM quote says (protocol §5).
/// @param extraData qualifyingData of the quote
/// @param selectionHash protocol §13
/// @param pcrMeasurement protocol §13
/// @param measuredPcrs bit i is set when PCR i is of mode 1
/// @param policyDigest PolicyPCR digest over the PCRs of mode 1 or 2 with the quoted values
/// @param attestSha256 sha256 of the quote, which names it in events and signed actions
struct QuoteClaims {
    bytes extraData;
    bytes32 selectionHash;
    bytes32 pcrMeasurement;
    uint24 measuredPcrs;
    bytes32 policyDigest;
    bytes32 attestSha256;
}

/// @notice What a verified TPM2_Certify says.
/// @param nameHash sha256(TPMT_PUBLIC): the 32 hash bytes of the key's Name
/// @param x P-256 x of the certified key
/// @param y P-256 y of the certified key
/// @param attributes TPMA_OBJECT
/// @param authPolicy its authPolicy when 32 bytes long, else 0
struct CertifiedKey {
    bytes32 nameHash;
    bytes32 x;
    bytes32 y;
    uint32 attributes;
    bytes32 authPolicy;
}

/// @notice What is known of an AK by certificate.
/// @param cloud the cloud under whose root its chain ends, 0 when no certificate is known or it has expired
/// @param isTrusted the cloud's own mark holds: GCP isProduction, Azure the EKU, key usage and CN of a CVM's AK
/// @param notAfter the latest known end of a whole chain for this key (of a marked one when isTrusted), unix seconds
struct AKTrust {
    uint8 cloud;
    bool isTrusted;
    uint40 notAfter;
}

/// @notice How strong the evidence of a record is (protocol §8).
struct Assurance {
    bool teeFresh;
    bool tpmFresh;
    bool teeNamesAk;
    bool quoteNamesTee;
    bool runtimeClaims;
    bool pcrReportId;
    uint8 pcrTrust;
    uint8 keyProtection;
    bool akCertified;
    uint8 tcbStatus;
    uint8 keyType;
    uint8 product;
}

/// @notice A record as `getCvm` shows it, unpacked.
struct CVMRecord {
    bool registered;
    bool suspended;
    uint8 cloud;
    uint8 tee;
    uint8 reportType;
    Assurance assurance;
    uint40 teeTime;
    uint40 tpmTime;
    uint40 validUntil;
    uint32 teeTTL;
    uint32 tpmTTL;
    uint24 measuredPcrs;
    uint16 classEpoch;
    bytes32 keyX;
    bytes32 keyY;
    bytes32 measurementHash;
    bytes32 platformId;
    uint256 akKey;
    uint48 recordedBlock;
    uint48 nonce;
}
