// PEM certificates as Intel's quoting enclave stores them (RFC 7468, strict form): LF line ends, lines of 64
// columns, nothing between the certificates. One NUL may stand behind the first and one behind the last: the QE copies
// C strings, and keeps the terminator of the leaf (Azure's 1.0 capture) or of the root (other quotes).
import { fromBase64 } from "./base64.ts";
import { ascii, concat, isEqual } from "./bytes.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

const header = ascii("-----BEGIN CERTIFICATE-----\n");
const footer = ascii("-----END CERTIFICATE-----\n");
const lineLength = 64;
const lf = 0x0a;

/** Base64 text of one certificate: full lines, then the last one; ends where a footer begins. */
function readBody(bytes: Uint8Array, offset: number): { text: Uint8Array; next: number } | null {
  const lines: Uint8Array[] = [];
  let at = offset;
  for (;;) {
    const end = bytes.indexOf(lf, at);
    if (end <= at || end - at > lineLength) return null;
    lines.push(bytes.subarray(at, end));
    const isLast = isEqual(bytes.subarray(end + 1, end + 1 + footer.length), footer);
    if (isLast) return { text: concat(...lines), next: end + 1 + footer.length };
    if (end - at !== lineLength) return null;
    at = end + 1;
  }
}

/** DER of every certificate, in order. */
export function readPemChain(bytes: Uint8Array): Uint8Array[] | Refusal {
  const malformed = (detail: string) => refuse("tdx.pck-chain", detail);
  const certificates: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length;) {
    if (!isEqual(bytes.subarray(offset, offset + header.length), header))
      return malformed("PEM header is missing");
    const body = readBody(bytes, offset + header.length);
    if (body === null) return malformed("PEM lines are not of 64 columns with LF");
    const der = fromBase64(body.text);
    if (der === null) return malformed("PEM text is not base64");
    certificates.push(der);
    const mayTerminate = certificates.length === 1 || body.next + 1 === bytes.length;
    offset = mayTerminate && bytes[body.next] === 0 ? body.next + 1 : body.next;
  }
  return certificates;
}
