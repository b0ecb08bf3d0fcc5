// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Kinds of keys in certificates.
enum KeyType {
    Unset,
    P256,
    RSA
}

/// @notice How a certificate is signed.
enum SignatureAlgorithm {
    Unset,
    ECDSAWithSHA256,
    RSAWithSHA256,
    RSAWithSHA384,
    RSAWithSHA512
}

/// @notice What is read of a certificate; whether it is trusted, in date or suitable is the caller's business.
/// @dev Names are compared by keccak256 of their DER. Addresses point into the memory of the certificate read.
/// @param tbs address of the TBSCertificate's DER, which is what was signed
/// @param contentHash keccak256 of it
/// @param serial its magnitude, up to 20 bytes
/// @param pathLength 255 when there is none
/// @param keyUsage first byte (0x80 digitalSignature, 0x04 keyCertSign), 0 without the extension
/// @param commonName address of the only commonName of the subject, 0 when it has none or several
/// @param gceExtension address of the content of 1.3.6.1.4.1.11129.2.1.21, 0 without it
/// @param sgxExtension address of the content of 1.2.840.113741.1.13.1, 0 without it
struct CertificateFields {
    uint256 tbs;
    uint256 tbsEnd;
    bytes32 contentHash;
    uint160 serial;
    bytes32 issuerHash;
    bytes32 subjectHash;
    uint256 notBefore;
    uint256 notAfter;
    KeyType keyType;
    bytes32 x;
    bytes32 y;
    bytes modulus;
    SignatureAlgorithm algorithm;
    bytes32 r;
    bytes32 s;
    bytes rsaSignature;
    bool isCA;
    uint256 pathLength;
    bool hasKeyUsage;
    uint256 keyUsage;
    bool hasAikPurpose;
    uint256 commonName;
    uint256 commonNameEnd;
    uint256 gceExtension;
    uint256 gceExtensionEnd;
    uint256 sgxExtension;
    uint256 sgxExtensionEnd;
}
