// NIST CAVP response files of the SHA-2 family (SHAVS): blocks of Len (bits), Msg and MD under `[L = <bytes>]`.
import { fromHex, isEqual, sha384, sha512 } from "../../sdk/evidence/bytes.ts";
import type { Primitives } from "./primitives.ts";
import type { VectorCase, VectorSet } from "./set.ts";
import { addTo, UnreadableVectors } from "./set.ts";

export const isCavp = (text: string): boolean => /^#\s+CAVS \d/m.test(text) && /^\[L = \d+\]\r?$/m.test(text);

interface HashPrimitive {
  readonly name: string;
  readonly onChain: (contracts: Primitives, message: Uint8Array) => Promise<Uint8Array>;
  readonly inSdk: (message: Uint8Array) => Uint8Array;
}

const primitives: Record<number, HashPrimitive> = {
  48: {
    name: "contracts/crypto/SHA512 sha384 + sdk/evidence/bytes sha384",
    onChain: (contracts, message) => contracts.sha384(message),
    inSdk: (message) => sha384(message),
  },
  64: {
    name: "contracts/crypto/SHA512 sha512 + sdk/evidence/bytes sha512",
    onChain: (contracts, message) => contracts.sha512(message),
    inSdk: (message) => sha512(message),
  },
};

function caseOf({ onChain, inSdk }: HashPrimitive, length: number, msg: string, md: string): VectorCase {
  const whole = fromHex(msg);
  // A message of no bits is written as one zero byte.
  const message = whole.subarray(0, length / 8);
  if (message.length * 8 !== length || whole.length !== Math.max(1, message.length))
    throw new UnreadableVectors(`Msg does not have the ${length} bits of its Len`);
  const digest = fromHex(md);
  return {
    id: length,
    expected: true,
    judgedByContract: async (contracts) => isEqual(await onChain(contracts, message), digest),
    judgedBySdk: () => isEqual(inSdk(message), digest),
  };
}

/** Cases of a response file. Throws UnreadableVectors. */
export function readCavp(text: string): VectorSet {
  const size = Number(/^\[L = (\d+)\]/m.exec(text)![1]);
  const primitive = primitives[size];
  const cases: VectorCase[] = [];
  const skipped = new Map<string, number>();
  const block = /^Len = (\d+)\r?\nMsg = ([0-9a-fA-F]+)\r?\nMD = ([0-9a-fA-F]+)\r?$/gm;
  for (const [, len, msg, md] of text.matchAll(block)) {
    const length = Number(len);
    if (md!.length !== 2 * size) throw new UnreadableVectors(`MD of Len ${length} is not of ${size} bytes`);
    if (primitive === undefined) addTo(skipped, `hash of ${size} bytes: no primitive`, 1);
    else if (length % 8 !== 0) addTo(skipped, "message is not of whole bytes: no primitive", 1);
    else cases.push(caseOf(primitive, length, msg!, md!));
  }
  // Monte Carlo files chain 100,000 hashes from a seed; a call each would take hours on chain.
  for (const {} of text.matchAll(/^COUNT = \d+\r?$/gm)) addTo(skipped, "Monte Carlo chain: not run", 1);
  const stated = [...text.matchAll(/^MD = /gm)].length;
  const read = cases.length + [...skipped.values()].reduce((a, b) => a + b, 0);
  if (stated !== read || stated === 0)
    throw new UnreadableVectors(`${stated} digests, ${read} of them in a block that can be read`);
  return { primitive: primitive?.name ?? "none", cases, skipped };
}
