// Writes certificate revocation lists as Intel's are: version 2, ECDSA with SHA-256, entries with a reason and the
// list's own date, then crlNumber (always 1) and the key identifier of the issuer.
import { createHash } from "node:crypto";
import { readCertificate } from "../../../sdk/evidence/certificate.ts";
import { concat, toBigInt } from "../../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import { bitString, element, enumerated, explicit, integer, objectIdentifier, octetString } from "./der.ts";
import { sequence, time } from "./der.ts";
import { signP256Der } from "./p256.ts";
import type { Authority } from "./pki.ts";
import { rawPublicKey } from "./x509.ts";

export interface CrlContent {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** None: the list of entries is absent, as in Intel's root CRL. */
  readonly revokedSerials: readonly Uint8Array[];
}

const ecdsaSha256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const keyCompromise = sequence(sequence(objectIdentifier("2.5.29.21"), octetString(enumerated(1))));

/** SHA-1 of the key's bits (RFC 5280 §4.2.1.2), as the authorities' own key identifiers. */
function keyIdentifier({ publicKey }: Authority): Uint8Array {
  const bits = concat(Uint8Array.of(4), rawPublicKey(publicKey));
  return Uint8Array.from(createHash("sha1").update(bits).digest());
}

function listExtensions(issuer: Authority): Uint8Array {
  const crlNumber = sequence(objectIdentifier("2.5.29.20"), octetString(integer(1)));
  const authorityKey = sequence(element(0x80, keyIdentifier(issuer)));
  const authority = sequence(objectIdentifier("2.5.29.35"), octetString(authorityKey));
  return explicit(0, sequence(crlNumber, authority));
}

function subjectOf({ der }: Authority): Uint8Array {
  const certificate = readCertificate(der);
  if (isRefusal(certificate)) throw new Error(certificate.detail);
  return certificate.subject;
}

/** DER. */
export function issueCrl(issuer: Authority, content: CrlContent): Uint8Array {
  const date = time(content.thisUpdate);
  const entries = content.revokedSerials.map((serial) =>
    sequence(integer(toBigInt(serial)), date, keyCompromise),
  );
  const list = sequence(
    integer(1),
    ecdsaSha256,
    subjectOf(issuer),
    date,
    time(content.nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    listExtensions(issuer),
  );
  return sequence(list, ecdsaSha256, bitString(signP256Der(issuer.privateKey, list)));
}
