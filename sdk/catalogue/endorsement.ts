// Rows of the check catalogue (sdk/checks.ts): who vouches for a vTPM that no certificate names. Judged off chain only:
// both kinds of evidence are signed with P-384.
export const endorsementRows = [
  // AWS NitroTPM attestation document (its certificates raise x509.der and x509.critical-extension)
  [
    "nitro.cbor",
    null,
    "software",
    "document is CBOR in its one shortest form, keys unique, nothing trailing",
  ],
  ["nitro.cose", null, "software", "document is a COSE_Sign1 with ES384 and no other header"],
  ["nitro.document", null, "software", "payload has NitroTPM's fields and no others, within their bounds"],
  ["nitro.certificate", null, "cloud", "certificates of the document are of P-384 and ECDSA-SHA384"],
  ["nitro.root", null, "cloud", "certificate bundle begins with the pinned root"],
  ["nitro.issuer", null, "cloud", "each certificate names the next as issuer"],
  [
    "nitro.issuer-not-ca",
    null,
    "cloud",
    "each issuer is a CA that may sign certificates, within its path length",
  ],
  ["nitro.certificate-signature", null, "cloud", "each certificate is signed by the next"],
  ["nitro.certificate-dates", null, "cloud", "each certificate is in date"],
  ["nitro.leaf", null, "cloud", "the signing certificate is no CA and may sign"],
  ["nitro.signature", null, "cloud", "document is signed by its certificate's key"],
  ["nitro.binding", null, "cloud", "nonce or user_data of the document is the binding that was asked for"],
  ["nitro.public-key", null, "cloud", "public_key of the document is the identity key"],
  ["nitro.timestamp", null, "cloud", "time of the document is within the allowed distance of now"],
  ["nitro.pcr", null, "cloud", "every expected PCR is in the document with the expected value"],
  // vTPM of an SVSM: an SNP report over its manifest
  ["svsm.report", null, "software", "SNP report is as long and as padded as its layout says"],
  [
    "svsm.services",
    null,
    "software",
    "manifest of all services is a strict GUID table that holds the vTPM's",
  ],
  ["svsm.ek", null, "software", "vTPM manifest is the TPMT_PUBLIC of an RSA-2048 EK of template L-1"],
  ["svsm.report-signature", null, "hardware", "SNP report is signed by the key given for its chip"],
  ["svsm.report-data", null, "hardware", "report_data is SHA-512(inblob ‖ manifest)"],
  ["svsm.vmpl", null, "hardware", "SNP report was asked for at VMPL 0"],
  ["svsm.policy", null, "hardware", "guest is neither debuggable nor migratable, and no reserved bit is set"],
  ["svsm.measurement", null, "hardware", "launch measurement is of an admitted SVSM"],
] as const;
