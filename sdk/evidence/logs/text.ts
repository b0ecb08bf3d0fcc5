// Text out of logs. Whoever hands over a log chooses its text: what is printed has no control characters.

const utf16 = new TextDecoder("utf-16le", { fatal: true });
const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(decoder: typeof utf8, data: Uint8Array): string | null {
  try {
    return decoder.decode(data);
  } catch {
    return null;
  }
}

/** Without what stands at the end; no expression, whose search for the end is quadratic in runs of it. */
function withoutEnd(text: string, ends: string): string {
  let length = text.length;
  while (length > 0 && ends.includes(text[length - 1]!)) length--;
  return text.slice(0, length);
}

const withoutNul = (text: string): string => withoutEnd(text, "\0");
const isPrintable = (text: string): boolean => text.length > 0 && !/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u.test(text);

/** Printable text that fills the bytes, in UTF-16 (little-endian) or UTF-8, final NULs aside; or null. */
export function textOf(data: Uint8Array): string | null {
  const wide = data.length % 2 === 0 ? decode(utf16, data) : null;
  // ASCII taken for UTF-16 gives ideographs: text of firmware is Latin.
  if (wide !== null && isPrintable(withoutNul(wide)) && /^[\0-\u024f]*$/.test(wide)) return withoutNul(wide);
  const narrow = decode(utf8, data);
  return narrow !== null && isPrintable(withoutNul(narrow)) ? withoutNul(narrow) : null;
}

/** Text for people: control characters, line ends and what changes the direction of writing become `\u{…}`. */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );

/** More than a kernel takes as its command line (4096 on x86) is not for reading. */
const maxTextBytes = 8192;

/** Any bytes as UTF-8, unreadable ones replaced, printable; NULs and line ends at the end left out. */
export function printableBytes(data: Uint8Array): string {
  const head = data.subarray(0, maxTextBytes);
  const text = printable(withoutEnd(new TextDecoder("utf-8").decode(head), "\0\n"));
  return head.length === data.length ? text : `${text}… (${data.length} bytes)`;
}
