// Bytes from text at the edge, strictly: what two readers could read differently is refused.
import { fromHex } from "../../sdk/evidence/bytes.ts";

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Standard alphabet, padded, no unused bits set; null otherwise. */
export function bytesOfBase64(text: string): Uint8Array | null {
  if (!base64.test(text)) return null;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? new Uint8Array(bytes) : null;
}

/** `0x` hex, or base64; null for anything else. */
export function bytesOfText(text: string): Uint8Array | null {
  if (/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) return fromHex(text);
  return bytesOfBase64(text);
}
