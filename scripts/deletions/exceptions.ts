// Deletions that change no verdict, each with the reason. A check is named by its file, its function and its text.
import { neverWhole, tdxExceptions } from "./tdx-exceptions.ts";

export interface Exception {
  readonly file: string;
  readonly place: string;
  readonly text: string;
  readonly reason: string;
}

const pcrBank = { file: "contracts/evidence/PCRBank.sol", place: "PCRBank._readRules" };
const pem = { file: "contracts/evidence/PEM.sol" };
const quote = { file: "contracts/evidence/TDXQuote.sol" };
const attest = { file: "contracts/evidence/TPMAttest.sol" };
const records = { file: "contracts/registration/Records.sol" };
const area = { file: "contracts/evidence/TPMPublic.sol" };
const certificate = { file: "contracts/x509/Certificate.sol" };
const extensions = {
  file: "contracts/x509/CertificateExtensions.sol",
  place: "CertificateExtensions._readShort",
};
const der = { file: "contracts/x509/DER.sol" };

/** An entry with events or marks is read again by Solidity's accessors, which refuse a length above 2^64. */
const readAgain =
  "a length that wraps is above 2^251, and makes _requireEvents read the list by an accessor that reverts alike";

const groth16 = { file: "contracts/zk/Groth16.sol" };
const riscZero = { file: "contracts/zk/RiscZeroGroth16.sol", place: "RiscZeroGroth16._requireProven" };
/** No chain that runs this bytecode is without them, so no test can have one. */
const precompiles = "the precompiles of EIP-196 and EIP-197 that succeed always answer at full length";
const halves = "points of the key, proven at deployment, times halves of a digest: below the group order";

