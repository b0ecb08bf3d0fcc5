// Deletions of checks of Intel's evidence that change no verdict, each with the reason.
import type { Exception } from "./exceptions.ts";

const pck = { file: "contracts/tee/tdx/PCKCertificate.sol" };

/** Readers of DER take the members of a container until one ends where it does, or refuse the last that does not. */
export const neverWhole =
  "what ends behind its container, and all that is read from there on, never ends where it does: refused alike";

export const tdxExceptions: readonly Exception[] = [
  {
    file: "contracts/tee/tdx/IntelCertificates.sol",
    place: "IntelCertificates.upsertSigner",
    text: "own.commonName != 0",
    reason: "where there is no name, it is of no bytes, and not the signer's",
  },
  {
    file: "contracts/tee/tdx/IntelCertificates.sol",
    place: "IntelCertificates._requireRoot",
    text: "root.keyType == KeyType.P256",
    reason: "x and y of any other key are 0, and not the pinned ones",
  },
  {
    ...pck,
    place: "PCKCertificate.requireSubject",
    text: "pck.commonName == 0",
    reason: "where there is no name, it is of no bytes, and not a PCK certificate's",
  },
  {
    ...pck,
    place: "PCKCertificate.platformOf",
    text: "pck.sgxExtension == 0",
    reason: "no sequence ends at 0: refused alike where it is opened",
  },
  {
    file: "contracts/tee/tdx/IntelCRLs.sol",
    place: "IntelCRLs.upsertRootCRL",
    text: "_rootSubjectHash == 0",
    reason: "no name has the hash 0: the other term refuses alike while no root is known",
  },
  {
    file: "contracts/tee/tdx/HostVerifier.sol",
    place: "HostVerifier._readChain",
    text: "block.timestamp < ca.head.notBefore()",
    reason: "upsertChain stores no CA before its time has begun, and time does not go back",
  },
  {
    ...pck,
    place: "PCKCertificate._readTCB",
    text: "suffix == 0",
    reason: "a member of number 0 leaves a bit of its own in `found`, which is then not what is due",
  },
  {
    ...pck,
    place: "PCKCertificate._readPair",
    text: "until == 0",
    reason: "no pair ends at 0: the other term refuses alike",
  },
  {
    ...pck,
    place: "PCKCertificate._shortPair",
    text: "lt(suffix, 0x100)",
    reason: "the general form gives the same number for another OID",
  },
  { ...pck, place: "PCKCertificate._shortPair", text: "iszero(gt(until, end))", reason: neverWhole },
  {
    ...pck,
    place: "PCKCertificate._svn",
    text: "length > 3",
    reason: "of more bytes the three that are read are above 65535, or count as behind a spare one",
  },
  {
    ...pck,
    place: "PCKCertificate._svn",
    text: "first == 0",
    reason: "all but the last byte are below 0x80 as one number only where the first of them is 0",
  },
  {
    ...pck,
    place: "PCKCertificate._open",
    text: "until == 0",
    reason: "nothing ends at 0: what each caller compares or opens next refuses alike",
  },
  {
    file: "contracts/tee/tdx/QuotingEnclave.sol",
    place: "QuotingEnclave.requireSigned",
    text: "pck.keyType == KeyType.P256",
    reason: "x and y of any other key are 0, which is no point",
  },
  {
    file: "contracts/tee/tdx/documents/JSONCursor.sol",
    place: "JSONCursor.skipString",
    text: "text.refuse(here)",
    reason:
      "no document stands at 0: what is due next is refused there as malformed, only at another position",
  },
  {
    file: "contracts/tee/tdx/documents/TCBComponents.sol",
    place: "TCBComponents.read",
    text: "_remember(seen, left, members, here)",
    reason: "what is not remembered is read again, to the same value. Saves gas",
  },
  {
    file: "contracts/tee/tdx/documents/TCBComponents.sol",
    place: "TCBComponents._readKnown",
    text: "gt(length, 0)",
    reason: "where nothing is remembered stands 0, which is not the hash of no bytes",
  },
];
