// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Refusals of AMD SEV-SNP attestation reports
/// @notice One error per check of the catalogue `sdk/checks.ts`; a test holds both lists against each other.
interface ISNPErrors {
    /// @notice `snp.length`: report has 1184 bytes.
    error SNPReportLengthWrong(uint256);

    /// @notice `snp.version`: report version is 3, 4 or 5.
    error SNPVersionUnsupported(uint32);

    /// @notice `snp.signature-algorithm`: report is signed with ECDSA P-384 and SHA-384.
    error SNPSignatureAlgorithmUnsupported(uint32);

    /// @notice `snp.padding`: bytes behind r, s and the signature are zero.
    error SNPPaddingNotZero();

    /// @notice `snp.signing-key`: report is signed by a VCEK or VLEK and KEY_INFO has no reserved bit.
    error SNPSigningKeyUnsupported(uint32);

    /// @notice `snp.chip-masked`: a report signed by a VCEK shows its chip.
    error SNPChipMasked();

    /// @notice `snp.product`: CPU family and model are Milan's, Genoa's or Turin's.
    error SNPProductUnknown(bytes3);

    /// @notice `snp.proof-product`: processor model of the proof is that of the report.
    error SNPProofProductMismatch(uint8, uint8);

    /// @notice `snp.proof-chain`: program verified the signature of the VEK's certificate: the prover called two certificates
    /// trusted at most.
    error SNPProofChainUnverified(uint256);

    /// @notice `snp.root`: certificate chain begins with AMD's root for the product.
    error SNPRootUntrusted(bytes32);

    /// @notice `snp.issuer`: second certificate is AMD's for the product and the key that signed.
    error SNPIssuerUntrusted(bytes32);

    /// @notice `snp.debug`: guest policy forbids debugging.
    error SNPDebugEnabled();

    /// @notice `snp.migratable`: guest has no migration agent and its policy allows none.
    error SNPMigratable();

    /// @notice `snp.policy`: guest policy has bit 17 set and bits 63:26 clear.
    error SNPPolicyReserved(uint64);

    /// @notice `snp.vmpl`: report was asked for by the guest, at VMPL 0 to 3.
    error SNPVMPLOutOfRange(uint32);
}
