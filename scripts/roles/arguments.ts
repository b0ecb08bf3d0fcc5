// Arguments of a function as people write them in a shell: numbers in digits, bytes and addresses in hex, lists with commas.
import { getAddress, isAddress } from "viem";
import type { AbiParameter } from "viem";

const wanted = (type: string): string => {
  if (type.endsWith("[]")) return `a list, parted by commas, of ${wanted(type.slice(0, -2))}`;
  if (type.startsWith("uint")) return `a number below 2^${type.slice(4)}, in digits`;
  if (type.startsWith("bytes")) return `0x and ${Number(type.slice(5)) * 2} hex digits`;
  return type === "address" ? "an address with its checksum, or in one case" : "true or false";
};

function readValue(type: string, text: string): unknown {
  if (type.endsWith("[]")) {
    const values = text.split(",").map((part) => readValue(type.slice(0, -2), part));
    return values.includes(null) ? null : values;
  }
  if (type.startsWith("uint")) {
    const number = /^\d{1,78}$/.test(text) ? BigInt(text) : null;
    return number !== null && number < 1n << BigInt(type.slice(4)) ? number : null;
  }
  if (/^bytes\d+$/.test(type)) {
    const isOfLength = text.length === 2 + 2 * Number(type.slice(5));
    return isOfLength && /^0x[0-9a-fA-F]*$/.test(text) ? text : null;
  }
  if (type === "address") return isAddress(text) ? getAddress(text) : null;
  if (type === "bool") return text === "true" || (text === "false" ? false : null);
  if (type === "string") return text;
  throw new Error(`no argument of type ${type} can be given here`);
}

/** Throws, and says what is wanted, where a text is none of its type. */
export function readArguments(inputs: readonly AbiParameter[], texts: readonly string[]): readonly unknown[] {
  const names = inputs.map(({ name, type }) => `${name ?? ""}: ${type}`).join(", ");
  if (texts.length !== inputs.length)
    throw new Error(`${texts.length} arguments given, ${inputs.length} wanted: ${names}`);
  return inputs.map(({ name, type }, at) => {
    const value = readValue(type, texts[at]!);
    if (value === null) throw new Error(`${name ?? "argument"} is ${wanted(type)}, not "${texts[at]}"`);
    return value;
  });
}
