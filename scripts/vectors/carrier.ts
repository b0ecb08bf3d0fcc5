// A certificate around a key or a signature under test: both certificate readers then read it with the very code that
// reads Intel's and Google's, and no second reader of keys or ECDSA signatures exists for tests.
import { concat } from "../../sdk/evidence/bytes.ts";
import {
  element,
  explicit,
  integer,
  objectIdentifier,
  sequence,
} from "../../agent/platforms/simulated/der.ts";

const ecdsaSha256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const noName = sequence();
const utcTime = (text: string) => element(0x17, new TextEncoder().encode(text));
const validity = sequence(utcTime("200101000000Z"), utcTime("300101000000Z"));
const bitString = (bytes: Uint8Array) => element(0x03, Uint8Array.of(0), bytes);

/** r = s = 1: in form, and of no key. */
export const anySignature = sequence(integer(1), integer(1));

/** A certificate of version 3 whose key is `spki` and whose ECDSA signature value is `signature`, byte for byte. */
export function carrierOf(spki: Uint8Array, signature: Uint8Array): Uint8Array {
  const version = explicit(0, integer(2));
  const tbs = sequence(version, integer(1), ecdsaSha256, noName, validity, noName, spki);
  return sequence(concat(tbs, ecdsaSha256, bitString(signature)));
}
