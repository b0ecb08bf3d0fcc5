// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IX509Errors} from "../interfaces/IX509Errors.sol";
import {P256} from "../crypto/P256.sol";
import {RSA} from "../crypto/RSA.sol";
import {SHA256} from "../crypto/SHA256.sol";
import {CertificateExtensions} from "./CertificateExtensions.sol";
import {CertificateFields, KeyType, SignatureAlgorithm} from "./CertificateFields.sol";
import {DER} from "./DER.sol";
import {DERTime} from "./DERTime.sol";

/// @title X.509 v3 certificates with P-256 or RSA keys (RFC 5280)
/// @notice Signed by ECDSA with SHA-256 or by RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 or SHA-512.
library Certificate {
    uint256 internal constant DIGITAL_SIGNATURE = 0x80;
    uint256 internal constant KEY_CERT_SIGN = 0x04;
    uint256 internal constant NO_PATH_LENGTH = 255;

    // AlgorithmIdentifier 1.2.840.10045.4.3.2 without parameters; 1.2.840.113549.1.1.11, .12 and .13 with NULL.
    bytes32 private constant ECDSA_SHA256 = keccak256(hex"300a06082a8648ce3d040302");
    bytes32 private constant RSA_SHA256 = keccak256(hex"300d06092a864886f70d01010b0500");
    bytes32 private constant RSA_SHA384 = keccak256(hex"300d06092a864886f70d01010c0500");
    bytes32 private constant RSA_SHA512 = keccak256(hex"300d06092a864886f70d01010d0500");
    // SubjectPublicKeyInfo of an uncompressed P-256 point up to x (RFC 5480 §2).
    bytes27 private constant P256_PREFIX = hex"3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    // AlgorithmIdentifier rsaEncryption with NULL (RFC 3279 §2.3.1).
    bytes32 private constant RSA_ENCRYPTION = keccak256(hex"300d06092a864886f70d0101010500");
    // id-at-commonName 2.5.4.3, as DER.key spells it.
    uint256 private constant COMMON_NAME = (3 << 248) | 0x550403;

    /// @notice Reads one certificate: structure, then signature algorithm, key and extensions.
    function parse(bytes memory der) internal pure returns (CertificateFields memory fields) {
        (uint256 from, uint256 end) = DER.bounds(der);
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        uint256 tbs = from;
        (uint256 tbsStart, uint256 tbsStop) = DER.open(from, end, DER.SEQUENCE);
        (, uint256 algorithmStop) = DER.open(tbsStop, end, DER.SEQUENCE);
        (uint256 bits, uint256 bitsStop) = DER.openWhole(algorithmStop, end, DER.BIT_STRING);
        (fields.tbs, fields.tbsEnd) = (tbs, tbsStop);
        fields.contentHash = DER.hash(tbs, tbsStop);
        bytes32 algorithm = DER.hash(tbsStop, algorithmStop);
        bits = _wholeBytes(bits, bitsStop);
        _readTbs(fields, tbsStart, tbsStop, algorithm, bits, bitsStop);
    }

    /// @notice True when `fields` is signed by the P-256 key (x, y).
    function isSignedByP256(
        CertificateFields memory fields,
        bytes32 x,
        bytes32 y
    ) internal view returns (bool) {
        return
            fields.algorithm == SignatureAlgorithm.ECDSAWithSHA256 &&
            P256.verify(_tbsSha256(fields), fields.r, fields.s, x, y);
    }

    /// @notice True when `fields` is signed by the RSA key (modulus, 65537).
    function isSignedByRSA(
        CertificateFields memory fields,
        bytes memory modulus
    ) internal view returns (bool) {
        SignatureAlgorithm algorithm = fields.algorithm;
        if (algorithm == SignatureAlgorithm.RSAWithSHA256)
            return RSA.verifySha256(modulus, fields.rsaSignature, _tbsSha256(fields));
        if (algorithm == SignatureAlgorithm.RSAWithSHA384)
            return RSA.verifySha384(modulus, fields.rsaSignature, DER.slice(fields.tbs, fields.tbsEnd));
        return
            algorithm == SignatureAlgorithm.RSAWithSHA512 &&
            RSA.verifySha512(modulus, fields.rsaSignature, DER.slice(fields.tbs, fields.tbsEnd));
    }

    function _tbsSha256(CertificateFields memory fields) private view returns (bytes32) {
        return SHA256.ofMemory(fields.tbs, fields.tbsEnd - fields.tbs);
    }

    /// @dev TBSCertificate of version 3. Unique identifiers do not exist in any of these certificates.
    function _readTbs(
        CertificateFields memory fields,
        uint256 from,
        uint256 end,
        bytes32 algorithm,
        uint256 bits,
        uint256 bitsStop
    ) private pure {
        unchecked {
            uint256 start;
            // [0] { INTEGER 2 }
            (start, from) = DER.open(from, end, 0xa0);
            if (DER.key(start, from) != (3 << 248) | 0x020102) revert IX509Errors.X509Malformed();
            (start, from) = DER.open(from, end, DER.INTEGER);
            // RFC 5280 §4.1.2.2: at most 20 octets, 21 with a sign byte in practice.
            DER.requireMinimalInteger(start, from);
            if (from - start > 20 && (from - start > 21 || DER.byteAt(start) != 0))
                revert IX509Errors.X509Malformed();
            fields.serial = uint160(DER.key(start, from));
            uint256 innerAlgorithm = from;
            (, from) = DER.open(from, end, DER.SEQUENCE);
            bool isStatedTwice = DER.hash(innerAlgorithm, from) == algorithm;
            start = from;
            (, from) = DER.open(from, end, DER.SEQUENCE);
            fields.issuerHash = DER.hash(start, from);
            from = _readValidity(fields, from, end);
            start = from;
            (, from) = DER.open(from, end, DER.SEQUENCE);
            fields.subjectHash = DER.hash(start, from);
            _readCommonName(fields, start, from);
            start = from;
            (, from) = DER.open(from, end, DER.SEQUENCE);
            uint256 extensions;
            uint256 extensionsStop;
            if (from != end) (extensions, extensionsStop) = DER.openWhole(from, end, 0xa3);

            if (!isStatedTwice) revert IX509Errors.X509SignatureAlgorithmUnsupported();
            _readSignature(fields, algorithm, bits, bitsStop);
            _readKey(fields, start, from);
            fields.pathLength = NO_PATH_LENGTH;
            if (extensions != 0) CertificateExtensions.read(fields, extensions, extensionsStop);
        }
    }

    function _readValidity(
        CertificateFields memory fields,
        uint256 from,
        uint256 end
    ) private pure returns (uint256 next) {
        uint256 start;
        (start, next) = DER.open(from, end, DER.SEQUENCE);
        (fields.notBefore, start) = DERTime.read(start, next);
        (fields.notAfter, start) = DERTime.read(start, next);
        if (start != next) revert IX509Errors.X509Malformed();
    }

    /// @dev Name ::= SEQUENCE OF SET OF SEQUENCE { OID, value }
    function _readCommonName(CertificateFields memory fields, uint256 from, uint256 end) private pure {
        unchecked {
            uint256 count;
            (from, end) = DER.open(from, end, DER.SEQUENCE);
            while (from != end) {
                (uint256 next, uint256 kind) = _shortAttribute(from, end);
                if (next != 0) {
                    if (kind == COMMON_NAME & 0xff) {
                        ++count;
                        (fields.commonName, fields.commonNameEnd) = (from + 11, next);
                    }
                    from = next;
                    continue;
                }
                (uint256 attribute, uint256 setStop) = DER.open(from, end, DER.SET);
                while (attribute != setStop) {
                    (uint256 oid, uint256 attributeStop) = DER.open(attribute, setStop, DER.SEQUENCE);
                    uint256 oidStop;
                    (oid, oidStop) = DER.open(oid, attributeStop, DER.OID);
                    (, uint256 value, uint256 valueStop) = DER.read(oidStop, attributeStop);
                    if (valueStop != attributeStop) revert IX509Errors.X509Malformed();
                    if (DER.key(oid, oidStop) == COMMON_NAME) {
                        ++count;
                        (fields.commonName, fields.commonNameEnd) = (value, valueStop);
                    }
                    attribute = attributeStop;
                }
                from = setStop;
            }
            if (count != 1) (fields.commonName, fields.commonNameEnd) = (0, 0);
        }
    }

    /// @dev SET { SEQUENCE { OID 2.5.4.kind, value } } in short form, as nearly all are, from one word; a header is 31 L 30
    /// L-2 06 03 55 04 kind, then the value's tag and length L-9. `next` is 0 for any other, which the loop above reads:
    /// 1,000 gas less for each.
    function _shortAttribute(uint256 from, uint256 end) private pure returns (uint256 next, uint256 kind) {
        assembly ("memory-safe") {
            let word := mload(from)
            let length := byte(1, word)
            kind := byte(8, word)
            next := add(add(from, 2), length)
            let ok := eq(and(word, shl(192, 0xff80ff80ffffffff)), shl(192, 0x3100300006035504))
            ok := and(ok, eq(byte(3, word), sub(length, 2)))
            ok := and(ok, eq(byte(10, word), sub(length, 9)))
            ok := and(ok, lt(and(byte(9, word), 0x1f), 0x1f))
            next := mul(next, and(ok, iszero(gt(next, end))))
        }
    }

    function _readSignature(
        CertificateFields memory fields,
        bytes32 algorithm,
        uint256 bits,
        uint256 bitsStop
    ) private pure {
        if (algorithm != ECDSA_SHA256) {
            if (algorithm == RSA_SHA256) fields.algorithm = SignatureAlgorithm.RSAWithSHA256;
            else if (algorithm == RSA_SHA384) fields.algorithm = SignatureAlgorithm.RSAWithSHA384;
            else if (algorithm == RSA_SHA512) fields.algorithm = SignatureAlgorithm.RSAWithSHA512;
            else revert IX509Errors.X509SignatureAlgorithmUnsupported();
            fields.rsaSignature = DER.slice(bits, bitsStop);
            return;
        }
        fields.algorithm = SignatureAlgorithm.ECDSAWithSHA256;
        // ECDSA-Sig-Value, RFC 3279 §2.2.3
        uint256 value;
        (bits, bitsStop) = DER.openWhole(bits, bitsStop, DER.SEQUENCE);
        (value, bits) = DER.readWord(bits, bitsStop);
        fields.r = bytes32(value);
        (value, bits) = DER.readWord(bits, bitsStop);
        fields.s = bytes32(value);
        if (bits != bitsStop) revert IX509Errors.X509Malformed();
    }

    function _readKey(CertificateFields memory fields, uint256 from, uint256 end) private pure {
        unchecked {
            uint256 head;
            assembly ("memory-safe") {
                head := mload(from)
            }
            if (end - from == 91 && bytes27(bytes32(head)) == P256_PREFIX) {
                fields.keyType = KeyType.P256;
                (bytes32 x, bytes32 y) = (bytes32(0), bytes32(0));
                assembly ("memory-safe") {
                    x := mload(add(from, 27))
                    y := mload(add(from, 59))
                }
                (fields.x, fields.y) = (x, y);
                return;
            }
            (from, end) = DER.open(from, end, DER.SEQUENCE);
            (, uint256 algorithmStop) = DER.open(from, end, DER.SEQUENCE);
            (uint256 bits, uint256 bitsStop) = DER.openWhole(algorithmStop, end, DER.BIT_STRING);
            if (DER.hash(from, algorithmStop) != RSA_ENCRYPTION) revert IX509Errors.X509KeyUnsupported();
            _readRSAKey(fields, _wholeBytes(bits, bitsStop), bitsStop);
        }
    }

    /// @dev RSAPublicKey, RFC 8017 §A.1.1; the top bit of the modulus is set in a key of that many bits.
    function _readRSAKey(CertificateFields memory fields, uint256 from, uint256 end) private pure {
        (from, end) = DER.openWhole(from, end, DER.SEQUENCE);
        (uint256 modulus, uint256 modulusStop) = DER.open(from, end, DER.INTEGER);
        (uint256 exponent, uint256 exponentStop) = DER.openWhole(modulusStop, end, DER.INTEGER);
        modulus = DER.magnitude(modulus, modulusStop);
        bool isSupported =
            RSA.isSupported(modulusStop - modulus) &&
                DER.byteAt(modulus) >= 0x80 &&
                DER.key(exponent, exponentStop) == (3 << 248) | 0x010001;
        if (!isSupported) revert IX509Errors.X509KeyUnsupported();
        fields.keyType = KeyType.RSA;
        fields.modulus = DER.slice(modulus, modulusStop);
    }

    /// @dev Start of the bytes of a BIT STRING without unused bits.
    function _wholeBytes(uint256 start, uint256 until) private pure returns (uint256) {
        if (start == until || DER.byteAt(start) != 0) revert IX509Errors.X509Malformed();
        return start + 1;
    }
}
