// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {FloorStore} from "./FloorStore.sol";
import {FloorWord} from "./FloorWord.sol";

/// @title Platforms that an application admits and denies
/// @notice The owner lists platforms; an endorser that the owner names vouches for more by signature, which anybody
/// brings. Whoever knows where machines stand signs: a cloud's host registry, an operator of racks.
/// @dev A denied platform counts whether admitted or not. Platform 0, of records that show none, is on no list.
abstract contract PlatformPolicy is FloorStore, EIP712 {
    using FloorWord for uint256;

    /// @param endorsedUntil unix seconds, exclusive
    /// @param endorserTerm term of the endorser whose word this is
    /// @param nonce of the next endorsement
    struct Platform {
        bool isAdmitted;
        bool isDenied;
        uint64 endorsedUntil;
        uint32 endorserTerm;
        uint64 nonce;
    }

    bytes32 private constant ENDORSEMENT = keccak256(
        "PlatformEndorsement(bytes32 platformId,uint64 validUntil,uint256 nonce)"
    );

    mapping(bytes32 platformId => Platform) private _platforms;
    /// @notice Whose signatures endorse platforms: an account or an ERC-1271 contract; 0 when nobody's do.
    address public endorser;
    /// @dev Counts endorsers, so that no endorsement outlives the one who gave it.
    uint32 private _endorserTerm;

    modifier onlyKnown(bytes32 platformId) {
        if (platformId == 0) revert PlatformUnknown();
        _;
    }

    constructor() EIP712("CVMApplication", "1") {}

    // --- owner ---

    function admitPlatform(bytes32 platformId, bool isAdmitted_) external onlyOwner onlyKnown(platformId) {
        Platform storage platform = _platforms[platformId];
        emit PlatformAdmitted(platformId, platform.isAdmitted, isAdmitted_);
        platform.isAdmitted = isAdmitted_;
    }

    function denyPlatform(bytes32 platformId, bool isDenied_) external onlyOwner onlyKnown(platformId) {
        Platform storage platform = _platforms[platformId];
        emit PlatformDenied(platformId, platform.isDenied, isDenied_);
        if (platform.isDenied == isDenied_) return;
        platform.isDenied = isDenied_;
        uint32 count = _policy.denied();
        _policy = _policy.withDenied(isDenied_ ? count + 1 : count - 1);
    }

    /// @notice Names another endorser; what the one before endorsed ends.
    function setEndorser(address endorser_) external onlyOwner {
        emit EndorserSet(endorser, endorser_);
        endorser = endorser_;
        ++_endorserTerm;
    }

    /// @notice Ends an endorsement, and any that was signed for this platform and not brought yet.
    function revokeEndorsement(bytes32 platformId) external onlyOwner onlyKnown(platformId) {
        _endorse(platformId, 0);
    }

    // --- anybody ---

    /// @notice Admits a platform until `validUntil` by the endorser's EIP-712 signature over
    /// `PlatformEndorsement(platformId, validUntil, nonce)`, nonce being that of `platformStanding`.
    function endorsePlatform(
        bytes32 platformId,
        uint64 validUntil,
        bytes calldata signature
    ) external onlyKnown(platformId) {
        if (validUntil <= block.timestamp) revert EndorsementExpired(validUntil);
        uint256 nonce = _platforms[platformId].nonce;
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(ENDORSEMENT, platformId, validUntil, nonce)));
        if (!SignatureChecker.isValidSignatureNowCalldata(endorser, digest, signature))
            revert EndorsementSignatureWrong(endorser, nonce);
        _endorse(platformId, validUntil);
    }

    // --- views ---

    function isPlatformAdmitted(bytes32 platformId) external view returns (bool) {
        return _platforms[platformId].isAdmitted;
    }

    /// @return isDenied denied by the owner: then nothing else counts
    /// @return endorsedUntil the first second at which the endorsement no longer counts, 0 without one
    /// @return nonce of the endorsement that would count next
    function platformStanding(
        bytes32 platformId
    ) external view returns (bool isDenied, uint64 endorsedUntil, uint256 nonce) {
        Platform memory platform = _platforms[platformId];
        return (platform.isDenied, _endorsedUntil(platform), platform.nonce);
    }

    /// @dev Whether the lists refuse a platform, and whether owner or endorser vouch for it now.
    function _standing(bytes32 platformId) internal view returns (bool isDenied, bool isVouched) {
        Platform memory platform = _platforms[platformId];
        isDenied = platform.isDenied;
        isVouched = platform.isAdmitted || block.timestamp < _endorsedUntil(platform);
    }

    function _endorsedUntil(Platform memory platform) private view returns (uint64) {
        return
            platform.endorsedUntil != 0 && platform.endorserTerm == _endorserTerm
                ? platform.endorsedUntil
                : 0;
    }

    function _endorse(bytes32 platformId, uint64 validUntil) private {
        Platform storage platform = _platforms[platformId];
        emit PlatformEndorsed(platformId, _endorsedUntil(platform), validUntil);
        platform.endorsedUntil = validUntil;
        platform.endorserTerm = _endorserTerm;
        ++platform.nonce;
    }
}
