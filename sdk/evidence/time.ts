// Times of X.509 (RFC 5280 §4.1.2.5) as unix seconds.
import { derTags } from "./der.ts";
import type { DerNode } from "./der.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days from 1970-01-01 to a date of the Gregorian calendar, years 1950 to 9999. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const yearDays =
    before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  let days = yearDays - 719_162 + day - 1;
  for (let m = 1; m < month; m++) days += daysInMonth[m - 1]! + (m === 2 && isLeap(year) ? 1 : 0);
  return days;
}

/** Unix seconds of a time of the Gregorian calendar in UTC, or null for one that does not exist. Years from 1950. */
export function secondsOf(year: number, parts: readonly number[]): bigint | null {
  const [month, day, hour, minute, second] = parts as [number, number, number, number, number];
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 || year < 1950) return null;
  const monthDays = daysInMonth[month - 1]! + (month === 2 && isLeap(year) ? 1 : 0);
  if (day < 1 || day > monthDays) return null;
  return BigInt(((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second);
}

const zulu = 0x5a;
const malformed = refuse("x509.der", "time is not in the form of RFC 5280");

/** Two decimal digits, or NaN, which no time has. */
function pairAt(bytes: Uint8Array, at: number): number {
  const [tens, ones] = [bytes[at]! - 0x30, bytes[at + 1]! - 0x30];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/** UTCTime YYMMDDHHMMSSZ or GeneralizedTime YYYYMMDDHHMMSSZ; no fractions, no offsets. */
export function readTime({ tag, content }: DerNode): bigint | Refusal {
  const yearDigits = tag === derTags.utcTime ? 2 : tag === derTags.generalizedTime ? 4 : 0;
  if (yearDigits === 0 || content.length !== yearDigits + 11 || content.at(-1) !== zulu) return malformed;
  const parts = [0, 1, 2, 3, 4].map((at) => pairAt(content, yearDigits + 2 * at));
  const first = pairAt(content, 0);
  // RFC 5280: two-digit years from 50 on belong to the twentieth century.
  const year =
    yearDigits === 4 ? first * 100 + pairAt(content, 2) : first >= 50 ? 1900 + first : 2000 + first;
  const isDecimal = ![year, ...parts].some(Number.isNaN);
  return (isDecimal ? secondsOf(year, parts) : null) ?? malformed;
}
