// ABI of CVMRegistry: entry points, views and events of protocol §1, §8, §9. Errors are in ./errors.ts.
import { parseAbi } from "viem";

export const cvmRegistryAbi = parseAbi([
  "struct MeasureablePcr { uint256 index; bytes32 pcr; bytes32[] allEvents; uint256[] measureEventsIdx; bool measurePcr; }",
  "struct CVMIdentity { uint16 sigScheme; uint16 curve; uint16 hashAlgo; bytes data; }",
  "struct WorkloadCollaterals { bytes tpmQuote; bytes tpmSignature; MeasureablePcr[] pcrs; bytes reportId; bytes akPub; bytes[] certs; CVMIdentity cvmIdentity; }",
  "struct KeyCertification { bytes tpmtPublic; bytes attest; bytes signature; }",
  "struct Assurance { bool teeFresh; bool tpmFresh; bool teeNamesAk; bool quoteNamesTee; bool runtimeClaims; bool pcrReportId; uint8 pcrTrust; uint8 keyProtection; bool akCertified; uint8 tcbStatus; uint8 keyType; uint8 product; }",
  "struct CVMRecord { bool registered; bool suspended; uint8 cloud; uint8 tee; uint8 reportType; Assurance assurance; uint40 teeTime; uint40 tpmTime; uint40 validUntil; uint32 teeTTL; uint32 tpmTTL; uint24 measuredPcrs; uint16 classEpoch; bytes32 keyX; bytes32 keyY; bytes32 measurementHash; bytes32 platformId; uint256 akKey; uint48 recordedBlock; uint48 nonce; }",
  "struct Attestation { uint256 status; bytes32 keyX; bytes32 keyY; bytes32 platformId; bytes32 quoteSha256; bytes32 statementId; bytes32 teeMeasurement; bytes32 pcrMeasurement; bytes32 selectionHash; bytes32 certifiedName; uint64 anchorBlock; uint64 recordedBlock; }",
  "function attestCvm(uint8 cloud, uint8 tee, uint8 reportType, bytes teeAttestationReport, WorkloadCollaterals wc) returns (bytes32 cvmIdentityHash)",
  "function attestCvm(uint8 cloud, uint8 tee, uint8 reportType, bytes teeAttestationReport, WorkloadCollaterals wc, KeyCertification certification) returns (bytes32 cvmIdentityHash)",
  "function getCvm(bytes32 cvmIdentityHash) view returns (CVMRecord)",
  "event CVMAttested(bytes32 indexed cvmIdentityHash, bytes32 indexed akId, bytes32 indexed measurementHash, Attestation attestation)",
]);
