// Strict base64 (RFC 4648): the one canonical text of some bytes and no other, so null means "not base64".

const standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const urlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const none = 0xff;
function tableOf(alphabet: string): Uint8Array {
  const table = new Uint8Array(256).fill(none);
  [...alphabet].forEach((character, value) => (table[character.charCodeAt(0)] = value));
  return table;
}
const standardTable = tableOf(standard);
const urlSafeTable = tableOf(urlSafe);

function decode(characters: Uint8Array, table: Uint8Array): Uint8Array | null {
  if (characters.length % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((characters.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const character of characters) {
    const value = table[character]!;
    if (value === none) return null;
    bits = (bits << 6) | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[at++] = (bits >> held) & 0xff;
    bits &= (1 << held) - 1;
  }
  // Bits that encode nothing must be zero, else two texts would mean the same bytes.
  return bits === 0 ? out : null;
}

/** Padded base64 in ASCII bytes. */
export function fromBase64(text: Uint8Array): Uint8Array | null {
  if (text.length % 4 !== 0) return null;
  let end = text.length;
  for (let padding = 0; padding < 2 && end > 0 && text[end - 1] === 0x3d; padding++) end--;
  return decode(text.subarray(0, end), standardTable);
}

/** Base64url without padding, in ASCII bytes. */
export const fromBase64Url = (text: Uint8Array): Uint8Array | null => decode(text, urlSafeTable);

/** Base64url without padding, in ASCII bytes: the one that `fromBase64Url` takes for these bytes. */
export function toBase64Url(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  out.forEach((_, at) => {
    const first = Math.floor((at * 6) / 8);
    const pair = (bytes[first]! << 8) | (bytes[first + 1] ?? 0);
    out[at] = urlSafe.charCodeAt((pair >> (10 - ((at * 6) % 8))) & 0x3f);
  });
  return out;
}