export const exceptions: readonly Exception[] = [
  {
    ...groth16,
    place: "Groth16.addScaled",
    text: "eq(returndatasize(), 0x40)",
    reason: precompiles,
  },
  {
    ...groth16,
    place: "Groth16.isProductOne",
    text: "eq(returndatasize(), 0x20)",
    reason: precompiles,
  },
  {
    ...riscZero,
    text: "Groth16.addScaled(sum, RiscZeroKey.IC3_X, RiscZeroKey.IC3_Y, first)",
    reason: halves,
  },
  {
    ...riscZero,
    text: "Groth16.addScaled(sum, RiscZeroKey.IC4_X, RiscZeroKey.IC4_Y, second)",
    reason: halves,
  },
  { ...riscZero, text: "!ok", reason: halves },
  {
    file: "contracts/zk/SP1Groth16.sol",
    place: "SP1Groth16.verifyProof",
    text: "Groth16.addScaled(sum, DIGEST_X, DIGEST_Y, digest)",
    reason: "a point of the key, proven at deployment, times 253 bits: below the group order",
  },
  { ...pcrBank, text: "marked", reason: readAgain },
  { ...pcrBank, text: "total", reason: readAgain },
  {
    file: "contracts/evidence/PCRValues.sol",
    place: "PCRValues.read",
    text: "xor(calldataload(sub(add(pcrs.offset, shl(5, pcrs.length)), 0x20)), last)",
    reason: "the pass over the list finds it too. Saves that pass for lists with events",
  },
  ...["Answers.claimsOf", "Answers.quoteIn"].map((place) => ({
    file: "contracts/registration/Answers.sol",
    place,
    text: "shr(32, length)",
    reason: "a length that wraps is above 2^255: no memory holds a copy of it, so whoever copies it ends",
  })),
  {
    ...pem,
    place: "PEM.decode",
    text: "position + HEADER_LENGTH > end",
    reason: "no line begins behind the end: _line refuses its column 0 with the same error",
  },
  {
    ...pem,
    place: "PEM._line",
    text: "position + columns >= end",
    reason:
      "a line that the text ends in is short and has no footer behind it: refused two lines below, alike",
  },
  {
    ...pem,
    place: "PEM._line",
    text: "following + FOOTER_LENGTH <= end",
    reason:
      "a footer that ends behind the text is refused by each caller, which compares `next` with its end",
  },
  {
    ...quote,
    place: "TDXQuote._locateRaw",
    text: "_requireLength(quote, signature)",
    reason:
      "the data cannot end before its own start: _requireLength(quote, end) refuses with the same error",
  },
  {
    ...quote,
    place: "TDXQuote._locateRaw",
    text: "length < RAW_AUTH + 6",
    reason:
      "the inner length of shorter data adds up to more than its length: the same error two lines below",
  },
  {
    ...quote,
    place: "TDXQuote._locateNewHost",
    text: "end < rest",
    reason: "`rest` only grows: `end <= rest` refuses with the same error",
  },
  {
    ...attest,
    place: "TPMAttest._readHeader",
    text: "_require(attest, from)",
    reason: "each caller requires what stands behind, with the same error, before it reads anything",
  },
  {
    ...attest,
    place: "TPMAttest._read2B",
    text: "_require(attest, from + 2)",
    reason:
      "whatever the length reads, `next` is at least from + 2, and _require(attest, next) refuses alike",
  },
  ...[
    ["TPMPublic.read", "_require(area, 8)"],
    ["TPMPublic.read", "_require(area, from + 2)"],
    ["TPMPublic.read", "_require(area, from + 4)"],
    ["TPMPublic._read2B", "_require(area, from + 2)"],
  ].map(([place, text]) => ({
    ...area,
    place: place!,
    text: text!,
    reason:
      "what is read behind the end is refused as malformed or goes unused: the next _require refuses alike",
  })),
  {
    file: "contracts/evidence/TPMSignature.sol",
    place: "TPMSignature._read2B",
    text: "signature.length < from + 2",
    reason:
      "whatever the length reads, `next` is at least from + 2, and the next check refuses with the same error",
  },
  {
    ...area,
    place: "TPMPublic._read2B",
    text: "_require(area, next)",
    reason: "each caller requires what stands behind, or compares `next` with the end: refused alike",
  },
  {
    file: "contracts/evidence/TPMSignature.sol",
    place: "TPMSignature._read2B",
    text: "signature.length < next",
    reason:
      "each caller reads what stands behind, or compares `next` with the end: refused with the same error",
  },
  {
    file: "contracts/messages/CVMMessage.sol",
    place: "CVMMessage.isWalkthrough",
    text: "fitsWalkthrough()",
    reason: "two bytes are no chain id that does not fit them",
  },
  {
    file: "contracts/tpm/AKCertificates.sol",
    place: "AKCertificates._isLinkCached",
    text: "issuer.pathLength == Certificate.NO_PATH_LENGTH",
    reason: "the number that stands for none is above that of the CAs in the longest chain",
  },
  {
    file: "contracts/tpm/AKCertificates.sol",
    place: "AKCertificates._isLinkCached",
    text: "child.isCached",
    reason: "what is not cached has the parent 0, which is no certificate's hash",
  },
  {
    file: "contracts/tpm/AKMarks.sol",
    place: "AKMarks._isAzureGuest",
    text: "leaf.keyUsage & Certificate.DIGITAL_SIGNATURE != 0",
    reason: "verifyChain has refused a leaf that may not sign, with AKLeafUnsuitable",
  },
  ...["leaf.gceExtension == 0", "until == 0"].map((text) => ({
    file: "contracts/tpm/AKMarks.sol",
    place: "AKMarks._isProduction",
    text,
    reason: "peek finds no node that ends at 0, and 0 is not where an extension ends: false in the same line",
  })),
  {
    file: "contracts/registration/TPMEvidence.sol",
    place: "TPMEvidence._rateAK",
    text: "j.trust.cloud != 0",
    reason: "AKCertificates trusts nothing of no cloud: without a certificate both are zero",
  },
  {
    ...records,
    place: "Records._isPlatformRevoked",
    text: "platformId != 0",
    reason: "platform 0 is never revoked: revokePlatform refuses it. Saves a read",
  },
  {
    ...records,
    place: "Records._requireFreeKey",
    text: "status | otherStatus == 0",
    reason: "an empty status is neither retired nor taken, and ends in the same 0. Saves four comparisons",
  },
  {
    ...records,
    place: "Records._isOwn",
    text: "previous != 0",
    reason: "no record is kept under the identity 0: its AK is 0, which is no AK's, and it counts as erased",
  },
  {
    file: "contracts/CVMApplication.sol",
    place: "CVMApplication._judgePlatform",
    text: "!isNeeded && policy.denied() == 0",
    reason: "without a denied platform the lists deny none. Saves a read",
  },
  {
    file: "contracts/storage/CodeStorage.sol",
    place: "CodeStorage.holds",
    text: "pointer != address(0)",
    reason: "nothing stands there, and has the hash of no code that begins with STOP",
  },
  {
    file: "contracts/crypto/RSA.sol",
    place: "RSA._opensTo",
    text: "eq(returndatasize(), length)",
    reason:
      "MODEXP answers in full or fails; where nothing stands, the block still begins with its length, which is no 00 01",
  },
  {
    file: "contracts/x509/Calendar.sol",
    place: "Calendar.has",
    text: "day < 29",
    reason: "every month has 28 days. Saves a look at the month",
  },
  {
    ...certificate,
    place: "Certificate.isSignedByP256",
    text: "fields.algorithm == SignatureAlgorithm.ECDSAWithSHA256",
    reason: "r and s of any other signature are 0, with which nothing is signed",
  },
  {
    ...certificate,
    place: "Certificate.isSignedByRSA",
    text: "algorithm == SignatureAlgorithm.RSAWithSHA512",
    reason:
      "the bytes of an ECDSA signature are kept as numbers: RSA refuses what is shorter than its modulus",
  },
  {
    ...certificate,
    place: "Certificate._shortAttribute",
    text: "iszero(gt(next, end))",
    reason: neverWhole,
  },
  { ...extensions, text: "iszero(gt(until, end))", reason: neverWhole },
  {
    ...extensions,
    text: "iszero(lt(until, start))",
    reason: "a value that ends before it starts leaves 04 and a length of its own, where no extension begins",
  },
  {
    file: "contracts/x509/CertificateList.sol",
    place: "CertificateList.parse",
    text: "bits == bitsStop",
    reason: "the signature in it would begin behind its end: the same error in _readSignature",
  },
  ...["peek", "peekShort", "seek"].map((name) => ({
    ...der,
    place: `DER.${name}`,
    text: "iszero(gt(until, end))",
    reason: neverWhole,
  })),
  {
    ...der,
    place: "DER.read",
    text: "until == 0",
    reason:
      "each caller compares the end or the length with what is due, or opens what follows: the same error",
  },
  {
    ...der,
    place: "DER.boolean",
    text: "(value != 0 && value != 0xff)",
    reason: "false is refused by each caller with the same error",
  },
  ...tdxExceptions,
];
